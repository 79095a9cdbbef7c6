/**
 * What is odd about the access rules, seen from the directory: names that lead to nobody.
 */
import type { GroupName } from '../directory/names.ts';
import { quote, type Rejection } from '../directory/rejection.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { namedGroups } from './access.ts';
import type { AccessPolicy } from './host-policy.ts';

export function reportAccess(
  access: AccessPolicy,
  unknownGroups: ReadonlySet<GroupName>,
  snapshots: readonly DirectorySnapshot[],
): Rejection[] {
  return [...reportUnknownGroups(unknownGroups, access, snapshots), ...reportUnmapped(access)];
}

/** A rule about a group that no source has: a slip of the pen more often than not, and then it lets nobody in, or denies nobody. */
function reportUnknownGroups(unknown: ReadonlySet<GroupName>, access: AccessPolicy, snapshots: readonly DirectorySnapshot[]): Rejection[] {
  const source = snapshots.map((snapshot) => snapshot.source).join(', ');
  const configured = new Set(namedGroups({ ...access, hostGrants: [] }));
  return [...unknown].map((key) => {
    const grant = configured.has(key) ? undefined : access.hostGrants?.find(({ people }) => people?.groups.includes(key));
    const named = grant === undefined ? 'named in [access]' : `named by access group ${quote(grant.accessGroup)} (${grant.reference})`;
    const reason = `${named}, but the directory has no such group`;
    return { verdict: 'adjusted', source, map: 'group', key, code: 'access-group-unknown', reason };
  });
}

/** Whoever wrote it into a tag has made a slip, or an attempt. */
function reportUnmapped({ hostGrants = [] }: AccessPolicy): Rejection[] {
  return hostGrants
    .filter(({ people }) => people === undefined)
    .map(({ accessGroup, reference }) => ({
      verdict: 'adjusted',
      source: reference,
      map: 'group',
      key: accessGroup,
      code: 'access-group-unmapped',
      reason: `an access group of this host (${reference}), but the map has none of that name: it lets nobody in`,
    }));
}
