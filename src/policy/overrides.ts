/**
 * The shell and home that a person gets on this host.
 */
import { type HostPath, parseHome } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';
import type { DirectoryUser } from '../directory/snapshot.ts';
import type { LocalAccounts } from '../directory/local-accounts.ts';
import type { HostPolicy } from './host-policy.ts';

export interface ChosenShell {
  readonly shell: HostPath;
  /** Why it is not the directory's. */
  readonly adjusted?: Invalid;
}

/** By their full path: what calls itself nologin in somebody's home may be a shell. */
const REFUSING_SHELLS: ReadonlySet<string> = new Set([
  '/sbin/nologin',
  '/usr/sbin/nologin',
  '/bin/nologin',
  '/usr/bin/nologin',
  '/bin/false',
  '/usr/bin/false',
  '/bin/true',
  '/usr/bin/true',
  '/dev/null',
  '/usr/lib/holdfast/nologin',
]);

export function refusesLogins(shell: HostPath): boolean {
  return REFUSING_SHELLS.has(shell);
}

/**
 * A shell that is not in /etc/shells becomes the default shell, and the override comes before either. But a shell that refuses
 * logins stays: replacing nologin(8) by a real one would let somebody in whom the directory keeps out.
 */
export function chooseShell(user: DirectoryUser, policy: HostPolicy, local: LocalAccounts): ChosenShell {
  const { shell } = user;
  if (shell !== undefined && refusesLogins(shell)) return { shell };
  if (policy.overrideShell !== undefined) return { shell: policy.overrideShell };
  if (shell === undefined) return { shell: policy.defaultShell };
  if (local.shells === undefined || local.shells.has(shell)) return { shell };
  const reason = `shell "${shell}" is not in /etc/shells, shown with "${policy.defaultShell}"`;
  return { shell: policy.defaultShell, adjusted: new Invalid('shell-unlisted', reason) };
}

export function chooseHome(user: DirectoryUser, policy: HostPolicy): HostPath | Invalid {
  if (policy.home !== undefined) return parseHome(policy.home.replaceAll('{name}', user.name));
  return user.home ?? new Invalid('home-missing', 'has no home directory, and [policy] home is not set');
}
