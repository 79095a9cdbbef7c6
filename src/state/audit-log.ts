/**
 * The audit log: a file that lines are appended to, and the older ones beside it as `.1`, `.2`, ….
 *
 * It is opened as a file that may have been tampered with: in a folder that only its owner may write to, never through a link, never
 * one that others may write to. Each write is of whole lines. A line that was cut by a full disk stays, and gets its line end with
 * the next ones: what was written once is not written over.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { syncPath } from '../fsync.ts';

export interface AuditLogSettings {
  readonly path: string;
  /** Bytes. */
  readonly maxSize: number;
  /** Older files. */
  readonly keep: number;
}

const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
const FOLDER_MODE = 0o750;
/** Root's alone: it says whose keys open what, and shippers of logs run as root or can be given an access control list. */
const FILE_MODE = 0o600;
const NEWLINE = 0x0a;

/**
 * Appends chunks of whole lines and makes them durable.
 *
 * @throws HoldfastError `cache-failed`; some of the lines may have been written
 */
export function appendToLog(settings: AuditLogSettings, chunks: Iterable<Buffer>): void {
  try {
    prepareFolder(dirname(settings.path));
    using writer = new LogWriter(settings);
    for (const chunk of chunks) writer.write(chunk);
    writer.flush();
  } catch (error) {
    if (error instanceof HoldfastError || errnoOf(error) === undefined) throw error;
    throw new HoldfastError('cache-failed', `cannot write the audit log ${settings.path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Opens the log when there is something to write. */
class LogWriter {
  readonly #settings: AuditLogSettings;
  #log: OpenLog | undefined;

  constructor(settings: AuditLogSettings) {
    this.#settings = settings;
  }

  write(chunk: Buffer): void {
    const log = this.#roomFor(chunk);
    log.size += append(log.file, chunk);
  }

  /** Everything so far is on the disk when this returns. */
  flush(): void {
    if (this.#log !== undefined) fsyncSync(this.#log.file);
  }

  [Symbol.dispose](): void {
    if (this.#log !== undefined) closeSync(this.#log.file);
    this.#log = undefined;
  }

  #roomFor(chunk: Buffer): OpenLog {
    this.#log ??= openLog(this.#settings.path);
    if (this.#log.size === 0 || this.#log.size + chunk.length <= this.#settings.maxSize) return this.#log;
    this.flush();
    this[Symbol.dispose]();
    rotate(this.#settings);
    this.#log = openLog(this.#settings.path);
    return this.#log;
  }
}

/** What is wrong with a log file, which may be another's trap; undefined for one that may be used. */
function faultOfLog(stats: Stats, caller = process.geteuid?.() ?? 0): string | undefined {
  if (!stats.isFile()) return 'is no regular file';
  if (stats.uid !== caller && stats.uid !== 0) return `is owned by uid ${stats.uid}`;
  if (stats.nlink > 1) return `has ${stats.nlink} names (hard links)`;
  return (stats.mode & 0o022) === 0 ? undefined : `is writable by others (mode ${modeOf(stats)})`;
}

/** The names of the log's files, the newest first, whether they are there or not. */
export function logFiles({ path, keep }: Pick<AuditLogSettings, 'path' | 'keep'>): string[] {
  return [path, ...Array.from({ length: keep }, (_, index) => `${path}.${index + 1}`)];
}

interface OpenLog {
  readonly file: number;
  size: number;
}

function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const stats = lstatSync(folder);
  const fault = faultOfFolder(stats);
  if (fault === undefined) return;
  throw new HoldfastError('cache-failed', `the folder of the audit log, ${folder}, ${fault}`, {
    detail: 'audit-log',
    hints: [`wanted: a folder that only root may write to, or another [audit] path`],
  });
}

function faultOfFolder(stats: Stats, caller = process.geteuid?.() ?? 0): string | undefined {
  if (stats.isSymbolicLink()) return 'is a symbolic link';
  if (!stats.isDirectory()) return 'is no folder';
  if (stats.uid !== caller && stats.uid !== 0) return `is owned by uid ${stats.uid}`;
  return (stats.mode & 0o022) === 0 ? undefined : `is writable by others (mode ${modeOf(stats)})`;
}

function openLog(path: string): OpenLog {
  const isNew = !existsSync(path);
  // Not waiting: the open of a FIFO that nobody reads would last for ever.
  const file = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);
  try {
    const stats = fstatSync(file);
    const fault = faultOfLog(stats);
    if (fault !== undefined) {
      throw new HoldfastError('cache-failed', `the audit log ${path} ${fault}`, {
        detail: 'audit-log',
        hints: [`look at it, then move it away: mv ${path} ${path}.moved`],
      });
    }
    if (isNew) syncPath(dirname(path));
    return { file, size: stats.size + endLastLine(file, stats.size) };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** @returns the bytes that were written */
function endLastLine(file: number, size: number): number {
  if (size === 0) return 0;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] === NEWLINE ? 0 : append(file, Buffer.from([NEWLINE]));
}

function append(file: number, bytes: Buffer): number {
  let written = writeSync(file, bytes);
  // On a full disk the first write is short without an error, and the next one says why.
  while (written < bytes.length) {
    const count = writeSync(file, bytes, written);
    if (count === 0) throw new HoldfastError('cache-failed', 'the audit log could not be written in full', { detail: 'disk-full' });
    written += count;
  }
  return bytes.length;
}

/** From the oldest on, so that a run that is killed in between has lost nothing but a number. */
function rotate({ path, keep }: AuditLogSettings): void {
  const names = logFiles({ path, keep });
  rmSync(names.at(-1) ?? path, { force: true });
  for (let index = names.length - 2; index >= 0; index -= 1) {
    const [from, to] = [names[index], names[index + 1]];
    if (from !== undefined && to !== undefined && existsSync(from)) renameSync(from, to);
  }
  syncPath(dirname(path));
}

function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
