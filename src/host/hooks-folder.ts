/**
 * The hooks of this host: programs in a folder, in the order of their names.
 *
 * They run as root, so that whoever could write one, or put another folder in the place of theirs, would be root. Names count as
 * run-parts(8) has it: others are of an editor or of dpkg.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../errors.ts';
import { type PathStep, readPathOwners } from './path-owners.ts';

export interface Hook {
  readonly name: string;
  readonly path: string;
}

/** What is not run, and a clause that says why. */
export interface RefusedHook {
  readonly path: string;
  readonly reason: string;
}

export interface HooksFolder {
  readonly hooks: readonly Hook[];
  readonly refused: readonly RefusedHook[];
}

type FileFacts = Omit<PathStep, 'path' | 'gid'>;

/** More than anybody has; each takes its time. */
const HOOKS_MAX = 32;
const NAME = /^[A-Za-z0-9_-]{1,128}$/;
const NO_HOOKS: HooksFolder = { hooks: [], refused: [] };

/** @param root the folder at which the host ends: `/` on a live host */
export function readHooks(folder: string, root: string): HooksFolder {
  try {
    const names = readdirSync(folder)
      .filter((name) => NAME.test(name))
      .sort();
    if (names.length === 0) return NO_HOOKS;
    const fault = findFolderFault(folder, root);
    return fault === undefined ? sortOut(folder, names) : { hooks: [], refused: [fault] };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === 'ENOENT' ? NO_HOOKS : { hooks: [], refused: [{ path: folder, reason: `cannot be read: ${messageOf(error)}` }] };
  }
}

function sortOut(folder: string, names: readonly string[]): HooksFolder {
  const hooks: Hook[] = [];
  const refused: RefusedHook[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const reason = hooks.length === HOOKS_MAX ? `is one too many: at most ${HOOKS_MAX} are run` : findFileFault(path);
    if (reason === undefined) hooks.push({ name, path });
    else refused.push({ path, reason });
  }
  return { hooks, refused };
}

/** The folder that the path leads to, and every folder above it. */
function findFolderFault(folder: string, root: string): RefusedHook | undefined {
  const owners = readPathOwners(folder, root);
  if (owners.kind === 'absent') return { path: folder, reason: 'is gone' };
  if (owners.kind === 'unreadable') return { path: folder, reason: `cannot be looked at: ${owners.reason}` };
  for (const { path, ...facts } of owners.steps) {
    const reason = facts.kind === 'folder' ? findAccessFault(facts) : 'is no folder';
    if (reason !== undefined) return { path, reason };
  }
  return undefined;
}

/** No link: what it leads to would have folders of its own. */
function findFileFault(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return 'is no regular file';
  const mode = stats.mode & 0o7777;
  const fault = findAccessFault({ kind: 'file', uid: stats.uid, mode });
  return fault ?? ((mode & 0o100) === 0 ? `is not executable (mode ${octal(mode)})` : undefined);
}

/** Root's, or of who runs holdfast against a scratch root; and nobody else's to write. */
function findAccessFault({ uid, mode }: FileFacts): string | undefined {
  if (uid !== 0 && uid !== process.geteuid?.()) return `belongs to uid ${uid} instead of root`;
  return (mode & 0o022) === 0 ? undefined : `can be written by others than root (mode ${octal(mode)})`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
