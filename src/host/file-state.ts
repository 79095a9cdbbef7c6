/**
 * What stands under a name of the host, and another thing put in its place in one step, so that whoever reads it meets the one or the other.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';

export type FileState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'link'; readonly target: string }
  | {
      readonly kind: 'file';
      readonly sha256: string;
      readonly size: number;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

export type Replacement =
  | { readonly kind: 'absent' }
  | { readonly kind: 'link'; readonly target: string }
  /** With mode and owner of what stood there, unless a mode is said; else 0644. What is not kept is of whoever runs this. */
  | { readonly kind: 'text'; readonly text: string; readonly mode?: number };

interface Owner {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const MODE = 0o644;
/** Of the maps that another program made, the largest may be some dozen of megabytes. */
const SIZE_MAX = 512 * 1024 * 1024;

/** @throws HoldfastError `cache-failed` for what is neither a file nor a link, or cannot be read */
export function readFileState(path: string): FileState {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: 'absent' };
    if (stats.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path) };
    if (!stats.isFile()) throw new HoldfastError('cache-failed', `"${path}" is neither a file nor a link: nothing is put in its place`);
    if (stats.size > SIZE_MAX)
      throw new HoldfastError('cache-failed', `"${path}" has ${stats.size} bytes, which is too much to keep a copy of`);
    const { size, mode, uid, gid } = stats;
    return { kind: 'file', sha256: sumOf(readFileSync(path)), size, mode: mode & 0o7777, uid, gid };
  } catch (error) {
    throw asFailure(error, `cannot read "${path}"`);
  }
}

/** By what it says: not by mode and owner, which somebody may have made stricter. */
export function isSameState(one: FileState, other: FileState): boolean {
  if (one.kind === 'file') return other.kind === 'file' && one.sha256 === other.sha256;
  if (one.kind === 'link') return other.kind === 'link' && one.target === other.target;
  return other.kind === 'absent';
}

/** What a name will be, once it is replaced. */
export function stateAfter(replacement: Replacement, before: FileState): FileState {
  if (replacement.kind !== 'text') return replacement;
  const bytes = Buffer.from(replacement.text);
  return { kind: 'file', sha256: sumOf(bytes), size: bytes.length, ...ownerOf(before, replacement) };
}

/**
 * @param before what has to stand there: else somebody was faster, and nothing is done
 * @throws HoldfastError `cache-failed`
 */
export function replaceFile(path: string, before: FileState, replacement: Replacement): void {
  if (!isSameState(readFileState(path), before))
    throw new HoldfastError('cache-failed', `"${path}" was changed meanwhile: look at it, and try again`);
  try {
    const staged = stage(path, replacement, ownerOf(before, replacement));
    if (staged === undefined) rmSync(path, { force: true });
    else renameSync(staged, path);
    syncFolder(dirname(path));
  } catch (error) {
    throw asFailure(error, `cannot change "${path}"`);
  }
}

/** Puts a copy of a file back, with the mode and the owner that it had. @throws HoldfastError `cache-failed` */
export function restoreFile(path: string, state: FileState & { readonly kind: 'file' }, copy: string): void {
  try {
    const bytes = readFileSync(copy);
    if (sumOf(bytes) !== state.sha256) throw new HoldfastError('cache-failed', `the copy "${copy}" is not as it was made`);
    renameSync(writeStaged(path, bytes, state), path);
    syncFolder(dirname(path));
  } catch (error) {
    throw asFailure(error, `cannot put "${path}" back`);
  }
}

/** For root alone: it may be a map of password hashes. @throws HoldfastError `cache-failed` */
export function copyForRoot(path: string, copy: string): void {
  try {
    mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
    copyFileSync(path, copy, constants.COPYFILE_EXCL);
    const file = openSync(copy, constants.O_RDONLY);
    try {
      fchmodSync(file, 0o600);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw asFailure(error, `cannot keep a copy of "${path}"`);
  }
}

function ownerOf(before: FileState, replacement: Replacement): Owner {
  const mode = replacement.kind === 'text' ? replacement.mode : undefined;
  if (before.kind === 'file' && mode === undefined) return { mode: before.mode, uid: before.uid, gid: before.gid };
  return { mode: mode ?? MODE, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

/** Beside its place, under a name that no pattern of a configuration takes (`*.conf`). */
function stage(path: string, replacement: Replacement, owner: Owner): string | undefined {
  if (replacement.kind === 'absent') return undefined;
  if (replacement.kind === 'text') return writeStaged(path, Buffer.from(replacement.text), owner);
  const staged = stagedName(path);
  symlinkSync(replacement.target, staged);
  return staged;
}

function writeStaged(path: string, bytes: Buffer, { mode, uid, gid }: Owner): string {
  const staged = stagedName(path);
  const file = openSync(staged, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeFileSync(file, bytes);
    fchownSync(file, uid, gid);
    fchmodSync(file, mode);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  // On a full disk a write may be short and say nothing.
  if (!readFileSync(staged).equals(bytes)) throw new HoldfastError('cache-failed', `"${staged}" reads otherwise than it was written`);
  return staged;
}

function stagedName(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  removeStaged(path);
  return stagedBeside(path);
}

/** What a run left there that was killed. */
export function removeStaged(path: string): void {
  rmSync(stagedBeside(path), { force: true });
}

function stagedBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.holdfast-new`);
}

function syncFolder(folder: string): void {
  const file = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function sumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function asFailure(error: unknown, action: string): Error {
  if (error instanceof HoldfastError || errnoOf(error) === undefined) return error as Error;
  return new HoldfastError('cache-failed', `${action}: ${messageOf(error)}`, { cause: error });
}
