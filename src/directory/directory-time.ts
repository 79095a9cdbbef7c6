/**
 * Points in time as directories write them, in milliseconds since the epoch.
 */
import { DAY } from './day.ts';

/** The last second that has a year of four digits: sshd's `expiry-time` cannot say more, and nobody means less than "never". */
const LAST_SECOND = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Between 1601-01-01, from which Active Directory counts, and 1970-01-01. */
const FILETIME_EPOCH = 11_644_473_600_000;
/** Active Directory counts in units of 100 ns. */
const FILETIME_UNITS = 10_000n;

const WHOLE_NUMBER = /^-?[0-9]{1,20}$/;
/** RFC 4517 section 3.3.13: minutes, seconds and a fraction may be missing; the zone is `Z` in every directory that we read. */
const GENERALIZED = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})?)?(?:[.,][0-9]{1,9})?Z$/;

/** A whole number; undefined for any other text. */
export function parseWholeNumber(text: string): bigint | undefined {
  return WHOLE_NUMBER.test(text) ? BigInt(text) : undefined;
}

/** GeneralizedTime, cut to the second; undefined for a text that is none, or a day that no calendar has. */
export function parseGeneralizedTime(text: string): number | undefined {
  const match = GENERALIZED.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = Array.from(match, (digits?: string) =>
    Number(digits ?? 0),
  ).slice(1);
  // 60 is a leap second, and reads as the first of the next minute.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  // Not Date.UTC(), which takes the year 26 for 1926.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.setUTCHours(hour, minute, second);
}

export function ofFiletime(filetime: bigint): number {
  return Number(filetime / FILETIME_UNITS) - FILETIME_EPOCH;
}

export function ofDays(days: bigint): number {
  return Number(days) * DAY;
}

/** Whether it is so far away that it means "never". */
export function isBeyondTime(at: number): boolean {
  return at > LAST_SECOND;
}

/** `2026-11-23T18:00:00Z`, for a person; an earlier time than any clock's for what is before the year 1. */
export function describeTime(at: number): string {
  const text = new Date(Math.max(at, -62_135_596_800_000)).toISOString();
  return text.replace(/\.[0-9]+Z$/, 'Z');
}
