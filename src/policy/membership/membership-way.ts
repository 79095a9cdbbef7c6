/**
 * The ways into a group: through which groups, one inside the other, somebody belongs to it.
 *
 * Groups may nest as deep as there are groups, so a way knows only the way it goes on from: a chain for each would be memory by the
 * square of the depth.
 */
import type { GroupName, LoginName } from '../../directory/names.ts';

/** By being in `group`, which is in that of the way before, and so on up to the group that the ways lead into. */
export interface MembershipWay {
  readonly group: GroupName;
  /** Absent for the members of the group itself. */
  readonly before?: MembershipWay;
  /** How many groups are above this one. */
  readonly depth: number;
  readonly named: readonly LoginName[];
  /** By primary group, whether named or not. */
  readonly primary: readonly LoginName[];
}

/** What is directly in a group. */
export interface Nesting {
  readonly groups: (name: GroupName) => Iterable<GroupName>;
  readonly named: (name: GroupName) => readonly LoginName[];
  readonly primary: (name: GroupName) => readonly LoginName[];
}

/** Through which groups a way leads, short enough to be read. */
export interface MembershipChain {
  /** From the group itself inwards; of a long chain the first and the last. */
  readonly chain: readonly GroupName[];
  /** How many are left out behind the first; absent when none is. */
  readonly leftOut?: number;
}

/** How one person belongs to a group. */
export interface MembershipPath extends MembershipChain {
  readonly by: 'name' | 'primary group';
}

/** Groups of one chain that are shown: more than anybody nests on purpose. */
const CHAIN_SHOWN = 8;

/** The shortest first; each group that nests in it is there once, and a cycle ends where it closes. */
export function* waysInto(name: GroupName, nesting: Nesting): Generator<MembershipWay> {
  const reached = new Set([name]);
  const ways = [wayOf(name, nesting, undefined)];
  for (const way of ways) {
    yield way;
    for (const inner of nesting.groups(way.group)) {
      if (reached.has(inner)) continue;
      reached.add(inner);
      ways.push(wayOf(inner, nesting, way));
    }
  }
}

function wayOf(group: GroupName, { named, primary }: Nesting, before: MembershipWay | undefined): MembershipWay {
  const members = { group, named: named(group), primary: primary(group) };
  return before === undefined ? { ...members, depth: 0 } : { ...members, depth: before.depth + 1, before };
}

/** @param first the group that the way leads into */
export function chainOf(first: GroupName, way: MembershipWay): MembershipChain {
  const last: GroupName[] = [];
  for (let at = way; at.before !== undefined && last.length < CHAIN_SHOWN - 1; at = at.before) last.push(at.group);
  const leftOut = way.depth - last.length;
  return { chain: [first, ...last.toReversed()], ...(leftOut === 0 ? {} : { leftOut }) };
}

/** The shortest; undefined for somebody whom no way has. */
export function pathOf(first: GroupName, person: LoginName, ways: Iterable<MembershipWay>): MembershipPath | undefined {
  for (const way of ways) {
    if (way.named.includes(person)) return { ...chainOf(first, way), by: 'name' };
    if (way.primary.includes(person)) return { ...chainOf(first, way), by: 'primary group' };
  }
  return undefined;
}
