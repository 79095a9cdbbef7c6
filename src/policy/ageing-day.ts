/**
 * Which day it is for the age of keys: the clock's, unless that cannot be.
 *
 * Too early a day gives back keys that have ended; too late a one ends everybody's at once, and no guard asks for a person, since keys that are
 * too old are meant to go. What is known is the clock, and the day that counted in the last run. Of the two:
 *
 * - A clock from before there was a holdfast (a host without a battery, at boot) is wrong: the last day counts.
 * - A clock up to 14 days ahead of the last day counts: that is how time passes, and how long before its end a key is warned of.
 * - A clock further ahead is doubted: it was set wrong, or the host was off. The last day counts. If the clock goes on from there, so does the day,
 *   by two days for each of the clock's, until it has caught up: no crowd ends at once, and every key is warned of first.
 * - A clock behind the last day is doubted: the last day counts, so that what has ended stays ended. When the clock has gone on behind it for 14 days,
 *   it was the last day that was wrong, and the clock counts. A run adds two days at most to these, so that neither a clock that jumps nor two wrong
 *   ones in a row are taken for time that has passed.
 *
 * So no clock, however wrong, ends a key more than 14 days before its time at once, and none gives back what has ended before it has gone on for
 * 14 days. The right one counts as soon as it is there.
 */
import { type Day, NO_RUN_BEFORE } from '../directory/day.ts';
import { WARNING_DAYS } from './keys/key-age.ts';

/** What one run knows of the next one's past. */
export interface AgeingDay {
  /** The day that counts. */
  readonly day: Day;
  /** What the clock said. */
  readonly clock: Day;
  /** Present while the clock is behind `day`: as many days before `clock` as it has gone on there. */
  readonly behindSince?: Day | undefined;
}

/** Days that one run may move the day that counts. */
const STEP_MAX = WARNING_DAYS;
/** Days that a clock has to go on behind the day that counted to be believed. */
const BELIEVED_BEHIND = 14;
/** Days that one run can add to them: it comes every 15 minutes, and a host is off for a while. */
const BEHIND_STEP_MAX = 2;
/** Days that count for each day of a clock that is far ahead. */
const PACE = 2;

/** Undefined when nothing is known of any day yet. @param last of the run before */
export function nextAgeingDay(last: AgeingDay | undefined, clock: Day): AgeingDay | undefined {
  if (clock < NO_RUN_BEFORE) return last;
  if (last === undefined) return { day: clock, clock };
  if (clock < last.day) return behind(last, clock);
  if (clock <= last.day + STEP_MAX) return { day: clock, clock };
  const wasAhead = last.clock > last.day + STEP_MAX;
  const passed = wasAhead ? Math.max(0, clock - last.clock) : 0;
  return { day: last.day + Math.min(PACE * passed, STEP_MAX), clock };
}

function behind(last: AgeingDay, clock: Day): AgeingDay {
  const passed = daysBehind(last, clock);
  return passed < BELIEVED_BEHIND ? { day: last.day, clock, behindSince: clock - passed } : { day: clock, clock };
}

/** A clock that goes back is another one, of which nothing is known yet. */
function daysBehind({ clock: before, behindSince }: AgeingDay, clock: Day): number {
  if (behindSince === undefined || clock < before) return 0;
  return Math.max(0, before - behindSince) + Math.min(clock - before, BEHIND_STEP_MAX);
}
