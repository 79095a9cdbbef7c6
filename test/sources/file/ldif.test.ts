import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LdifEntry, readLdif } from '../../../src/sources/file/ldif.ts';
import { formatProblem } from '../../../src/toml/problem.ts';
import { ldifEntry } from '../../support/ldif.ts';

function read(text: string | Buffer): readonly LdifEntry[] | readonly string[] {
  const result = readLdif({ path: '/f.ldif', bytes: Buffer.from(text as string) });
  return result.map((one) => ('values' in one ? one : formatProblem(one).replace('/f.ldif:', ''))) as LdifEntry[] | string[];
}

/** Each entry as its DN and its attributes with their texts. */
function entriesOf(text: string): [string, Record<string, string[]>][] {
  return read(text).map((entry) => {
    if (typeof entry === 'string') throw new Error(entry);
    return [entry.dn, Object.fromEntries([...entry.values].map(([name, values]) => [name, values.map(String)]))];
  });
}

describe('LDIF', () => {
  test.each<[string, string, [string, Record<string, string[]>][]]>(
    [
      ['no entry', '', []],
      ['an entry', 'dn: uid=a\nuid: a\nmail: x\nMail: y\n', [['uid=a', { uid: ['a'], mail: ['x', 'y'] }]]],
      [
        'entries apart by blank lines',
        'dn: uid=a\n\n\n\ndn: uid=b\nuid: b',
        [
          ['uid=a', {}],
          ['uid=b', { uid: ['b'] }],
        ],
      ],
      ['a version', 'version: 1\n\ndn: uid=a\n', [['uid=a', {}]]],
      ['a version without a blank line', '# by hand\nversion: 1\ndn: uid=a\n', [['uid=a', {}]]],
      ['lines that go on', 'dn: uid=a,\n dc=example\nkey: ssh-\n  rsa\n', [['uid=a,dc=example', { key: ['ssh- rsa'] }]]],
      ['a comment that goes on', '# one\n two\ndn: uid=a\n#\nuid: a\n', [['uid=a', { uid: ['a'] }]]],
      [
        'line ends of Windows',
        'dn: uid=a\r\nuid:\r\n  a\r\n\r\ndn: uid=b\r\n',
        [
          ['uid=a', { uid: ['a'] }],
          ['uid=b', {}],
        ],
      ],
      ['base64', 'dn:: dWlkPcOk\nuid:: w6Q=\n', [['uid=ä', { uid: ['ä'] }]]],
      ['an empty value', 'dn: uid=a\ngecos:\nmail:: \n', [['uid=a', { gecos: [''], mail: [''] }]]],
      ['options', 'dn: uid=a\nsshPublicKey;x-a: b\n', [['uid=a', { 'sshpublickey;x-a': ['b'] }]]],
    ].filter(([what]) => what !== 'an attribute of no ordinary name') as [string, string, [string, Record<string, string[]>][]][],
  )('may have %s', (_what, text, entries) => {
    expect(entriesOf(text)).toEqual(entries);
  });

  test.each<[string, string, string[]]>([
    ['an entry without a dn', 'uid: a\n', ['1:1: begins with "uid:"; wanted: "dn: …" first, and a blank line between entries']],
    ['two entries in one', 'dn: uid=a\ndn: uid=b\n', ['2:1: dn: stands within an entry; wanted: a blank line before it']],
    ['an entry twice', 'dn: uid=a\n\ndn: UID = A\n', ['3:1: the entry of line 1 has this dn, too; wanted: one entry']],
    ['a dn that is none', 'dn: alice\n', ['1:1: dn: is no DN such as "uid=alice,ou=people,dc=example,dc=org"']],
    ['an empty dn', 'dn:\n', ['1:1: dn: is empty']],
    ['a dn of other bytes', 'dn:: /w==\n', ['1:1: dn: is not UTF-8']],
    [
      'a file to be read',
      'dn: uid=a\njpegPhoto:< file:///etc/shadow\n',
      ['2:1: jpegPhoto: is to be read from a URL, which holdfast does not do; wanted: the value itself'],
    ],
    [
      'changes',
      'dn: uid=a\nchangetype: delete\n',
      ['2:1: changetype: is of a record of changes; wanted: entries, as "slapcat" or "ldapsearch -LLL" prints them'],
    ],
    ['a dash', 'dn: uid=a\n-\n', ['2:1: a "-" is of a record of changes; wanted: entries']],
    ['no base64', 'dn: uid=a\nuid:: a\nmail:: "!!!"\n', ['2:1: uid: is no base64', '3:1: mail: is no base64']],
    ['a line of nothing', 'dn: uid=a\nsecret\n', ['2:1: is no "attribute: value"']],
    ['a name that is none', 'dn: uid=a\n__proto__: b\n', ['2:1: what stands before ":" is no name of an attribute']],
    [
      'a part of the values',
      'dn: cn=a\nmember;range=0-1: uid=a\n',
      ['2:1: member;range=0-1: is a part of the values only; wanted: all of them'],
    ],
    [
      'the end of an answer',
      'dn: uid=a\n\nsearch: 2\nresult: 0 Success\n',
      ['3:1: begins with "search:"; wanted: "dn: …" first, and a blank line between entries'],
    ],
  ])('is refused for %s', (_what, text, mistakes) => {
    expect(read(text)).toEqual(mistakes);
  });

  test('is refused for bytes that are no UTF-8', () => {
    expect(read(Buffer.from('dn: uid=a\ncn: \u00e4\n', 'latin1'))).toEqual(['2:5: is not UTF-8 (byte 0xe4); wanted: UTF-8']);
  });

  test('quotes no line that it cannot read: it may hold a hash', () => {
    expect(JSON.stringify(read('dn: uid=a\nuserPassword $6$hunter2\n pass: hunter2\n'))).not.toContain('hunter2');
  });

  test('comes back as it was written, however its lines are folded', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), fc.integer({ min: 1, max: 20 }), (values, width) => {
        const text = ldifEntry(
          'uid=a,dc=example',
          values.map((one) => ['description', one] as const),
        );
        const folded = text
          .split('\n')
          .map((line) => (line.match(new RegExp(`[^]{1,${width}}`, 'g')) ?? []).join('\n '))
          .join('\n');
        expect(entriesOf(folded)).toEqual([['uid=a,dc=example', values.length === 0 ? {} : { description: values }]]);
      }),
    );
  });

  test('is read whole or refused with the line, whatever it holds', () => {
    const piece = fc.constantFrom(
      'dn: uid=a\n',
      'dn:: dWlkPWE=\n',
      'uid: a\n',
      ' ',
      '\n',
      '\r\n',
      ':',
      '<',
      '#',
      '-\n',
      'a;b',
      '\u0000',
      'é',
      '=',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const lines = text.split('\n').length;
        for (const one of read(text)) {
          if (typeof one === 'string') expect(Number(/^(\d+):1: /.exec(one)?.[1])).toBeLessThanOrEqual(lines);
          else expect(one.dn).toMatch(/^uid=/);
        }
      }),
    );
  });
});
