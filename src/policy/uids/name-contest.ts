/**
 * When a login name is contested, and what is said of it.
 *
 * Rules of access and lists of members go by the name. Whoever gets a name that another had gets what was meant for the other, so a name
 * passes to nobody else while its owner is in a directory, shown or not, nor for a while after, unless a person says so.
 */
import { quote } from '../../directory/rejection.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import { type Owner, sourceOfOwner, type UidHolding } from '../../directory/uid-holding.ts';
import type { Court } from './uid-court.ts';
import { datesOf, type Former, personKeys } from './uid-history.ts';

export interface NameRival {
  readonly holding: Former;
  /** Of whoever has the name now, beginning with `which`, for the end of a sentence. */
  readonly state: string;
  /** They have this name in a directory, or wait there for an approval of what they have instead: nobody else can be approved for it. */
  readonly isThere: boolean;
}

/** What an approval of a name is for: the same person under another name has to be asked about again. */
export function nameClaim(owner: string, uid: number, name: string): string {
  return `${uid} ${owner} ${name}`;
}

/** Who had this person's name last, if it was another. `isKept`: whether a former holder still counts. */
export function findNameRival(user: DirectoryUser, owner: Owner, court: Court, isKept: (former: Former) => boolean): NameRival | undefined {
  const renamed: NameRival[] = [];
  for (const index of court.namesakes.get(user.name) ?? []) {
    if (court.attendance.seen[index] === 0 || court.held.isOwner(index, owner)) continue;
    const holding = court.held.read(index);
    const now = court.attendance.altered.get(index);
    if (now === undefined || now.name === user.name) return { holding, state: 'who is in the directory with it', isThere: true };
    const isStuck = isStuckAt(now, court, isKept);
    renamed.push({ holding, state: `who is called ${quote(now.name)} now${isStuck ? ', and waits for that' : ''}`, isThere: isStuck });
  }
  if (renamed.length > 0) return renamed[0];
  const [former] = court.history.nameRivals(user, owner, isKept);
  return former && describeFormer(former, court);
}

/** Somebody whose new name is another's, too, has not given up the old one yet. */
function isStuckAt(user: DirectoryUser, court: Court, isKept: (former: Former) => boolean): boolean {
  const owner = court.ownerOf(user);
  if (court.decisions.approved.has(nameClaim(owner, user.uid, user.name))) return false;
  const isOthers = (index: number): boolean => court.attendance.seen[index] === 1 && !court.held.isOwner(index, owner);
  return (court.namesakes.get(user.name) ?? []).some(isOthers) || court.history.nameRivals(user, owner, isKept).length > 0;
}

function describeFormer(holding: Former, { namesPresent, isRefused, held, today }: Court): NameRival {
  const waitsAs = personKeys(holding).flatMap((key) => [...(namesPresent.get(key) ?? [])]);
  if (waitsAs.includes(holding.name)) return { holding, state: 'whose new uid nobody has approved', isThere: true };
  const [other] = waitsAs;
  if (other !== undefined) return { holding, state: `who comes as ${quote(other)} now, and waits for that`, isThere: true };
  const gone = 'goneSince' in holding ? holding : { ...holding, goneSince: today };
  if (isRefused(holding.name)) return { holding: gone, state: 'whose entry is refused now', isThere: false };
  const index = held.indexOf(holding.uid);
  if ('goneSince' in holding && index !== -1 && held.isOwner(index, holding.owner))
    return { holding, state: `who is called ${quote(held.read(index).name)} since`, isThere: false };
  return { holding: gone, state: 'who has left', isThere: false };
}

/** Both people, told by uid and source since they share the name, and the dates. */
export function describeNameRival({ name, uid, source }: DirectoryUser, { holding, state, isThere }: NameRival): string {
  const who = `login name ${quote(name)}, which uid ${uid} of source ${quote(source)} has now`;
  return `${who}, ${isThere ? 'is' : 'was'} that of ${describePerson(holding)}, ${state}`;
}

function describePerson(holding: UidHolding): string {
  const source = sourceOfOwner(holding.owner);
  return `uid ${holding.uid}${source === undefined ? '' : ` of source ${quote(source)}`} (${datesOf(holding)})`;
}
