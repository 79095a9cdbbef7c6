/**
 * Everything a run works with, built in one place from configuration and command line, and passed in.
 */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type CacheOwner, GenerationStore } from '../caches/generation.ts';
import { ConfigurationError } from '../config/config-problem.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { SshdClock } from '../directory/expiry-time.ts';
import type { LocalAccounts } from '../directory/local-accounts.ts';
import { HoldfastError, messageOf } from '../errors.ts';
import { readLocalAccounts } from '../host/local-accounts.ts';
import { DEFAULT_CONFIG, type HostPaths, hostPaths } from '../host/paths.ts';
import type { GuardLimits } from '../policy/guards/guards.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import type { Source } from '../sources/source.ts';
import type { ProgressListener } from './gather.ts';
import type { HostAccess } from './host-access/host-access.ts';
import type { Secrets } from './secrets/secrets.ts';

export interface Invocation {
  /** `/` on a live host. */
  readonly root: string;
  /** As given by --config; undefined for the default below the root. */
  readonly config: string | undefined;
  readonly isRoot: boolean;
  readonly now: () => Date;
}

/** Where things are, as configured. */
export interface ConfiguredHost {
  readonly config: Config;
  readonly paths: HostPaths;
  readonly now: () => Date;
}

/** What every command that reads this host's state needs. */
export interface HostContext extends ConfiguredHost {
  readonly local: LocalAccounts;
  readonly store: GenerationStore;
  /** Of the EC2 instance, where something better than the firmware knows it. */
  readonly instanceId?: string | undefined;
}

/** By name, for what is known of them: nobody is asked. */
export interface NamedSources {
  readonly sources: readonly { readonly name: string }[];
}

/** What a run that asks the directory needs besides. */
export interface DirectoryContext extends HostContext {
  readonly sources: readonly Source[];
  /** What the sources read their certificates and passwords from. */
  readonly secrets: Secrets;
  /** With the access groups that this host was last known to have. */
  readonly policy: HostPolicy;
  /** What they are now, as far as that can be read. */
  readonly readHostAccess: () => Promise<HostAccess>;
  readonly sshdClock: () => SshdClock;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/** What a run that decides needs besides. */
export interface SyncContext extends DirectoryContext {
  readonly guards: GuardLimits;
}

export function configPath({ root, config }: { readonly root: string; readonly config?: string | undefined }): string {
  return config ?? `${root === '/' ? '' : root}${DEFAULT_CONFIG}`;
}

export function pathsOf({ root }: { readonly root: string }, { state }: Config): HostPaths {
  return hostPaths(root, state.dir);
}

/** @throws HoldfastError `configuration`, `not-root` */
export function openHost(invocation: Invocation): HostContext {
  refuseOthers(invocation);
  const config = loadConfigFor(configPath(invocation));
  const paths = pathsOf(invocation, config);
  const local = readLocalAccounts(paths);
  const owner: CacheOwner = { isRoot: invocation.isRoot, shadowGid: local.groups.get('shadow') };
  return { config, paths, local, store: new GenerationStore(paths.stateDirectory, owner), now: invocation.now };
}

/** @throws HoldfastError `not-root` */
export function refuseOthers({ isRoot, root }: Invocation): void {
  if (!isRoot && root === '/') throw notRoot();
}

/** No command but `status` can say anything without it. */
function loadConfigFor(path: string): Config {
  try {
    return loadConfig(path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new ConfigurationError(error.problems, ['what serves meanwhile: holdfast status']);
    throw error;
  }
}

/** The state folders: readable caches for everybody, private state for root. */
export function prepareState({ paths }: HostContext): void {
  try {
    makeOpenFolder(paths.stateDirectory);
    mkdirSync(paths.privateState, { recursive: true, mode: 0o700 });
    chmodSync(paths.privateState, 0o700);
  } catch (error) {
    throw new HoldfastError('cache-failed', `cannot make the state folder "${paths.privateState}": ${messageOf(error)}`, { cause: error });
  }
}

/** Above what is private, for everybody to enter, whatever the umask. A folder that is there stays as it is. */
export function makeOpenFolder(path: string): void {
  if (existsSync(path)) return;
  makeOpenFolder(dirname(path));
  if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, 0o755);
}

function notRoot(): HoldfastError {
  return new HoldfastError('not-root', 'must be run as root: it writes shadow.cache and reads private state', {
    hints: ['sudo holdfast …', 'or try it against a scratch root: holdfast --root DIR …'],
  });
}
