/**
 * The uid ledger: no uid and no name passes from one person to another, and no person from one uid to another, unless somebody approves.
 *
 * Two steps, with the claims between them: whoever is contested stays out of the claims; whoever comes out of the claims with a
 * uid holds it in the next ledger. A person who is held back goes on holding the old uid, so that nobody else slips into it.
 */
import type { LoginName } from '../../directory/names.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import type { Day } from '../../directory/day.ts';
import {
  type HeldUids,
  isFormerName,
  type LedgerUpdate,
  type OwnerOf,
  type PastHolding,
  type UidHolding,
  type UidLedger,
} from '../../directory/uid-holding.ts';
import { type Attendance, takeAttendance } from './uid-attendance.ts';
import { contestOf, contestOfName, type UidContest } from './uid-contest.ts';
import { claimKey, type Court, isRemembered, type UidDecisions } from './uid-court.ts';
import { type Former, isTheirs, nameKey, personKeys, UidHistory } from './uid-history.ts';

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
  /** Names of entries that their source has and that were refused; asked for only when somebody is gone. */
  readonly refused: () => ReadonlySet<string>;
  /** Names that a rule keeps out: whoever had one is remembered for as long as it does. */
  readonly denied: ReadonlySet<string>;
}

export function judgeUids(users: Iterable<DirectoryUser>, ledger: UidLedger, facts: LedgerFacts): UidJudgement {
  const { held, past } = ledger;
  const attendance = takeAttendance(users, held, facts.ownerOf);
  const absent = new Map<number, UidHolding>();
  for (let index = attendance.seen.indexOf(0); index !== -1; index = attendance.seen.indexOf(0, index + 1)) {
    absent.set(index, held.read(index));
  }
  const isOnlyName = (former: Former): boolean => 'goneSince' in former && isFormerName(former, held);
  const history = new UidHistory([...past, ...absent.values()], isOnlyName);
  const { newcomers } = attendance;
  const renamed = renamedOf(attendance, held);
  const court: Court = {
    ...facts,
    today: Math.max(facts.today, ledger.day),
    held,
    attendance,
    history,
    present: history.isEmpty ? new Set<string>() : keysOf(newcomers, facts.ownerOf),
    namesPresent: history.isEmpty ? new Map<string, Set<string>>() : namesOf(newcomers, facts.ownerOf),
    namesakes: placesOfNames([...newcomers, ...renamed], held),
    isRefused: (name) => facts.refused().has(name),
  };
  const contests = [...newcomers.map((user) => contestOf(user, court)), ...renamed.map((user) => contestOfName(user, court))];
  return { court, ledger, absent, contests: contests.filter((contest) => contest !== undefined) };
}

function renamedOf({ altered }: Attendance, held: HeldUids): DirectoryUser[] {
  return [...altered].filter(([index, { name }]) => !held.isNamed(index, name)).map(([, user]) => user);
}

function placesOfNames(users: readonly DirectoryUser[], held: HeldUids): ReadonlyMap<string, readonly number[]> {
  return users.length === 0 || held.count === 0 ? new Map() : held.placesOf(new Set<string>(users.map(({ name }) => name)));
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
  const { newcomers } = court.attendance;
  // Whoever did not get the new name has the old one: were it forgotten, the new one would be no change in the next run.
  const altered = new Map([...court.attendance.altered].filter(([, user]) => owners.get(user.name) === user));
  const settled = newcomers.filter((user) => owners.get(user.name) === user);
  const leavers = leaversOf(judgement, settled, owners);
  const past = nextPast(judgement, { settled, leavers, altered });
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

interface Changes {
  readonly settled: readonly DirectoryUser[];
  readonly leavers: readonly number[];
  /** By place, those who stay and are written anew. */
  readonly altered: ReadonlyMap<number, DirectoryUser>;
}

/** Without those who have come back, and without those of long ago, unless one of them stands in somebody's way even now, or is denied. */
function nextPast({ court, ledger, absent, contests }: UidJudgement, { settled, leavers, altered }: Changes): PastHolding[] {
  const renamed = [...altered].filter(([index, { name }]) => !court.held.isNamed(index, name));
  if (ledger.past.length === 0 && leavers.length === 0 && renamed.length === 0) return [];
  const { today, ownerOf, isRefused, denied } = court;
  const byUid = new Map<number, DirectoryUser>([...settled, ...altered.values()].map((user) => [user.uid, user]));
  const contested = contests.filter(isWithheld);
  const uids = new Set<number>(contested.map(({ user }) => user.uid));
  const people = new Set<string>(contested.flatMap(({ user, owner }) => [owner, nameKey(user.name)]));
  const isGround = (one: PastHolding): boolean =>
    uids.has(one.uid) ||
    denied.has(one.name) ||
    people.has(nameKey(one.name)) ||
    personKeys(one).some((key) => people.has(key)) ||
    isRefused(one.name);
  // Under another name, they have given up this one.
  const isBack = (one: UidHolding): boolean => {
    const user = byUid.get(one.uid);
    return user?.name === one.name && isTheirs(one, user, ownerOf(user));
  };
  const old = ledger.past.filter((one) => !isBack(one) && (isRemembered(one, today) || isGround(one)));
  const left = leavers.map((index) => absent.get(index)).filter((one) => one !== undefined && !isBack(one));
  const former = renamed.map(([index]) => court.held.read(index));
  return [...old, ...[...left, ...former].map((one) => ({ ...one, goneSince: today }) as PastHolding)];
}

function namesOf(users: readonly DirectoryUser[], ownerOf: OwnerOf): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const user of users) {
    for (const key of [ownerOf(user), nameKey(user.name)]) names.set(key, (names.get(key) ?? new Set()).add(user.name));
  }
  return names;
}

function keysOf(users: readonly DirectoryUser[], ownerOf: OwnerOf): Set<string> {
  const keys = new Set<string>();
  for (const user of users) {
    const owner = ownerOf(user);
    keys.add(owner).add(nameKey(user.name)).add(claimKey(owner, user.uid));
  }
  return keys;
}
