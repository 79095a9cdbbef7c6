/**
 * The uid ledger on the disk: who holds which uid, and who held one until a while ago.
 *
 * A header as JSON, the lines, and a trailer as JSON with the sha256 of all before it. A ledger without its right trailer is set
 * aside under another name, never taken for a shorter one: what it forgets, somebody may inherit.
 */
import { createHash, hash } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { DirectoryUser } from '../directory/snapshot.ts';
import type { LedgerUpdate, Owner, UidLedger } from '../directory/uid-holding.ts';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { syncPath } from '../fsync.ts';
import { parseJson } from './state-file.ts';
import { formatLedger, type HeldLines, parseLedgerLines } from './uid-ledger-lines.ts';

const FORMAT = 'holdfast uid ledger';
const VERSION = 1;
const NEWLINE = 0x0a;
/** Characters that are written at a time. */
const CHUNK_LENGTH = 1 << 16;
const HEADER_LENGTH = 4096;
/** What may be in a line as it is; every kind of id that directories make is, and digests of 100,000 cost 0.2 s. */
const PLAIN_ID = /^[!-~]{1,64}$/;
/** 128 bits: enough that nobody finds an id with the digest of another's. */
const DIGEST_LENGTH = 32;

const headerSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  /** The latest day on which it was written. */
  day: z.int().nonnegative(),
  /** It replaces one that was damaged or missing: since which day, and what was wrong. What the other remembered of the past is lost. */
  rebuilt: z.object({ day: z.int().nonnegative(), fault: z.string() }).optional(),
});
const trailerSchema = z.object({ sha256: z.string() });

export type LedgerRebuilt = NonNullable<z.infer<typeof headerSchema>['rebuilt']>;

export interface StoredUidLedger extends UidLedger {
  readonly held: HeldLines;
  readonly rebuilt?: LedgerRebuilt | undefined;
}

/** `i=` or `d=`, source and id; long or strange ones as `i#` or `d#` and a digest. No source has a slash in its name. */
export function ownerOf({ source, id, dn }: DirectoryUser): Owner {
  const kind = id === dn ? 'd' : 'i';
  const name = `${source}/${id}`;
  if (PLAIN_ID.test(name)) return `${kind}=${name}` as Owner;
  return `${kind}#${hash('sha256', name, 'hex').slice(0, DIGEST_LENGTH)}` as Owner;
}

/** Undefined when there is none yet; a text says what is wrong with the one there is. @throws HoldfastError `cache-failed` */
export function readUidLedger(path: string): StoredUidLedger | string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw failed('read', path, error);
  }
  return parseLedger(bytes) ?? `${path} is damaged or cut`;
}

/** The header alone, for those who report. Undefined without one. */
export function readLedgerRebuilt(path: string): LedgerRebuilt | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(HEADER_LENGTH);
      const text = head.toString('utf8', 0, readSync(file, head));
      return parseJson(headerSchema, text.split('\n', 1)[0] ?? '')?.rebuilt;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw failed('read', path, error);
  }
}

/**
 * Writes the next ledger beside the one that is kept: durable and read back, but without effect until `keepStagedLedger`.
 *
 * @throws HoldfastError `cache-failed`
 */
export function stageUidLedger(path: string, ledger: StoredUidLedger, update: LedgerUpdate): void {
  const staged = stagedPath(path);
  const written = createHash('sha256');
  try {
    dropStagedLedger(path);
    const file = openSync(staged, 'wx', 0o600);
    try {
      for (const bytes of ledgerChunks(ledger, update)) {
        written.update(bytes);
        write(file, bytes);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    dropStagedLedger(path);
    throw failed('write', staged, error);
  }
  if (digestOf(staged) === written.digest('hex')) return;
  dropStagedLedger(path);
  throw new HoldfastError('cache-failed', `wrote ${staged}, but it reads back differently`, {
    detail: 'read-back-differs',
    hints: ['is the file system full? see df(1)'],
  });
}

/** Puts the staged ledger in the place of the kept one, by one rename. */
export function keepStagedLedger(path: string): void {
  try {
    renameSync(stagedPath(path), path);
    syncPath(dirname(path));
  } catch (error) {
    throw failed('keep', path, error);
  }
}

export function dropStagedLedger(path: string): void {
  rmSync(stagedPath(path), { force: true });
}

/** A second name for a damaged ledger, for somebody to look at. It stays in its place until the rebuilt one is there. */
export function setLedgerAside(path: string): void {
  const aside = `${path}.damaged`;
  try {
    rmSync(aside, { force: true });
    linkSync(path, aside);
  } catch (error) {
    throw failed('set aside', path, error);
  }
}

function stagedPath(path: string): string {
  return `${path}.new`;
}

function* ledgerChunks({ held, rebuilt }: StoredUidLedger, update: LedgerUpdate): Generator<Buffer> {
  const header: z.infer<typeof headerSchema> = { format: FORMAT, version: VERSION, day: update.day, rebuilt };
  const sum = createHash('sha256');
  let chunk = `${JSON.stringify(header)}\n`;
  for (const line of formatLedger(held, update)) {
    chunk += line;
    if (chunk.length < CHUNK_LENGTH) continue;
    const bytes = Buffer.from(chunk);
    sum.update(bytes);
    yield bytes;
    chunk = '';
  }
  sum.update(chunk);
  yield Buffer.from(`${chunk}${JSON.stringify({ sha256: sum.digest('hex') } satisfies z.infer<typeof trailerSchema>)}\n`);
}

/** Undefined unless it is, byte for byte, what was written. */
function parseLedger(bytes: Buffer): StoredUidLedger | undefined {
  const headerEnd = bytes.indexOf(NEWLINE) + 1;
  const trailerStart = bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1;
  if (bytes.at(-1) !== NEWLINE || headerEnd > trailerStart) return undefined;
  const header = parseJson(headerSchema, bytes.toString('utf8', 0, headerEnd));
  const trailer = parseJson(trailerSchema, bytes.toString('utf8', trailerStart));
  const sum = hash('sha256', bytes.subarray(0, trailerStart), 'hex');
  if (header === undefined || trailer?.sha256 !== sum) return undefined;
  return { day: header.day, rebuilt: header.rebuilt, ...parseLedgerLines(bytes.subarray(headerEnd, trailerStart)) };
}

/** Through one small buffer: the directory fills the memory while a ledger is staged. */
function digestOf(path: string): string {
  const sum = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_LENGTH);
  const file = openSync(path, 'r');
  try {
    for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) sum.update(buffer.subarray(0, count));
  } finally {
    closeSync(file);
  }
  return sum.digest('hex');
}

function write(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    const count = writeSync(file, bytes, written);
    if (count === 0) throw new HoldfastError('cache-failed', 'the uid ledger could not be written in full', { detail: 'disk-full' });
    written += count;
  }
}

function failed(action: string, path: string, error: unknown): unknown {
  if (errnoOf(error) === undefined) return error;
  return new HoldfastError('cache-failed', `cannot ${action} the uid ledger ${path}: ${messageOf(error)}`, { cause: error });
}
