/**
 * Audit lines that wait: written and durable before their generation is switched to, and in the log after it.
 *
 * A run that is killed in between leaves them here, and the next run appends what the log lacks. They wait as well while the log
 * cannot be written. The first line is a header, the others are lines of the log as they are going to stand there.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { syncPath } from '../fsync.ts';
import { parseJson } from './state-file.ts';

const CHUNK_LENGTH = 1 << 16;
/** Bytes. A log that cannot be written for long costs the oldest lines, and then it begins anew with a baseline. */
const WAITING_MAX = 64 * 1024 * 1024;
const HEADER_MAX_LENGTH = 4096;
const NEWLINE = 0x0a;
const NAME = /^audit-([1-9][0-9]{0,15})-([0-9]{1,16})\.batch$/;
const STAGED = 'audit.batch.new';

const generationSchema = z.strictObject({ number: z.int().positive(), committedAt: z.string() });

const headerSchema = z.strictObject({
  version: z.literal(1),
  generation: z.int().positive(),
  /** ISO 8601. */
  time: z.string(),
  /** Of the first line; with generation and time it tells the batches of one generation apart. */
  firstSeq: z.int().positive(),
  /** The generation that these lines begin from. */
  previous: generationSchema.optional(),
  /** The generation that they lead to; without a previous one they say all of it by themselves. */
  leadsTo: generationSchema.optional(),
});

export type BatchHeader = Omit<z.infer<typeof headerSchema>, 'version'>;
export type AuditedGeneration = z.infer<typeof generationSchema>;

export interface WaitingBatch {
  readonly path: string;
  readonly header: BatchHeader;
}

/** Durable when this returns. @param folder private state @throws HoldfastError `cache-failed` */
export function writeBatch(folder: string, header: BatchHeader, lines: Iterable<string>): void {
  const staged = join(folder, STAGED);
  const path = join(folder, `audit-${header.generation}-${Date.parse(header.time)}.batch`);
  try {
    rmSync(staged, { force: true });
    const file = openSync(staged, 'wx', 0o600);
    try {
      const length = writeLines(file, header, lines);
      fsyncSync(file);
      if (fstatSync(file).size !== length) throw new HoldfastError('cache-failed', 'it is shorter than what was written');
    } finally {
      closeSync(file);
    }
    renameSync(staged, path);
    syncPath(folder);
  } catch (error) {
    rmSync(staged, { force: true });
    if (errnoOf(error) === undefined && !(error instanceof HoldfastError)) throw error;
    throw new HoldfastError(
      'cache-failed',
      `cannot write the audit lines of generation ${header.generation} to ${folder}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** In the order in which they are to be appended; damaged ones are dropped. Too many are too: the oldest. */
export function listBatches(folder: string): WaitingBatch[] {
  const names = readdirSync(folder).flatMap((name) => {
    const match = NAME.exec(name);
    return match === null ? [] : [{ path: join(folder, name), generation: Number(match[1]), time: Number(match[2]) }];
  });
  names.sort((a, b) => a.generation - b.generation || a.time - b.time);
  let size = names.reduce((sum, { path }) => sum + statSync(path).size, 0);
  return names.flatMap(({ path }) => {
    const header = readHeader(path);
    const isTooMuch = size > WAITING_MAX && path !== names.at(-1)?.path;
    if (header !== undefined && !isTooMuch) return [{ path, header }];
    size -= statSync(path).size;
    dropBatch({ path });
    return [];
  });
}

export function dropBatch({ path }: Pick<WaitingBatch, 'path'>): void {
  rmSync(path, { force: true });
}

/** In pieces of whole lines, without the header. @param skip so many lines are there already */
export function* batchChunks({ path }: WaitingBatch, skip: number): Generator<Buffer> {
  const file = openSync(path, 'r');
  try {
    let toSkip = skip + 1;
    let rest = Buffer.alloc(0);
    for (;;) {
      const bytes = Buffer.allocUnsafe(CHUNK_LENGTH);
      const count = readSync(file, bytes);
      if (count === 0) return;
      let joined = Buffer.concat([rest, bytes.subarray(0, count)]);
      for (let end = joined.indexOf(NEWLINE); toSkip > 0 && end !== -1; end = joined.indexOf(NEWLINE)) {
        joined = joined.subarray(end + 1);
        toSkip -= 1;
      }
      const end = toSkip > 0 ? 0 : joined.lastIndexOf(NEWLINE) + 1;
      if (end > 0) yield joined.subarray(0, end);
      rest = joined.subarray(end);
    }
  } finally {
    closeSync(file);
  }
}

function writeLines(file: number, header: BatchHeader, lines: Iterable<string>): number {
  let length = 0;
  let text = `${JSON.stringify({ version: 1, ...header })}\n`;
  const flush = (): void => {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    length += bytes.length;
    text = '';
  };
  for (const line of lines) {
    text += line;
    if (text.length >= CHUNK_LENGTH) flush();
  }
  flush();
  return length;
}

function readHeader(path: string): BatchHeader | undefined {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEADER_MAX_LENGTH);
    return parseJson(headerSchema, head.toString('utf8', 0, readSync(file, head)).split('\n', 1)[0] ?? '');
  } finally {
    closeSync(file);
  }
}
