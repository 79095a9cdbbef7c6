import { expect, test } from 'vitest';
import { parseRange, rangeFrom } from '../../../src/sources/ldap/attribute-range.ts';
import { formatGuid } from '../../../src/sources/ldap/object-guid.ts';

test.each([
  ['member;range=0-1499', { attribute: 'member', first: 0, next: 1500 }],
  ['member;range=1500-*', { attribute: 'member', first: 1500, next: undefined }],
  ['usercertificate;binary;range=0-9', { attribute: 'usercertificate;binary', first: 0, next: 10 }],
])('parseRange reads %s', (name, range) => {
  expect(parseRange(name)).toEqual(range);
});

test.each(['member', 'member;range=', 'member;range=a-b', 'member;range=-1-2', ';range=0-1', 'member;lang-en'])(
  'parseRange reads no range in "%s"',
  (name) => {
    expect(parseRange(name)).toBeUndefined();
  },
);

test('rangeFrom asks for the rest', () => {
  expect(rangeFrom('member', 1500)).toBe('member;range=1500-*');
});

test('formatGuid turns the first three groups round', () => {
  expect(formatGuid('00112233445566778899aabbccddeeff')).toBe('33221100-5544-7766-8899-aabbccddeeff');
  expect(formatGuid('0011')).toBe('0011');
});
