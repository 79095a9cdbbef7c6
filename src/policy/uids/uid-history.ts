/**
 * Uids and names that somebody has held and does not hold today, found by uid, by name and by person.
 */
import { type Day, formatDay } from '../../directory/day.ts';
import type { Owner, PastHolding, UidHolding } from '../../directory/uid-holding.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import { hasImmutableId, isSamePerson } from './uid-attendance.ts';

/** One that was held when the ledger was written, or one that was given up before. */
export type Former = UidHolding | PastHolding;

/** A directory account that comes back after so long is a new one to every file that was kept so long. */
export const REMEMBERED_DAYS = 90;

export class UidHistory {
  readonly isEmpty: boolean;
  readonly #byUid = new Map<number, Former[]>();
  readonly #byPerson = new Map<string, Former[]>();
  readonly #byName = new Map<string, Former[]>();

  /** @param isOnlyName whether somebody has given up no more than the name */
  constructor(formers: readonly Former[], isOnlyName: (former: Former) => boolean) {
    this.isEmpty = formers.length === 0;
    for (const former of formers) {
      append(this.#byName, former.name, former);
      if (isOnlyName(former)) continue;
      append(this.#byUid, former.uid, former);
      for (const key of personKeys(former)) append(this.#byPerson, key, former);
    }
  }

  /** Others who had this uid last. `isKept`: whether it still counts against this person. */
  rivals(user: DirectoryUser, owner: Owner, isKept: (former: Former) => boolean): readonly Former[] {
    const last = latest((this.#byUid.get(user.uid) ?? []).filter(isKept));
    return last.filter((former) => !isTheirs(former, user, owner));
  }

  /** Others who had this name last. */
  nameRivals(user: DirectoryUser, owner: Owner, isKept: (former: Former) => boolean): readonly Former[] {
    const last = latest((this.#byName.get(user.name) ?? []).filter(isKept));
    return last.filter((former) => !isTheirs(former, user, owner));
  }

  /** The other uid that this person had last; undefined when it was this one, or none. */
  otherUid(user: DirectoryUser, owner: Owner, isKept: (former: Former) => boolean): Former | undefined {
    const own = this.#byPerson.get(owner) ?? this.#byPerson.get(nameKey(user.name)) ?? [];
    const last = latest(own.filter(isKept));
    return last.some(({ uid }) => uid === user.uid) ? undefined : last[0];
  }

  /** When this person had this uid before: since when. */
  own(user: DirectoryUser, owner: Owner): Former | undefined {
    return this.#byUid.get(user.uid)?.find((former) => isTheirs(former, user, owner));
  }
}

export function isTheirs(former: Former, user: DirectoryUser, owner: Owner): boolean {
  return former.owner === owner || isSamePerson(former, user);
}

/** Under what a person is found again who comes with another uid. */
export function personKeys(former: UidHolding): readonly string[] {
  return hasImmutableId(former) ? [former.owner] : [former.owner, nameKey(former.name)];
}

export function datesOf(former: Former): string {
  const since = `first seen ${formatDay(former.firstSeen)}`;
  return 'goneSince' in former ? `${since}, gone since ${formatDay(former.goneSince)}` : since;
}

/** A space is in no owner. */
export function nameKey(name: string): string {
  return `name ${name}`;
}

/** More than one when they gave up on the same day. */
function latest(formers: readonly Former[]): readonly Former[] {
  const last = Math.max(...formers.map(heldUntil));
  return formers.filter((former) => heldUntil(former) === last);
}

function heldUntil(former: Former): Day {
  return 'goneSince' in former ? former.goneSince : Number.POSITIVE_INFINITY;
}

function append<Key>(map: Map<Key, Former[]>, key: Key, former: Former): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [former]);
  else known.push(former);
}
