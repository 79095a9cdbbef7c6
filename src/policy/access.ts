/**
 * Who may log in here. Deny wins over everything; without a rule that lets somebody in, the answer is no.
 */
import type { GroupName, LoginName } from '../directory/names.ts';
import type { AccessPolicy, People } from './host-policy.ts';
import type { AccessGroups } from '../directory/host-view.ts';
import type { Membership } from './membership.ts';

export type AccessDecision =
  /** No rule names this person. */
  | { readonly granted: false; readonly rule: 'none' }
  | { readonly granted: false; readonly rule: 'deny'; readonly group?: GroupName }
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

  constructor(policy: AccessPolicy, membership: Membership) {
    this.#everyone = policy.everyone;
    this.#allow = resolve(policy.allow, membership);
    this.#always = resolve(policy.always, membership);
    this.#deny = resolve(policy.deny, membership);
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
    if (allowed !== undefined) return { granted: true, rule: 'allow', ...allowed };
    return this.#everyone ? { granted: true, rule: 'everyone' } : { granted: false, rule: 'none' };
  }
}

/** Every group that a rule names, with its members: what the guards compare from run to run. */
export function accessGroups(policy: AccessPolicy, membership: Membership): AccessGroups {
  return new Map(namedGroups(policy).map((name) => [name, [...membership.members(name)].sort()]));
}

/** The groups that any rule names, each once. */
export function namedGroups({ allow, always, deny, accounts }: AccessPolicy): GroupName[] {
  const people = [allow, always, deny, ...accounts.values()];
  return [...new Set(people.flatMap(({ groups }) => groups))].sort();
}

function resolve({ users, groups }: People, membership: Membership): ResolvedPeople {
  return { users: new Set(users), groups: new Map(groups.map((name) => [name, membership.members(name)])) };
}

/** How a person belongs to these people: an empty object when named, the first group otherwise. */
function find({ users, groups }: ResolvedPeople, name: LoginName): { readonly group?: GroupName } | undefined {
  if (users.has(name)) return {};
  for (const [group, members] of groups) {
    if (members.has(name)) return { group };
  }
  return undefined;
}
