/**
 * What group.cache lists, within limits: initgroups(3) reads all of it at each login.
 *
 * A group without its line still grants access by [access]; its members only do not have its gid.
 */
import { formatGroup, type GroupEntry } from '../directory/group.ts';
import type { Gid, GroupName, LoginName } from '../directory/names.ts';
import type { PasswdEntry } from '../directory/passwd.ts';
import { Invalid, type Rejection, rejectionOf } from '../directory/rejection.ts';
import type { DirectoryGroup } from '../directory/snapshot.ts';
import type { Claims } from './uids/claims.ts';
import type { Membership } from './membership/membership.ts';

/**
 * Bytes. Measured with glibc 2.36 and libnss-cache 0.18: readers take lines of 18 MB, and each login then takes 0.2 s; with
 * 3.6 MB, 400,000 members, it takes 0.03 s.
 */
export const GROUP_LINE_MAX = 4 * 1024 * 1024;
/**
 * Groups and members that are visited to resolve nested groups, all in all: 500 groups that each nest all the others would
 * list everybody 500 times.
 */
const NESTING_MAX = 5_000_000;
const CONSEQUENCE = 'not shown, but [access] knows its members';

export interface ShownGroups {
  /** Ordered by gid. */
  readonly entries: readonly GroupEntry[];
  readonly rejections: readonly Rejection[];
}

/**
 * With `visible` people only, groups that none of them is in are left out: initgroups(3) reads all of group.cache at
 * each login.
 */
export function showGroups(claims: Claims, membership: Membership, visible: readonly PasswdEntry[] | undefined): ShownGroups {
  const names = visible && new Set(visible.map(({ name }) => name));
  const primaryGids = visible && new Set(visible.map(({ gid }) => gid));
  const members = new MemberLists(membership);
  const entries: GroupEntry[] = [];
  for (const [gid, group] of inOrderOfCost(claims, membership)) {
    const listed = members.of(group, names);
    if (listed === undefined) continue;
    if (names === undefined || listed.length > 0 || primaryGids?.has(gid)) entries.push({ name: group.name, gid, members: listed });
  }
  return { entries: entries.sort((a, b) => a.gid - b.gid), rejections: members.rejections };
}

/** What nests much comes last, so that it uses up nobody else's share. */
function inOrderOfCost({ shownGroups }: Claims, membership: Membership): Iterable<[Gid, DirectoryGroup]> {
  const nests = ({ name }: DirectoryGroup): number => membership.nestedIn(name);
  const groups = [...shownGroups];
  if (groups.every(([, group]) => nests(group) === 0)) return shownGroups;
  return groups.sort(([gidA, a], [gidB, b]) => nests(a) - nests(b) || gidA - gidB);
}

class MemberLists {
  readonly #membership: Membership;
  readonly rejections: Rejection[] = [];
  #budget = NESTING_MAX;

  constructor(membership: Membership) {
    this.#membership = membership;
  }

  /** Undefined, and reported, for a group that is beyond a limit. */
  of(group: DirectoryGroup, visible: ReadonlySet<LoginName> | undefined): readonly LoginName[] | undefined {
    const all = this.#resolve(group.name);
    const members = visible === undefined ? all : all?.filter((member) => visible.has(member));
    const refusal = members === undefined ? nestsTooMuch() : checkLine(group, members);
    if (refusal === undefined) return members;
    this.rejections.push(rejectionOf({ verdict: 'quarantined', source: group.source, map: 'group', key: group.name }, refusal));
    return undefined;
  }

  #resolve(name: GroupName): readonly LoginName[] | undefined {
    if (this.#membership.nestedIn(name) === 0) return this.#membership.listed(name);
    const listed = this.#membership.listedWithin(name, this.#budget);
    this.#budget -= listed.visited;
    return listed.members;
  }
}

function nestsTooMuch(): Invalid {
  const reason = `nests so many groups and members that more than ${NESTING_MAX} would have to be visited`;
  return new Invalid('group-too-large', `${reason}; ${CONSEQUENCE}`);
}

/** Names are ASCII, and have 32 characters at most: the line of a small group is not made for its length. */
function checkLine({ name, gid }: DirectoryGroup, members: readonly LoginName[]): Invalid | undefined {
  if (gid === undefined || members.length < GROUP_LINE_MAX / 40) return undefined;
  const { length } = formatGroup({ name, gid, members });
  if (length <= GROUP_LINE_MAX) return undefined;
  const reason = `its line for ${members.length} members has ${length} bytes, at most ${GROUP_LINE_MAX} are written`;
  return new Invalid('line-too-long', `${reason}; ${CONSEQUENCE}`);
}
