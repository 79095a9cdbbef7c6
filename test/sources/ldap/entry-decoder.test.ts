import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DecodedEntry, EntryDecoder } from '../../../src/sources/ldap/entry-decoder.ts';
import { BerReader } from '../../../src/sources/ldap/message-reader.ts';
import { SourceError } from '../../../src/sources/source.ts';
import { encode, tag } from '../../support/ber.ts';
import { type Entry, searchEntry } from '../../support/ldap-response.ts';

const alice: Entry = {
  dn: 'uid=alice,dc=example,dc=org',
  attributes: { uid: ['alice'], sshPublicKey: ['one', 'two'], mail: ['a@example.org'] },
};

/** The operation of a message, entered as the search enters it. */
function entered(operation: Buffer): BerReader {
  const reader = new BerReader(operation, 0, operation.length);
  reader.enter(0x64);
  return reader;
}

function decode(entry: Entry, ...wanted: readonly string[]): DecodedEntry {
  return new EntryDecoder(wanted).decode(entered(searchEntry(entry).operation));
}

describe('EntryDecoder', () => {
  test('gives the bytes of a binary attribute as hexadecimal digits', () => {
    const entry = { ...alice, attributes: { ObjectGUID: [Buffer.from([0, 0x80, 0xff])], uid: ['alice'] } };
    const decoded = new EntryDecoder(['uid', 'objectguid'], { binary: ['objectguid'] }).decode(entered(searchEntry(entry).operation));
    expect(decoded.values('objectguid')).toEqual(['0080ff']);
    expect(decoded.values('uid')).toEqual(['alice']);
  });

  test('refuses a part of an attribute that is wanted', () => {
    const group: Entry = { dn: 'cn=all', attributes: { cn: ['all'], member: [], 'member;range=0-1499': ['uid=alice'] } };
    expect(() => decode(group, 'cn', 'member')).toThrow("the server sends only a part of an entry's member (member;range=0-1499)");
    expect(decode(group, 'cn').values('cn')).toEqual(['all']);
  });

  test('gives the values of the attributes that are wanted, in their order', () => {
    const entry = decode(alice, 'uid', 'sshpublickey');
    expect(entry.dn).toBe('uid=alice,dc=example,dc=org');
    expect(entry.values('uid')).toEqual(['alice']);
    expect(entry.values('sshpublickey')).toEqual(['one', 'two']);
  });

  test('gives none for what the entry does not have and for what nobody wants', () => {
    const entry = decode(alice, 'uid', 'gidnumber');
    expect(entry.values('gidnumber')).toEqual([]);
    expect(entry.values('mail')).toEqual([]);
  });

  test('knows an attribute in whatever case the server spells it', () => {
    const decoder = new EntryDecoder(['uidnumber']);
    for (const spelling of ['uidNumber', 'UIDNUMBER', 'uidnumber']) {
      const entry = decoder.decode(entered(searchEntry({ dn: '', attributes: { [spelling]: ['1'] } }).operation));
      expect(entry.values('uidnumber'), spelling).toEqual(['1']);
    }
  });

  test('takes an attribute with an option for another attribute', () => {
    expect(decode({ dn: '', attributes: { 'cn;lang-de': ['Grün'] } }, 'cn').values('cn')).toEqual([]);
  });

  test('gives undefined for a value that is no UTF-8, and an empty text for an empty one', () => {
    const entry = decode({ dn: '', attributes: { cn: [Buffer.from([0xff]), '', 'Zoë'] } }, 'cn');
    expect(entry.values('cn')).toEqual([undefined, '', 'Zoë']);
  });

  test('shows a DN that is no UTF-8, and different ones differently', () => {
    const [one, two] = [0xfe, 0xff].map((byte) => {
      const dn = Buffer.from([byte]);
      const operation = encode(0x64, encode(tag.octetString, dn), encode(tag.sequence));
      return new EntryDecoder([]).decode(entered(operation)).dn;
    });
    expect(one).not.toBe(two);
  });

  test('reads the next entry as if there had been none before', () => {
    const decoder = new EntryDecoder(['uid', 'cn']);
    decoder.decode(entered(searchEntry({ dn: 'a', attributes: { uid: ['a'], cn: ['A'] } }).operation));
    const second = decoder.decode(entered(searchEntry({ dn: 'b', attributes: { uid: ['b'] } }).operation));
    expect([second.dn, second.values('uid'), second.values('cn')]).toEqual(['b', ['b'], []]);
  });

  test('meets a damaged entry with an entry or a SourceError, and nothing else', () => {
    const whole = searchEntry(alice).operation;
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
    let refused = 0;
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole);
        for (const [position, byte] of changes) bytes[position] = byte;
        try {
          const entry = new EntryDecoder(['uid', 'sshpublickey', 'mail']).decode(entered(bytes.subarray(0, length)));
          expect(typeof entry.dn).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(SourceError);
          refused += 1;
        }
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});
