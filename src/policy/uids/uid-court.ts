/**
 * What is known when somebody's uid or name is judged: the ledger, who is there, and what people have decided.
 */
import type { Day } from '../../directory/day.ts';
import type { HeldUids, OwnerOf } from '../../directory/uid-holding.ts';
import type { Attendance } from './uid-attendance.ts';
import { type Former, REMEMBERED_DAYS, type UidHistory } from './uid-history.ts';

/** What people have decided, or have yet to decide, as `claimKey`s. */
export interface UidDecisions {
  /** With `nameClaim`s. */
  readonly approved: ReadonlySet<string>;
  /** Contested in an earlier run: that ends with a decision, and not with time. */
  readonly waiting: ReadonlySet<string>;
}

/** One person and one uid, which is what an approval of a uid is for. */
export function claimKey(owner: string, uid: number): string {
  return `${uid} ${owner}`;
}

export interface Court {
  readonly held: HeldUids;
  readonly attendance: Attendance;
  readonly history: UidHistory;
  /** Whom the newcomers may have been, `personKeys`, and what they claim, `claimKey`s. */
  readonly present: ReadonlySet<string>;
  /** The names with which the newcomers come, by their `personKeys`. */
  readonly namesPresent: ReadonlyMap<string, ReadonlySet<string>>;
  /** Where the ledger has the names of those who are not in it with theirs. */
  readonly namesakes: ReadonlyMap<string, readonly number[]>;
  /** Whether a source has an entry of that name that was refused. */
  readonly isRefused: (name: string) => boolean;
  /** Names that a rule keeps out. */
  readonly denied: ReadonlySet<string>;
  readonly decisions: UidDecisions;
  readonly today: Day;
  readonly ownerOf: OwnerOf;
}

/** A clock that went back makes nobody older, and nothing forgotten. */
export function isRemembered(former: Former, today: Day): boolean {
  return !('goneSince' in former) || today - former.goneSince <= REMEMBERED_DAYS;
}
