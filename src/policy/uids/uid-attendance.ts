/**
 * Who of a uid ledger is in the directory today, and who is there that it does not know.
 */
import { type HeldUids, type OwnerOf, sourceOfOwner, type UidHolding } from '../../directory/uid-holding.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';

export interface Attendance {
  /** By place in the ledger: 1 for those who are there with the uid that they hold. */
  readonly seen: Uint8Array;
  /** Of those, whoever has another name than before, or is told by another kind of id. */
  readonly altered: ReadonlyMap<number, DirectoryUser>;
  /** Everybody else in the directory: new people, and people with another uid. */
  readonly newcomers: readonly DirectoryUser[];
}

export function takeAttendance(users: Iterable<DirectoryUser>, held: HeldUids, ownerOf: OwnerOf): Attendance {
  const seen = new Uint8Array(held.count);
  const altered = new Map<number, DirectoryUser>();
  const strangers: DirectoryUser[] = [];
  for (const user of users) {
    const index = held.indexOf(user.uid);
    if (index !== -1 && seen[index] === 0 && held.isNamed(index, user.name) && held.isOwner(index, ownerOf(user))) seen[index] = 1;
    else strangers.push(user);
  }
  const recognise = (people: readonly DirectoryUser[], isHolder: (index: number, user: DirectoryUser) => boolean): DirectoryUser[] =>
    people.filter((user) => {
      const index = held.indexOf(user.uid);
      if (index === -1 || seen[index] === 1 || !isHolder(index, user)) return true;
      seen[index] = 1;
      altered.set(index, user);
      return false;
    });
  // Each when everybody has had their turn who has the better claim: of two entries with one id and uid, the known one stays.
  const others = recognise(strangers, (index, user) => held.isOwner(index, ownerOf(user)));
  const newcomers = recognise(others, (index, user) => isSamePerson(held.read(index), user));
  return { seen, altered, newcomers };
}

/**
 * Where the source shows no immutable id, now or then, name and uid together are the person: an entry that moves in the tree, or a
 * source that begins or ceases to show its ids, is no other person. An entry of another source is.
 */
export function isSamePerson(holding: UidHolding, user: DirectoryUser): boolean {
  if ((sourceOfOwner(holding.owner) ?? user.source) !== user.source) return false;
  return holding.uid === user.uid && holding.name === user.name && (!hasImmutableId(holding) || user.id === user.dn);
}

export function hasImmutableId({ owner }: UidHolding): boolean {
  return owner.startsWith('i');
}
