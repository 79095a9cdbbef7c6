import { expect, test } from 'vitest';
import { DAY } from '../../../src/directory/day.ts';
import { withUploads } from '../../../src/policy/keys/key-age.ts';

const YOUNG = 100;

test.each<[string, number | undefined, number | undefined, number | undefined]>([
  ['an upload long ago, on a host that sees it today', undefined, 40, 40],
  ['an upload before it was first seen', 60, 40, 40],
  ['one that was uploaded again', 40, 90, 40],
  ['one that was uploaded again today', 40, 100, 40],
  ['a young one', undefined, 100, undefined],
  ['one from the future', undefined, 5000, undefined],
  ['one whose source says nothing', 40, undefined, 40],
])('the age of %s counts from the earlier day', (_what, seen, uploaded, expected) => {
  const uploads = uploaded === undefined ? {} : { uploads: [{ id: 'APKA', at: uploaded * DAY + 5, blob: 'AAAA' }] };
  expect(withUploads(seen === undefined ? undefined : new Map([['AAAA', seen]]), uploads, YOUNG)?.get('AAAA')).toBe(expected);
});

test('what is known of other keys stays', () => {
  const days = withUploads(new Map([['BBBB', 20]]), { uploads: [{ id: 'APKA', at: 40 * DAY, blob: 'AAAA' }] }, YOUNG);
  expect([...(days ?? [])]).toEqual([
    ['BBBB', 20],
    ['AAAA', 40],
  ]);
});
