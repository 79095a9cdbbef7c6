/**
 * What is known of one group: its entry, who is in it and by which way, what [access] makes of it, and what is served.
 */
import type { GroupName, LoginName } from '../../directory/names.ts';
import type { Rejection } from '../../directory/rejection.ts';
import type { DirectoryGroup } from '../../directory/snapshot.ts';
import { rulesNaming } from '../../policy/access.ts';
import { chainOf, type MembershipChain } from '../../policy/membership/membership-way.ts';
import type { HostContext } from '../context.ts';
import { type LastGood, type LastGoodSource, readLastGood } from '../last-good.ts';
import { findHeldMembers, findHeldOfGroup, type HeldRemoval } from '../served.ts';
import { similarNames } from '../similar-names.ts';
import { type SourceEntry, sourceEntryOf } from '../source-entry.ts';

export interface GroupEntryReport extends SourceEntry {
  readonly gid?: number;
}

/** One way into the group, with whom it has. */
export interface WayReport extends MembershipChain {
  readonly named: readonly LoginName[];
  readonly primary: readonly LoginName[];
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
  readonly ways: readonly WayReport[];
  readonly memberCount: number;
  /** Of the members, those whom policy gives keys. */
  readonly withKeys: number;
  /** The rules that name it: `access.groups`, `access.accounts.deploy.groups`. */
  readonly rules: readonly string[];
  /** The groups that it nests in directly. */
  readonly nestsIn: readonly string[];
  readonly findings: readonly Rejection[];
  readonly served: ServedGroup;
  readonly held?: HeldRemoval;
  /** Members whose own removal, from this host or from their keys, is held. */
  readonly heldMembers: readonly string[];
  readonly similar: readonly string[];
}

/** @throws HoldfastError `configuration`, `cache-failed` */
export function explainGroup(context: HostContext, group: string): GroupReport {
  const lastGood = readLastGood(context);
  const { claims, membership, view } = lastGood.judgement;
  const name = group as GroupName;
  const entry = claims.groups.get(name);
  const members = membership.members(name);
  const shown = view.group.find((one) => one.name === group)?.members;
  const localGid = context.local.groups.get(group);
  const held = findHeldOfGroup(context, group);
  return {
    group,
    known: entry !== undefined,
    sources: lastGood.sources,
    ...(localGid === undefined ? {} : { localGid }),
    ...(entry === undefined ? {} : { entry: describeEntry(entry) }),
    ...(shown === undefined ? {} : { shown }),
    ways: entry === undefined ? [] : describeWays(lastGood, name),
    memberCount: members.size,
    withKeys: [...members].filter((member) => view.keys.has(member)).length,
    rules: rulesNaming(lastGood.policy.access, name),
    nestsIn: [...claims.groups.keys()].filter((outer) => outer !== name && membership.nestsDirectly(name, outer)),
    findings: view.rejections.filter(({ map, key }) => map === 'group' && key === group),
    served: readServedGroup(lastGood, group),
    ...(held === undefined ? {} : { held }),
    heldMembers: findHeldMembers(context, members),
    similar: entry === undefined ? similarNames(group, claims.groups.keys()) : [],
  };
}

function describeEntry(group: DirectoryGroup): GroupEntryReport {
  return { ...sourceEntryOf(group), ...(group.gid === undefined ? {} : { gid: group.gid }) };
}

function describeWays({ judgement }: LastGood, group: GroupName): WayReport[] {
  const ways = [...judgement.membership.ways(group)];
  return ways.map((way) => ({ ...chainOf(group, way), named: way.named, primary: way.primary }));
}

function readServedGroup({ baseline }: LastGood, group: string): ServedGroup {
  const { generation, fault, view } = baseline;
  if (fault !== undefined) return { fault };
  if (generation === undefined) return {};
  const members = view().group.find(({ name }) => name === group)?.members;
  return { generation: generation.number, ...(members === undefined ? {} : { members }) };
}
