/**
 * Shared accounts that neither the host nor the directory has: a slip of the pen more often than not.
 */
import type { LocalAccounts } from '../directory/local-accounts.ts';
import type { LoginName } from '../directory/names.ts';
import type { PasswdEntry } from '../directory/passwd.ts';
import type { Rejection } from '../directory/rejection.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';

/** Nobody can log in as them, whatever keys they take: sshd needs an account. @param accounts those that no rule denies */
export function findUnknownAccounts(accounts: readonly LoginName[], local: LocalAccounts, passwd: readonly PasswdEntry[]): LoginName[] {
  const missing = new Set(accounts.filter((name) => !local.users.has(name)));
  if (missing.size > 0) for (const { name } of passwd) missing.delete(name);
  return [...missing];
}

export function reportUnknownAccounts(accounts: readonly LoginName[], snapshots: readonly DirectorySnapshot[]): Rejection[] {
  return accounts.map((key) => ({
    verdict: 'adjusted',
    source: namesOf(snapshots),
    map: 'passwd',
    key,
    code: 'access-account-unknown',
    reason: 'shared account of [access.accounts], but neither this host nor the directory has an account of that name',
  }));
}

function namesOf(snapshots: readonly DirectorySnapshot[]): string {
  return snapshots.map(({ source }) => source).join(', ');
}
