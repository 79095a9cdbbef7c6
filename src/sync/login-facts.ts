/**
 * What is known of one login: from the source's entry through claims, access and keys to what is served.
 *
 * Everything is worked out by the functions that a sync uses, on the last good snapshots and the present configuration; what serves
 * may be older than either, and then the difference is said.
 */
import type { LoginName } from '../directory/names.ts';
import type { PasswdEntry } from '../directory/passwd.ts';
import type { Rejection } from '../directory/rejection.ts';
import type { DirectoryUser } from '../directory/snapshot.ts';
import { type LocalAccount, readLocalAccount } from '../host/local-accounts.ts';
import type { HostContext } from './context.ts';
import type { LastGood, LastGoodSource } from './last-good.ts';
import { findTraces, type LoginTraces } from './audit/login-traces.ts';
import { findHeldRemoval, type HeldRemoval, readServed, type Served } from './served.ts';
import { type SourceEntry, sourceEntryOf } from './source-entry.ts';
import { type AccessReport, explainAccess, explainSharers, type SharerReport } from './why/access.ts';
import { findDifferences } from './why/differences.ts';
import { isUnknown } from './unknown-login.ts';
import { explainKeys, type KeyReport, sharedAccountsOf } from './why/keys.ts';

export interface EntryReport extends SourceEntry {
  readonly name: LoginName;
  readonly uid: number;
  readonly gid: number;
  readonly primaryGroup?: string;
}

export interface LoginFacts extends LoginTraces {
  readonly login: string;
  readonly sources: readonly LastGoodSource[];
  /** Of the host's own account of this name. */
  readonly localUid?: number;
  readonly local?: LocalAccount;
  /** The entry that has the name. */
  readonly entry?: EntryReport;
  /** Others that want the name or the uid, and do not get it. */
  readonly rivals: readonly EntryReport[];
  /** What this host shows of the entry; absent for somebody who is hidden or quarantined. */
  readonly shown?: PasswdEntry;
  /** Of the entry, not of its keys. */
  readonly findings: readonly Rejection[];
  /** Absent when nobody has the name, and for a shared account. No key of the directory opens a local account, whatever it says. */
  readonly access?: AccessReport;
  /** Absent for an account that is not shared. */
  readonly sharers?: readonly SharerReport[];
  /** A rule denies the shared account itself. */
  readonly accountDenied: boolean;
  readonly keys: readonly KeyReport[];
  readonly keyFindings: readonly Rejection[];
  /** The shared accounts that take this person's keys. */
  readonly sharedAccounts: readonly string[];
  readonly served: Served;
  readonly held?: HeldRemoval;
  /** What the next sync is going to change here, a sentence each. */
  readonly differences: readonly string[];
}

/** @param uid of which is to be told whose it was as well; that of the account without it */
export function gatherFacts(context: HostContext, lastGood: LastGood, login: string, uid?: number): LoginFacts {
  const name = login as LoginName;
  const { view } = lastGood.judgement;
  const served = readServed(context, lastGood.baseline, login);
  const shown = view.passwd.find((entry) => entry.name === login);
  const local = readLocalAccount(context.paths, login);
  const account = describeAccount(lastGood, name, local);
  const { keys, findings: keyFindings } = explainKeys(lastGood, name, {
    served: served.keys,
    sharers: (account.sharers ?? []).map((sharer) => sharer.name),
    now: context.now(),
  });
  const findings = view.rejections.filter(({ map, key }) => (map === 'passwd' || map === 'shadow') && key === login);
  const held = findHeldRemoval(context, login);
  const isAbsent = account.entry === undefined && account.sharers === undefined && local === undefined && findings.length === 0;
  return {
    login,
    sources: lastGood.sources,
    ...account,
    ...(local === undefined ? {} : { localUid: local.uid, local }),
    ...(shown === undefined ? {} : { shown }),
    findings,
    keys,
    keyFindings,
    sharedAccounts: account.sharers === undefined ? sharedAccountsOf(lastGood, keys) : [],
    served,
    ...(held === undefined ? {} : { held }),
    differences: isUnknown({ ...account, localUid: local?.uid, sources: lastGood.sources })
      ? []
      : findDifferences(shown, view.keys.get(name), keys, served),
    ...findTraces(context, lastGood, { login, uid: uid ?? account.entry?.uid, isAbsent }),
  };
}

type AccountFacts = Pick<LoginFacts, 'entry' | 'rivals' | 'access' | 'sharers' | 'accountDenied'>;

/** Who has the name, and what the access rules say of it. */
function describeAccount(lastGood: LastGood, name: LoginName, local: LocalAccount | undefined): AccountFacts {
  const { claims, rules } = lastGood.judgement;
  const owner = claims.users.get(name);
  const isShared = lastGood.policy.access.accounts.has(name);
  return {
    ...(owner === undefined ? {} : { entry: describeEntry(owner, lastGood) }),
    rivals: findRivals(lastGood, name, owner, owner?.uid ?? local?.uid),
    ...((owner === undefined && local === undefined) || isShared ? {} : { access: explainAccess(lastGood, name) }),
    ...(isShared ? { sharers: explainSharers(lastGood, name) } : {}),
    accountDenied: isShared && rules.isDenied(name),
  };
}

function describeEntry(user: DirectoryUser, { judgement }: LastGood): EntryReport {
  const { name, uid, gid } = user;
  const primaryGroup = judgement.claims.shownGroups.get(gid)?.name;
  return { ...sourceEntryOf(user), name, uid, gid, ...(primaryGroup === undefined ? {} : { primaryGroup }) };
}

/** By name, and by uid where somebody has it. */
function findRivals(lastGood: LastGood, login: string, owner: DirectoryUser | undefined, uid: number | undefined): EntryReport[] {
  return lastGood.snapshots
    .flatMap(({ users }) => users.filter((user) => user !== owner && (user.name === login || user.uid === uid)))
    .map((user) => describeEntry(user, lastGood));
}
