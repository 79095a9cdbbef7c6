/**
 * The last good snapshot of each source, kept so that policy and time go on acting while the directory is down.
 *
 * One JSON value a line: a header, then `["u", user]`, `["g", group]`, `["r", rejection]`, then a trailer with the number of lines and
 * the sha256 of all of them. A file without its right trailer is not a smaller directory but none.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Rejection } from '../directory/rejection.ts';
import type { DirectoryGroup, DirectorySnapshot, DirectoryUser } from '../directory/snapshot.ts';
import { errnoOf, HoldfastError } from '../errors.ts';
import { syncPath } from './state-file.ts';

const FORMAT = 'holdfast directory snapshot';
const VERSION = 1;
const CHUNK_LENGTH = 1 << 20;
const NEWLINE = 0x0a;

interface Header {
  readonly format: string;
  readonly version: number;
  readonly source: string;
  readonly fetchedAt: number;
}

interface Trailer {
  readonly lines: number;
  readonly sha256: string;
}

export interface StoredSnapshot {
  readonly snapshot: DirectorySnapshot;
  readonly digest: string;
}

/** sha256 over the content in the order of the source; two snapshots with the same digest hold the same. */
export function digestSnapshot(snapshot: DirectorySnapshot): string {
  const hash = createHash('sha256');
  for (const chunk of contentChunks(snapshot)) hash.update(chunk);
  return hash.digest('hex');
}

/** Durable when it returns; replaced by a rename, so that a run that is killed leaves the old one. */
export function saveSnapshot(path: string, snapshot: DirectorySnapshot): void {
  const staged = `${path}.new`;
  rmSync(staged, { force: true });
  const file = openSync(staged, 'wx', 0o600);
  try {
    writeContent(file, snapshot);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const stored = loadSnapshot(staged);
  if (typeof stored === 'string' || stored === undefined) {
    throw new HoldfastError('cache-failed', `wrote ${staged}, but it does not read back: ${stored ?? 'it is gone'}`, {
      hints: ['is the file system full? see df(1)'],
    });
  }
  renameSync(staged, path);
  syncPath(dirname(path));
}

/** The digest of a snapshot that is stored whole; undefined for one that is absent, damaged or of another version. */
export function storedDigest(path: string): string | undefined {
  const bytes = readIfThere(path);
  return bytes === undefined ? undefined : checkSnapshot(bytes)?.digest;
}

/** Undefined when there is none yet; a text says what is wrong with the one there is. */
export function loadSnapshot(path: string): StoredSnapshot | string | undefined {
  const bytes = readIfThere(path);
  if (bytes === undefined) return undefined;
  const checked = checkSnapshot(bytes);
  if (checked === undefined) return `${path} is damaged or cut`;
  return { snapshot: readContent(checked.header, checked.content), digest: checked.digest };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function writeContent(file: number, snapshot: DirectorySnapshot): void {
  const { source, fetchedAt } = snapshot;
  const hash = createHash('sha256');
  const header: Header = { format: FORMAT, version: VERSION, source, fetchedAt };
  write(file, `${JSON.stringify(header)}\n`);
  for (const chunk of contentChunks(snapshot)) {
    hash.update(chunk);
    write(file, chunk);
  }
  const lines = snapshot.users.length + snapshot.groups.length + snapshot.rejections.length;
  write(file, `${JSON.stringify({ lines, sha256: hash.digest('hex') } satisfies Trailer)}\n`);
}

function write(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    const count = writeSync(file, bytes, written);
    if (count === 0) throw new HoldfastError('cache-failed', 'the snapshot could not be written in full');
    written += count;
  }
}

function* contentChunks({ users, groups, rejections }: DirectorySnapshot): Generator<string> {
  let chunk = '';
  for (const [kind, values] of [['u', users], ['g', groups], ['r', rejections]] as const) {
    for (const value of values) {
      chunk += `${JSON.stringify([kind, value])}\n`;
      if (chunk.length < CHUNK_LENGTH) continue;
      yield chunk;
      chunk = '';
    }
  }
  yield chunk;
}

interface CheckedSnapshot {
  readonly header: Header;
  readonly content: Buffer;
  readonly digest: string;
}

function checkSnapshot(bytes: Buffer): CheckedSnapshot | undefined {
  const headerEnd = bytes.indexOf(NEWLINE) + 1;
  const trailerStart = bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1;
  if (headerEnd === 0 || trailerStart < headerEnd) return undefined;
  const header = parseJson<Header>(bytes.toString('utf8', 0, headerEnd));
  const trailer = parseJson<Trailer>(bytes.toString('utf8', trailerStart));
  if (header?.format !== FORMAT || header.version !== VERSION || trailer === undefined) return undefined;
  const content = bytes.subarray(headerEnd, trailerStart);
  const digest = createHash('sha256').update(content).digest('hex');
  return digest === trailer.sha256 ? { header, content, digest } : undefined;
}

/** The digest has shown that these are the bytes that holdfast wrote, so their shape needs no second check. */
function readContent({ source, fetchedAt }: Header, content: Buffer): DirectorySnapshot {
  const users: DirectoryUser[] = [];
  const groups: DirectoryGroup[] = [];
  const rejections: Rejection[] = [];
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(NEWLINE, start);
    const [kind, value] = JSON.parse(content.toString('utf8', start, end)) as
      | ['u', DirectoryUser]
      | ['g', DirectoryGroup]
      | ['r', Rejection];
    if (kind === 'u') users.push(value);
    else if (kind === 'g') groups.push(value);
    else rejections.push(value);
    start = end + 1;
  }
  return { source, fetchedAt, users, groups, rejections };
}

function parseJson<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
