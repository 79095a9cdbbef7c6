/**
 * The audit log, read from its end: the newest line first, through one small buffer however long the log is.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { type AuditLogSettings, logFiles } from './audit-log.ts';
import { type AuditLine, LINE_MAX_LENGTH, LINE_START, parseAuditLine } from './audit-line.ts';

const CHUNK_LENGTH = 1 << 16;
const NEWLINE = 0x0a;

export interface LogExtent {
  readonly files: readonly string[];
  readonly damaged: number;
  /** ISO 8601, of the oldest and the newest line that could be read. */
  readonly from?: string;
  readonly to?: string;
}

/** The last of these lines of the log that is whole; undefined for a log that has none. */
export function readLastLine(
  settings: Pick<AuditLogSettings, 'path' | 'keep'>,
  isMeant: (line: AuditLine) => boolean,
): AuditLine | undefined {
  for (const path of logFiles({ ...settings, keep: 1 })) {
    for (const text of linesFromEnd(path)) {
      const line = text === undefined ? undefined : parseAuditLine(text);
      if (line !== undefined && isMeant(line)) return line;
    }
  }
  return undefined;
}

/**
 * Reads every line of every file that is kept, the newest first.
 *
 * @param isWanted tells by its text whether a line is worth parsing
 * @throws HoldfastError `cache-failed` for a file that is there and cannot be read
 */
export function searchLog(
  settings: Pick<AuditLogSettings, 'path' | 'keep'>,
  isWanted: (text: string) => boolean,
  onLine: (line: AuditLine) => void,
): LogExtent {
  const files = new Set<string>();
  const times: { from?: string; to?: string } = {};
  let damaged = 0;
  for (const { path, text } of linesOfLog(settings)) {
    files.add(path);
    const time = text === undefined ? undefined : timeOf(text);
    const isAsked = time !== undefined && text !== undefined && isWanted(text);
    const line = isAsked ? parseAuditLine(text) : undefined;
    if (time === undefined || (isAsked && line === undefined)) {
      damaged += 1;
      continue;
    }
    times.from = time;
    times.to ??= time;
    if (line !== undefined) onLine(line);
  }
  return { files: [...files], damaged, ...times };
}

function* linesOfLog(
  settings: Pick<AuditLogSettings, 'path' | 'keep'>,
): Generator<{ readonly path: string; readonly text: string | undefined }> {
  for (const path of logFiles(settings)) for (const text of linesFromEnd(path)) yield { path, text };
}

/** Undefined for a line that does not look like one of ours. */
function timeOf(text: string): string | undefined {
  if (!text.startsWith(LINE_START) || !text.endsWith('}')) return undefined;
  return text.slice(LINE_START.length, text.indexOf('"', LINE_START.length));
}

/** Undefined stands for a line that is longer than any of ours. */
function* linesFromEnd(path: string): Generator<string | undefined> {
  const file = open(path);
  if (file === undefined) return;
  try {
    const line = new LineFromEnd();
    for (let end = fstatSync(file).size; end > 0; ) {
      const chunk = Buffer.allocUnsafe(Math.min(end, CHUNK_LENGTH));
      end -= chunk.length;
      readSync(file, chunk, 0, chunk.length, end);
      yield* line.linesOf(chunk);
    }
    if (!line.isEmpty) yield line.take();
  } finally {
    closeSync(file);
  }
}

/** The part of a line that was read, of which the beginning is in the chunk to come. */
class LineFromEnd {
  #parts: Buffer[] = [];
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  *linesOf(chunk: Buffer): Generator<string | undefined> {
    let end = chunk.length;
    while (end > 0) {
      const newline = chunk.lastIndexOf(NEWLINE, end - 1);
      this.#prepend(chunk.subarray(newline + 1, end));
      if (newline === -1) return;
      if (!this.isEmpty) yield this.take();
      end = newline;
    }
  }

  take(): string | undefined {
    const text = this.#length > LINE_MAX_LENGTH ? undefined : Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#length = 0;
    return text;
  }

  /** Of a line without end nothing is kept but its length. */
  #prepend(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > LINE_MAX_LENGTH) this.#parts = [];
    else this.#parts.unshift(part);
  }
}

function open(path: string): number | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
    throw new HoldfastError('cache-failed', `the audit log ${path} is no regular file`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError('cache-failed', `cannot read the audit log ${path}: ${messageOf(error)}`, { cause: error });
  }
}
