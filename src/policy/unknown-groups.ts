/**
 * Rules about a group that no source has: a slip of the pen more often than not, and then it lets nobody in, or denies nobody.
 */
import type { GroupName } from '../directory/names.ts';
import { nearest } from '../directory/nearest.ts';
import type { Rejection } from '../directory/rejection.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { namedGroups, rulesNaming } from './access.ts';
import type { Claims } from './uids/claims.ts';
import type { AccessPolicy } from './host-policy.ts';

/** So many groups get a suggestion: each is compared with all that there are, in every run. */
const SUGGESTIONS_MAX = 5;

export function findUnknownGroups(access: AccessPolicy, { groups }: Claims): ReadonlySet<GroupName> {
  return new Set(namedGroups(access).filter((name) => !groups.has(name)));
}

export function reportUnknownGroups(
  unknown: ReadonlySet<GroupName>,
  access: AccessPolicy,
  { groups }: Claims,
  snapshots: readonly DirectorySnapshot[],
): Rejection[] {
  if (unknown.size === 0) return [];
  const source = snapshots.map((snapshot) => snapshot.source).join(', ');
  const known = [...groups.keys()];
  return [...unknown].map((key, index) => {
    const cause = refusedAs(key, snapshots) ?? describeMissing(key, index < SUGGESTIONS_MAX ? known : []);
    const reason = `named in ${rulesNaming(access, key).join(' and ')}, but ${cause}`;
    return { verdict: 'adjusted', source, map: 'group', key, code: 'access-group-unknown', reason };
  });
}

/** The directory has it, and it broke a rule. */
function refusedAs(name: GroupName, snapshots: readonly DirectorySnapshot[]): string | undefined {
  for (const { source, rejections } of snapshots) {
    const refusal = rejections.find(({ map, key, verdict }) => map === 'group' && key === name && verdict === 'quarantined');
    if (refusal !== undefined) return `the group of source "${source}" is quarantined (${refusal.code})`;
  }
  return undefined;
}

function describeMissing(name: GroupName, known: readonly string[]): string {
  const near = nearest(name, known);
  return `the directory has no such group${near === undefined ? '' : `; did you mean "${near}"?`}`;
}
