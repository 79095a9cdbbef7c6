/**
 * The accounts, groups and shells that the host has of its own, from /etc/passwd, /etc/group and /etc/shells.
 */
import { readFileSync } from 'node:fs';
import type { LocalAccounts } from '../directory/local-accounts.ts';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import type { HostPaths } from './paths.ts';

/** As passwd(5) has it, whatever stands there. */
export interface LocalAccount {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Empty: /bin/sh. */
  readonly shell: string;
}

/**
 * A file that cannot be read stops the run: without the local accounts, the directory could shadow one. Only below a scratch
 * root may passwd and group be absent.
 *
 * @throws HoldfastError `configuration`
 */
export function readLocalAccounts(paths: HostPaths): LocalAccounts {
  const shells = readLines(paths.shells, true);
  return {
    users: parseIds(readLines(paths.passwd, paths.root !== '/')),
    groups: parseIds(readLines(paths.group, paths.root !== '/')),
    ...(shells === undefined ? {} : { shells: new Set(shells.filter((line) => line.startsWith('/'))) }),
  };
}

/** Undefined for a name that the host does not have. @throws HoldfastError `configuration` */
export function readLocalAccount(paths: HostPaths, login: string): LocalAccount | undefined {
  const lines = readLines(paths.passwd, paths.root !== '/') ?? [];
  const fields = lines.map((line) => line.split(':')).find(([name = '', , uid = '']) => name === login && /^[0-9]+$/.test(uid));
  if (fields === undefined) return undefined;
  const [, , uid = '', gid = '', , home = '', shell = ''] = fields;
  return { uid: Number(uid), gid: Number(gid), home, shell };
}

/** The number in field 3 of `name:password:number:…`; the same place in passwd(5) and group(5). */
function parseIds(lines: readonly string[] | undefined): Map<string, number> {
  const ids = new Map<string, number>();
  for (const line of lines ?? []) {
    const [name = '', , id = ''] = line.split(':');
    if (name === '' || name.startsWith('#') || !/^[0-9]+$/.test(id)) continue;
    if (!ids.has(name)) ids.set(name, Number(id));
  }
  return ids;
}

function readLines(path: string, mayBeAbsent: boolean): string[] | undefined {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim());
  } catch (error) {
    if (mayBeAbsent && errnoOf(error) === 'ENOENT') return undefined;
    throw new HoldfastError('configuration', `cannot read the host's own accounts from "${path}": ${messageOf(error)}`, {
      detail: 'file-unreadable',
      hints: ['without them the directory could shadow a local account, so nothing is done'],
      cause: error,
    });
  }
}
