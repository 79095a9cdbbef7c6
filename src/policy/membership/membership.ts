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
import { once } from '../../directory/once.ts';
import type { Gid, GroupName, LoginName } from '../../directory/names.ts';
import type { Rejection } from '../../directory/rejection.ts';
import type { DirectoryGroup, DirectorySnapshot } from '../../directory/snapshot.ts';
import type { Claims } from '../uids/claims.ts';
import { type DirectMembers, inOrder, MemberNames, splitMembers } from './member-names.ts';
import { type MembershipPath, type MembershipWay, type Nesting, pathOf, waysInto } from './membership-way.ts';

const NOBODY: readonly LoginName[] = [];
const NAMES: readonly string[] = [];
const EMPTY: DirectMembers = { users: NOBODY, groups: [], ambiguous: NAMES, hosts: NAMES, namesakes: NOBODY };
/** Of members, for all ambiguous names of a run together: about a second. Beyond it, groups with such names keep whom they had. */
const VISITS_MAX = 5_000_000;

export class Membership {
  #visitsLeft: number;
  readonly #claims: Claims;
  readonly #direct: ReadonlyMap<GroupName, DirectMembers>;
  readonly #isOneSource: boolean;
  /** Asked for only when a rule wants to know everybody of a group. */
  readonly #primary: () => ReadonlyMap<Gid, readonly LoginName[]>;
  /** Asked for only when a rule keeps people out. */
  readonly #everyGroup: () => ReadonlyMap<GroupName, readonly DirectoryGroup[]>;
  readonly rejections: readonly Rejection[];

  /** @param visitsMax groups and members that may be looked at to settle what ambiguous names mean */
  constructor(claims: Claims, snapshots: readonly DirectorySnapshot[], visitsMax = VISITS_MAX) {
    const rejections: Rejection[] = [];
    this.#visitsLeft = visitsMax;
    this.#claims = claims;
    this.#isOneSource = snapshots.length < 2;
    this.#primary = once(() => groupByPrimary(claims));
    this.#everyGroup = once(() => groupsByName(snapshots));
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
    const { users, groups } = this.#directly(name);
    if (groups.length === 0) return { members: users, visited: 0 };
    const members = new Set(users);
    const reached = new Set([name]);
    let visited = 0;
    for (const group of reached) {
      if (group !== name) visited += this.#addMembers(group, members);
      for (const inner of this.#directly(group).groups) reached.add(inner);
      if (visited + reached.size > limit) return { members: undefined, visited: limit };
    }
    return { members: [...members].sort(), visited: visited + reached.size };
  }

  /** How many groups are directly inside. */
  nestedIn(name: GroupName): number {
    return this.#directly(name).groups.length;
  }

  /** Everybody who belongs to the group, by whatever way. Empty for a group that the directory does not have. */
  members(name: GroupName): ReadonlySet<LoginName> {
    const members = new Set<LoginName>();
    for (const reached of this.#reachable(name)) this.#addMembers(reached, members);
    return members;
  }

  /**
   * Everybody whom the group could mean, for rules that keep people out: by either reading of a name that has two, by every group of that name in any source, and by primary group
   * though this host does not show the group, since another entry with the same number or a similar name must not end a denial. Each
   * group is looked at once, so that this takes no longer than the directory is large.
   */
  everybody(name: GroupName): ReadonlySet<LoginName> {
    const everybody = new Set<LoginName>();
    for (const { named, primary } of waysInto(name, this.#eitherReading())) {
      for (const user of named) everybody.add(user);
      for (const user of primary) everybody.add(user);
    }
    return everybody;
  }

  /** @returns how many there were, known already or not */
  #addMembers(name: GroupName, members: Set<LoginName>): number {
    const { users } = this.#directly(name);
    const primary = this.#primaryMembers(name);
    for (const user of users) members.add(user);
    for (const user of primary) members.add(user);
    return users.length + primary.length;
  }

  /** The group itself, where there is one, and all that nest in it. */
  groupsWithin(name: GroupName): readonly DirectoryGroup[] {
    return this.#reachable(name).flatMap((group) => this.#claims.groups.get(group) ?? []);
  }

  /** The ways into a group, the shortest first; each group that nests in it is there once. */
  ways(name: GroupName): Iterable<MembershipWay> {
    return waysInto(name, {
      groups: (group) => this.#directly(group).groups,
      named: (group) => this.#directly(group).users,
      primary: (group) => this.#primaryMembers(group),
    });
  }

  /** The shortest way by which a person belongs to a group; undefined for somebody who does not. */
  path(group: GroupName, person: LoginName): MembershipPath | undefined {
    return pathOf(group, person, this.ways(group));
  }

  /** The same for one of `everybody`. */
  denialPath(group: GroupName, person: LoginName): MembershipPath | undefined {
    return pathOf(group, person, waysInto(group, this.#eitherReading()));
  }

  /** Whether a group is a member of another itself, not through a third. */
  nestsDirectly(inner: GroupName, outer: GroupName): boolean {
    return this.#directly(outer).groups.includes(inner);
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
      for (const inner of this.#directly(group).groups) reached.add(inner);
    }
    return [...reached];
  }

  #directly(name: GroupName): DirectMembers {
    return this.#direct.get(name) ?? EMPTY;
  }

  /** Of every source, those with a name that another group has, too, and those that this host does not show. */
  #eitherReading(): Nesting {
    const isPerson = (name: string): name is LoginName => this.#claims.users.has(name as LoginName);
    const groupsOf = (name: GroupName): readonly DirectoryGroup[] => this.#everyGroup().get(name) ?? [];
    const isGroup = (name: string): name is GroupName => this.#everyGroup().has(name as GroupName);
    return {
      groups: (name) => groupsOf(name).flatMap(({ nested, members }) => [...nested, ...members.filter(isGroup)]),
      named: (name) => [...this.#directly(name).users, ...groupsOf(name).flatMap(({ members }) => members.filter(isPerson))],
      primary: (name) => groupsOf(name).flatMap(({ gid }) => (gid === undefined ? undefined : this.#primary().get(gid)) ?? NOBODY),
    };
  }

  /** Ambiguous names as people: those whom the group had before, by either reading, and nobody else. */
  #settle(name: GroupName): DirectMembers {
    const { users, ambiguous, ...others } = this.#directly(name);
    const before = this.#claims.listedBefore(name);
    const meant = before === undefined ? new Set(ambiguous) : (this.#eitherWay(ambiguous)?.intersection(before) ?? before);
    const people = [...meant].filter((one): one is LoginName => this.#claims.users.has(one as LoginName));
    return { ...others, ambiguous, users: inOrder([...new Set([...users, ...people])].sort()) };
  }

  /** Everybody whom these names and the names inside them could mean; undefined when looking has taken too long already. */
  #eitherWay(names: readonly string[]): Set<string> | undefined {
    const people = new Set(names);
    const reached = new Set(names as readonly GroupName[]);
    for (const group of reached) {
      if (this.#visitsLeft < 0) return undefined;
      const { groups, ambiguous } = this.#directly(group);
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

function groupsByName(snapshots: readonly DirectorySnapshot[]): Map<GroupName, readonly DirectoryGroup[]> {
  return Map.groupBy(
    snapshots.flatMap(({ groups }) => groups),
    ({ name }) => name,
  );
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
