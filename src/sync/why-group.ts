/**
 * What is known of one group: its entry, who is in it and by which way, what [access] makes of it, and what is served.
 */
import type { GroupName, LoginName } from '../directory/names.ts';
import { DN_SHOWN, printable, type Rejection } from '../directory/rejection.ts';
import type { DirectoryGroup } from '../directory/snapshot.ts';
import type { AccessPolicy, People } from '../policy/host-policy.ts';
import type { MembershipWay } from '../policy/membership.ts';
import type { HostContext } from './context.ts';
import { type LastGood, type LastGoodSource, readLastGood } from './last-good.ts';
import { findHeldRemoval, type HeldRemoval } from './served.ts';
import { similarNames } from './similar-names.ts';

export interface GroupEntryReport {
  readonly source: string;
  /** Safe to print, as the id is. */
  readonly dn: string;
  readonly id: string;
  readonly gid?: number;
}

export interface ServedGroup {
  readonly generation?: number;
  readonly fault?: string;
  /** As group.cache lists them; absent for a group that is not in it. */
  readonly members?: readonly LoginName[];
}

export interface GroupReport {
  readonly group: string;
  /** Some source has it, under this name. */
  readonly known: boolean;
  readonly sources: readonly LastGoodSource[];
  /** Of the host's own group of this name. */
  readonly localGid?: number;
  readonly entry?: GroupEntryReport;
  /** Absent for a group that is not in group.cache by the present configuration. */
  readonly shown?: readonly LoginName[];
  /** The shortest first; the group's own members are the first. */
  readonly ways: readonly MembershipWay[];
  readonly memberCount: number;
  /** Of the members, those whom policy gives keys. */
  readonly withKeys: number;
  /** The rules that name it: `access.groups`, `access.accounts.deploy`. */
  readonly rules: readonly string[];
  /** The groups that it nests in directly. */
  readonly nestsIn: readonly string[];
  readonly findings: readonly Rejection[];
  readonly served: ServedGroup;
  readonly held?: HeldRemoval;
  readonly similar: readonly string[];
}

/** @throws HoldfastError `configuration`, `cache-failed` */
export function explainGroup(context: HostContext, group: string): GroupReport {
  const lastGood = readLastGood(context);
  const { claims, membership, view } = lastGood.judgement;
  const name = group as GroupName;
  const entry = claims.groups.get(name);
  const members = [...membership.members(name)];
  const shown = view.group.find((one) => one.name === group)?.members;
  const localGid = context.local.groups.get(group);
  const held = findHeldRemoval(context, group);
  return {
    group,
    known: entry !== undefined,
    sources: lastGood.sources,
    ...(localGid === undefined ? {} : { localGid }),
    ...(entry === undefined ? {} : { entry: describeEntry(entry) }),
    ...(shown === undefined ? {} : { shown }),
    ways: entry === undefined ? [] : membership.ways(name),
    memberCount: members.length,
    withKeys: members.filter((member) => view.keys.has(member)).length,
    rules: rulesNaming(lastGood.policy.access, name),
    nestsIn: [...claims.groups.keys()].filter((outer) => outer !== name && membership.nestsDirectly(name, outer)),
    findings: view.rejections.filter(({ map, key }) => map === 'group' && key === group),
    served: readServedGroup(lastGood, group),
    ...(held === undefined ? {} : { held }),
    similar: entry === undefined ? similarNames(group, claims.groups.keys()) : [],
  };
}

function describeEntry({ source, dn, id, gid }: DirectoryGroup): GroupEntryReport {
  return { source, dn: printable(dn, DN_SHOWN), id: printable(id, DN_SHOWN), ...(gid === undefined ? {} : { gid }) };
}

function readServedGroup({ baseline }: LastGood, group: string): ServedGroup {
  const { generation, fault, view } = baseline;
  if (fault !== undefined) return { fault };
  if (generation === undefined) return {};
  const members = view().group.find(({ name }) => name === group)?.members;
  return { generation: generation.number, ...(members === undefined ? {} : { members }) };
}

const NOBODY: People = { users: [], groups: [] };

/** As the configuration spells them. */
function rulesNaming({ allow, hostGrants = [], always, deny, accounts }: AccessPolicy, group: GroupName): string[] {
  const rules = [
    ['access.groups', allow],
    ...hostGrants.map(({ accessGroup, reference, people }) => [`access group ${accessGroup} (${reference})`, people ?? NOBODY] as const),
    ['access.always', always],
    ['access.deny', deny],
    ...[...accounts].map(([account, people]) => [`access.accounts.${account}`, people] as const),
  ] as const;
  return rules.filter(([, { groups }]) => groups.includes(group)).map(([rule]) => rule);
}
