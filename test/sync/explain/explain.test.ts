import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explain, explainAll } from '../../../src/sync/explain/explain.ts';
import { CATALOGUE } from '../../../src/sync/explain/catalogue.ts';
import { CODES_OF_DETAIL } from '../../../src/sync/explain/detail-codes.ts';
import { HoldfastError } from '../../../src/errors.ts';
import { collectCodes } from '../../support/thrown-errors.ts';

const { thrown, events } = collectCodes();
const codesIn = (name: string): ReadonlySet<string> =>
  new Set(CATALOGUE.filter((group) => group.name === name).flatMap(({ explanations }) => Object.keys(explanations)));
const all = CATALOGUE.flatMap(({ explanations }) => Object.keys(explanations));

describe('the catalogue', () => {
  test('has every code once', () => {
    expect(all.filter((code, index) => all.indexOf(code) !== index)).toEqual([]);
  });

  test('was compared with all the places that make errors', () => {
    expect(thrown.length).toBeGreaterThan(100);
    expect(events).toContain('repaired');
  });

  test('knows the code of every error: one that it lacks goes into src/sync/explain/errors.ts', () => {
    const errors = codesIn('error');
    const broken = thrown.filter(({ codes, isPassedOn }) => !isPassedOn && (codes.length === 0 || codes.some((code) => !errors.has(code))));
    // PeerClosed is a plain Error, and never gets to an operator as it is.
    expect(broken.filter(({ where }) => !where.startsWith('sources/ldap/connection-end.ts'))).toEqual([]);
  });

  test('knows the detail of every error, and with which codes it comes', () => {
    const details = codesIn('detail');
    const others = thrown.filter(({ codes, details: given }) =>
      given.some((detail) => {
        const known: readonly string[] = (CODES_OF_DETAIL as Readonly<Record<string, readonly string[]>>)[detail] ?? [];
        // Of a choice of codes, the choice of the detail is the other half.
        return !details.has(detail) || (codes.length === 1 && !known.includes(codes[0] ?? ''));
      }),
    );
    expect(others, 'mend src/sync/explain/detail-codes.ts, or the explanations of details').toEqual([]);
  });

  test('explains no detail that no error has', () => {
    const texts = globSync('src/**/*.ts')
      .filter((path) => path !== 'src/errors.ts' && !path.startsWith('src/sync/explain/'))
      .map((path) => readFileSync(path, 'utf8'));
    const fromErrno = new Set(['read-only', 'permission-denied']);
    const unused = [...codesIn('detail')].filter((code) => !fromErrno.has(code) && !texts.some((text) => text.includes(`'${code}'`)));
    expect(unused).toEqual([]);
  });

  test('knows every event that warns: one that it lacks goes into src/sync/explain/news.ts', () => {
    const itself = new Set(['error', 'quarantined', 'adjusted']);
    expect(events.filter((event) => !itself.has(event) && !all.includes(event))).toEqual([]);
  });

  test.each(explainAll().flatMap(({ explained }) => explained))('says what $code means in two to six lines', (explained) => {
    const { means, matters, remedies } = explained;
    expect(means).toMatch(/^\S.*[.]$/s);
    expect(matters).toMatch(/^\S.*[.]$/s);
    expect(remedies.length).toBeGreaterThan(0);
    expect(remedies.length).toBeLessThan(6);
    expect(`${means} ${matters}`.length).toBeLessThan(450);
    expect(remedies.join('\n')).not.toMatch(/\n\n|undefined/);
  });
});

describe('explain', () => {
  test('gives the explanation of a code with its exit status', () => {
    expect(explain('disk-full')).toMatchObject({ code: 'disk-full', group: 'detail', exitStatus: '73 (cache-failed)' });
    expect(explain('lock-held')).toMatchObject({ group: 'error', exitStatus: '75' });
    expect(explain('nobody-left')).toMatchObject({ group: 'guard', exitStatus: '65 of sync, 1 of status' });
  });

  test.each([
    ['a slip', 'tls-untrustd', 'did you mean tls-untrusted?'],
    ['other letters', 'LOCK_HELD', 'did you mean lock-held?'],
    ['a part', 'expire', 'did you mean tls-expired or shadow-expire-zero or account-expired?'],
    ['nothing like it', 'qqqqqqqqqq', 'holdfast explain lists them all'],
    ['a key of every object', 'constructor', 'holdfast explain lists them all'],
    ['nothing', '', 'holdfast explain lists them all'],
    ['a mile of letters', 'a'.repeat(1_000_000), 'holdfast explain lists them all'],
  ])('refuses %s', (_what, code, hint) => {
    const refused = (): unknown => explain(code);
    expect(refused).toThrow(HoldfastError);
    expect(refused).toThrow(expect.objectContaining({ code: 'usage', hints: expect.arrayContaining([expect.stringContaining(hint)]) }));
  });
});

describe('HoldfastError', () => {
  const withErrno = (code: string): Error => Object.assign(new Error(code), { code });

  test.each([
    ['disk-full', new HoldfastError('cache-failed', 'no', { cause: withErrno('ENOSPC') })],
    ['read-only', new HoldfastError('cache-failed', 'no', { cause: withErrno('EROFS') })],
    ['its own detail', new HoldfastError('cache-failed', 'no', { detail: 'audit-log', cause: withErrno('ENOSPC') })],
    [
      "its cause's",
      new HoldfastError('source-refused', 'no', { cause: new HoldfastError('source-refused', 'x', { detail: 'tls-expired' }) }),
    ],
    ['none', new HoldfastError('source-unavailable', 'no', { cause: withErrno('ENOSPC') })],
    [
      "not its cause's",
      new HoldfastError('configuration', 'no', { cause: new HoldfastError('source-refused', 'x', { detail: 'tls-expired' }) }),
    ],
  ])('has as detail: %s', (what, error) => {
    const wanted = {
      'its own detail': 'audit-log',
      "its cause's": 'tls-expired',
      none: 'source-unavailable',
      "not its cause's": 'configuration',
    };
    expect(error.explainedBy).toBe((wanted as Record<string, string>)[what] ?? what);
    expect(explain(error.explainedBy).code).toBe(error.explainedBy);
  });
});
