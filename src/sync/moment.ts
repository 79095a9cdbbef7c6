/**
 * A time as somebody in a hurry copies it from a log, with as much precision as it has: a day is all of that day.
 */
import { quote } from '../directory/rejection.ts';
import { HoldfastError } from '../errors.ts';

export interface Moment {
  /** Milliseconds since the epoch, both included. */
  readonly from: number;
  readonly to: number;
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?)? ?(Z|[+-]\d{2}:?\d{2})?$/;

/** Without a zone, in the host's. @throws HoldfastError `usage` */
export function parseMoment(text: string): Moment {
  const [, day, minute, second, zone] = TIME.exec(text) ?? [];
  const from = day === undefined ? Number.NaN : Date.parse(`${day}T${minute ?? '00:00'}${second ?? ''}${zone ?? ''}`);
  if (!Number.isFinite(from)) {
    throw new HoldfastError('usage', `--at is ${quote(text)}, which is no time`, {
      hints: ['wanted: 2026-11-23, 2026-11-23 10:15, or 2026-11-23T10:15:00Z; without a zone it is the time of this host'],
    });
  }
  return { from, to: from + lengthOf(minute, second) - 1 };
}

function lengthOf(minute: string | undefined, second: string | undefined): number {
  if (minute === undefined) return 86_400_000;
  if (second === undefined) return 60_000;
  return second.includes('.') ? 1 : 1000;
}
