/**
 * The uid ledger in a run: opened, or begun with what this host shows; asked before names and numbers are claimed; written down
 * when the run settles.
 */
import type { LoginName } from '../directory/names.ts';
import { once } from '../directory/once.ts';
import { DN_SHOWN, printable, rejectionOf } from '../directory/rejection.ts';
import type { DirectorySnapshot, DirectoryUser } from '../directory/snapshot.ts';
import { type Day, dayOf } from '../directory/day.ts';
import { type LedgerUpdate, sourceOfOwner, UNKNOWN_OWNER } from '../directory/uid-holding.ts';
import { claimNames, type Incumbents } from '../policy/uids/claims.ts';
import { nameClaim } from '../policy/uids/name-contest.ts';
import { claimKey, type UidDecisions } from '../policy/uids/uid-court.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import { findRenamed } from '../policy/uids/renamed.ts';
import { isWithheld, judgeUids, nextLedger, type UidJudgement } from '../policy/uids/uid-ledger.ts';
import { type ContestedUid, readContestedUids, writeContestedUids } from '../state/contested-uids.ts';
import { readRunRecord } from '../state/run-record.ts';
import { applyUpdate, NOBODY } from '../state/uid-ledger-lines.ts';
import { keepStagedLedger, ownerOf, readUidLedger, setLedgerAside, type StoredUidLedger } from '../state/uid-ledger.ts';
import { type Baseline, type BaselineContext, lastGoodSnapshots } from './baseline.ts';
import { incumbentsOf } from './incumbents.ts';
import type { HostContext } from './context.ts';

/** What two entries have at a time. */
const SHARED: ReadonlySet<string> = new Set(['id-duplicate', 'name-duplicate']);
const NO_NAMES: ReadonlySet<string> = new Set();

/** Why a ledger is begun anew on a host that showed people before: what it remembered of those who had left is lost. */
export interface LedgerFault {
  /** A damaged one is kept beside, for somebody to look at. */
  readonly kind: 'damaged' | 'missing';
  readonly text: string;
}

export interface OpenedLedger {
  readonly ledger: StoredUidLedger;
  /** It is not on the disk yet, or not with this day. */
  readonly isNew: boolean;
  /** What is wrong with the one on the disk. */
  readonly fault?: LedgerFault;
  readonly decisions: UidDecisions;
}

/** A uid that was contested when the run looked. */
export interface JudgedUid extends Omit<ContestedUid, 'since' | 'approved'> {
  /** It was approved, and the person has it now. */
  readonly settled: boolean;
}

/** A ledger that is missing or damaged begins with what this host shows. */
export function openLedger(context: BaselineContext, baseline: Baseline): OpenedLedger {
  const { paths } = context;
  const stored = readUidLedger(paths.uidLedger);
  const contested = readContestedUids(paths.contestedUids);
  const decisions: UidDecisions = {
    approved: approvedClaims(contested),
    waiting: keysOf(contested),
  };
  if (typeof stored === 'object') return { ...withLatestDay(stored, context), decisions };
  const ledger = beginLedger(context, baseline);
  const fault = stored === undefined ? findMissing(paths.uidLedger, baseline) : ({ kind: 'damaged', text: stored } as const);
  if (fault === undefined) return { ledger, isNew: true, decisions };
  const rebuilt = { day: dayOf(context.now().getTime()), fault: fault.text };
  return { ledger: { ...ledger, rebuilt }, isNew: true, fault, decisions };
}

/** Every run that commits has kept a ledger before: only on a new host is there none. */
function findMissing(path: string, { generation, fault }: Pick<Baseline, 'generation' | 'fault'>): LedgerFault | undefined {
  if (generation === undefined && fault === undefined) return undefined;
  return { kind: 'missing', text: `${path} is missing, though generations were committed here` };
}

/**
 * After a run whose clock was ahead of today's, that run's day counts. It is written down at once: the next record of a run will
 * have the wrong clock's day, and somebody who is found gone by that clock would seem to have been gone for long.
 */
function withLatestDay(stored: StoredUidLedger, { paths, now }: HostContext): Pick<OpenedLedger, 'ledger' | 'isNew'> {
  const lastRun = readRunRecord(paths.runRecord);
  const lastDay = lastRun === undefined ? 0 : dayOf(Date.parse(lastRun.finishedAt));
  const wentBack = lastDay > stored.day && dayOf(now().getTime()) < lastDay;
  return wentBack ? { ledger: { ...stored, day: lastDay }, isNew: true } : { ledger: stored, isNew: false };
}

/**
 * From the last good snapshots, and of people whom only the caches know, from those. So whoever comes with the next fetch finds
 * the uids of everybody who was shown here taken.
 */
function beginLedger(context: BaselineContext, baseline: Baseline): StoredUidLedger {
  const today = dayOf(context.now().getTime());
  if (baseline.generation === undefined && baseline.fault === undefined) return { day: today, held: NOBODY, past: [] };
  const snapshots = lastGoodSnapshots(context);
  const day = Math.min(today, ...snapshots.map(({ fetchedAt }) => dayOf(fetchedAt)));
  const fromSnapshots = ledgerOf(context, snapshots, incumbentsOf(baseline), day);
  const known = new Set(snapshots.map(({ source }) => source));
  if (baseline.generation?.manifest.sources.every(({ name }) => known.has(name)) === true) return fromSnapshots;
  return withShown(fromSnapshots, baseline, day);
}

function ledgerOf(
  { policy, local }: BaselineContext,
  snapshots: readonly DirectorySnapshot[],
  incumbents: () => Incumbents,
  today: Day,
): StoredUidLedger {
  const nothing: StoredUidLedger = { day: today, held: NOBODY, past: [] };
  const decisions: UidDecisions = { approved: new Set(), waiting: new Set() };
  const judgement = judgeUids(usersOf(snapshots), nothing, { today, ownerOf, decisions, refused: () => NO_NAMES, denied: NO_NAMES });
  const update = nextLedger(judgement, claimNames(snapshots, policy, local, incumbents).users);
  return update === undefined ? nothing : applyUpdate(NOBODY, update);
}

function withShown(ledger: StoredUidLedger, baseline: Baseline, firstSeen: Day): StoredUidLedger {
  const missing = baseline.view().passwd.filter(({ uid }) => ledger.held.indexOf(uid) === -1);
  const added = missing.map(({ uid, name }) => ({ uid, name, owner: UNKNOWN_OWNER, firstSeen })).sort((a, b) => a.uid - b.uid);
  return applyUpdate(ledger.held, { day: ledger.day, removed: new Set(), added, past: ledger.past });
}

/** Everybody who holds a uid, with the source where the ledger says it. */
export function sourcesByName({ ledger: { held } }: OpenedLedger): Map<string, string | undefined> {
  const holdings = Array.from({ length: held.count }, (_, index) => held.read(index));
  return new Map(holdings.map(({ name, owner }) => [name, sourceOfOwner(owner)]));
}

/** The rules, which mean people, where the directory has given these other names. */
export function withRenamed(policy: HostPolicy, { ledger }: OpenedLedger, snapshots: readonly DirectorySnapshot[]): HostPolicy {
  const { access } = policy;
  const deniedAs = findRenamed(access.deny.users, ledger, usersOf(snapshots), ownerOf);
  return deniedAs.size === 0 ? policy : { ...policy, access: { ...access, deniedAs } };
}

export function judgeSnapshots(
  snapshots: readonly DirectorySnapshot[],
  { ledger, decisions }: OpenedLedger,
  { now, policy }: { readonly now: Date; readonly policy: HostPolicy },
): UidJudgement {
  const refused = once(() => refusedNames(snapshots));
  return judgeUids(usersOf(snapshots), ledger, {
    today: dayOf(now.getTime()),
    ownerOf,
    decisions,
    refused,
    denied: new Set(policy.access.deny.users),
  });
}

/** Their entries are there, and cannot be shown. */
function refusedNames(snapshots: readonly DirectorySnapshot[]): Set<string> {
  const refused = snapshots.flatMap(({ rejections }) =>
    rejections.filter(({ map, verdict }) => map === 'passwd' && verdict === 'quarantined'),
  );
  return new Set(refused.map(({ key }) => key));
}

/** The snapshots without whoever is held back, each with its reason. */
export function admittedBy({ contests }: UidJudgement, snapshots: readonly DirectorySnapshot[]): readonly DirectorySnapshot[] {
  const withheld = new Map(contests.filter(isWithheld).map(({ user, finding }) => [user, finding]));
  if (withheld.size === 0) return snapshots;
  return snapshots.map((snapshot) => {
    const { source, users, rejections } = snapshot;
    const findings = users.flatMap((user) => {
      const finding = withheld.get(user);
      return finding === undefined
        ? []
        : [rejectionOf({ verdict: 'quarantined', source, map: 'passwd', key: user.name, dn: printable(user.dn, DN_SHOWN) }, finding)];
    });
    return { ...snapshot, users: users.filter((user) => !withheld.has(user)), rejections: [...rejections, ...findings] };
  });
}

/** What there is to write, if anything. */
export function updateOf(
  judgement: UidJudgement,
  owners: ReadonlyMap<LoginName, DirectoryUser>,
  { ledger, isNew }: OpenedLedger,
): LedgerUpdate | undefined {
  const update = nextLedger(judgement, owners);
  if (update !== undefined || !isNew) return update;
  return { day: ledger.day, removed: new Set(), added: [], past: ledger.past };
}

/** An id or name that two entries share is no contest that a person could decide, unless one has. */
export function judgedUids({ contests }: UidJudgement, owners: ReadonlyMap<LoginName, DirectoryUser>): readonly JudgedUid[] {
  return contests
    .filter(({ finding, approved }) => !SHARED.has(finding.code) || approved)
    .map(({ user, owner, finding: { code, reason } }) => {
      const { source, name: login, uid } = user;
      return { source, login, uid, owner, code, reason, settled: owners.get(login) === user };
    });
}

/** The run has settled: what it found becomes the ledger. @param fault of the one that it replaces */
export function keepLedger({ paths }: HostContext, fault: LedgerFault | undefined): void {
  if (fault?.kind === 'damaged') setLedgerAside(paths.uidLedger);
  keepStagedLedger(paths.uidLedger);
}

export interface RunEnd {
  /** Not held. Until a run settles, no approval is used up. */
  readonly isSettled: boolean;
  /** Every source answered: an older snapshot, shown while the directory is down, decides on nobody who is not in it. */
  readonly isFresh: boolean;
}

/** What waits for a decision, and the decisions that wait for their effect. */
export function recordContests({ paths, now }: HostContext, judged: readonly JudgedUid[], { isSettled, isFresh }: RunEnd): void {
  const earlier = new Map(readContestedUids(paths.contestedUids).map((one) => [claimKey(one.owner, one.uid), one]));
  const open = judged.filter(({ settled }) => !(settled && isSettled));
  const contested = open.map(({ source, login, uid, owner, code, reason }): ContestedUid => {
    const { since = now().toISOString(), approved } = earlier.get(claimKey(owner, uid)) ?? {};
    return { source, login, uid, owner, code, reason, since, ...(approved === undefined ? {} : { approved }) };
  });
  for (const { owner, uid } of judged) earlier.delete(claimKey(owner, uid));
  const all = isFresh ? contested : [...contested, ...earlier.values()];
  // A server may list its entries in another order each time, and that is no change.
  writeContestedUids(
    paths.contestedUids,
    all.sort((a, b) => a.uid - b.uid || a.owner.localeCompare(b.owner)),
  );
}

/** An approval is for the name, too: the person may come with another before the next run. */
function approvedClaims(contested: readonly ContestedUid[]): Set<string> {
  const approved = contested.filter((one) => one.approved !== undefined);
  return new Set(approved.flatMap(({ owner, uid, login }) => [claimKey(owner, uid), nameClaim(owner, uid, login)]));
}

function keysOf(contested: readonly ContestedUid[]): Set<string> {
  return new Set(contested.map(({ owner, uid }) => claimKey(owner, uid)));
}

function* usersOf(snapshots: readonly DirectorySnapshot[]): Generator<DirectoryUser> {
  for (const { users } of snapshots) yield* users;
}
