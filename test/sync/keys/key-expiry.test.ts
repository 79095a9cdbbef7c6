import { expect, test } from 'vitest';
import { expiryOf } from '../../../src/sync/keys/key-expiry.ts';

test.each([
  ['a day', '20300102', new Date(2030, 0, 2)],
  ['a day in UTC', '20300102Z', new Date('2030-01-02T00:00:00Z')],
  ['a minute', '203001021530', new Date(2030, 0, 2, 15, 30)],
  ['a second in UTC', '20300102153059Z', new Date('2030-01-02T15:30:59Z')],
  ['nothing, for what is no time', 'tomorrow', undefined],
  ['nothing, for what is no date', '20301399', undefined],
])('expiry-time says %s', (_what, value, end) => {
  expect(expiryOf({ options: [{ name: 'no-pty' }, { name: 'expiry-time', value }] })).toEqual(end);
});

test('the first of two ends counts', () => {
  const options = ['20300102Z', '20290102Z', '20310102Z'].map((value) => ({ name: 'expiry-time', value }));
  expect(expiryOf({ options })).toEqual(new Date('2029-01-02T00:00:00Z'));
});

test('a key without the option has no end', () => {
  expect(expiryOf({ options: [] })).toBeUndefined();
});
