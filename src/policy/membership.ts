/**
 * Group membership with nesting: who belongs to a group, directly, by primary group, or through groups inside it.
 *
 * RFC 2307 has no nested groups; a `memberUid` that names a group nests it. A name that is both a person and a group with
 * members of its own is ambiguous: taken for the group, whoever may edit the group "alice" could add people to every group
 * that lists the person alice; taken for the person, whoever may register a person "ops" could take the access of the group
 * ops. So it changes nothing: of all whom it could mean, those belong whom this host already lists. Where the host has not shown
 * the group before, it is the person, as RFC 2307 says.
 *
 * Membership by primary group is as trustworthy as who may write `gidNumber`: a directory that lets people edit it in their own
 * entries lets them into any group.
 */
import { once } from '../directory/once.ts';
import type { Gid, GroupName, LoginName } from '../directory/names.ts';
import type { Rejection } from '../directory/rejection.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import type { Claims } from './claims.ts';
import { type DirectMembers, inOrder, MemberNames, splitMembers } from './member-names.ts';

/** One way into a group: by being in the last group of the chain, of which each nests in the one before. */
export interface MembershipWay {
  /** From the group itself inwards. */
  readonly chain: readonly GroupName[];
  readonly named: readonly LoginName[];
  /** By primary group, whether named or not. */
  readonly primary: readonly LoginName[];
}

/** How one person belongs to a group. */
export interface MembershipPath {
  readonly chain: readonly GroupName[];
  readonly by: 'name' | 'primary group';
}

const NOBODY: readonly LoginName[] = [];
const NAMES: readonly string[] = [];
const NO_MEMBERS: DirectMembers = { users: NOBODY, groups: [], ambiguous: NAMES, namesakes: NOBODY };
/** Of members, for all ambiguous names of a run together: about a second. Beyond it, groups with such names keep whom they had. */
const VISITS_MAX = 5_000_000;

export class Membership {
  #visitsLeft = VISITS_MAX;
  readonly #claims: Claims;
  readonly #direct: ReadonlyMap<GroupName, DirectMembers>;
  readonly #isOneSource: boolean;
  /** Asked for only when a rule wants to know everybody of a group. */
  readonly #primary: () => ReadonlyMap<Gid, readonly LoginName[]>;
  readonly rejections: readonly Rejection[];

  constructor(claims: Claims, snapshots: readonly DirectorySnapshot[]) {
    const rejections: Rejection[] = [];
    this.#claims = claims;
    this.#isOneSource = snapshots.length < 2;
    this.#primary = once(() => groupByPrimary(claims));
    const names = new MemberNames(claims, snapshots, this.#primary);
    const direct = new Map([...claims.groups].map(([name, group]) => [name, splitMembers(group, names, claims.groups, rejections)]));
    this.#direct = direct;
    const settled = [...direct].filter(([, { ambiguous }]) => ambiguous.length > 0).map(([name]) => [name, this.#settle(name)] as const);
    for (const [name, members] of settled) direct.set(name, members);
    this.rejections = rejections;
  }

  /** The members that group.cache lists: by name or through nested groups. People by primary group alone are not listed. */
  listed(name: GroupName): readonly LoginName[] {
    return this.listedWithin(name, Number.POSITIVE_INFINITY).members ?? NOBODY;
  }

  /**
   * The same, with the number of groups and members that were visited for it.
   *
   * @param limit of those; `members` is undefined when there would be more
   */
  listedWithin(name: GroupName, limit: number): { readonly members: readonly LoginName[] | undefined; readonly visited: number } {
    const direct = this.#direct.get(name);
    if (direct === undefined || direct.groups.length === 0) return { members: direct?.users ?? NOBODY, visited: 0 };
    const members = new Set(direct.users);
    const reached = new Set([name]);
    let visited = 0;
    for (const group of reached) {
      if (group !== name) visited += this.#addMembers(group, members);
      for (const inner of this.#direct.get(group)?.groups ?? []) reached.add(inner);
      if (visited + reached.size > limit) return { members: undefined, visited: limit };
    }
    return { members: [...members].sort(), visited: visited + reached.size };
  }

  /** How many groups are directly inside. */
  nestedIn(name: GroupName): number {
    return this.#direct.get(name)?.groups.length ?? 0;
  }

  /** Everybody who belongs to the group, by whatever way. Empty for a group that the directory does not have. */
  members(name: GroupName): ReadonlySet<LoginName> {
    const members = new Set<LoginName>();
    for (const reached of this.#reachable(name)) this.#addMembers(reached, members);
    return members;
  }

  /**
   * Everybody whom the group could mean, for rules that keep people out: those by primary group count though this host does not show the
   * group, since another entry with the same number or a similar name must not end a denial; so do those of other sources.
   */
  everybody(name: GroupName): ReadonlySet<LoginName> {
    const members = new Set<LoginName>();
    for (const reached of this.#reachable(name)) {
      const { users, namesakes } = this.#direct.get(reached) ?? NO_MEMBERS;
      for (const user of users) members.add(user);
      for (const user of namesakes) members.add(user);
      const gid = this.#claims.groups.get(reached)?.gid;
      for (const user of (gid === undefined ? undefined : this.#primary().get(gid)) ?? NOBODY) members.add(user);
    }
    return members;
  }

  /** @returns how many there were, known already or not */
  #addMembers(name: GroupName, members: Set<LoginName>): number {
    const users = this.#direct.get(name)?.users ?? NOBODY;
    const primary = this.#primaryMembers(name);
    for (const user of users) members.add(user);
    for (const user of primary) members.add(user);
    return users.length + primary.length;
  }

  /** The ways into a group, the shortest first; each group that nests in it is there once. */
  ways(name: GroupName): readonly MembershipWay[] {
    const chains = new Map<GroupName, readonly GroupName[]>([[name, [name]]]);
    for (const [group, chain] of chains) {
      for (const inner of this.#direct.get(group)?.groups ?? []) if (!chains.has(inner)) chains.set(inner, [...chain, inner]);
    }
    return [...chains].map(([group, chain]) => ({
      chain,
      named: this.#direct.get(group)?.users ?? NOBODY,
      primary: this.#primaryMembers(group),
    }));
  }

  /** The shortest way by which a person belongs to a group; undefined for somebody who does not. */
  path(group: GroupName, person: LoginName): MembershipPath | undefined {
    for (const { chain, named, primary } of this.ways(group)) {
      if (named.includes(person)) return { chain, by: 'name' };
      if (primary.includes(person)) return { chain, by: 'primary group' };
    }
    return undefined;
  }

  /** Whether a group is a member of another itself, not through a third. */
  nestsDirectly(inner: GroupName, outer: GroupName): boolean {
    return this.#direct.get(outer)?.groups.includes(inner) ?? false;
  }

  /** Of the group's own source: who may write numbers in another one lets nobody into this group. */
  #primaryMembers(name: GroupName): readonly LoginName[] {
    const group = this.#claims.groups.get(name);
    if (group?.gid === undefined || this.#claims.shownGroups.get(group.gid)?.name !== name) return NOBODY;
    const members = this.#primary().get(group.gid) ?? NOBODY;
    return this.#isOneSource ? members : members.filter((member) => this.#claims.users.get(member)?.source === group.source);
  }

  /** The group itself, then all that nest in it; a cycle ends where it closes. */
  #reachable(name: GroupName): GroupName[] {
    const reached = new Set([name]);
    for (const group of reached) {
      for (const inner of this.#direct.get(group)?.groups ?? []) reached.add(inner);
    }
    return [...reached];
  }

  /** Ambiguous names as people: those whom the group had before, by either reading, and nobody else. */
  #settle(name: GroupName): DirectMembers {
    const { users, groups, ambiguous, namesakes } = this.#direct.get(name) ?? NO_MEMBERS;
    const before = this.#claims.listedBefore(name);
    const meant = before === undefined ? new Set(ambiguous) : (this.#eitherWay(ambiguous)?.intersection(before) ?? before);
    const people = [...meant].filter((one): one is LoginName => this.#claims.users.has(one as LoginName));
    return { users: inOrder([...new Set([...users, ...people])].sort()), groups, ambiguous: NAMES, namesakes };
  }

  /** Everybody whom these names and the names inside them could mean; undefined when looking has taken too long already. */
  #eitherWay(names: readonly string[]): Set<string> | undefined {
    const people = new Set(names);
    const reached = new Set(names as readonly GroupName[]);
    for (const group of reached) {
      if (this.#visitsLeft < 0) return undefined;
      const { groups, ambiguous } = this.#direct.get(group) ?? NO_MEMBERS;
      this.#visitsLeft -= 1 + this.#addMembers(group, people as Set<LoginName>) + groups.length + ambiguous.length;
      for (const inner of groups) reached.add(inner);
      for (const inner of ambiguous) {
        people.add(inner);
        reached.add(inner as GroupName);
      }
    }
    return people;
  }
}

function groupByPrimary(claims: Claims): Map<Gid, LoginName[]> {
  const byGid = new Map<Gid, LoginName[]>();
  for (const user of claims.users.values()) {
    const members = byGid.get(user.gid);
    if (members === undefined) byGid.set(user.gid, [user.name]);
    else members.push(user.name);
  }
  return byGid;
}
