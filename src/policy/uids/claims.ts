/**
 * Who gets a name and a number: the host's own accounts first, then the entry that this host already shows, then the
 * first in the order of the sources. Everybody else with the same name or number is quarantined.
 */
import type { Gid, GroupName, LoginName, Uid } from '../../directory/names.ts';
import { DN_SHOWN, Invalid, type MapName, printable, type Rejection, rejectionOf } from '../../directory/rejection.ts';
import type { DirectoryGroup, DirectorySnapshot, DirectoryUser } from '../../directory/snapshot.ts';
import type { GroupOrigin, GroupOrigins } from '../../directory/host-view.ts';
import type { LocalAccounts } from '../../directory/local-accounts.ts';
import type { HostPolicy, IdRange } from '../host-policy.ts';
import { refuseLookalikes } from '../lookalikes.ts';

/** The names and numbers of the current generation; asked for only when a name or number is contested. */
export interface Incumbents {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
  /** Which entry a group is that access rules name or reach; undefined where that is not recorded. */
  readonly origins?: GroupOrigins;
  /** Whom a group had, as far as that was shown: undefined for one that was not. */
  readonly listed?: (group: string) => ReadonlySet<string> | undefined;
}

export interface Claims {
  readonly users: ReadonlyMap<LoginName, DirectoryUser>;
  /** By name, for access rules. */
  readonly groups: ReadonlyMap<GroupName, DirectoryGroup>;
  /** Those of `groups` whose gid this host may show. */
  readonly shownGroups: ReadonlyMap<Gid, DirectoryGroup>;
  /** A local account, or a name that is kept for one: no member of a directory group is meant by it. */
  readonly isLocalName: (name: string) => boolean;
  /** Whom the current generation has in a group; undefined for a group that it does not show. */
  readonly listedBefore: (group: GroupName) => ReadonlySet<string> | undefined;
  /** Which entry a group was in the current generation, as far as access rules named or reached it. */
  readonly originBefore: (group: GroupName) => GroupOrigin | undefined;
  readonly rejections: readonly Rejection[];
}

export function claimNames(
  snapshots: readonly DirectorySnapshot[],
  policy: HostPolicy,
  local: LocalAccounts,
  incumbents: () => Incumbents,
): Claims {
  const allUsers = snapshots.flatMap(({ users }) => users);
  const allGroups = snapshots.flatMap(({ groups }) => groups);
  let current: Incumbents | undefined;
  const shown = (): Incumbents => (current ??= incumbents());
  const shownUsers = (): Incumbents['users'] => shown().users;
  const shownGroups = (): Incumbents['groups'] => shown().groups;
  const gidOf = ({ gid }: DirectoryGroup): number | undefined => gid;

  const users = settle(
    allUsers,
    ({ uid }) => uid,
    shownUsers,
    (candidates) => claimUsers(candidates, policy, local),
  );
  const groups = settleGroups(allGroups, shown);
  const gids = settle([...groups.owners.values()], gidOf, shownGroups, (candidates) => claimGids(candidates, policy, local));
  const lookalikes = [
    ...refuseLookalikes(users.owners, 'passwd', ({ name, uid }) => shownUsers().get(name) === uid),
    ...refuseLookalikes(gids.owners, 'group', ({ name, gid }) => shownGroups().get(name) === gid),
  ];
  return {
    users: users.owners,
    groups: groups.owners,
    shownGroups: gids.owners,
    isLocalName: (name) => local.users.has(name) || policy.reserved.users.has(name),
    listedBefore: (group) => shown().listed?.(group),
    originBefore: (group) => shown().origins?.get(group),
    rejections: [...users.rejections, ...groups.rejections, ...gids.rejections, ...lookalikes],
  };
}

function claimUsers(candidates: Iterable<DirectoryUser>, policy: HostPolicy, local: LocalAccounts): Round<LoginName, DirectoryUser> {
  const localUids = invert(local.users);
  const localGids = invert(local.groups);
  const localNames = foldCase(local.users);
  const owners = new Map<LoginName, DirectoryUser>();
  const byUid = new Map<Uid, DirectoryUser>();
  const rejections: Rejection[] = [];
  let contested = false;
  for (const user of candidates) {
    const taken =
      checkTaken(owners.get(user.name), 'name-duplicate', 'login name') ??
      checkTaken(byUid.get(user.uid), 'id-duplicate', `uid ${user.uid}`);
    const refusal =
      checkLocalName(user.name, localNames, 'account') ??
      checkReserved(user.name, policy.reserved.users, 'account') ??
      checkUid(user, policy) ??
      checkRange(user.gid, 'primary gid', policy.gidRange) ??
      checkLocalId(user.uid, 'uid', localUids, 'account') ??
      checkLocalId(user.gid, 'primary gid', localGids, 'group') ??
      taken;
    contested ||= taken !== undefined;
    if (refusal !== undefined) {
      rejections.push(quarantined('passwd', user, refusal));
      continue;
    }
    owners.set(user.name, user);
    byUid.set(user.uid, user);
  }
  return { owners, rejections, contested };
}

function claimGroups(candidates: Iterable<DirectoryGroup>): Round<GroupName, DirectoryGroup> {
  const owners = new Map<GroupName, DirectoryGroup>();
  const rejections: Rejection[] = [];
  for (const group of candidates) {
    const refusal = checkTaken(owners.get(group.name), 'name-duplicate', 'group name');
    if (refusal === undefined) owners.set(group.name, group);
    else rejections.push(quarantined('group', group, refusal));
  }
  return { owners, rejections, contested: rejections.length > 0 };
}

function claimGids(candidates: Iterable<DirectoryGroup>, policy: HostPolicy, local: LocalAccounts): Round<Gid, DirectoryGroup> {
  const localGids = invert(local.groups);
  const localNames = foldCase(local.groups);
  const owners = new Map<Gid, DirectoryGroup>();
  const rejections: Rejection[] = [];
  let contested = false;
  for (const group of candidates) {
    if (group.gid === undefined) continue;
    const taken = checkTaken(owners.get(group.gid), 'id-duplicate', `gid ${group.gid}`);
    const refusal =
      checkLocalName(group.name, localNames, 'group') ??
      checkReserved(group.name, policy.reserved.groups, 'group') ??
      checkRange(group.gid, 'gid', policy.gidRange) ??
      checkLocalId(group.gid, 'gid', localGids, 'group') ??
      taken;
    contested ||= taken !== undefined;
    if (refusal === undefined) owners.set(group.gid, group);
    else rejections.push(quarantined('group', group, refusal));
  }
  return { owners, rejections, contested };
}

/** What came of giving out names and numbers in one order. */
interface Round<Key, T> {
  readonly owners: Map<Key, T>;
  readonly rejections: readonly Rejection[];
  /** Somebody wanted a name or number that another had. */
  readonly contested: boolean;
}

/**
 * First come, first served; and only where that leaves somebody out, once more with those first whom this host already
 * shows with the same name and number. Among the others the order stays.
 */
function settle<Key, T extends { readonly name: string }>(
  candidates: readonly T[],
  idOf: (candidate: T) => number | undefined,
  shown: () => ReadonlyMap<string, number>,
  claim: (candidates: Iterable<T>) => Round<Key, T>,
): Round<Key, T> {
  const round = claim(candidates);
  if (!round.contested) return round;
  const incumbents = shown();
  const isIncumbent = (candidate: T): boolean => {
    const id = idOf(candidate);
    return id !== undefined && incumbents.get(candidate.name) === id;
  };
  return claim([...candidates.filter(isIncumbent), ...candidates.filter((one) => !isIncumbent(one))]);
}

/**
 * The same for group names, by the entry where it is recorded: it keeps the name as long as it exists, whatever its number. Then its source
 * comes before others, and only a group of which nothing is recorded is told by its number.
 */
function settleGroups(candidates: readonly DirectoryGroup[], shown: () => Incumbents): Round<GroupName, DirectoryGroup> {
  const round = claimGroups(candidates);
  if (!round.contested) return round;
  const { groups, origins } = shown();
  const distance = ({ name, gid, source, id }: DirectoryGroup): number => {
    const origin = origins?.get(name);
    if (origin === undefined) return gid !== undefined && groups.get(name) === gid ? 0 : 2;
    if (origin.source !== source) return 2;
    return origin.id === id ? 0 : 1;
  };
  return claimGroups(candidates.toSorted((a, b) => distance(a) - distance(b)));
}

/** @param local by name in lower case */
function checkLocalName(name: string, local: ReadonlyMap<string, string>, what: string): Invalid | undefined {
  const own = local.get(name.toLowerCase());
  if (own === undefined) return undefined;
  if (own === name) return new Invalid('name-local', `"${name}" is a local ${what} of this host`);
  return new Invalid('name-local', `"${name}" differs in case only from the local ${what} "${own}" of this host`);
}

function checkReserved(name: string, reserved: ReadonlySet<string>, what: 'account' | 'group'): Invalid | undefined {
  if (!reserved.has(name.toLowerCase())) return undefined;
  const key = what === 'group' ? 'allow_reserved_groups' : 'allow_reserved_users';
  return new Invalid('name-reserved', `"${name}" is kept for the ${what} of the system that rules grant rights to, see [policy] ${key}`);
}

function checkLocalId(id: number, what: string, local: ReadonlyMap<number, string>, whose: string): Invalid | undefined {
  const owner = local.get(id);
  return owner === undefined ? undefined : new Invalid('id-local', `${what} ${id} is that of the local ${whose} "${owner}"`);
}

function checkUid({ uid, source }: DirectoryUser, { uidRange, derivedUids }: HostPolicy): Invalid | undefined {
  const derived = derivedUids?.get(source);
  return derived !== undefined && checkRange(uid, 'uid', derived) === undefined ? undefined : checkRange(uid, 'uid', uidRange);
}

function checkRange(id: number, what: string, { first, last }: IdRange): Invalid | undefined {
  if (id >= first && id <= last) return undefined;
  return new Invalid('id-out-of-range', `${what} ${id} is outside the range ${first} to ${last} of the configuration`);
}

function checkTaken(
  owner: { readonly dn: string; readonly name: string } | undefined,
  code: 'name-duplicate' | 'id-duplicate',
  what: string,
): Invalid | undefined {
  if (owner === undefined) return undefined;
  return new Invalid(code, `${what} is already that of "${owner.name}" (${printable(owner.dn)})`);
}

function quarantined(map: MapName, { source, name, dn }: DirectoryUser | DirectoryGroup, refusal: Invalid): Rejection {
  return rejectionOf({ verdict: 'quarantined', source, map, key: name, dn: printable(dn, DN_SHOWN) }, refusal);
}

/** Every name by its lower case. */
function foldCase(ids: ReadonlyMap<string, number>): Map<string, string> {
  return new Map([...ids.keys()].map((name) => [name.toLowerCase(), name]));
}

function invert(ids: ReadonlyMap<string, number>): Map<number, string> {
  return new Map([...ids].map(([name, id]) => [id, name]));
}
