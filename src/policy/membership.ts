/**
 * Group membership with nesting: who belongs to a group, directly, by primary group, or through groups inside it.
 *
 * RFC 2307 has no nested groups; a `memberUid` that names a group nests it. A name that is both is the person, never both:
 * otherwise whoever may edit the group "alice" could add people to every group that lists the person alice.
 */
import type { Gid, GroupName, LoginName } from '../directory/names.ts';
import { quote, type Rejection } from '../directory/rejection.ts';
import type { DirectoryGroup, DirectorySnapshot } from '../directory/snapshot.ts';
import type { Claims } from './claims.ts';

interface DirectMembers {
  /** Each once, sorted. */
  readonly users: readonly LoginName[];
  readonly groups: readonly GroupName[];
}

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

export class Membership {
  readonly #claims: Claims;
  readonly #direct: ReadonlyMap<GroupName, DirectMembers>;
  /** Asked for only when a rule wants to know everybody of a group. */
  readonly #primary: () => ReadonlyMap<Gid, readonly LoginName[]>;
  readonly rejections: readonly Rejection[];

  constructor(claims: Claims, snapshots: readonly DirectorySnapshot[]) {
    const rejections: Rejection[] = [];
    const personNames = once(() => namesOfPeople(snapshots));
    this.#claims = claims;
    this.#primary = once(() => groupByPrimary(claims));
    this.#direct = new Map([...claims.groups].map(([name, group]) => [name, splitMembers(group, claims, personNames, rejections)]));
    this.rejections = rejections;
  }

  /** The members that group.cache lists: by name or through nested groups. People by primary group alone are not listed. */
  listed(name: GroupName): readonly LoginName[] {
    const direct = this.#direct.get(name);
    if (direct === undefined) return NOBODY;
    if (direct.groups.length === 0) return direct.users;
    const members = new Set(direct.users);
    for (const inner of this.#reachable(name).slice(1)) this.#addMembers(inner, members);
    return [...members].sort();
  }

  /** Everybody who belongs to the group, by whatever way. Empty for a group that the directory does not have. */
  members(name: GroupName): ReadonlySet<LoginName> {
    const members = new Set<LoginName>();
    for (const reached of this.#reachable(name)) this.#addMembers(reached, members);
    return members;
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

  #addMembers(name: GroupName, members: Set<LoginName>): void {
    for (const user of this.#direct.get(name)?.users ?? NOBODY) members.add(user);
    for (const user of this.#primaryMembers(name)) members.add(user);
  }

  #primaryMembers(name: GroupName): readonly LoginName[] {
    const gid = this.#claims.groups.get(name)?.gid;
    if (gid === undefined || this.#claims.shownGroups.get(gid)?.name !== name) return NOBODY;
    return this.#primary().get(gid) ?? NOBODY;
  }

  /** The group itself, then all that nest in it; a cycle ends where it closes. */
  #reachable(name: GroupName): GroupName[] {
    const reached = new Set([name]);
    for (const group of reached) {
      for (const inner of this.#direct.get(group)?.groups ?? []) reached.add(inner);
    }
    return [...reached];
  }
}

/** Those whose entry was refused too: a name does not become a group's because the person's shell is invalid. */
function namesOfPeople(snapshots: readonly DirectorySnapshot[]): Set<string> {
  return new Set(
    snapshots.flatMap(({ users, rejections }) => [
      ...users.map(({ name }) => name),
      ...rejections.filter(({ map, verdict }) => map === 'passwd' && verdict === 'quarantined').map(({ key }) => key),
    ]),
  );
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
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

function splitMembers(
  group: DirectoryGroup,
  claims: Claims,
  personNames: () => ReadonlySet<string>,
  rejections: Rejection[],
): DirectMembers {
  const { members, nested } = group;
  const isUser = (member: string): member is LoginName => claims.users.has(member as LoginName);
  if (members.every(isUser)) return { users: inOrder(members), groups: nested };
  const groups = new Set<GroupName>(nested);
  const unknown: string[] = [];
  for (const member of members.filter((one) => !isUser(one))) {
    if (claims.groups.has(member as GroupName) && !personNames().has(member)) groups.add(member as GroupName);
    else unknown.push(member);
  }
  if (unknown.length > 0) rejections.push(unknownMembers(group, unknown));
  return { users: inOrder(members.filter(isUser)), groups: [...groups] };
}

/** Each once, sorted. Sources give them so, and then a hundred thousand of them are not copied. */
function inOrder(names: readonly LoginName[]): readonly LoginName[] {
  const isInOrder = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  return isInOrder ? names : [...new Set(names)].sort();
}

function unknownMembers(group: DirectoryGroup, unknown: readonly string[]): Rejection {
  const some = unknown.slice(0, 3).map(quote).join(', ');
  const more = unknown.length > 3 ? ` and ${unknown.length - 3} more` : '';
  return {
    verdict: 'adjusted',
    source: group.source,
    map: 'group',
    key: group.name,
    code: 'member-unknown',
    reason: `members left out, whom this host does not show: ${some}${more}`,
  };
}
