import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';

describe('parseDuration', () => {
  test.each([
    ['0', 0],
    ['1s', 1000],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['99999d', 8_639_913_600_000],
  ])('reads "%s" as %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    ['a number without a unit', '10'],
    ['zero with a unit', '0s'],
    ['a leading zero', '05m'],
    ['a sign', '-5m'],
    ['a plus', '+5m'],
    ['a fraction', '1.5h'],
    ['two units', '1h30m'],
    ['a space between', '5 m'],
    ['a space around', ' 5m'],
    ['a line end', '5m\n'],
    ['an unknown unit', '2w'],
    ['a capital unit', '5M'],
    ['milliseconds', '500ms'],
    ['more than five digits', '100000s'],
    ['a name of Object.prototype', '5constructor'],
    ['other digits', '٥m'],
    ['nothing', ''],
    ['a word', 'never'],
  ])('refuses %s', (_why, text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0'],
    [1000, '1s'],
    [90_000, '90s'],
    [300_000, '5m'],
    [3_600_000, '1h'],
    [86_400_000, '1d'],
    [90_000_000, '25h'],
  ])('writes %i ms as "%s"', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test('writes what parseDuration reads as the same time', () => {
    const written = fc.tuple(fc.integer({ min: 1, max: 99_999 }), fc.constantFrom('s', 'm', 'h', 'd')).map(([n, unit]) => `${n}${unit}`);
    fc.assert(
      fc.property(fc.oneof(written, fc.constant('0')), (text) => {
        const milliseconds = parseDuration(text) ?? Number.NaN;
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });
});
