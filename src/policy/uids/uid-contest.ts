/**
 * When a uid or a login name is contested, and what is said of the uid.
 *
 * Files belong to a number. Whoever gets a number that another had gets the other's files with it, and whoever gets another
 * number loses their own: both are held back until a person has looked.
 */
import { Invalid, quote } from '../../directory/rejection.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import type { Owner, UidHolding } from '../../directory/uid-holding.ts';
import { claimKey, type Court, isRemembered } from './uid-court.ts';
import { describeNameRival, findNameRival, nameClaim, type NameRival } from './name-contest.ts';
import { datesOf, type Former, personKeys } from './uid-history.ts';

export interface UidContest {
  readonly user: DirectoryUser;
  readonly owner: Owner;
  readonly finding: Invalid;
  readonly approved: boolean;
  /** The holder is in the directory with the same uid or name, and stays, whatever was approved. */
  readonly occupied: boolean;
}

/** Undefined for a person whom nothing speaks against. */
export function contestOf(user: DirectoryUser, court: Court): UidContest | undefined {
  const holder = presentHolder(user.uid, court);
  if (holder === undefined && court.history.isEmpty && !court.namesakes.has(user.name)) return undefined;
  const owner = court.ownerOf(user);
  const isKept = keptFor(claimKey(owner, user.uid), court);
  const uid = contestOfUid(user, owner, court, { holder, isKept });
  const name = findNameRival(user, owner, court, isKept);
  if (uid === undefined) return name && contestedName(user, owner, court, name);
  const { approved } = court.decisions;
  const isNameApproved = name === undefined || approved.has(nameClaim(owner, user.uid, user.name));
  return {
    user,
    owner,
    finding: withName(uid, user, name),
    approved: approved.has(claimKey(owner, user.uid)) && isNameApproved,
    occupied: holder !== undefined || name?.isThere === true,
  };
}

/** Of somebody who has the uid by the ledger, and comes with another name than there. */
export function contestOfName(user: DirectoryUser, court: Court): UidContest | undefined {
  const owner = court.ownerOf(user);
  const rival = findNameRival(user, owner, court, keptFor(claimKey(owner, user.uid), court));
  return rival && contestedName(user, owner, court, rival);
}

function contestedName(user: DirectoryUser, owner: Owner, { decisions }: Court, rival: NameRival): UidContest {
  const finding = new Invalid(rival.isThere ? 'name-duplicate' : 'name-reused', describeNameRival(user, rival));
  return { user, owner, finding, approved: decisions.approved.has(nameClaim(owner, user.uid, user.name)), occupied: rival.isThere };
}

/** Which of the former holders count against a person who claims this. */
function keptFor(claim: string, { today, decisions, isRefused }: Court): (former: Former) => boolean {
  const isWaiting = decisions.waiting.has(claim);
  return (former) => isWaiting || isRemembered(former, today) || isRefused(former.name);
}

interface UidFinding {
  readonly invalid: Invalid;
  /** Whom it names. */
  readonly about: ReadonlySet<Owner>;
}

interface Ground {
  readonly holder: UidHolding | undefined;
  readonly isKept: (former: Former) => boolean;
}

function contestOfUid(user: DirectoryUser, owner: Owner, court: Court, { holder, isKept }: Ground): UidFinding | undefined {
  const { history } = court;
  const other = history.otherUid(user, owner, isKept);
  // Two accounts with one id are no change, as long as both are there.
  const before = other !== undefined && court.present.has(claimKey(owner, other.uid)) ? undefined : other;
  const [rival] = history.rivals(user, owner, isKept);
  if (before === undefined && holder === undefined && rival === undefined) return undefined;
  const whose = holder === undefined ? rival && describeFormer(rival, court) : describeHolder(holder);
  const about = new Set([before, holder, rival].flatMap((one) => one?.owner ?? []));
  return { invalid: findingOf(user, before, whose, holder !== undefined), about };
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

/** Whose name it is needs no words when it is whose uid it is, too. */
function withName({ invalid, about }: UidFinding, user: DirectoryUser, rival: NameRival | undefined): Invalid {
  if (rival === undefined || about.has(rival.holding.owner)) return invalid;
  return new Invalid(invalid.code, `${invalid.reason}; ${describeNameRival(user, rival)}`);
}

function describeHolder(holder: UidHolding): string {
  return `is already that of ${quote(holder.name)} (${datesOf(holder)}), who is in the directory with it`;
}

function describeFormer(former: Former, { present, today }: Court): string {
  const isWaiting = !('goneSince' in former) && personKeys(former).some((key) => present.has(key));
  if (isWaiting) return `is that of ${quote(former.name)} (${datesOf(former)}), whose new uid nobody has approved`;
  return `was that of ${quote(former.name)} (${datesOf('goneSince' in former ? former : { ...former, goneSince: today })})`;
}
