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
