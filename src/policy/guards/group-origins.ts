/**
 * Which entries the groups are that access rules name or reach: a group of another source with the same name has other members, whom nobody
 * has let in.
 */
import type { GroupOrigin, GroupOrigins } from '../../directory/host-view.ts';
import type { GroupName } from '../../directory/names.ts';
import { namedGroups } from '../access.ts';
import type { Claims } from '../uids/claims.ts';
import type { AccessPolicy } from '../host-policy.ts';
import type { Membership } from '../membership/membership.ts';

/** Of a group that a rule names and that is gone, its last one. */
export function findGroupOrigins(access: AccessPolicy, claims: Claims, membership: Membership): GroupOrigins {
  const origins = new Map<GroupName, GroupOrigin>();
  for (const named of namedGroups(access)) {
    for (const { name, source, id } of membership.groupsWithin(named)) origins.set(name, { source, id });
    const last = origins.has(named) ? undefined : claims.originBefore(named);
    if (last !== undefined) origins.set(named, last);
  }
  return new Map([...origins].sort(([a], [b]) => (a < b ? -1 : 1)));
}
