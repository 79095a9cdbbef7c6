/**
 * Whose keys a shared account takes.
 */
import type { GroupName, LoginName } from '../../directory/names.ts';
import type { AccessPolicy } from '../host-policy.ts';
import type { GroupMembers } from '../access.ts';

export interface Sharer {
  readonly name: LoginName;
  /** The first of the account's groups that has the person; absent for somebody whom the account names. */
  readonly group?: GroupName;
}

/** The people behind an account, each once, whether a deny rule names them or not. Empty for an account that is not shared. */
export function findSharers(account: LoginName, { accounts }: AccessPolicy, membership: Pick<GroupMembers, 'members'>): Sharer[] {
  const people = accounts.get(account);
  const sharers = new Map<LoginName, Sharer>(people?.users.map((name) => [name, { name }]));
  for (const group of people?.groups ?? []) {
    for (const name of membership.members(group)) if (!sharers.has(name)) sharers.set(name, { name, group });
  }
  return [...sharers.values()];
}
