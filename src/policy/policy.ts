/**
 * From complete directory snapshots to what this host shows of them: a pure function of directory, policy and host.
 */
import type { SshdClock } from '../directory/expiry-time.ts';
import { type KeyLines, NO_KEYS } from '../directory/key-lines.ts';
import type { LoginName } from '../directory/names.ts';
import type { PasswdEntry } from '../directory/passwd.ts';
import { Invalid, type Rejection } from '../directory/rejection.ts';
import { NO_PASSWORD, type ShadowEntry } from '../directory/shadow.ts';
import type { DirectorySnapshot, DirectoryUser } from '../directory/snapshot.ts';
import { AccessRules, accessGroups } from './access.ts';
import { type Claims, claimNames, type Incumbents } from './uids/claims.ts';
import type { LocalAccounts } from '../directory/local-accounts.ts';
import { judgeAccounts, limitAging, refuseAlso, type Standings } from './expiry.ts';
import { findGroupOrigins } from './guards/group-origins.ts';
import type { HostPolicy } from './host-policy.ts';
import type { HostView } from '../directory/host-view.ts';
import { warnOfIds } from './id-warnings.ts';
import { KeyRing } from './keys/key-ring.ts';
import { LimitedKeys } from './keys/limited-keys.ts';
import { type KeyRecords, KeyStanding } from './keys/key-standing.ts';
import { Membership } from './membership/membership.ts';
import { chooseHome, chooseShell } from './overrides.ts';
import { Report } from './report.ts';
import { findSharedKeys } from './keys/shared-keys.ts';
import { reportUnmapped } from './unmapped-groups.ts';
import { showGroups } from './shown-groups.ts';
import { findUnknownGroups, reportUnknownGroups } from './unknown-groups.ts';
import { findUnknownAccounts, reportUnknownAccounts } from './unknown-accounts.ts';

export interface Host extends KeyRecords {
  readonly local: LocalAccounts;
  readonly incumbents: () => Incumbents;
  readonly now: Date;
  /** Asked for only when a key has to end. */
  readonly sshdClock: () => SshdClock;
}

const NO_SOURCES: ReadonlySet<string> = new Set();

/** What this host shows, with what decided it: for whoever wants to know why. */
export interface Judgement {
  readonly view: HostView;
  readonly claims: Claims;
  readonly membership: Membership;
  readonly rules: AccessRules;
}

export function applyPolicy(snapshots: readonly DirectorySnapshot[], policy: HostPolicy, host: Host): HostView {
  return judgeClaims(claimNames(snapshots, policy, host.local, host.incumbents), snapshots, policy, host).view;
}

/** What is left to do once it is known whose the names and numbers are. */
export function judgeClaims(
  claims: Claims,
  snapshots: readonly DirectorySnapshot[],
  policy: HostPolicy,
  host: Omit<Host, 'incumbents'>,
): Judgement {
  const membership = new Membership(claims, snapshots);
  const rules = new AccessRules(policy.access, membership, isStale(claims, policy));
  const unknownGroups = findUnknownGroups(policy.access, claims);
  const users = [...claims.users.values()];
  const report = beginReport(
    { claims, snapshots, membership, users },
    [...reportUnknownGroups(unknownGroups, policy.access, claims, snapshots), ...reportUnmapped(policy.access)],
    host,
  );

  const standings = refuseAlso(judgeAccounts(users, host.now), policy.refused?.keys());
  const { entitled, refused, refusedBySource } = sortPeople(users, rules, standings, policy);
  const staleDenied = findStaleDenied(users, policy, rules);
  const limited = new LimitedKeys(standings, host.sshdClock, (name, refusal) => {
    const user = claims.users.get(name);
    if (user !== undefined) report.add('quarantined', user, 'keys', refusal);
  });
  const keyStanding = new KeyStanding(policy.keys, host);
  const ring = new KeyRing({ claims, policy, membership, rules, report, limited, keyStanding, fingerprint: host.fingerprint });
  const visible = policy.hidden
    ? users.filter(({ name }) => entitled.has(name) || staleDenied.has(name) || ring.isOpenShared(name))
    : users;
  const passwd = showPasswd(visible, policy, host.local, report);
  const unknownAccounts = findUnknownAccounts(ring.openShared, host.local, passwd);
  const groups = showGroups(claims, membership, policy.hidden ? passwd : undefined);
  report.addAll([...groups.rejections, ...reportUnknownAccounts(unknownAccounts, snapshots)]);
  const view: HostView = {
    passwd,
    shadow: showShadow(passwd, claims, standings, (name) => entitled.has(name) && !refused.has(name)),
    group: groups.entries,
    keys: showKeys(passwd, entitled, ring),
    accessGroups: accessGroups(policy.access, membership),
    groupOrigins: findGroupOrigins(policy.access, claims, membership),
    accountKeys: ring.accountKeys,
    entitled,
    refused,
    refusedBySource,
    keysWithheld: keyStanding.withheld,
    staleDenied,
    unknownGroups,
    unknownAccounts,
    rejections: report.rejections,
  };
  return { view, claims, membership, rules };
}

interface Judged {
  readonly claims: Claims;
  readonly snapshots: readonly DirectorySnapshot[];
  readonly membership: Membership;
  readonly users: readonly DirectoryUser[];
}

/** With what was found before anybody looked at the rules, and of their names. */
function beginReport(
  { claims, snapshots, membership, users }: Judged,
  ofRules: readonly Rejection[],
  { fingerprint }: Pick<Host, 'fingerprint'>,
): Report {
  return new Report(
    snapshots.flatMap(({ rejections }) => rejections),
    claims.rejections,
    membership.rejections,
    ofRules,
    findSharedKeys(users, fingerprint),
    warnOfIds(claims),
  );
}

/** Whom the rules let in, and who is kept out for a reason of their own. Some are both: their account has ended. */
function sortPeople(
  users: readonly DirectoryUser[],
  rules: AccessRules,
  standings: Standings,
  { refused: refusedBefore }: HostPolicy,
): Pick<HostView, 'entitled' | 'refused' | 'refusedBySource'> {
  const entitled = new Set<LoginName>();
  const refused = rules.denied();
  const refusedBySource = new Map<LoginName, string>();
  for (const { name, source } of users) {
    if (rules.decide(name).granted) entitled.add(name);
    if (standings.get(name)?.refusal === undefined || refused.has(name)) continue;
    refused.add(name);
    const by = refusedBefore?.has(name) === true ? refusedBefore.get(name) : source;
    if (by !== undefined) refusedBySource.set(name, by);
  }
  return { entitled, refused, refusedBySource };
}

function isStale({ users }: Claims, { staleSources = NO_SOURCES }: HostPolicy): (name: LoginName) => boolean {
  if (staleSources.size === 0) return () => false;
  return (name) => staleSources.has(users.get(name)?.source ?? '');
}

/** Their names go on resolving, on a hidden host too: only the keys are withheld. */
function findStaleDenied(
  users: readonly DirectoryUser[],
  { staleSources = NO_SOURCES }: HostPolicy,
  rules: AccessRules,
): Map<LoginName, string> {
  const suspects = staleSources.size === 0 ? [] : users.filter(({ name }) => rules.decide(name).rule === 'stale');
  return new Map(suspects.map(({ name, source }) => [name, source]));
}

/** Ordered by uid: new people come last, so that most offsets stay where they were from generation to generation. */
function showPasswd(people: readonly DirectoryUser[], policy: HostPolicy, local: LocalAccounts, report: Report): PasswdEntry[] {
  const entries: PasswdEntry[] = [];
  for (const user of people) {
    const home = chooseHome(user, policy);
    if (home instanceof Invalid) {
      report.add('quarantined', user, 'passwd', home);
      continue;
    }
    const { shell, adjusted } = chooseShell(user, policy, local);
    if (adjusted !== undefined) report.add('adjusted', user, 'passwd', adjusted);
    entries.push({ name: user.name, uid: user.uid, gid: user.gid, gecos: user.gecos, home, shell });
  }
  return entries.sort((a, b) => a.uid - b.uid);
}

/** Whoever may not log in here has no password here: PAM asks it for su(1), and for sshd's passwords. Nor does it let in who has expired. */
function showShadow(
  passwd: readonly PasswdEntry[],
  claims: Claims,
  standings: Standings,
  mayLogIn: (name: LoginName) => boolean,
): ShadowEntry[] {
  return passwd.map(({ name }) => {
    const user = claims.users.get(name);
    return {
      name,
      password: (mayLogIn(name) ? user?.passwordHash : undefined) ?? NO_PASSWORD,
      aging: limitAging(user?.aging ?? {}, standings.get(name)),
    };
  });
}

function showKeys(passwd: readonly PasswdEntry[], entitled: ReadonlySet<LoginName>, ring: KeyRing): Map<LoginName, KeyLines> {
  const keys = new Map<LoginName, KeyLines>();
  for (const { name } of passwd) {
    const lines = entitled.has(name) && !ring.isShared(name) ? ring.ownKeys(name) : NO_KEYS;
    if (lines !== NO_KEYS) keys.set(name, lines);
  }
  for (const account of ring.sharedAccounts) {
    const lines = ring.sharedKeys(account);
    if (lines !== NO_KEYS) keys.set(account, lines);
  }
  return keys;
}
