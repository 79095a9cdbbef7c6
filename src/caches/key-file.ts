/**
 * The file of keys that sshd reads for the emergency users: root's, 0600, replaced as a whole.
 *
 * What stands under its name may be anything that somebody put there, so no link is followed and only so much is read. A new file
 * takes the place of whatever is there but a folder; a link's target stays as it is.
 */
import { closeSync, constants, fstatSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { syncPath } from '../fsync.ts';
import { createFile, sumOf } from './durable-file.ts';

export type KeyFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly text: string; readonly sha256: string; readonly mode: number; readonly uid: number }
  /** Nothing that holdfast writes: a clause. */
  | { readonly kind: 'other'; readonly what: string };

export const KEY_FILE_MODE = 0o600;
/** A thousand keys of the longest kind, many times. */
const MAX_BYTES = 16 * 1024 * 1024;

/** @throws HoldfastError `cache-failed` */
export function readKeyFile(path: string): KeyFile {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { kind: 'absent' };
    if (errnoOf(error) === 'ELOOP') return { kind: 'other', what: 'is a symbolic link' };
    if (errnoOf(error) === 'ENXIO') return { kind: 'other', what: 'is a socket' };
    throw new HoldfastError('cache-failed', `cannot read "${path}": ${messageOf(error)}`, { cause: error });
  }
  try {
    const { mode, uid, size, ...stats } = fstatSync(file);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) return { kind: 'other', what: 'is no file' };
    if (stats.nlink > 1) return { kind: 'other', what: 'has other names as well (hard links)' };
    if (size > MAX_BYTES) return { kind: 'other', what: `has ${size} bytes` };
    const bytes = readWhole(file, size);
    return { kind: 'file', text: bytes.toString('utf8'), sha256: sumOf(bytes).sha256, mode: mode & 0o7777, uid };
  } finally {
    closeSync(file);
  }
}

function readWhole(file: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let length = 0;
  for (let count = 1; count > 0 && length < size; length += count) count = readSync(file, bytes, length, size - length, length);
  return bytes.subarray(0, length);
}

/**
 * On the disk when this returns; when it throws, what was there is there.
 *
 * @returns its sha256
 * @throws HoldfastError `cache-failed`
 */
export function replaceKeyFile(path: string, text: string, now: Date): string {
  const sum = sumOf(text);
  const staged = `${path}.new`;
  try {
    // What a run has left that was killed or had no room.
    rmSync(staged, { force: true });
    createFile(staged, text, sum, { mode: KEY_FILE_MODE, gid: undefined, time: now.getTime() / 1000 });
    syncPath(staged);
    renameSync(staged, path);
    syncPath(dirname(path));
    return sum.sha256;
  } catch (error) {
    throw new HoldfastError('cache-failed', `cannot write "${path}": ${messageOf(error)}`, {
      hints: ['what was there stays; is the file system full or read-only? see df(1)'],
      cause: error,
    });
  }
}
