import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AGING_FIELDS,
  cryptHash,
  formatShadow,
  NO_PASSWORD,
  type PasswordAging,
  parseAgingNumber,
  parseShadow,
  type ShadowEntry,
} from '../../src/directory/shadow.ts';
import { almost, loginNames } from './arbitraries.ts';
import { login, outcome } from './valid.ts';

const alice: ShadowEntry = { name: login('alice'), password: NO_PASSWORD, aging: {} };
const everyNumber: PasswordAging = { lastChange: 19_000, min: 0, max: 99_999, warning: 7, inactive: 30, expire: 20_000, flag: 1 };

/** 9 fields, so 8 colons: `fgetspent_r` skips a line with fewer. */
test.each<[string, PasswordAging, string]>([
  ['every number in its place', everyNumber, 'alice:*:19000:0:99999:7:30:20000:1'],
  ['nothing for an absent number', {}, 'alice:*:::::::'],
  ['0 for 0, which is not absent', { lastChange: 0, expire: 0 }, 'alice:*:0:::::0:'],
  ['only the last one', { flag: 3 }, 'alice:*:::::::3'],
])('formatShadow writes %s', (_what, aging, line) => {
  expect(formatShadow({ ...alice, aging })).toBe(line);
});

describe('parseShadow', () => {
  test.each<[string, string, ShadowEntry]>([
    ['every number', 'alice:*:19000:0:99999:7:30:20000:1', { ...alice, aging: everyNumber }],
    ['no number', 'alice:*:::::::', alice],
    ['0, which is not absent', 'alice:*:0:::::0:', { ...alice, aging: { lastChange: 0, expire: 0 } }],
    ['a hash', 'alice:$6$saltsalt$hash:::::::', { ...alice, password: '$6$saltsalt$hash' }],
  ])('reads an entry with %s', (_what, line, entry) => {
    expect(parseShadow(line)).toStrictEqual(entry);
  });

  test.each([
    ['eight fields', 'alice:*::::::'],
    ['ten fields', 'alice:*::::::::'],
    ['no name', ':*:::::::'],
    ['an empty password: anybody may log in', 'alice::::::::'],
    ['a number that is none', 'alice:*:today::::::'],
    ['a fraction', 'alice:*:1.5::::::'],
    ['a leading zero', 'alice:*:019000::::::'],
    ['a number that glibc reads as a negative one', 'alice:*:2147483648::::::'],
    ['nothing', ''],
  ])('reads no entry from a line with %s', (_what, line) => {
    expect(parseShadow(line)).toBeUndefined();
  });

  test('is the inverse of formatShadow', () => {
    const aging = fc.record(
      Object.fromEntries(AGING_FIELDS.map((field) => [field, fc.oneof(fc.constantFrom(0, 1, 2_147_483_647), fc.nat(99_999))])),
      {
        requiredKeys: [],
      },
    ) as fc.Arbitrary<PasswordAging>;
    const passwords = fc.oneof(fc.constant(NO_PASSWORD), fc.stringMatching(/^\$[0-9a-z]{1,3}\$[A-Za-z0-9./]{8,40}$/));
    fc.assert(
      fc.property(fc.record<ShadowEntry>({ name: loginNames(), password: passwords, aging }), (entry) => {
        expect(parseShadow(formatShadow(entry))).toEqual(entry);
      }),
    );
  });

  test('reads no line that formatShadow would write otherwise', () => {
    const number = fc.oneof(fc.constant(''), fc.nat(100_000).map(String));
    const fields = fc.tuple(almost(loginNames()), almost(fc.constant('*')), ...AGING_FIELDS.map(() => almost(number)));
    fc.assert(
      fc.property(fields, (texts) => {
        const line = texts.join(':');
        const entry = parseShadow(line);
        if (entry !== undefined) expect(formatShadow(entry)).toBe(line);
      }),
    );
  });
});

describe('parseAgingNumber', () => {
  test.each([
    ['0 as 0', '0', 0],
    ['99999, the usual maximum', '99999', 99_999],
    ['the largest number that shadow(5) readers hold', '2147483647', 2_147_483_647],
    ['-1 as absent', '-1', undefined],
    ['every negative number as absent', '-99', undefined],
  ])('reads %s', (_what, text, number) => {
    expect(parseAgingNumber('expire', text)).toBe(number);
  });

  test.each([
    ['nothing', ''],
    ['text', 'never'],
    ['a fraction', '19000.5'],
    ['an exponent', '1e4'],
    ['hexadecimal', '0x10'],
    ['a leading zero', '019000'],
    ['a plus', '+1'],
    ['two minuses', '--1'],
    ['a space', ' 1'],
    ['a newline', '1\n'],
    ['eleven digits', '10000000000'],
    ['a number that glibc reads as a negative one: expired for ever', '2147483648'],
    ['a number for which glibc skips the line, and libnss-cache aborts its caller', '4294967296'],
    ['ten nines, somebody\'s "never"', '9999999999'],
    ['a zero with a minus', '-0'],
  ])('refuses %s', (_what, text) => {
    expect(outcome(parseAgingNumber('expire', text))).toBe('shadow-invalid');
  });

  test('names the field and the value', () => {
    expect(parseAgingNumber('expire', 'never')).toMatchObject({ reason: 'shadow expire "never" is no whole number' });
  });
});

describe('cryptHash', () => {
  test.each([
    ['yescrypt', '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7'],
    ['sha512crypt with rounds', '$6$rounds=5000$saltsalt$IVL6MjrqYdqK.8QSs6Ww8/'],
    ['sha256crypt', '$5$saltsalt$Gcm6FsVtF/Qa77ZKD.iwsJlCVPY0XSMgLJL0Hnww/c1'],
    ['bcrypt', '$2b$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q'],
    ['md5crypt', '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/'],
    ['traditional DES', 'rl0uE0eU7/Fgo'],
  ])('takes a hash of %s', (_what, hash) => {
    expect(cryptHash(`{CRYPT}${hash}`)).toBe(hash);
  });

  test('matches the scheme without case', () => {
    expect(cryptHash('{crypt}rl0uE0eU7/Fgo')).toBe('rl0uE0eU7/Fgo');
  });

  test.each([
    ['another scheme', '{SSHA}9dV9cPcZEHDu0G5FbUUaHDP4HMVJ9cU7'],
    ['no scheme: a plain password', 'secret'],
    ['a bare hash', '$6$saltsalt$IVL6MjrqYdqK.8QSs6Ww8/'],
    ['an empty hash: no password needed', '{CRYPT}'],
    ['a locked hash', '{CRYPT}!$6$saltsalt$IVL6MjrqYdqK.8QSs6Ww8/'],
    ['a star', '{CRYPT}*'],
    ['a DES hash of 12 characters', '{CRYPT}rl0uE0eU7/Fg'],
    ['a DES hash of 14 characters', '{CRYPT}rl0uE0eU7/Fgoo'],
    ['a colon: the next field', '{CRYPT}$6$saltsalt$abc:0:0:::::'],
    ['a newline', '{CRYPT}rl0uE0eU7/Fgo\n'],
    ['a second scheme', '{CRYPT}{CRYPT}rl0uE0eU7/Fgo'],
    ['210 characters after the method', `{CRYPT}$6$${'a'.repeat(210)}`],
  ])('gives nothing for %s', (_what, value) => {
    expect(cryptHash(value)).toBeUndefined();
  });
});
