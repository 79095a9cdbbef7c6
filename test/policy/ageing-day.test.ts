import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_RUN_BEFORE } from '../../src/directory/day.ts';
import { type AgeingDay, nextAgeingDay } from '../../src/policy/ageing-day.ts';

/** Which day counts in each of several runs, by what the clock says in each; in days since the first that a clock can say. */
function daysOf(...clocks: readonly number[]): (number | undefined)[] {
  let last: AgeingDay | undefined;
  return clocks.map((clock) => {
    last = nextAgeingDay(last, NO_RUN_BEFORE + clock);
    return last === undefined ? undefined : last.day - NO_RUN_BEFORE;
  });
}

describe('the day that counts', () => {
  test.each<[string, readonly number[], readonly (number | undefined)[]]>([
    ['the clock, as time passes', [10, 10, 11, 25], [10, 10, 11, 25]],
    ['the last one, while the clock is back a day', [10, 9, 9, 10, 11], [10, 10, 10, 10, 11]],
    ['the last one, while a host boots in 1970', [10, -20_000, -20_000, 10], [10, 10, 10, 10]],
    ['none, where a new host boots in 1970', [-20_000, -20_000, 10], [undefined, undefined, 10]],
    ['the last one, while the clock is behind by a month at boot, then the right one', [100, 70, 70, 101], [100, 100, 100, 101]],
    ['the last one, while the clock is ahead by a year once, then the right one', [100, 465, 100, 101], [100, 100, 100, 101]],
    ['the last one, with a clock ahead by a year, then behind by a month, then right', [100, 465, 70, 101], [100, 100, 100, 101]],
    ['the last one, at each boot with a clock far ahead', [100, 465, 101, 466, 102, 467, 102], [100, 100, 101, 101, 102, 102, 102]],
    ['no later by a clock far ahead that jumps further', [100, 465, 466, 900], [100, 100, 102, 116]],
    ['two a day, when the clock goes on far ahead', [100, 465, 465, 466, 467, 469], [100, 100, 100, 102, 104, 108]],
    ['the clock, when it is caught up with: a host that was off', [100, 120, 121, 125, 130, 131], [100, 100, 102, 110, 120, 131]],
    ['the clock, within 14 days of the last one', [100, 114, 129], [100, 114, 114]],
    [
      'the clock, when it has gone on behind for 14 days: the first run was wrong',
      [465, 100, 105, 113, 114, 115],
      [465, 465, 465, 465, 114, 115],
    ],
    ['not one that falls behind anew each time', [465, 100, 113, 50, 64], [465, 465, 465, 465, 64]],
    ['the right one, after a clock that was behind for long', [465, 100, 114, 466, 467], [465, 465, 114, 114, 116]],
  ])('is %s', (_what, clocks, days) => {
    expect(daysOf(...clocks)).toEqual(days);
  });

  test('moves by 14 days a run at most, and back only to a clock that has gone on for 14', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -400, max: 2000 }), { minLength: 2, maxLength: 20 }), (clocks) => {
        const days = daysOf(...clocks);
        for (const [at, day] of days.entries()) {
          const before = days[at - 1];
          if (day === undefined || before === undefined) continue;
          expect(day - before).toBeLessThanOrEqual(14);
          if (day >= before) continue;
          expect(day).toBe(clocks[at]);
          expect(clocks.slice(0, at).some((clock) => clock >= 0 && clock <= day - 14)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('is the right one at once, when a wrong clock of one run has been mended', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: -2000, max: 5000 }), (today, wrong) => {
        fc.pre(wrong < today || wrong > today + 14);
        expect(daysOf(today, wrong, today + 1)).toEqual([today, today, today + 1]);
      }),
    );
  });
});
