/**
 * A few entries out of a large snapshot file, without reading the others into memory: a line that is not wanted is passed over after
 * its name.
 *
 * The names of users and groups hold nothing that JSON escapes, so that a line begins with `["u","alice",`.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { blobsOf } from '../directory/key-blobs.ts';
import type { KeyLines } from '../directory/key-lines.ts';
import type { DirectoryUser } from '../directory/snapshot.ts';
import { errnoOf } from '../errors.ts';
import { KEYS_FIELD, readRecords, type SnapshotRecords } from './snapshot-records.ts';

const CHUNK_LENGTH = 1 << 16;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
/** Of the name, in a line. */
const NAME_AT = '["u","'.length;

/** Whether an entry is looked for: `u` is a user, `g` a group. */
export type Wanted = (kind: 'u' | 'g', name: string) => boolean;

/** Nothing where no snapshot is kept. Its digest is not asked for: this is for what is said of a directory, not for what is shown. */
export function searchSnapshot(path: string, source: string, wanted: Wanted): SnapshotRecords {
  return readRecords(source, wantedLines(path, wanted));
}

/** Everybody who has a key, by its base64 part. */
export function searchSnapshotKeys(path: string, source: string, isKey: (blob: string) => boolean): readonly DirectoryUser[] {
  const isUser: Wanted = (kind) => kind === 'u';
  return readRecords(source, filterLines(wantedLines(path, isUser), isKey)).users;
}

function* filterLines(lines: Iterable<string>, isKey: (blob: string) => boolean): Generator<string> {
  for (const text of lines) {
    const keys = (JSON.parse(text) as unknown[])[KEYS_FIELD];
    if (typeof keys === 'string' && hasKey(keys as KeyLines, isKey)) yield text;
  }
}

function hasKey(keys: KeyLines, isKey: (blob: string) => boolean): boolean {
  for (const blob of blobsOf(keys)) if (isKey(blob)) return true;
  return false;
}

function* wantedLines(path: string, wanted: Wanted): Generator<string> {
  for (const line of linesOf(path)) {
    const kind = line[2] === 0x75 ? 'u' : 'g';
    if (kind === 'g' && line[2] !== 0x67) continue;
    const end = line.indexOf(QUOTE, NAME_AT);
    if (line[0] !== 0x5b || end === -1 || !wanted(kind, line.toString('latin1', NAME_AT, end))) continue;
    const text = line.toString('utf8');
    if (isJson(text)) yield text;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Views of a buffer, each good until the next. */
function* linesOf(path: string): Generator<Buffer> {
  const file = openForReading(path);
  if (file === undefined) return;
  try {
    let buffer = Buffer.allocUnsafeSlow(CHUNK_LENGTH);
    let filled = 0;
    for (;;) {
      if (filled === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafeSlow(buffer.length)]);
      const count = readSync(file, buffer, filled, buffer.length - filled, -1);
      if (count === 0) return;
      filled += count;
      let start = 0;
      for (let end = buffer.indexOf(NEWLINE, start); end !== -1 && end < filled; end = buffer.indexOf(NEWLINE, start)) {
        yield buffer.subarray(start, end);
        start = end + 1;
      }
      buffer.copy(buffer, 0, start, filled);
      filled -= start;
    }
  } finally {
    closeSync(file);
  }
}

function openForReading(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
