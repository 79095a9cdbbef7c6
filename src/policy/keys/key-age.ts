/**
 * How long a key may be used: `max_age` from the day on which this host first saw it with its person.
 */
import { type Day, dayOf, formatDay } from '../../directory/day.ts';
import { Invalid } from '../../directory/rejection.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';

/** So many days before a key's end its owner's host begins to warn. */
export const WARNING_DAYS = 14;

/** The day before which a key must have been seen to be worth a word: those after it are young. */
export function youngSince(today: Day, maxAgeDays: number): Day {
  return today - maxAgeDays + WARNING_DAYS + 1;
}

/** What is known of keys that are not young any more; of the others nothing is kept. */
export interface AgedKeys {
  readonly today: Day;
  readonly maxAgeDays: number;
  /** Of one person: the day on which each was first seen, by its base64 part. Undefined: all of them are young. */
  readonly of: (user: DirectoryUser) => ReadonlyMap<string, Day> | undefined;
}

/**
 * With the days on which the source says that keys were uploaded, where those are earlier: another host knows a key's age as soon
 * as it sees it. A key that was taken away and is uploaded again is as old as this host knows it to be.
 */
export function withUploads(
  seen: ReadonlyMap<string, Day> | undefined,
  { uploads }: Pick<DirectoryUser, 'uploads'>,
  young: Day,
): ReadonlyMap<string, Day> | undefined {
  const old = (uploads ?? []).map(({ blob, at }) => [blob, dayOf(at)] as const).filter(([, day]) => day < young);
  if (old.length === 0) return seen;
  const days = new Map(seen);
  for (const [blob, day] of old) days.set(blob, Math.min(day, days.get(blob) ?? day));
  return days;
}

/** Undefined for a key that may still be used. */
export function refuseAge(firstSeen: Day, aged: AgedKeys, fingerprint: string): Invalid | undefined {
  const end = firstSeen + aged.maxAgeDays;
  if (aged.today < end) return undefined;
  return new Invalid('key-too-old', `${describe(firstSeen, aged, fingerprint)}: it was good until ${formatDay(end)}`);
}

/** Undefined for a key whose end is not near. */
export function warnOfAge(firstSeen: Day, aged: AgedKeys, fingerprint: string): Invalid | undefined {
  if (firstSeen >= youngSince(aged.today, aged.maxAgeDays)) return undefined;
  const end = formatDay(firstSeen + aged.maxAgeDays);
  return new Invalid('key-ageing', `${describe(firstSeen, aged, fingerprint)}: it is good until ${end}, wanted by then: a new one`);
}

function describe(firstSeen: Day, { maxAgeDays }: AgedKeys, fingerprint: string): string {
  return `${fingerprint} was first seen on ${formatDay(firstSeen)}, and [policy.keys] max_age is "${maxAgeDays}d"`;
}
