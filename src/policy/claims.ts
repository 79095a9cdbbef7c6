/**
 * Who gets a name and a number: the host's own accounts first, then the entry that this host already shows, then the
 * first in the order of the sources. Everybody else with the same name or number is quarantined.
 */
import type { Gid, GroupName, LoginName, Uid } from '../directory/names.ts';
import { Invalid, type Rejection } from '../directory/rejection.ts';
import type { DirectoryGroup, DirectorySnapshot, DirectoryUser } from '../directory/snapshot.ts';
import type { LocalAccounts } from '../directory/local-accounts.ts';
import type { HostPolicy, IdRange } from './host-policy.ts';

/** The names and numbers of the current generation; asked for only when a name or number is contested. */
export interface Incumbents {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

export interface Claims {
  readonly users: ReadonlyMap<LoginName, DirectoryUser>;
  /** By name, for access rules. */
  readonly groups: ReadonlyMap<GroupName, DirectoryGroup>;
  /** Those of `groups` whose gid this host may show. */
  readonly shownGroups: ReadonlyMap<Gid, DirectoryGroup>;
  readonly rejections: readonly Rejection[];
}

export function claimNames(
  snapshots: readonly DirectorySnapshot[],
  policy: HostPolicy,
  local: LocalAccounts,
  incumbents: () => Incumbents,
): Claims {
  const rejections: Rejection[] = [];
  const users = claimUsers(snapshots, policy, local, incumbents, rejections);
  const groups = claimGroups(snapshots, incumbents, rejections);
  const shownGroups = claimGids(groups, policy.gidRange, local, incumbents, rejections);
  return { users, groups, shownGroups, rejections };
}

function claimUsers(
  snapshots: readonly DirectorySnapshot[],
  policy: HostPolicy,
  local: LocalAccounts,
  incumbents: () => Incumbents,
  rejections: Rejection[],
): Map<LoginName, DirectoryUser> {
  const localUids = invert(local.users);
  const localGids = invert(local.groups);
  const byName = new Map<LoginName, DirectoryUser>();
  const byUid = new Map<Uid, DirectoryUser>();
  const candidates = snapshots.flatMap(({ users }) => users);
  for (const user of inOrder(candidates, ({ uid }) => uid, () => incumbents().users)) {
    const refusal =
      checkLocalName(user.name, local.users, 'account') ??
      checkRange(user.uid, 'uid', policy.uidRange) ??
      checkRange(user.gid, 'primary gid', policy.gidRange) ??
      checkLocalId(user.uid, 'uid', localUids, 'account') ??
      checkLocalId(user.gid, 'primary gid', localGids, 'group') ??
      checkTaken(byName.get(user.name), 'name-duplicate', 'login name') ??
      checkTaken(byUid.get(user.uid), 'id-duplicate', `uid ${user.uid}`);
    if (refusal !== undefined) {
      rejections.push({ verdict: 'quarantined', source: user.source, map: 'passwd', key: user.name, ...refusal });
      continue;
    }
    byName.set(user.name, user);
    byUid.set(user.uid, user);
  }
  return byName;
}

function claimGroups(
  snapshots: readonly DirectorySnapshot[],
  incumbents: () => Incumbents,
  rejections: Rejection[],
): Map<GroupName, DirectoryGroup> {
  const byName = new Map<GroupName, DirectoryGroup>();
  const candidates = snapshots.flatMap(({ groups }) => groups);
  for (const group of inOrder(candidates, ({ gid }) => gid, () => incumbents().groups)) {
    const refusal = checkTaken(byName.get(group.name), 'name-duplicate', 'group name');
    if (refusal === undefined) byName.set(group.name, group);
    else rejections.push({ verdict: 'quarantined', source: group.source, map: 'group', key: group.name, ...refusal });
  }
  return byName;
}

function claimGids(
  groups: ReadonlyMap<GroupName, DirectoryGroup>,
  range: IdRange,
  local: LocalAccounts,
  incumbents: () => Incumbents,
  rejections: Rejection[],
): Map<Gid, DirectoryGroup> {
  const localGids = invert(local.groups);
  const byGid = new Map<Gid, DirectoryGroup>();
  for (const group of inOrder([...groups.values()], ({ gid }) => gid, () => incumbents().groups)) {
    if (group.gid === undefined) continue;
    const refusal =
      checkLocalName(group.name, local.groups, 'group') ??
      checkRange(group.gid, 'gid', range) ??
      checkLocalId(group.gid, 'gid', localGids, 'group') ??
      checkTaken(byGid.get(group.gid), 'id-duplicate', `gid ${group.gid}`);
    if (refusal === undefined) byGid.set(group.gid, group);
    else rejections.push({ verdict: 'quarantined', source: group.source, map: 'group', key: group.name, ...refusal });
  }
  return byGid;
}

/** Those that this host already shows with the same name and number come first; among the others the order stays. */
function inOrder<T extends { readonly name: string }>(
  candidates: readonly T[],
  idOf: (candidate: T) => number | undefined,
  shown: () => ReadonlyMap<string, number>,
): readonly T[] {
  if (!isContested(candidates, idOf)) return candidates;
  const incumbents = shown();
  const isIncumbent = (candidate: T): boolean => {
    const id = idOf(candidate);
    return id !== undefined && incumbents.get(candidate.name) === id;
  };
  return [...candidates.filter(isIncumbent), ...candidates.filter((one) => !isIncumbent(one))];
}

function isContested<T extends { readonly name: string }>(
  candidates: readonly T[],
  idOf: (candidate: T) => number | undefined,
): boolean {
  const ids = candidates.map(idOf).filter((id) => id !== undefined);
  return new Set(candidates.map(({ name }) => name)).size < candidates.length || new Set(ids).size < ids.length;
}

function checkLocalName(name: string, local: ReadonlyMap<string, number>, what: string): Invalid | undefined {
  if (!local.has(name)) return undefined;
  return new Invalid('name-local', `"${name}" is a local ${what} of this host`);
}

function checkLocalId(id: number, what: string, local: ReadonlyMap<number, string>, whose: string): Invalid | undefined {
  const owner = local.get(id);
  return owner === undefined ? undefined : new Invalid('id-local', `${what} ${id} is that of the local ${whose} "${owner}"`);
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
  return new Invalid(code, `${what} is already that of "${owner.name}" (${owner.dn})`);
}

function invert(ids: ReadonlyMap<string, number>): Map<number, string> {
  return new Map([...ids].map(([name, id]) => [id, name]));
}
