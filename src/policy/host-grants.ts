/**
 * Whom the access groups of this host let in: by the map, or without one the group of the same name.
 *
 * A name that the map does not have lets nobody in. Whoever may write the name, such as into an instance's tag, gets no more out of it
 * than what the map says.
 */
import type { GroupName, LoginName } from '../directory/names.ts';
import type { AccessPolicy, HostGrant, People } from './host-policy.ts';

export type AccessMap = ReadonlyMap<GroupName, People>;

/** The access groups that were written in one place. */
export interface HostGroups {
  /** `imds-tag:AccessGroup`. */
  readonly reference: string;
  readonly groups: readonly GroupName[];
}

/** @param map undefined: an access group is a group of the directory */
export function grantsOf(written: readonly HostGroups[], map: AccessMap | undefined): HostGrant[] {
  return written.flatMap(({ reference, groups }) =>
    groups.map((accessGroup) => {
      const people = map === undefined ? { users: [], groups: [accessGroup] } : map.get(accessGroup);
      return { accessGroup, reference, ...(people === undefined ? {} : { people }) };
    }),
  );
}

/** As a rule is named: `access group web-prod of this host (imds-tag:AccessGroup)`. */
export function nameOfGrant({ accessGroup, reference }: HostGrant): string {
  return `access group ${accessGroup} of this host (${reference})`;
}

/** Everybody whom a rule of this host lets in that is not for every host: those of [access], then those of its access groups. */
export function allowedHere({ allow, hostGrants = [] }: AccessPolicy): People {
  const granted = hostGrants.flatMap(({ people }) => people ?? []);
  if (granted.length === 0) return allow;
  return {
    users: [...new Set([...allow.users, ...granted.flatMap(({ users }) => users)])],
    groups: [...new Set([...allow.groups, ...granted.flatMap(({ groups }) => groups)])],
  };
}

/** The access group of this host by which somebody is let in; undefined when [access] itself says so. @param group by which they are; undefined: by name */
export function grantBehind(
  { allow, hostGrants = [] }: AccessPolicy,
  login: LoginName,
  group: GroupName | undefined,
): HostGrant | undefined {
  if (group === undefined) {
    return allow.users.includes(login) ? undefined : hostGrants.find(({ people }) => people?.users.includes(login));
  }
  return allow.groups.includes(group) ? undefined : hostGrants.find(({ people }) => people?.groups.includes(group));
}
