/**
 * The last good snapshot of each source, kept so that policy and time go on acting while the directory is down.
 *
 * One JSON value a line: a header, then users, groups and rejections as arrays that begin with `u`, `g` or `r`, then a trailer with
 * the sha256 of the lines between. A file without its right trailer is not a smaller directory but none.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { readRecords, type SnapshotRecords, snapshotLines } from './snapshot-records.ts';
import { syncPath } from '../fsync.ts';
import { parseJson } from './state-file.ts';

const FORMAT = 'holdfast directory snapshot';
const VERSION = 2;
/** Small enough that a chunk of text is young garbage, not a large object that waits for the next full collection. */
const CHUNK_LENGTH = 1 << 16;
/** Header and trailer are shorter, by far. */
const EDGE_LENGTH = 4096;
const NEWLINE = 0x0a;
const SNAPSHOT_NAME = /\/snapshot-[^/]+\.ndjson(?:\.new)?$/;
/** For one UTF-16 unit. */
const UTF8_BYTES_MAX = 3;

const headerSchema = z.object({ format: z.literal(FORMAT), version: z.literal(VERSION), source: z.string(), fetchedAt: z.number() });
/** The sums of the content, which is the snapshot's digest, and of the header line. */
const trailerSchema = z.object({ sha256: z.string(), header: z.string() });
type Header = z.infer<typeof headerSchema>;
type Trailer = z.infer<typeof trailerSchema>;

export interface StoredSnapshot {
  readonly snapshot: DirectorySnapshot;
  readonly digest: string;
}

/** sha256 over the content in the order of the source; two snapshots with the same digest hold the same. */
export function digestSnapshot(snapshot: DirectorySnapshot): string {
  const hash = createHash('sha256');
  for (const bytes of contentChunks(snapshot)) hash.update(bytes);
  return hash.digest('hex');
}

/**
 * Writes a snapshot beside the one that is kept: durable and read back, but without effect until `keepStaged`.
 *
 * @returns its digest
 * @throws HoldfastError `cache-failed`
 */
export function stageSnapshot(path: string, snapshot: DirectorySnapshot): string {
  const staged = stagedPath(path);
  try {
    const file = openSync(staged, 'wx', 0o600);
    let digest: string;
    try {
      digest = writeContent(file, snapshot);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (storedDigest(staged) === digest) return digest;
  } catch (error) {
    dropStaged(path);
    throw failed('write', staged, error);
  }
  dropStaged(path);
  throw new HoldfastError('cache-failed', `wrote ${staged}, but it reads back differently`, {
    detail: 'read-back-differs',
    hints: ['is the file system full? see df(1)'],
  });
}

/** Puts the staged snapshot in the place of the kept one, by one rename: a run that is killed leaves either. */
export function keepStaged(path: string): void {
  try {
    renameSync(stagedPath(path), path);
    syncPath(dirname(path));
  } catch (error) {
    throw failed('keep', path, error);
  }
}

export function dropStaged(path: string): void {
  rmSync(stagedPath(path), { force: true });
}

/**
 * Removes what is kept of sources that are no longer asked: were one configured again later, while it is down, its old snapshot would bring
 * back people who have left since.
 *
 * @param kept the paths of the others
 * @throws HoldfastError `cache-failed`
 */
export function dropOtherSnapshots(folder: string, kept: ReadonlySet<string>): void {
  try {
    const paths = readdirSync(folder).map((name) => join(folder, name));
    for (const path of paths.filter((one) => SNAPSHOT_NAME.test(one)))
      if (!kept.has(path.replace(/\.new$/, ''))) rmSync(path, { force: true });
  } catch (error) {
    throw failed('drop old ones beside', folder, error);
  }
}

function stagedPath(path: string): string {
  return `${path}.new`;
}

/** The digest of a snapshot that is stored whole; undefined for one that is absent, damaged or of another version. */
export function storedDigest(path: string): string | undefined {
  return openStored(path, (file) => findContent(file)?.digest);
}

/** Undefined when there is none yet; a text says what is wrong with the one there is. */
export function loadSnapshot(path: string): StoredSnapshot | string | undefined {
  return openStored(path, (file) => {
    const content = findContent(file);
    if (content === undefined) return `${path} is damaged or cut`;
    const { header, digest } = content;
    const records: SnapshotRecords = readRecords(header.source, contentLines(file, content));
    return { snapshot: { source: header.source, fetchedAt: header.fetchedAt, ...records }, digest };
  });
}

function openStored<T>(path: string, read: (file: number) => T): T | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      return read(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw failed('read', path, error);
  }
}

function failed(action: string, path: string, error: unknown): unknown {
  if (errnoOf(error) === undefined) return error;
  return new HoldfastError('cache-failed', `cannot ${action} the snapshot ${path}: ${messageOf(error)}`, { cause: error });
}

/** @returns the content's digest */
function writeContent(file: number, snapshot: DirectorySnapshot): string {
  const { source, fetchedAt } = snapshot;
  const header: Header = { format: FORMAT, version: VERSION, source, fetchedAt };
  const headerLine = `${JSON.stringify(header)}\n`;
  write(file, Buffer.from(headerLine));
  const hash = createHash('sha256');
  for (const bytes of contentChunks(snapshot)) {
    hash.update(bytes);
    write(file, bytes);
  }
  const digest = hash.digest('hex');
  const trailer: Trailer = { sha256: digest, header: sha256(headerLine) };
  write(file, Buffer.from(`${JSON.stringify(trailer)}\n`));
  return digest;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function write(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    const count = writeSync(file, bytes, written);
    if (count === 0) throw new HoldfastError('cache-failed', 'the snapshot could not be written in full', { detail: 'disk-full' });
    written += count;
  }
}

/** Views of one buffer, each good until the next: a line is garbage while it is young, and cheap. */
function* contentChunks(snapshot: DirectorySnapshot): Generator<Buffer> {
  let buffer = Buffer.allocUnsafeSlow(CHUNK_LENGTH);
  let filled = 0;
  for (const line of snapshotLines(snapshot)) {
    const most = line.length * UTF8_BYTES_MAX + 1;
    if (filled + most > buffer.length) {
      yield buffer.subarray(0, filled);
      filled = 0;
    }
    if (most > buffer.length) buffer = Buffer.allocUnsafeSlow(most);
    filled += buffer.write(line, filled);
    buffer[filled] = NEWLINE;
    filled += 1;
  }
  yield buffer.subarray(0, filled);
}

/** Where the lines between header and trailer are. */
interface Content {
  readonly header: Header;
  readonly start: number;
  readonly end: number;
  readonly digest: string;
}

/** Undefined unless the content is, byte for byte, what was written. */
function findContent(file: number): Content | undefined {
  const { size } = fstatSync(file);
  const head = readAt(file, 0, Math.min(size, EDGE_LENGTH));
  const tail = readAt(file, Math.max(0, size - EDGE_LENGTH), Math.min(size, EDGE_LENGTH));
  const start = head.indexOf(NEWLINE) + 1;
  const trailerStart = tail.lastIndexOf(NEWLINE, tail.length - 2) + 1;
  const end = size - tail.length + trailerStart;
  if (start === 0 || end < start || tail.at(-1) !== NEWLINE) return undefined;
  const headerLine = head.toString('utf8', 0, start);
  const header = parseJson(headerSchema, headerLine);
  const trailer = parseJson(trailerSchema, tail.toString('utf8', trailerStart));
  if (header === undefined || trailer === undefined || trailer.header !== sha256(headerLine)) return undefined;
  const hash = createHash('sha256');
  for (const bytes of readChunks(file, start, end)) hash.update(bytes);
  const digest = hash.digest('hex');
  return digest === trailer.sha256 ? { header, start, end, digest } : undefined;
}

function* contentLines(file: number, { start, end }: Content): Generator<string> {
  let rest = Buffer.alloc(0);
  for (const bytes of readChunks(file, start, end)) {
    const joined = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let lineStart = 0;
    for (let lineEnd = joined.indexOf(NEWLINE); lineEnd !== -1; lineEnd = joined.indexOf(NEWLINE, lineStart)) {
      yield joined.toString('utf8', lineStart, lineEnd);
      lineStart = lineEnd + 1;
    }
    rest = Buffer.from(joined.subarray(lineStart));
  }
}

/** Views of one buffer, each good until the next. */
function* readChunks(file: number, start: number, end: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_LENGTH, end - start));
  for (let position = start; position < end; ) {
    const count = readSync(file, buffer, 0, Math.min(buffer.length, end - position), position);
    if (count === 0) return;
    yield buffer.subarray(0, count);
    position += count;
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const [bytes = Buffer.alloc(0)] = length === 0 ? [] : readChunks(file, position, position + length);
  return bytes;
}
