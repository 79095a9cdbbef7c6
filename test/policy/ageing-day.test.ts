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

/** Days that the last clocks have gone on behind a day, at two a run. */
function longestWayTo(clocks: readonly number[], behind: number): number {
  let passed = 0;
  const seen = clocks.filter((clock) => clock >= 0);
  for (let at = seen.length - 1; at > 0; at -= 1) {
    const [earlier = 0, later = 0] = [seen[at - 1], seen[at]];
    if (earlier > later || earlier >= behind) break;
    passed += Math.min(2, later - earlier);
  }
  return passed;
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
      [465, 100, 102, 104, 106, 108, 110, 112, 113, 114, 115],
      [465, 465, 465, 465, 465, 465, 465, 465, 465, 114, 115],
    ],
    ['not one that falls behind anew each time', [465, 100, 113, 50, 64], [465, 465, 465, 465, 465]],
    ['the last one, while a clock behind jumps by 14 days at once', [465, 100, 114, 114, 114], [465, 465, 465, 465, 465]],
    ['the last one, with one wrong clock behind after another', [465, 50, 200, 300, 400], [465, 465, 465, 465, 465]],
    ['the right one, after a clock that was behind', [465, 100, 114, 466, 467], [465, 465, 465, 466, 467]],
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
          expect(longestWayTo(clocks.slice(0, at + 1), before)).toBeGreaterThanOrEqual(14);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('goes back by a clock of every day only after 14 of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }), (start, steps) => {
        const clocks = [start + 400];
        for (const step of [0, ...steps]) clocks.push((clocks.length === 1 ? start : (clocks.at(-1) ?? start)) + step);
        fc.pre(clocks.slice(1).every((clock) => clock < start + 400));
        let passed = 0;
        const wanted = clocks.map((clock, at) => {
          if (at > 1) passed += Math.min(2, steps[at - 2] ?? 0);
          return passed < 14 ? start + 400 : clock;
        });
        const believed = wanted.findIndex((day) => day !== start + 400);
        const end = believed === -1 ? clocks.length : believed + 1;
        expect(daysOf(...clocks).slice(0, end)).toEqual(wanted.slice(0, end));
      }),
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
