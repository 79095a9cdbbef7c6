/**
 * Who may log in here. Deny wins over everything; without a rule that lets somebody in, the answer is no.
 */
import type { GroupName, LoginName } from '../directory/names.ts';
import { allowedHere, nameOfGrant } from './host-grants.ts';
import type { AccessPolicy, People } from './host-policy.ts';
import type { AccessGroups } from '../directory/host-view.ts';

export type AccessDecision =
  /** No rule names this person. */
  | { readonly granted: false; readonly rule: 'none' }
  | ({ readonly granted: false; readonly rule: 'deny' } & Denial)
  /** A rule lets this person in, but their source has not answered for too long. */
  | { readonly granted: false; readonly rule: 'stale' }
  | { readonly granted: true; readonly rule: 'always' | 'allow'; readonly group?: GroupName }
  | { readonly granted: true; readonly rule: 'everyone' };

interface Denial {
  readonly group?: GroupName;
  /** The rule names them as they were called before. */
  readonly formerly?: LoginName;
}

/** People with their groups resolved to members, once per run. */
interface ResolvedPeople {
  readonly users: ReadonlySet<LoginName>;
  readonly groups: ReadonlyMap<GroupName, ReadonlySet<LoginName>>;
}

/** Who belongs to a group, as far as that is known. */
export interface GroupMembers {
  readonly members: (group: GroupName) => ReadonlySet<LoginName>;
  /** For rules that keep people out. */
  readonly everybody: (group: GroupName) => ReadonlySet<LoginName>;
}

const NOBODY: ReadonlyMap<LoginName, LoginName> = new Map();

export class AccessRules {
  readonly #everyone: boolean;
  readonly #allow: ResolvedPeople;
  readonly #always: ResolvedPeople;
  readonly #deny: ResolvedPeople;
  readonly #deniedAs: ReadonlyMap<LoginName, LoginName>;
  readonly #isStale: (name: LoginName) => boolean;

  /** @param isStale whether a person's source has not answered for too long */
  constructor(policy: AccessPolicy, membership: GroupMembers, isStale: (name: LoginName) => boolean = () => false) {
    this.#isStale = isStale;
    this.#everyone = policy.everyone;
    const members = (group: GroupName): ReadonlySet<LoginName> => membership.members(group);
    this.#allow = resolve(allowedHere(policy), members);
    this.#always = resolve(policy.always, members);
    this.#deny = resolve(policy.deny, (group) => membership.everybody(group));
    this.#deniedAs = policy.deniedAs ?? NOBODY;
  }

  decide(name: LoginName): AccessDecision {
    const denied = this.#denialOf(name);
    return denied === undefined ? this.decideUndenied(name) : { granted: false, rule: 'deny', ...denied };
  }

  isDenied(name: LoginName): boolean {
    return this.#denialOf(name) !== undefined;
  }

  /** What would be decided if no deny rule were there. */
  decideUndenied(name: LoginName): AccessDecision {
    const always = find(this.#always, name);
    if (always !== undefined) return { granted: true, rule: 'always', ...always };
    const allowed = find(this.#allow, name);
    if (allowed === undefined && !this.#everyone) return { granted: false, rule: 'none' };
    if (this.#isStale(name)) return { granted: false, rule: 'stale' };
    return allowed === undefined ? { granted: true, rule: 'everyone' } : { granted: true, rule: 'allow', ...allowed };
  }

  /** Whether this person, being behind a shared account, may get into it. */
  mayShare(name: LoginName): boolean {
    if (this.isDenied(name)) return false;
    return !this.#isStale(name) || find(this.#always, name) !== undefined;
  }

  /** Everybody whom a deny rule names, whether or not the directory still has them. */
  denied(): Set<LoginName> {
    const denied = new Set([...this.#deny.users, ...this.#deniedAs.keys()]);
    for (const members of this.#deny.groups.values()) for (const name of members) denied.add(name);
    return denied;
  }

  #denialOf(name: LoginName): Denial | undefined {
    const formerly = this.#deniedAs.get(name);
    return find(this.#deny, name) ?? (formerly === undefined ? undefined : { formerly });
  }
}

/** Every group that a rule names, with its members: what the guards compare from run to run. */
export function accessGroups(policy: AccessPolicy, membership: Pick<GroupMembers, 'members'>): AccessGroups {
  return new Map(namedGroups(policy).map((name) => [name, [...membership.members(name)].sort()]));
}

/** The groups that any rule names, each once. */
export function namedGroups(policy: AccessPolicy): GroupName[] {
  const people = [allowedHere(policy), policy.always, policy.deny, ...policy.accounts.values()];
  return [...new Set(people.flatMap(({ groups }) => groups))].sort();
}

/** The keys of the configuration that name a group, as they are spelt there, and the access groups of this host that come to it. */
export function rulesNaming({ allow, hostGrants = [], always, deny, accounts }: AccessPolicy, group: GroupName): string[] {
  const rules = [
    ['access.groups', allow.groups],
    ...hostGrants.map((grant) => [nameOfGrant(grant), grant.people?.groups ?? []] as const),
    ['access.always.groups', always.groups],
    ['access.deny.groups', deny.groups],
    ...[...accounts].map(([account, { groups }]) => [`access.accounts.${spell(account)}.groups`, groups] as const),
  ] as const;
  return rules.filter(([, groups]) => groups.includes(group)).map(([rule]) => rule);
}

/** A key that is not bare comes in quotes. */
function spell(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : `"${key}"`;
}

function resolve({ users, groups }: People, members: (group: GroupName) => ReadonlySet<LoginName>): ResolvedPeople {
  return { users: new Set(users), groups: new Map(groups.map((name) => [name, members(name)])) };
}

/** How a person belongs to these people: an empty object when named, the first group otherwise. */
function find({ users, groups }: ResolvedPeople, name: LoginName): { readonly group?: GroupName } | undefined {
  if (users.has(name)) return {};
  for (const [group, members] of groups) {
    if (members.has(name)) return { group };
  }
  return undefined;
}
