import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AuthorizedKey, formatAuthorizedKey, parseAuthorizedKey } from '../../src/directory/authorized-key.ts';
import { KEY_TYPES } from '../../src/directory/key-blob.ts';
import { joinKeyLines, NO_KEYS, packKeys, splitKeyLines, unpackKeys } from '../../src/directory/key-lines.ts';
import { Invalid } from '../../src/directory/rejection.ts';
import { ed25519, lineOf, otherEd25519, publicKeys, rsa1024 } from './public-keys.ts';
import { outcome, valid } from './valid.ts';

function keyOf(line: string): AuthorizedKey {
  return valid(parseAuthorizedKey(line));
}

describe('packKeys', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['no keys', [], []],
    ['one key', [`${lineOf(ed25519)} alice`], [`${lineOf(ed25519)} alice`]],
    [
      'keys in the order of their lines',
      [lineOf(rsa1024), lineOf(otherEd25519), lineOf(ed25519)],
      [lineOf(ed25519), lineOf(otherEd25519), lineOf(rsa1024)],
    ],
    ['one key twice as one line', [lineOf(ed25519), lineOf(ed25519)], [lineOf(ed25519)]],
    [
      'one key with two comments as one line, the first in order',
      [`${lineOf(ed25519)} b`, `${lineOf(ed25519)} a`],
      [`${lineOf(ed25519)} a`],
    ],
    [
      'one key with and without options as two lines: sshd tries both',
      [lineOf(ed25519), `no-pty ${lineOf(ed25519)}`],
      [`no-pty ${lineOf(ed25519)}`, lineOf(ed25519)],
    ],
    ['options in front of the key', [`NO-PTY,from="a"  ${lineOf(ed25519)}`], [`no-pty,from="a" ${lineOf(ed25519)}`]],
  ])('writes %s', (_what, keys, lines) => {
    expect(splitKeyLines(packKeys(keys.map(keyOf)))).toEqual(lines);
  });

  test('does not depend on the order of the keys', () => {
    const lines = [...publicKeys.map(lineOf), `no-pty ${lineOf(ed25519)}`, `${lineOf(ed25519)} alice`];
    fc.assert(
      fc.property(fc.shuffledSubarray(lines), (some) => {
        expect(packKeys(some.map(keyOf))).toBe(packKeys([...some].sort().map(keyOf)));
      }),
    );
  });
});

test('no keys are no lines, not one empty line', () => {
  expect(packKeys([])).toBe(NO_KEYS);
  expect(splitKeyLines(NO_KEYS)).toEqual([]);
  expect(unpackKeys(NO_KEYS)).toEqual([]);
});

test("joinKeyLines and splitKeyLines are each other's inverse", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ -~]{1,20}$/)), (lines) => {
      expect(splitKeyLines(joinKeyLines(lines))).toEqual(lines);
    }),
  );
});

describe('unpackKeys', () => {
  test.each(publicKeys)('gives back the key of $type with $bits bits', (key) => {
    const keys = [keyOf(`${lineOf(key)} alice`)];
    expect(unpackKeys(packKeys(keys))).toEqual(keys);
  });

  test('meets no key with the option "SSH-RSA": in lower case, as sshd takes it, its line would start like one of that type', () => {
    for (const type of KEY_TYPES) expect(outcome(parseAuthorizedKey(`${type.toUpperCase()} ${lineOf(ed25519)}`))).toBe('key-type');
  });

  test('gives back every key that parseAuthorizedKey admits, of many lines that nobody would write', () => {
    let admitted = 0;
    fc.assert(
      fc.property(strangeLines(), (line) => {
        const key = parseAuthorizedKey(line);
        if (key instanceof Invalid) return;
        admitted += 1;
        expect(unpackKeys(packKeys([key]))).toEqual([key]);
        expect(formatAuthorizedKey(keyOf(formatAuthorizedKey(key)))).toBe(formatAuthorizedKey(key));
        expect(formatAuthorizedKey(key)).not.toContain('\n');
      }),
      { numRuns: 3000 },
    );
    expect(admitted).toBeGreaterThan(100);
  });

  test('refuses to go on without a key that it cannot read', () => {
    expect(() => unpackKeys(joinKeyLines([lineOf(ed25519), 'hello']))).toThrow('a packed key line is none');
  });
});

/** Words of the format, in any order and case, around a good key. */
function strangeLines(): fc.Arbitrary<string> {
  const types = KEY_TYPES.flatMap((type) => [type, type.toUpperCase(), 'Ecdsa-sha2-nistp256']);
  const word = fc.constantFrom(
    ...types,
    'no-pty',
    'NO-PTY',
    'from="a b"',
    String.raw`x="\"\\"`,
    'cert-authority',
    ',',
    '"',
    '=',
    ' ',
    '\t',
    '\u00a0',
    '\u0085',
    'é',
    ed25519.blob,
  );
  const words = fc.array(fc.tuple(word, fc.constantFrom('', ' ', ',', '\t')), { maxLength: 3 }).map((parts) => parts.flat().join(''));
  const comment = fc.oneof(
    words,
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.string({ unit: fc.constantFrom('a', ' ', ':', '\u3000', '\u200b', '"'), maxLength: 140 }),
  );
  return fc
    .tuple(words, fc.constantFrom(...publicKeys).map(lineOf), fc.constantFrom('', ' ', '  '), comment)
    .map((parts) => parts.join(''));
}
