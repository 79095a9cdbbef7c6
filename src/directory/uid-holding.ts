/**
 * Who has held which uid on this host, and until when: the facts that a uid ledger keeps.
 *
 * A uid is what files carry. It outlives the name and the account, so the ledger goes by the directory's immutable id.
 */
import type { Day } from './day.ts';
import type { DirectoryUser } from './snapshot.ts';

declare const brand: unique symbol;

/**
 * Stands for source and immutable id. `i…`: of an id that the directory never changes. `d…`: of a DN, because the source shows no
 * such id. `u`: unknown, of an entry that only the caches still know.
 */
export type Owner = string & { readonly [brand]: 'Owner' };

export const UNKNOWN_OWNER = 'u' as Owner;

/** How an entry's owner is told: by a digest, which the pure core cannot make. */
export type OwnerOf = (user: DirectoryUser) => Owner;

export interface UidHolding {
  readonly uid: number;
  readonly owner: Owner;
  /** The login name when it was last seen. */
  readonly name: string;
  readonly firstSeen: Day;
}

export interface PastHolding extends UidHolding {
  /** The day of the run that found it gone. */
  readonly goneSince: Day;
}

/** Those who hold a uid now, one for each uid, in the order of the uids: too many for an object each. */
export interface HeldUids {
  readonly count: number;
  /** -1: nobody holds it. */
  indexOf: (uid: number) => number;
  isOwner: (index: number, owner: Owner) => boolean;
  isNamed: (index: number, name: string) => boolean;
  /** Where those are who were last seen under one of these names. */
  placesOf: (names: ReadonlySet<string>) => ReadonlyMap<string, readonly number[]>;
  read: (index: number) => UidHolding;
}

export interface UidLedger {
  /** The latest day it knows of: with a clock that goes back, this day counts. */
  readonly day: Day;
  readonly held: HeldUids;
  /** Who gave a uid up, or a name that somebody else could take, the earliest first. */
  readonly past: readonly PastHolding[];
}

/** The source in an owner that says it; undefined for a digest, and for one that is not known. */
export function sourceOfOwner(owner: Owner): string | undefined {
  return /^[di]=([^/]+)\//.exec(owner)?.[1];
}

/** Whether somebody who holds the uid still had another name then: only the name was given up. */
export function isFormerName({ uid, owner }: PastHolding, held: HeldUids): boolean {
  const index = held.indexOf(uid);
  return index !== -1 && held.isOwner(index, owner);
}

/** What makes the next ledger of the one before. */
export interface LedgerUpdate {
  readonly day: Day;
  /** Places in `held` that are no more, or are in `added` with other values. */
  readonly removed: ReadonlySet<number>;
  /** By uid, which nobody else holds. Made while it is read: at first, it is everybody. */
  readonly added: Iterable<UidHolding>;
  /** All of them, not only new ones. */
  readonly past: readonly PastHolding[];
}
