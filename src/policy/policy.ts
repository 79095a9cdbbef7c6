/**
 * From complete directory snapshots to what this host shows of them: a pure function of directory, policy and host.
 */
import type { AuthorizedKey } from '../directory/authorized-key.ts';
import type { SshdClock } from '../directory/expiry-time.ts';
import type { GroupEntry } from '../directory/group.ts';
import { labelKey } from '../directory/key-label.ts';
import { type KeyLines, NO_KEYS, packKeys, unpackKeys } from '../directory/key-lines.ts';
import type { LoginName } from '../directory/names.ts';
import type { PasswdEntry } from '../directory/passwd.ts';
import { Invalid, type MapName, type Rejection, rejectionOf } from '../directory/rejection.ts';
import { NO_PASSWORD, type ShadowEntry } from '../directory/shadow.ts';
import type { DirectorySnapshot, DirectoryUser } from '../directory/snapshot.ts';
import { AccessRules, accessGroups, namedGroups } from './access.ts';
import { type Claims, claimNames, type Incumbents } from './claims.ts';
import type { LocalAccounts } from '../directory/local-accounts.ts';
import { judgeAccounts, limitAging, type Standings } from './expiry.ts';
import type { HostPolicy } from './host-policy.ts';
import type { HostView } from '../directory/host-view.ts';
import { admitsUnread, refuseKey } from './keys.ts';
import { LimitedKeys } from './limited-keys.ts';
import { Membership } from './membership.ts';
import { chooseHome, chooseShell } from './overrides.ts';
import { findSharers } from './sharers.ts';

export interface Host {
  readonly local: LocalAccounts;
  readonly incumbents: () => Incumbents;
  readonly now: Date;
  /** Asked for only when a key has to end. */
  readonly sshdClock: () => SshdClock;
}

/** What this host shows, with what decided it: for whoever wants to know why. */
export interface Judgement {
  readonly view: HostView;
  readonly claims: Claims;
  readonly membership: Membership;
  readonly rules: AccessRules;
}

export function applyPolicy(snapshots: readonly DirectorySnapshot[], policy: HostPolicy, host: Host): HostView {
  return judge(snapshots, policy, host).view;
}

export function judge(snapshots: readonly DirectorySnapshot[], policy: HostPolicy, host: Host): Judgement {
  const claims = claimNames(snapshots, policy, host.local, host.incumbents);
  const membership = new Membership(claims, snapshots);
  const rules = new AccessRules(policy.access, membership);
  const report = new Report(
    snapshots.flatMap(({ rejections }) => rejections),
    claims.rejections,
    membership.rejections,
    findUnknownGroups(policy, claims, snapshots),
  );

  const users = [...claims.users.values()];
  const standings = judgeAccounts(users, host.now);
  const { entitled, refused } = sortPeople(users, rules, standings);
  const limited = new LimitedKeys(standings, host.sshdClock, (name, refusal) => {
    const user = claims.users.get(name);
    if (user !== undefined) report.add('quarantined', user, 'keys', refusal);
  });
  const ring = new KeyRing({ claims, policy, membership, rules, report, limited });
  const visible = policy.hidden ? users.filter(({ name }) => entitled.has(name) || ring.isOpenShared(name)) : users;
  const passwd = showPasswd(visible, policy, host.local, report);
  const view: HostView = {
    passwd,
    shadow: showShadow(passwd, claims, standings, (name) => entitled.has(name) && !refused.has(name)),
    group: showGroups(claims, membership, policy.hidden ? passwd : undefined),
    keys: showKeys(passwd, entitled, ring),
    accessGroups: accessGroups(policy.access, membership),
    entitled,
    refused,
    rejections: report.rejections,
  };
  return { view, claims, membership, rules };
}

/** Whom the rules let in, and who is kept out for a reason of their own. Some are both: their account has ended. */
function sortPeople(
  users: readonly DirectoryUser[],
  rules: AccessRules,
  standings: Standings,
): { readonly entitled: ReadonlySet<LoginName>; readonly refused: ReadonlySet<LoginName> } {
  const entitled = new Set<LoginName>();
  const refused = new Set<LoginName>();
  for (const { name } of users) {
    const { granted, rule } = rules.decide(name);
    if (granted) entitled.add(name);
    if (rule === 'deny' || standings.get(name)?.refusal !== undefined) refused.add(name);
  }
  return { entitled, refused };
}

/** A rule about a group that no source has: a slip of the pen more often than not, and then it lets nobody in, or denies nobody. */
function findUnknownGroups({ access }: HostPolicy, { groups }: Claims, snapshots: readonly DirectorySnapshot[]): Rejection[] {
  const source = snapshots.map((snapshot) => snapshot.source).join(', ');
  const unknown = namedGroups(access).filter((name) => !groups.has(name));
  return unknown.map((key) => ({
    verdict: 'adjusted',
    source,
    map: 'group',
    key,
    code: 'access-group-unknown',
    reason: 'named in [access], but the directory has no such group',
  }));
}

/** Collects what was withheld or changed, one line per finding. */
class Report {
  readonly rejections: Rejection[];

  constructor(...earlier: readonly (readonly Rejection[])[]) {
    this.rejections = earlier.flat();
  }

  add(verdict: Rejection['verdict'], user: DirectoryUser, map: MapName, invalid: Invalid): void {
    this.rejections.push(rejectionOf({ verdict, source: user.source, map, key: user.name }, invalid));
  }
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

/**
 * With `visible` people only, groups that none of them is in are left out: initgroups(3) reads all of group.cache at
 * each login.
 */
function showGroups(claims: Claims, membership: Membership, visible: readonly PasswdEntry[] | undefined): GroupEntry[] {
  const names = visible && new Set(visible.map(({ name }) => name));
  const primaryGids = visible && new Set(visible.map(({ gid }) => gid));
  const entries: GroupEntry[] = [];
  for (const [gid, { name }] of claims.shownGroups) {
    const listed = membership.listed(name);
    const members = names === undefined ? listed : listed.filter((member) => names.has(member));
    if (names === undefined || members.length > 0 || primaryGids?.has(gid)) entries.push({ name, gid, members });
  }
  return entries.sort((a, b) => a.gid - b.gid);
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

interface KeyRingParts {
  readonly claims: Claims;
  readonly policy: HostPolicy;
  readonly membership: Membership;
  readonly rules: AccessRules;
  readonly report: Report;
  readonly limited: LimitedKeys;
}

/** The keys that policy admits, for people and for the accounts they share. A person's keys are judged once. */
class KeyRing {
  /** What is left for those who had a key refused; everybody else's keys are as in the directory. */
  readonly #reduced = new Map<LoginName, KeyLines>();
  readonly #claims: Claims;
  readonly #policy: HostPolicy;
  readonly #membership: Membership;
  readonly #rules: AccessRules;
  readonly #report: Report;
  readonly #limited: LimitedKeys;

  constructor({ claims, policy, membership, rules, report, limited }: KeyRingParts) {
    this.#claims = claims;
    this.#policy = policy;
    this.#membership = membership;
    this.#rules = rules;
    this.#report = report;
    this.#limited = limited;
  }

  get sharedAccounts(): Iterable<LoginName> {
    return this.#policy.access.accounts.keys();
  }

  isShared(login: LoginName): boolean {
    return this.#policy.access.accounts.has(login);
  }

  /** Whether somebody may get into the shared account: a deny rule can name the account itself, too. */
  isOpenShared(login: LoginName): boolean {
    return this.isShared(login) && !this.#rules.isDenied(login);
  }

  ownKeys(login: LoginName): KeyLines {
    return this.#limited.of(login, () => this.#admittedKeys(login));
  }

  #admittedKeys(login: LoginName): KeyLines {
    const reduced = this.#reduced.get(login);
    if (reduced !== undefined) return reduced;
    const user = this.#claims.users.get(login);
    if (user === undefined) return NO_KEYS;
    if (admitsUnread(user.keys, this.#policy.keys)) return user.keys;
    const keys = unpackKeys(user.keys);
    const admitted = keys.filter((key) => this.#admit(user, key));
    if (admitted.length === keys.length) return user.keys;
    const lines = packKeys(admitted);
    this.#reduced.set(login, lines);
    return lines;
  }

  /** The keys of the people behind the account, except whom a deny rule names. */
  sharedKeys(account: LoginName): KeyLines {
    return this.isOpenShared(account) ? this.#limited.of(account, () => this.#sharersKeys(account)) : NO_KEYS;
  }

  #sharersKeys(account: LoginName): KeyLines {
    const sharers = findSharers(account, this.#policy.access, this.#membership).filter(({ name }) => !this.#rules.isDenied(name));
    return packKeys(sharers.flatMap(({ name }) => unpackKeys(this.ownKeys(name))));
  }

  #admit(user: DirectoryUser, key: AuthorizedKey): boolean {
    const refusal = refuseKey(key, this.#policy.keys);
    if (refusal !== undefined) this.#report.add('quarantined', user, 'keys', labelKey('key', key.text, refusal));
    return refusal === undefined;
  }
}
