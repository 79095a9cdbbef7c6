/**
 * The host's own accounts that somebody could log in to, from /etc/passwd: those whose own authorized_keys file goes on counting.
 */
import { readFileSync } from 'node:fs';
import { HoldfastError, messageOf } from '../errors.ts';
import type { HostPaths } from './paths.ts';

/** What the packages' own accounts have for a shell: it ends every session. */
const NO_SHELL = /\/(?:nologin|false|sync)$/;
/** From here on accounts are people's, and services' that serve people (sftp with nologin for a shell): login.defs(5), UID_MIN. */
const FIRST_PERSON = 1000;
const NOBODY = 65_534;
/** What a pattern of sshd_config(5) can hold without meaning something else. */
const PATTERN = /^[A-Za-z0-9._][A-Za-z0-9._$-]*$/;

/**
 * root, those with a shell, and all from uid 1000 up; in the file's order, so that the same file gives the same list.
 *
 * @throws HoldfastError `configuration`
 */
export function readLoginAccounts(paths: Pick<HostPaths, 'passwd'>): readonly string[] {
  const names = readPasswd(paths.passwd)
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([name = '', , uid = '', , , , shell = '']) => PATTERN.test(name) && canLogIn(Number(uid), shell))
    .map(([name = '']) => name);
  return [...new Set(['root', ...names])];
}

/** An empty shell is /bin/sh (passwd(5)). */
function canLogIn(uid: number, shell: string): boolean {
  return (uid >= FIRST_PERSON && uid !== NOBODY) || !NO_SHELL.test(shell.trim());
}

function readPasswd(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new HoldfastError('configuration', `cannot read the host's own accounts from "${path}": ${messageOf(error)}`, {
      detail: 'file-unreadable',
      cause: error,
    });
  }
}
