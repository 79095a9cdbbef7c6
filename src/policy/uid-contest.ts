/**
 * When a uid is contested, and what is said of it.
 *
 * Files belong to a number. Whoever gets a number that another had gets the other's files with it, and whoever gets another
 * number loses their own: both are held back until a person has looked.
 */
import { Invalid, quote } from '../directory/rejection.ts';
import type { DirectoryUser } from '../directory/snapshot.ts';
import { type Day, formatDay } from '../directory/day.ts';
import type { HeldUids, Owner, OwnerOf, UidHolding } from '../directory/uid-holding.ts';
import type { Attendance } from './uid-attendance.ts';
import { type Former, personKeys, REMEMBERED_DAYS, type UidHistory } from './uid-history.ts';

/** What people have decided, or have yet to decide, as `claimKey`s. */
export interface UidDecisions {
  readonly approved: ReadonlySet<string>;
  /** Contested in an earlier run: that ends with a decision, and not with time. */
  readonly waiting: ReadonlySet<string>;
}

/** One person and one uid, which is what an approval is for. */
export function claimKey(owner: string, uid: number): string {
  return `${uid} ${owner}`;
}

export interface UidContest {
  readonly user: DirectoryUser;
  readonly owner: Owner;
  readonly finding: Invalid;
  readonly approved: boolean;
  /** The holder is in the directory with the same uid, and stays, whatever was approved. */
  readonly occupied: boolean;
}

export interface Court {
  readonly held: HeldUids;
  readonly attendance: Attendance;
  readonly history: UidHistory;
  /** Whom the newcomers may have been, `personKeys`, and what they claim, `claimKey`s. */
  readonly present: ReadonlySet<string>;
  readonly decisions: UidDecisions;
  readonly today: Day;
  readonly ownerOf: OwnerOf;
}

/** Undefined for a person whom nothing speaks against. */
export function contestOf(user: DirectoryUser, court: Court): UidContest | undefined {
  const { history, decisions } = court;
  const holder = presentHolder(user.uid, court);
  if (holder === undefined && history.isEmpty) return undefined;
  const owner = court.ownerOf(user);
  const key = claimKey(owner, user.uid);
  const isKept = (former: Former): boolean => isRemembered(former, court.today) || decisions.waiting.has(key);
  const other = history.otherUid(user, owner, isKept);
  // Two accounts with one id are no change, as long as both are there.
  const before = other !== undefined && court.present.has(claimKey(owner, other.uid)) ? undefined : other;
  const [rival] = history.rivals(user, owner, isKept);
  if (before === undefined && holder === undefined && rival === undefined) return undefined;
  const whose = holder === undefined ? rival && describeFormer(rival, court) : describeHolder(holder);
  return {
    user,
    owner,
    finding: findingOf(user, before, whose, holder !== undefined),
    approved: decisions.approved.has(key),
    occupied: holder !== undefined,
  };
}

/** A clock that went back makes nobody older, and nothing forgotten. */
export function isRemembered(former: Former, today: Day): boolean {
  return !('goneSince' in former) || today - former.goneSince <= REMEMBERED_DAYS;
}

function presentHolder(uid: number, { held, attendance }: Court): UidHolding | undefined {
  const index = held.indexOf(uid);
  return index !== -1 && attendance.seen[index] === 1 ? held.read(index) : undefined;
}

function findingOf({ name, uid }: DirectoryUser, before: Former | undefined, whose: string | undefined, occupied: boolean): Invalid {
  if (before !== undefined) {
    const then = `${quote(name)} had uid ${before.uid}${before.name === name ? '' : ` as ${quote(before.name)}`} (${datesOf(before)})`;
    return new Invalid('uid-changed', `${then} and now has uid ${uid}${whose === undefined ? '' : `, which ${whose}`}`);
  }
  return new Invalid(occupied ? 'id-duplicate' : 'uid-reused', `uid ${uid}, which ${quote(name)} has now, ${whose}`);
}

function describeHolder(holder: UidHolding): string {
  return `is already that of ${quote(holder.name)} (${datesOf(holder)}), who is in the directory with it`;
}

function describeFormer(former: Former, { present, today }: Court): string {
  const isWaiting = !('goneSince' in former) && personKeys(former).some((key) => present.has(key));
  if (isWaiting) return `is that of ${quote(former.name)} (${datesOf(former)}), whose new uid nobody has approved`;
  return `was that of ${quote(former.name)} (${datesOf('goneSince' in former ? former : { ...former, goneSince: today })})`;
}

function datesOf(former: Former): string {
  const since = `first seen ${formatDay(former.firstSeen)}`;
  return 'goneSince' in former ? `${since}, gone since ${formatDay(former.goneSince)}` : since;
}
