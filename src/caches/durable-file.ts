/**
 * Files and folders that survive a power cut, and that are what was written.
 *
 * A write may be short without an error (a full tmpfs), and a rename without fsync leaves an empty file after a power cut:
 * so every file is read back, and everything is on the disk before a rename makes it visible.
 */
import { syncPath } from '../fsync.ts';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, constants, fchmodSync, fchownSync, futimesSync, openSync, readSync, writeSync } from 'node:fs';
import { HoldfastError, messageOf } from '../errors.ts';
import type { FileSum } from './manifest.ts';

export interface FileAttributes {
  readonly mode: number;
  /** Owner is root; undefined leaves owner and group as they are (a run that is not root's). */
  readonly gid: number | undefined;
  /** Seconds since the epoch, for access and modification. */
  readonly time: number;
}

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const CHUNK_LENGTH = 1 << 16;

/** Creates a file with this content; the name must be free. Not yet durable: see `syncFiles`. */
export function createFile(path: string, content: Buffer | string, sum: FileSum, attributes: FileAttributes): void {
  const { mode, gid, time } = attributes;
  const file = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFully(file, content);
    if (gid !== undefined) fchownSync(file, 0, gid);
    fchmodSync(file, mode);
    futimesSync(file, time, time);
    if (sumContent(file).sha256 === sum.sha256) return;
  } finally {
    closeSync(file);
  }
  throw new HoldfastError('cache-failed', `wrote ${path}, but it reads back differently`, {
    detail: 'read-back-differs',
    hints: ['is the file system full, or the disk failing? see df(1) and dmesg(1)'],
  });
}

/** Of text: as UTF-8. */
export function sumOf(content: Buffer | string): FileSum {
  return { size: Buffer.byteLength(content), sha256: createHash('sha256').update(content).digest('hex') };
}

/** Reads in pieces through one buffer: a thousand files are summed at each run, and none is kept. */
export function sumFile(path: string): FileSum {
  const file = openSync(path, constants.O_RDONLY | O_NOFOLLOW);
  try {
    return sumContent(file);
  } finally {
    closeSync(file);
  }
}

function sumContent(file: number): FileSum {
  const hash = createHash('sha256');
  let size = 0;
  for (let count = readChunk(file, size); count > 0; count = readChunk(file, size)) {
    hash.update(chunk.subarray(0, count));
    size += count;
  }
  return { size, sha256: hash.digest('hex') };
}

function readChunk(file: number, position: number): number {
  return readSync(file, chunk, 0, CHUNK_LENGTH, position);
}

const chunk = Buffer.allocUnsafeSlow(CHUNK_LENGTH);

/** For more files than this, one syncfs(2) is cheaper than an fsync(2) each: 80 against 480 ms for 1024 files of 24 kB. */
const SYNCFS_THRESHOLD = 64;

/** Returns when the files' content is on the disk. `folder` is on the same file system. */
export function syncFiles(folder: string, paths: readonly string[]): void {
  if (paths.length > SYNCFS_THRESHOLD && syncFileSystem(folder)) return;
  for (const path of paths) syncPath(path);
}

/** sync(1) of coreutils is the only way to syncfs(2) from Node; it reports write errors since Linux 5.8. */
function syncFileSystem(folder: string): boolean {
  const { status } = spawnSync('sync', ['-f', '--', folder], { stdio: 'ignore' });
  return status === 0;
}

function writeFully(file: number, content: Buffer | string): void {
  const size = Buffer.byteLength(content);
  let written = typeof content === 'string' ? writeSync(file, content) : writeSync(file, content, 0);
  while (written < size) {
    const count = writeSync(file, Buffer.from(content), written);
    if (count === 0) throw new HoldfastError('cache-failed', `write stopped after ${written} of ${size} bytes`, { detail: 'disk-full' });
    written += count;
  }
}

/** Runs file system work and says what it was for when it fails. */
export function orCacheFailure<T>(action: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError('cache-failed', `cannot ${action}: ${messageOf(error)}`, { cause: error });
  }
}
