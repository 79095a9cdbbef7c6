import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalDn, rdnValues } from '../../src/directory/dn.ts';

describe('canonicalDn', () => {
  test.each([
    ['the same text', 'uid=alice,ou=people,dc=example,dc=org', 'uid=alice,ou=people,dc=example,dc=org'],
    ['another case of the attribute type', 'UID=alice,dc=org', 'uid=alice,dc=org'],
    ['another case of the value', 'uid=Alice,dc=org', 'uid=alice,dc=org'],
    ['another case beyond ASCII', 'cn=MÜLLER', 'cn=müller'],
    ['spaces behind commas', 'uid=alice, dc=org', 'uid=alice,dc=org'],
    ['spaces around the equals sign', 'uid = alice,dc=org', 'uid=alice,dc=org'],
    ['runs of spaces inside a value', 'cn=Alice  Smith', 'cn=Alice Smith'],
    ['another order within a multi-valued RDN', 'uid=alice+cn=Alice,dc=org', 'cn=Alice+uid=alice,dc=org'],
    ['an escaped comma as text or as a byte', 'cn=Smith\\, Alice,dc=org', 'cn=Smith\\2c Alice,dc=org'],
    ['hexadecimal in either case', 'cn=a\\2Cb', 'cn=a\\2cb'],
    ['a letter that needs no escape', 'cn=\\61lice', 'cn=alice'],
    ['UTF-8 as text or as bytes', 'cn=J\\c3\\b6rg', 'cn=Jörg'],
    ['an escaped plus sign', 'cn=a\\+b', 'cn=a\\2bb'],
    ['an escaped equals sign, which needs none', 'cn=a\\=b', 'cn=a=b'],
    ['an escaped backslash', 'cn=a\\\\b', 'cn=a\\5cb'],
    ['an escaped backslash before a comma', 'cn=a\\\\,dc=org', 'cn=a\\5c,dc=org'],
    ['a space at the end, escaped as text or as a byte', 'cn=a\\ ,dc=org', 'cn=a\\20,dc=org'],
  ])('is equal for %s', (_what, one, other) => {
    expect(canonicalDn(one)).toBeDefined();
    expect(canonicalDn(one)).toBe(canonicalDn(other));
  });

  test.each([
    ['another value', 'uid=alice', 'uid=bob'],
    ['another attribute type', 'uid=alice', 'cn=alice'],
    ['another parent', 'uid=alice,ou=people', 'uid=alice,ou=group'],
    ['another order of RDNs', 'ou=a,ou=b', 'ou=b,ou=a'],
    ['one RDN less', 'uid=alice,dc=example,dc=org', 'uid=alice,dc=org'],
    ['an escaped comma and a real one', 'cn=a\\,ou=b', 'cn=a,ou=b'],
    ['an escaped plus and a real one', 'cn=a\\+sn=b', 'cn=a+sn=b'],
    ['letters that only look alike', 'uid=\u0430lice', 'uid=alice'],
    ['a NUL in a value and the border of two RDNs', 'cn=a\\00ou=b', 'cn=a,ou=b'],
    ['a raw NUL in a value and the border of two RDNs', 'cn=a\0ou=b', 'cn=a,ou=b'],
    ['a control character in a value and the border within an RDN', 'cn=a\\01sn=b', 'cn=a+sn=b'],
    ['an escaped backslash before two digits and an escaped byte', 'cn=a\\\\41', 'cn=a\\41'],
    ['an escaped space at the end and an escaped backslash', 'cn=a\\ ', 'cn=a\\5c'],
  ])('differs for %s', (_what, one, other) => {
    expect(canonicalDn(one)).not.toBe(canonicalDn(other));
  });

  test.each([
    ['the empty text', ''],
    ['a login name', 'alice'],
    ['no attribute type', '=alice,dc=org'],
    ['an empty RDN', 'uid=alice,,dc=org'],
    ['a comma at the end', 'uid=alice,'],
    ['a plus at the end of an RDN', 'uid=alice+,dc=org'],
    ['bytes that are no UTF-8, of which two different ones would be equal', 'cn=a\\ff,dc=org'],
  ])('gives nothing for %s', (_what, dn) => {
    expect(canonicalDn(dn)).toBeUndefined();
  });

  test('is equal however the same names are escaped, and differs for different ones', () => {
    fc.assert(
      fc.property(names(), names(), fc.infiniteStream(fc.nat(2)), (one, other, stream) => {
        const styles: Iterator<number, undefined> = stream;
        const canonical = canonicalDn(escapeDn(one, () => 0));
        expect(canonical).toBeDefined();
        expect(canonicalDn(escapeDn(one, () => styles.next().value ?? 0))).toBe(canonical);
        const isSame = JSON.stringify(foldedCase(one)) === JSON.stringify(foldedCase(other));
        expect(canonicalDn(escapeDn(other, () => 0)) === canonical).toBe(isSame);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('rdnValues', () => {
  test.each([
    ['the value of the first RDN', 'uid=alice,ou=people', 'uid', ['alice']],
    ['it whatever the case of the type', 'UID=Alice,ou=people', 'Uid', ['Alice']],
    ['it from a multi-valued RDN', 'cn=Alice+uid=alice,ou=people', 'uid', ['alice']],
    ['all of them when there are several', 'uid=alice+uid=al,ou=people', 'uid', ['alice', 'al']],
    ['it without the escapes', 'cn=Smith\\, Alice,ou=people', 'cn', ['Smith, Alice']],
    ['nothing for a type that comes later', 'uid=alice,ou=people', 'ou', []],
    ['nothing for another type', 'uid=alice', 'cn', []],
    ['nothing for a text that is no DN', 'alice', 'uid', []],
  ])('gives %s', (_what, dn, type, values) => {
    expect(rdnValues(dn, type)).toEqual(values);
  });
});

type Rdn = readonly [type: string, value: string];

/** Values of the characters that a DN gives a meaning; spaces only inside and alone, since others do not count. */
function names(): fc.Arbitrary<Rdn[]> {
  const character = fc.constantFrom('a', 'A', '4', '1', 'é', '\\', ',', '+', '=', '"', '#', '\0', '\u0001', '\u0002');
  const value = fc
    .array(fc.string({ unit: character, minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((words) => words.join(' '));
  return fc.array(fc.tuple(fc.constantFrom('ou', 'cn'), value), { minLength: 1, maxLength: 2 });
}

function foldedCase(rdns: readonly Rdn[]): Rdn[] {
  return rdns.map(([type, value]) => [type, value.toLowerCase()]);
}

/** One character after the other, in the style that `choose` names: as text where possible, as bytes, as bytes in upper case. */
function escapeDn(rdns: readonly Rdn[], choose: () => number): string {
  const escapeCharacter = (character: string): string => {
    const style = choose();
    const bytes = [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
    if (style === 1) return bytes;
    if (style === 2) return bytes.toUpperCase();
    return ',+"\\'.includes(character) ? `\\${character}` : character;
  };
  return rdns.map(([type, value]) => `${type}=${Array.from(value, escapeCharacter).join('')}`).join(',');
}
