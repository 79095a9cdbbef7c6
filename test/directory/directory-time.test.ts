import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeTime, ofFiletime, parseGeneralizedTime } from '../../src/directory/directory-time.ts';

test.each([
  ['to the second', '20261231235958Z', Date.UTC(2026, 11, 31, 23, 59, 58)],
  ['with a fraction, which is cut', '20261231235958.999999Z', Date.UTC(2026, 11, 31, 23, 59, 58)],
  ['to the minute', '202612312359Z', Date.UTC(2026, 11, 31, 23, 59)],
  ['to the hour', '2026123123Z', Date.UTC(2026, 11, 31, 23)],
  ['on a leap day', '20240229000000Z', Date.UTC(2024, 1, 29)],
  ['on a leap second', '20161231235960Z', Date.UTC(2017, 0, 1)],
])('parseGeneralizedTime reads a time %s', (_what, text, at) => {
  expect(parseGeneralizedTime(text)).toBe(at);
});

test.each([
  '',
  'Z',
  '20261231Z',
  '20261331000000Z',
  '20261231240000Z',
  '20261231006000Z',
  '20250229000000Z',
  ' 2026123123Z',
  '2026123123z',
])('parseGeneralizedTime reads no time in "%s"', (text) => {
  expect(parseGeneralizedTime(text)).toBeUndefined();
});

test('parseGeneralizedTime reads every second that a calendar has', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
      const second = Math.floor(date.getTime() / 1000) * 1000;
      const text = `${new Date(second).toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`;
      expect(parseGeneralizedTime(text)).toBe(second);
    }),
  );
});

test('ofFiletime counts from 1601', () => {
  expect(ofFiletime(0n)).toBe(Date.UTC(1601, 0, 1));
  expect(ofFiletime(116_444_736_000_000_000n)).toBe(0);
});

test('describeTime finds a text for any time', () => {
  expect(describeTime(Date.UTC(2026, 0, 2, 3, 4, 5))).toBe('2026-01-02T03:04:05Z');
  expect(describeTime(Number.NEGATIVE_INFINITY)).toBe('0001-01-01T00:00:00Z');
});
