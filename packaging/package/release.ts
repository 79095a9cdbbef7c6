/**
 * What all packages of one release have in common.
 */
import { dirname } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import type { Architecture } from '../node-runtime.ts';
import { runTool } from '../tool.ts';

export interface Release {
  readonly version: string;
  /** In seconds since 1970: every file is of this time, so that equal sources give equal packages. */
  readonly time: number;
}

/** One package to be made. */
export interface Build extends Release {
  readonly architecture: Architecture;
  /** The binary that is to become /usr/bin/holdfast. */
  readonly binary: string;
  /** `fast` is for tests. */
  readonly compression: 'small' | 'fast';
  /** An empty folder to work in. */
  readonly work: string;
  /** Where the package goes. */
  readonly output: string;
}

/** Of the packaging alone: the same holdfast, packed anew. */
export const REVISION = '1';

export const MAINTAINER = 'The holdfast maintainers <holdfast@packages.invalid>';
export const SUMMARY = 'keeps people able to log in while their directory is down';
export const DESCRIPTION: readonly string[] = [
  'An agent that pulls a whole LDAP directory (or AWS IAM, or a file) over mutual',
  "TLS every 15 minutes, applies this host's rules, and commits passwd, group and",
  "shadow files for libnss-cache, and a cache of ssh keys for sshd's",
  'AuthorizedKeysCommand. A login touches nothing but these local files: no',
  'daemon, no network, no directory.',
];

/** SOURCE_DATE_EPOCH, or the time of the last commit. */
export function currentRelease(): Release {
  const given =
    process.env['SOURCE_DATE_EPOCH'] ?? runTool(['git', '-C', dirname(dirname(import.meta.dirname)), 'log', '-1', '--format=%ct']);
  const time = Number(given.trim());
  if (!Number.isSafeInteger(time) || time <= 0) throw new Error(`SOURCE_DATE_EPOCH: "${given}" is no number of seconds since 1970`);
  return { version: manifest.version, time };
}
