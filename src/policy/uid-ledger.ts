/**
 * The uid ledger: no uid passes from one person to another, and no person from one uid to another, unless somebody approves.
 *
 * Two steps, with the claims between them: whoever is contested stays out of the claims; whoever comes out of the claims with a
 * uid holds it in the next ledger. A person who is held back goes on holding the old uid, so that nobody else slips into it.
 */
import type { LoginName } from '../directory/names.ts';
import type { DirectoryUser } from '../directory/snapshot.ts';
import type { Day } from '../directory/day.ts';
import type { LedgerUpdate, OwnerOf, PastHolding, UidHolding, UidLedger } from '../directory/uid-holding.ts';
import { takeAttendance } from './uid-attendance.ts';
import { type Court, claimKey, contestOf, isRemembered, type UidContest, type UidDecisions } from './uid-contest.ts';
import { isTheirs, nameKey, personKeys, UidHistory } from './uid-history.ts';

export interface UidJudgement {
  readonly court: Court;
  readonly ledger: UidLedger;
  /** Those of the ledger who are not there with their uid, by their place in it. */
  readonly absent: ReadonlyMap<number, UidHolding>;
  readonly contests: readonly UidContest[];
}

export interface LedgerFacts {
  readonly today: Day;
  readonly ownerOf: OwnerOf;
  readonly decisions: UidDecisions;
}

export function judgeUids(users: Iterable<DirectoryUser>, ledger: UidLedger, facts: LedgerFacts): UidJudgement {
  const { held, past } = ledger;
  const attendance = takeAttendance(users, held, facts.ownerOf);
  const absent = new Map<number, UidHolding>();
  for (let index = attendance.seen.indexOf(0); index !== -1; index = attendance.seen.indexOf(0, index + 1)) {
    absent.set(index, held.read(index));
  }
  const history = new UidHistory([...past, ...absent.values()]);
  const present = history.isEmpty ? new Set<string>() : keysOf(attendance.newcomers, facts.ownerOf);
  const today = Math.max(facts.today, ledger.day);
  const court: Court = { ...facts, today, held, attendance, history, present };
  const contests = attendance.newcomers.map((user) => contestOf(user, court)).filter((contest) => contest !== undefined);
  return { court, ledger, absent, contests };
}

/** Whether the person stays out of the claims. */
export function isWithheld({ approved, occupied }: UidContest): boolean {
  return occupied || !approved;
}

/**
 * @param owners who came out of the claims
 * @returns undefined when the ledger says all this already
 */
export function nextLedger(judgement: UidJudgement, owners: ReadonlyMap<LoginName, DirectoryUser>): LedgerUpdate | undefined {
  const { court, ledger } = judgement;
  const { altered, newcomers } = court.attendance;
  const settled = newcomers.filter((user) => owners.get(user.name) === user);
  const leavers = leaversOf(judgement, settled, owners);
  const past = nextPast(judgement, settled, leavers);
  const isOldPast = past.length === ledger.past.length && past.every((one, index) => one === ledger.past[index]);
  if (isOldPast && settled.length + altered.size + leavers.length === 0) return undefined;
  const added = [...altered.values(), ...settled].sort((a, b) => a.uid - b.uid);
  return {
    day: court.today,
    removed: new Set([...altered.keys(), ...leavers]),
    added: { [Symbol.iterator]: () => holdingsOf(added, court) },
    past,
  };
}

function* holdingsOf(users: readonly DirectoryUser[], { attendance, held, history, ownerOf, today }: Court): Generator<UidHolding> {
  for (const user of users) {
    const owner = ownerOf(user);
    const index = held.indexOf(user.uid);
    const before = attendance.altered.has(index) ? held.read(index) : history.own(user, owner);
    yield { uid: user.uid, owner, name: user.name, firstSeen: before?.firstSeen ?? today };
  }
}

/**
 * Places of those who are gone, or have given their uid up for another with somebody's approval. Not of those who are held back: an
 * approval that waits behind another rule frees nothing yet.
 */
function leaversOf(
  { court, absent }: UidJudgement,
  settled: readonly DirectoryUser[],
  owners: ReadonlyMap<LoginName, DirectoryUser>,
): number[] {
  if (absent.size === 0) return [];
  const taken = new Set<number>(settled.map(({ uid }) => uid));
  const unsettled = court.attendance.newcomers.filter((user) => owners.get(user.name) !== user);
  const waiting = keysOf(unsettled, court.ownerOf);
  const isLeaving = (holding: UidHolding): boolean => taken.has(holding.uid) || !personKeys(holding).some((key) => waiting.has(key));
  return [...absent].filter(([, holding]) => isLeaving(holding)).map(([index]) => index);
}

/** Without those who have come back, and without those of long ago, unless one of them stands in somebody's way even now. */
function nextPast(
  { court, ledger, absent, contests }: UidJudgement,
  settled: readonly DirectoryUser[],
  leavers: readonly number[],
): PastHolding[] {
  if (ledger.past.length === 0 && leavers.length === 0) return [];
  const { today, ownerOf } = court;
  const byUid = new Map<number, DirectoryUser>(settled.map((user) => [user.uid, user]));
  const contested = contests.filter(isWithheld);
  const uids = new Set<number>(contested.map(({ user }) => user.uid));
  const people = new Set<string>(contested.flatMap(({ user, owner }) => [owner, nameKey(user.name)]));
  const isGround = (one: PastHolding): boolean => uids.has(one.uid) || personKeys(one).some((key) => people.has(key));
  const isBack = (one: UidHolding): boolean => {
    const user = byUid.get(one.uid);
    return user !== undefined && isTheirs(one, user, ownerOf(user));
  };
  const old = ledger.past.filter((one) => !isBack(one) && (isRemembered(one, today) || isGround(one)));
  const left = leavers.map((index) => absent.get(index)).filter((one) => one !== undefined && !isBack(one));
  return [...old, ...left.map((one) => ({ ...one, goneSince: today }) as PastHolding)];
}

function keysOf(users: readonly DirectoryUser[], ownerOf: OwnerOf): Set<string> {
  const keys = new Set<string>();
  for (const user of users) {
    const owner = ownerOf(user);
    keys.add(owner).add(nameKey(user.name)).add(claimKey(owner, user.uid));
  }
  return keys;
}
