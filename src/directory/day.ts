/**
 * Days as ledgers, ages and shadow(5) count them: whole, since 1970-01-01, UTC.
 */

/** Whole days since the epoch: dates are all that a person needs, and a run that repeats itself on one day has nothing new. */
export type Day = number;

/** In milliseconds. */
export const DAY = 86_400_000;

export function dayOf(milliseconds: number): Day {
  return Math.floor(milliseconds / DAY);
}

/** `2026-11-23` */
export function formatDay(day: Day): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** Only a wrong clock says, or has written down, a day before it. */
export const NO_RUN_BEFORE: Day = dayOf(Date.parse('2026-01-01T00:00:00Z'));
