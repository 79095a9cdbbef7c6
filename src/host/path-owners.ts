/**
 * Owner and mode of a file and of every folder above it, up to the root: what sshd looks at before it runs a command, and what
 * decides who could put another in its place.
 *
 * @see `safe_path` in OpenSSH misc.c: links are followed first, and then each folder is judged
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, messageOf } from '../errors.ts';

export interface PathStep {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, with those for set-id and sticky. */
  readonly mode: number;
}

export type PathOwners =
  /** From the path itself up to the root. */
  | { readonly kind: 'found'; readonly steps: readonly PathStep[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** @param root the folder at which it ends: `/` on a live host */
export function readPathOwners(path: string, root: string): PathOwners {
  try {
    const top = realpathSync(root);
    const steps: PathStep[] = [];
    for (let next = realpathSync(path); ; next = dirname(next)) {
      steps.push(stepOf(next));
      if (next === top || next === '/') return { kind: 'found', steps };
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? { kind: 'absent' } : { kind: 'unreadable', reason: messageOf(error) };
  }
}

function stepOf(path: string): PathStep {
  const stats = statSync(path);
  const { uid, gid, mode } = stats;
  const other = stats.isDirectory() ? 'folder' : 'other';
  return { path, kind: stats.isFile() ? 'file' : other, uid, gid, mode: mode & 0o7777 };
}
