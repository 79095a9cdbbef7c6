import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLdif } from '../../../src/sources/file/ldif.ts';
import { formatLdifEntry, type LdifAttribute } from '../../../src/sync/export/ldif-entry.ts';

describe('formatLdifEntry', () => {
  test.each([
    ['plain text', 'Alice Smith', 'cn: Alice Smith'],
    ['an inner ":"', 'a: b', 'cn: a: b'],
    ['nothing', '', 'cn:'],
    ['a space first', ' a', 'cn:: IGE='],
    ['a space last', 'a ', 'cn:: YSA='],
    ['a ":" first', ':a', 'cn:: OmE='],
    ['a "<" first', '<a', 'cn:: PGE='],
    ['a letter beyond ASCII', 'é', 'cn:: w6k='],
    ['a line end', 'a\nb', 'cn:: YQpi'],
    ['a NUL', 'a\0', 'cn:: YQA='],
  ])('writes %s', (_what, value, line) => {
    expect(formatLdifEntry('uid=a', [['cn', value]])).toBe(`dn: uid=a\n${line}\n\n`);
  });

  test('folds after 76 characters, continuations included', () => {
    const [, first, second, third] = formatLdifEntry('uid=a', [['cn', 'x'.repeat(160)]]).split('\n');
    expect([first?.length, second?.length, third?.length]).toEqual([76, 76, 14]);
    expect(second).toMatch(/^ x/);
  });

  test('is read back as it was', () => {
    const attribute = fc.tuple(fc.constantFrom('cn', 'gecos', 'sshPublicKey'), fc.string({ unit: 'binary', maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 4 }), (attributes: LdifAttribute[]) => {
        const bytes = Buffer.from(formatLdifEntry('uid=é,dc=org', attributes));
        const [entry] = readLdif({ path: 'x', bytes });
        const read = entry !== undefined && 'values' in entry ? entry : undefined;
        expect(read?.dn).toBe('uid=é,dc=org');
        for (const name of ['cn', 'gecos', 'sshPublicKey']) {
          const wanted = attributes.filter(([description]) => description === name).map(([, value]) => value);
          expect((read?.values.get(name.toLowerCase()) ?? []).map(String)).toEqual(wanted);
        }
      }),
      { numRuns: 40 },
    );
  });
});
