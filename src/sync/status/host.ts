/**
 * The host as `status` sees it: what serves is told even where no run could start, since the configuration is wrong.
 */
import { statSync } from 'node:fs';
import { GenerationStore } from '../../caches/generation.ts';
import type { ConfigParts } from '../../config/config-parts.ts';
import { ConfigurationError } from '../../config/config-problem.ts';
import { hostGroupReferences } from '../../config/host-group-reference.ts';
import { type ConfigFile, inspectConfigFile } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { HoldfastError } from '../../errors.ts';
import { byLine } from '../../toml/document.ts';
import { readLocalAccounts } from '../../host/local-accounts.ts';
import { DEFAULT_STATE_DIRECTORY, type HostPaths, hostPaths } from '../../host/paths.ts';
import { checkRuleFiles } from '../config-files.ts';
import { configPath, type Invocation, refuseOthers } from '../context.ts';

export interface StatusHost {
  /** Absent when the text is wrong. */
  readonly config?: Config;
  /** What keeps every run from starting. */
  readonly fault?: HoldfastError;
  /** Milliseconds since the epoch: the file, or one of those with rules that it names. Absent when there is none. */
  readonly configChanged?: number;
  readonly paths: HostPaths;
  readonly store: GenerationStore;
  readonly now: () => Date;
}

/** @throws HoldfastError `not-root` */
export function openStatusHost(invocation: Invocation): StatusHost {
  refuseOthers(invocation);
  return inspectHost(invocation);
}

/** For who may not read all of it as well. */
export function inspectHost(invocation: Invocation): StatusHost {
  const path = configPath(invocation);
  const { stateDirectory, files, ...rules } = readRules(path);
  const paths = hostPaths(invocation.root, stateDirectory);
  const configChanged = lastChange([path, ...files]);
  return {
    ...rules,
    ...(configChanged === undefined ? {} : { configChanged }),
    paths,
    store: new GenerationStore(paths.stateDirectory, { isRoot: invocation.isRoot, shadowGid: shadowGidOf(paths) }),
    now: invocation.now,
  };
}

function lastChange(files: readonly string[]): number | undefined {
  const times = files.flatMap((file) => changeOf(file) ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** What is wrong with a file is said by whoever reads it. */
function changeOf(file: string): number | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  } catch {
    return undefined;
  }
}

/** Whose shadow.cache should be. What is wrong with /etc/group is said by whoever needs more of it. */
function shadowGidOf(paths: HostPaths): number | undefined {
  try {
    return readLocalAccounts(paths).groups.get('shadow');
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}

interface Rules extends Pick<StatusHost, 'config' | 'fault'> {
  readonly stateDirectory: string;
  /** Of this host, with rules: keys that are revoked, access groups and their map. */
  readonly files: readonly string[];
}

function readRules(path: string): Rules {
  try {
    const file = inspectConfigFile(path);
    const { config, problems, parts, locate } = file;
    const inFiles = checkRuleFiles(parts).map(locate);
    const found = [...problems, ...inFiles].toSorted(byLine);
    return {
      ...(config === undefined ? {} : { config }),
      ...(found.length === 0 ? {} : { fault: new ConfigurationError(found) }),
      stateDirectory: stateDirectoryOf(file),
      files: ruleFiles(parts),
    };
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'configuration') throw error;
    return { fault: error, stateDirectory: DEFAULT_STATE_DIRECTORY, files: [] };
  }
}

function ruleFiles({ hostGroups = 'none', mapFile, mapPublicKey, revokedKeys }: ConfigParts): string[] {
  const references = [...hostGroupReferences(hostGroups), mapFile, mapPublicKey, revokedKeys];
  return references.flatMap((reference) => (reference?.startsWith('file:') === true ? [reference.slice('file:'.length)] : []));
}

/** A file that others may write is believed in nothing. */
function stateDirectoryOf({ parts, problems }: ConfigFile): string {
  const isTrusted = problems.every(({ position }) => position !== undefined);
  return (isTrusted ? parts.state?.dir : undefined) ?? DEFAULT_STATE_DIRECTORY;
}
