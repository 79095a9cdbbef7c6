import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NAME_MAX_LENGTH, parseGid, parseGroupName, parseHome, parseLoginName, parseShell, parseUid } from '../../src/directory/names.ts';
import { Invalid } from '../../src/directory/rejection.ts';
import { outcome } from './valid.ts';

describe.each([
  ['parseLoginName', parseLoginName],
  ['parseGroupName', parseGroupName],
] as const)('%s', (_parser, parseName) => {
  test.each([
    ['lower case letters', 'alice'],
    ['one letter', 'a'],
    ['upper case, kept as it is', 'Alice'],
    ['a leading underscore', '_apt'],
    ['a leading digit with letters after it', '0day'],
    ['dots, dashes and underscores inside', 'a.b-c_d'],
    ['an at sign, as Active Directory and IAM write', 'alice@example.org'],
    ['one dollar sign at the end, as Samba names machines', 'host$'],
    ['32 characters', 'a'.repeat(32)],
    ['a word that JavaScript objects have a property of', 'constructor'],
    ['the one property that is no property', '__proto__'],
  ])('accepts %s', (_what, text) => {
    expect(parseName(text)).toBe(text);
  });

  test.each([
    ['nothing', '', 'name-missing'],
    ['33 characters', 'a'.repeat(33), 'name-invalid'],
    ['digits only: chown takes them for a uid', '1000', 'name-invalid'],
    ['a leading dash: an option', '-rf', 'name-invalid'],
    ['a leading plus: NIS compat', '+alice', 'name-invalid'],
    ['a leading dot: a hidden path', '.ssh', 'name-invalid'],
    ['a leading at sign: a netgroup', '@admins', 'name-invalid'],
    ['a leading hash: a comment', '#alice', 'name-invalid'],
    ['the parent folder', '..', 'name-invalid'],
    ['a dollar sign alone', '$', 'name-invalid'],
    ['a dollar sign inside', 'a$b', 'name-invalid'],
    ['two dollar signs', 'host$$', 'name-invalid'],
    ['a colon: the next field', 'alice:x:0:0', 'name-invalid'],
    ['a comma: the next member', 'alice,bob', 'name-invalid'],
    ['a slash', 'home/alice', 'name-invalid'],
    ['a space', 'alice smith', 'name-invalid'],
    ['a leading space', ' alice', 'name-invalid'],
    ['a newline at the end', 'alice\n', 'name-invalid'],
    ['a second line', 'alice\nroot', 'name-invalid'],
    ['a NUL', 'alice\0', 'name-invalid'],
    ['a shell substitution', '`id`', 'name-invalid'],
    ['an umlaut', 'müller', 'name-invalid'],
    ['a Cyrillic а that looks Latin', '\u0430lice', 'name-invalid'],
    ['a full-width letter', '\uff41lice', 'name-invalid'],
    ['a zero-width joiner', 'al\u200dice', 'name-invalid'],
    ['a text of a megabyte', 'a'.repeat(1 << 20), 'name-invalid'],
  ])('refuses %s', (_what, text, code) => {
    expect(outcome(parseName(text))).toBe(code);
  });

  test('accepts exactly the characters of the lookup command', () => {
    fc.assert(
      fc.property(nameLike(), (text) => {
        expect(!(parseName(text) instanceof Invalid)).toBe(isName(text));
      }),
    );
  });

  test('says what is wrong in printable ASCII and in little space', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.nat(0xff), fc.nat(0xffff)).map((code) => String.fromCharCode(code)), maxLength: 100 }),
        (text) => {
          const refusal = parseName(text);
          if (refusal instanceof Invalid) expect(refusal.reason).toMatch(/^[\x20-\x7e…]{1,900}$/);
        },
      ),
    );
  });
});

describe.each([
  ['parseUid', parseUid],
  ['parseGid', parseGid],
] as const)('%s', (_parser, parseId) => {
  test.each([1, 1000, 60_000, 65_534, 65_536, 2_147_483_647, 2_147_483_648, 4_294_967_294])('accepts %i', (id) => {
    expect(parseId(String(id))).toBe(id);
  });

  test.each([
    ['0: root', '0'],
    ['65535: "no change" in 16 bits', '65535'],
    ['4294967295: "no change" in 32 bits', '4294967295'],
    ['4294967296: 0 in 32 bits', '4294967296'],
    ['a number of ten nines', '9999999999'],
    ['a number of eleven digits', '10000000000'],
    ['nothing', ''],
    ['a minus', '-1'],
    ['a plus', '+1000'],
    ['a leading zero: octal to some', '01000'],
    ['a fraction', '1000.0'],
    ['an exponent', '1e3'],
    ['hexadecimal', '0x3e8'],
    ['a space before', ' 1000'],
    ['a space after', '1000 '],
    ['a newline after', '1000\n'],
    ['Arabic digits', '\u0661\u0662'],
    ['the word that Number() knows', 'Infinity'],
  ])('refuses %s', (_what, text) => {
    expect(outcome(parseId(text))).toBe('id-invalid');
  });

  test('accepts every number of 32 bits but the reserved ones, and is its own inverse', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff + 10), (id) => {
        const isReserved = id === 0 || id === 65_535 || id >= 4_294_967_295;
        expect(outcome(parseId(String(id)))).toBe(isReserved ? 'id-invalid' : id);
      }),
      { examples: [[4_294_967_294], [4_294_967_295], [65_534], [65_535], [65_536]] },
    );
  });
});

describe.each([
  ['parseHome', parseHome, 'home-invalid'],
  ['parseShell', parseShell, 'shell-invalid'],
] as const)('%s', (_parser, parsePath, code) => {
  test.each([
    ['an absolute path', '/home/alice'],
    ['a slash at the end', '/home/alice/'],
    ['two dots inside a name', '/home/a..b'],
    ['a hidden folder', '/home/.alice'],
    ['punctuation', '/srv/home+users/a@b~1'],
    ['256 characters', `/${'a'.repeat(255)}`],
  ])('accepts %s', (_what, text) => {
    expect(parsePath(text)).toBe(text);
  });

  test.each([
    ['nothing', ''],
    ['a relative path', 'home/alice'],
    ['a tilde', '~alice'],
    ['a way out', '/home/../etc'],
    ['a way out at the end', '/home/..'],
    ['a single dot', '/home/./alice'],
    ['a colon: the next field', '/home/alice:/bin/sh'],
    ['a space', '/home/alice smith'],
    ['a tab', '/home/\talice'],
    ['a newline', '/home/alice\n'],
    ['a NUL', '/home/alice\0'],
    ['DEL', '/home/alice\u007f'],
    ['an umlaut', '/home/müller'],
    ['257 characters', `/${'a'.repeat(256)}`],
  ])('refuses %s', (_what, text) => {
    expect(outcome(parsePath(text))).toBe(code);
  });
});

test.each(['/', '//', '///'])('parseHome refuses "%s": sshd would read /.ssh/authorized_keys', (text) => {
  expect(outcome(parseHome(text))).toBe('home-invalid');
});

/** Texts that are names, nearly names, or anything. */
function nameLike(): fc.Arbitrary<string> {
  const character = fc.constantFrom(...Array.from('abzAZ09._@-$+#:,/ \n\0é'));
  return fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9._@$-]{0,34}$/),
    fc.string({ unit: character, maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.stringMatching(/^[0-9]{1,8}\$?$/),
  );
}

/** The rule again, one character after the other. */
function isName(text: string): boolean {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const digits = '0123456789';
  const characters = Array.from(text);
  if (characters.length === 0 || characters.length > NAME_MAX_LENGTH) return false;
  if (characters.every((character) => digits.includes(character))) return false;
  return characters.every((character, index) => {
    if (`${letters}${digits}_`.includes(character)) return true;
    if (character === '$') return index > 0 && index === characters.length - 1;
    return index > 0 && '.@-'.includes(character);
  });
}
