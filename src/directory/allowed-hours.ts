/**
 * eDirectory's `loginAllowedTimeMap`: the half hours of a week in which somebody may log in.
 *
 * 42 bytes, 336 bits, one for each half hour from Sunday 00:00 UTC on; within a byte the least significant bit comes first. A bit
 * that is set allows. Novell documents it nowhere but in a sample (`CheckBind`), which swaps the bits of each byte and then shifts by
 * 14, its own time zone. SSSD reads it from there, and never allows the first of each eight half hours, for which its mask stays 0.
 */
import { Invalid } from './rejection.ts';

declare const brand: unique symbol;
/** The 42 bytes as 84 hexadecimal digits. */
export type AllowedHours = string & { readonly [brand]: 'AllowedHours' };

const HALF_HOUR = 1_800_000;
const HALF_HOURS = 336;
const DIGITS = HALF_HOURS / 4;
/** The epoch was a Thursday, and the map begins with Sunday: 1970-01-04 is the first that it can. */
const FIRST_SUNDAY = 3 * 48;

/** @param hex the bytes as the directory gave them; undefined when they allow every half hour */
export function parseAllowedHours(hex: string): AllowedHours | undefined | Invalid {
  if (!/^(?:[0-9a-f]{2})*$/.test(hex) || hex.length !== DIGITS) {
    return new Invalid('account-unreadable', `loginAllowedTimeMap has ${hex.length / 2} bytes, 42 are wanted`);
  }
  return /^f+$/.test(hex) ? undefined : (hex as AllowedHours);
}

/** @param at milliseconds since the epoch */
export function isAllowedAt(hours: AllowedHours, at: number): boolean {
  return bitOf(hours, Math.floor(at / HALF_HOUR));
}

/** When the answer of `isAllowedAt` next changes; undefined when it never does. */
export function nextChange(hours: AllowedHours, at: number): number | undefined {
  const now = Math.floor(at / HALF_HOUR);
  for (let next = now + 1; next <= now + HALF_HOURS; next += 1) {
    if (bitOf(hours, next) !== bitOf(hours, now)) return next * HALF_HOUR;
  }
  return undefined;
}

/** @param halfHour since the epoch */
function bitOf(hours: AllowedHours, halfHour: number): boolean {
  const index = (((halfHour - FIRST_SUNDAY) % HALF_HOURS) + HALF_HOURS) % HALF_HOURS;
  const start = Math.floor(index / 8) * 2;
  const byte = Number.parseInt(hours.slice(start, start + 2), 16);
  return ((byte >> (index % 8)) & 1) === 1;
}
