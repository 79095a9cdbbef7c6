/**
 * Who may log in here. Deny wins over everything; without a rule that lets somebody in, the answer is no.
 */
import type { GroupName, LoginName } from '../directory/names.ts';
import { allowedHere } from './host-grants.ts';
import type { AccessPolicy, People } from './host-policy.ts';
import type { AccessGroups } from '../directory/host-view.ts';
import type { Membership } from './membership.ts';

export type AccessDecision =
  /** No rule names this person. */
  | { readonly granted: false; readonly rule: 'none' }
  | { readonly granted: false; readonly rule: 'deny'; readonly group?: GroupName }
  /** A rule lets this person in, but their source has not answered for too long. */
  | { readonly granted: false; readonly rule: 'stale' }
  | { readonly granted: true; readonly rule: 'always' | 'allow'; readonly group?: GroupName }
  | { readonly granted: true; readonly rule: 'everyone' };

/** People with their groups resolved to members, once per run. */
interface ResolvedPeople {
  readonly users: ReadonlySet<LoginName>;
  readonly groups: ReadonlyMap<GroupName, ReadonlySet<LoginName>>;
}

export class AccessRules {
  readonly #everyone: boolean;
  readonly #allow: ResolvedPeople;
  readonly #always: ResolvedPeople;
  readonly #deny: ResolvedPeople;
  readonly #isStale: (name: LoginName) => boolean;

  /** @param isStale whether a person's source has not answered for too long */
  constructor(policy: AccessPolicy, membership: Membership, isStale: (name: LoginName) => boolean = () => false) {
    this.#isStale = isStale;
    this.#everyone = policy.everyone;
    const members = (group: GroupName): ReadonlySet<LoginName> => membership.members(group);
    this.#allow = resolve(allowedHere(policy), members);
    this.#always = resolve(policy.always, members);
    this.#deny = resolve(policy.deny, (group) => membership.everybody(group));
  }

  decide(name: LoginName): AccessDecision {
    const denied = find(this.#deny, name);
    return denied === undefined ? this.decideUndenied(name) : { granted: false, rule: 'deny', ...denied };
  }

  isDenied(name: LoginName): boolean {
    return find(this.#deny, name) !== undefined;
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
    if (find(this.#deny, name) !== undefined) return false;
    return !this.#isStale(name) || find(this.#always, name) !== undefined;
  }

  /** Everybody whom a deny rule names, whether or not the directory still has them. */
  denied(): Set<LoginName> {
    const denied = new Set(this.#deny.users);
    for (const members of this.#deny.groups.values()) for (const name of members) denied.add(name);
    return denied;
  }
}

/** Every group that a rule names, with its members: what the guards compare from run to run. */
export function accessGroups(policy: AccessPolicy, membership: Membership): AccessGroups {
  return new Map(namedGroups(policy).map((name) => [name, [...membership.members(name)].sort()]));
}

/** The groups that any rule names, each once. */
export function namedGroups(policy: AccessPolicy): GroupName[] {
  const people = [allowedHere(policy), policy.always, policy.deny, ...policy.accounts.values()];
  return [...new Set(people.flatMap(({ groups }) => groups))].sort();
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
