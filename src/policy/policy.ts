/**
 * From complete directory snapshots to what this host shows of them: a pure function of directory, policy and host.
 */
import type { AuthorizedKey } from '../directory/authorized-key.ts';
import type { SshdClock } from '../directory/expiry-time.ts';
import { labelKey } from '../directory/key-label.ts';
import { type KeyLines, NO_KEYS, packKeys, unpackKeys } from '../directory/key-lines.ts';
import type { LoginName } from '../directory/names.ts';
import type { PasswdEntry } from '../directory/passwd.ts';
import { Invalid, type MapName, type Rejection, rejectionOf } from '../directory/rejection.ts';
import { NO_PASSWORD, type ShadowEntry } from '../directory/shadow.ts';
import type { DirectorySnapshot, DirectoryUser } from '../directory/snapshot.ts';
import { AccessRules, accessGroups, namedGroups } from './access.ts';
import { reportAccess } from './access-findings.ts';
import { type Claims, claimNames, type Incumbents } from './claims.ts';
import type { LocalAccounts } from '../directory/local-accounts.ts';
import { judgeAccounts, limitAging, refuseAlso, type Standings } from './expiry.ts';
import type { HostPolicy } from './host-policy.ts';
import type { HostView } from '../directory/host-view.ts';
import { warnOfIds } from './id-warnings.ts';
import { admitsUnread, refuseKey } from './keys.ts';
import { LimitedKeys } from './limited-keys.ts';
import { type KeyRecords, KeyStanding } from './key-standing.ts';
import { Membership } from './membership.ts';
import { chooseHome, chooseShell } from './overrides.ts';
import { findSharedKeys } from './shared-keys.ts';
import { findSharers } from './sharers.ts';
import { showGroups } from './shown-groups.ts';

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
  const unknownGroups = new Set(namedGroups(policy.access).filter((name) => !claims.groups.has(name)));
  const users = [...claims.users.values()];
  const report = new Report(
    snapshots.flatMap(({ rejections }) => rejections),
    claims.rejections,
    membership.rejections,
    reportAccess(policy.access, unknownGroups, snapshots),
    findSharedKeys(users, host.fingerprint),
    warnOfIds(claims),
  );

  const standings = refuseAlso(judgeAccounts(users, host.now), policy.refused);
  const { entitled, refused } = sortPeople(users, rules, standings);
  const staleDenied = findStaleDenied(users, policy, rules);
  const limited = new LimitedKeys(standings, host.sshdClock, (name, refusal) => {
    const user = claims.users.get(name);
    if (user !== undefined) report.add('quarantined', user, 'keys', refusal);
  });
  const keyStanding = new KeyStanding(policy.keys, host);
  const ring = new KeyRing({ claims, policy, membership, rules, report, limited, keyStanding });
  const visible = policy.hidden
    ? users.filter(({ name }) => entitled.has(name) || staleDenied.has(name) || ring.isOpenShared(name))
    : users;
  const passwd = showPasswd(visible, policy, host.local, report);
  const groups = showGroups(claims, membership, policy.hidden ? passwd : undefined);
  report.addAll(groups.rejections);
  const view: HostView = {
    passwd,
    shadow: showShadow(passwd, claims, standings, (name) => entitled.has(name) && !refused.has(name)),
    group: groups.entries,
    keys: showKeys(passwd, entitled, ring),
    accessGroups: accessGroups(policy.access, membership),
    entitled,
    refused,
    keysWithheld: keyStanding.withheld,
    staleDenied,
    unknownGroups,
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
  const refused = rules.denied();
  for (const { name } of users) {
    if (rules.decide(name).granted) entitled.add(name);
    if (standings.get(name)?.refusal !== undefined) refused.add(name);
  }
  return { entitled, refused };
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

/** Collects what was withheld or changed, one line per finding. */
class Report {
  readonly rejections: Rejection[];

  constructor(...earlier: readonly (readonly Rejection[])[]) {
    this.rejections = earlier.flat();
  }

  addAll(rejections: readonly Rejection[]): void {
    this.rejections.push(...rejections);
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
  readonly keyStanding: KeyStanding;
}

/** The keys that policy admits, for people and for the accounts they share. A person's keys are judged once. */
class KeyRing {
  /** What is left for those of whose keys something was said; everybody else's are as in the directory. */
  readonly #reduced = new Map<LoginName, KeyLines>();
  readonly #claims: Claims;
  readonly #policy: HostPolicy;
  readonly #membership: Membership;
  readonly #rules: AccessRules;
  readonly #keyStanding: KeyStanding;
  readonly #report: Report;
  readonly #limited: LimitedKeys;

  constructor({ claims, policy, membership, rules, report, limited, keyStanding }: KeyRingParts) {
    this.#claims = claims;
    this.#policy = policy;
    this.#membership = membership;
    this.#rules = rules;
    this.#keyStanding = keyStanding;
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
    const isConcerned = this.#keyStanding.concerns(user);
    if (!isConcerned && admitsUnread(user.keys, this.#policy.keys)) return user.keys;
    const keys = unpackKeys(user.keys);
    const admitted = keys.filter((key) => this.#admit(user, key));
    if (admitted.length === keys.length && !isConcerned) return user.keys;
    const lines = packKeys(admitted);
    this.#reduced.set(login, lines);
    return lines;
  }

  /** The keys of the people behind the account, except whom a deny rule names, or whose source has not answered for too long. */
  sharedKeys(account: LoginName): KeyLines {
    return this.isOpenShared(account) ? this.#limited.of(account, () => this.#sharersKeys(account)) : NO_KEYS;
  }

  #sharersKeys(account: LoginName): KeyLines {
    const sharers = findSharers(account, this.#policy.access, this.#membership)
      .map(({ name }) => name)
      .filter((name) => this.#rules.mayShare(name));
    const lines = packKeys(sharers.flatMap((name) => unpackKeys(this.ownKeys(name))));
    this.#keyStanding.withheldBehind(account, sharers);
    return lines;
  }

  #admit(user: DirectoryUser, key: AuthorizedKey): boolean {
    const refusal = this.#keyStanding.refuse(user, key) ?? this.#refuseByPolicy(key);
    const warning = refusal === undefined ? this.#keyStanding.warn(user, key) : undefined;
    if (refusal !== undefined) this.#report.add('quarantined', user, 'keys', refusal);
    if (warning !== undefined) this.#report.add('adjusted', user, 'keys', warning);
    return refusal === undefined;
  }

  #refuseByPolicy(key: AuthorizedKey): Invalid | undefined {
    const refusal = refuseKey(key, this.#policy.keys);
    return refusal === undefined ? undefined : labelKey('key', key.text, refusal);
  }
}
