import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AllowedHours, isAllowedAt, nextChange, parseAllowedHours } from '../../src/directory/allowed-hours.ts';
import { valid } from './valid.ts';

const MINUTE = 60_000;
/** 2026-11-22 was a Sunday. */
const SUNDAY = Date.UTC(2026, 10, 22);

function mapOf(...bytes: readonly (readonly [index: number, byte: number])[]): AllowedHours {
  const map = Buffer.alloc(42);
  for (const [index, byte] of bytes) map[index] = byte;
  return valid(parseAllowedHours(map.toString('hex'))) as AllowedHours;
}

describe('isAllowedAt', () => {
  test.each([
    ['the first bit of the map as Sunday 00:00 UTC', mapOf([0, 0x01]), SUNDAY],
    ['the second bit as half past midnight', mapOf([0, 0x02]), SUNDAY + 30 * MINUTE],
    ['the last bit of a byte as 03:30', mapOf([0, 0x80]), SUNDAY + 210 * MINUTE],
    ['the first bit of a later byte, too', mapOf([1, 0x01]), SUNDAY + 240 * MINUTE],
    ['the last bit of the map as Saturday 23:30', mapOf([41, 0x80]), SUNDAY + (7 * 24 * 60 - 30) * MINUTE],
  ])('takes %s', (_what, hours, at) => {
    const times = [at - 1, at, at + 30 * MINUTE - 1, at + 30 * MINUTE];
    expect(times.map((time) => isAllowedAt(hours, time))).toEqual([false, true, true, false]);
  });

  test('agrees with the calendar at any minute of any week', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 42, maxLength: 42 }), fc.date({ noInvalidDate: true }), (bytes, date) => {
        fc.pre(bytes.some((byte) => byte !== 0xff));
        const index = date.getUTCDay() * 48 + date.getUTCHours() * 2 + Math.floor(date.getUTCMinutes() / 30);
        const expected = (((bytes[Math.floor(index / 8)] ?? 0) >> (index % 8)) & 1) === 1;
        expect(isAllowedAt(mapOf(...[...bytes.entries()]), date.getTime())).toBe(expected);
      }),
    );
  });
});

describe('nextChange', () => {
  test('is the end of the hours that go on now', () => {
    const hours = mapOf([0, 0xff], [1, 0x0f]);
    expect(nextChange(hours, SUNDAY + 17 * MINUTE)).toBe(SUNDAY + 360 * MINUTE);
  });

  test('is the beginning of the next ones, over the end of the week too', () => {
    expect(nextChange(mapOf([0, 0x01]), SUNDAY + 45 * MINUTE)).toBe(SUNDAY + 7 * 24 * 60 * MINUTE);
  });

  test('never comes when no hour is allowed', () => {
    expect(nextChange(mapOf(), SUNDAY)).toBeUndefined();
  });
});
