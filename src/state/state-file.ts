/**
 * Small JSON files of state: replaced atomically, read back, and judged by a schema when read.
 */
import { syncPath } from '../fsync.ts';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import type { z } from 'zod';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';

/**
 * write-file-atomic 8.0.0 installs a truncated file on a full disk and says nothing, so the file is read back.
 *
 * @throws HoldfastError `cache-failed`
 */
export function writeStateFile(path: string, value: unknown): void {
  const text = `${JSON.stringify(value, undefined, 1)}\n`;
  try {
    writeFileAtomic(path, text, { mode: 0o600, fsync: true });
    if (readFileSync(path, 'utf8') !== text) throw new Error('it reads back differently; is the file system full?');
    syncPath(dirname(path));
  } catch (error) {
    throw new HoldfastError('cache-failed', `cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Nothing happens when it is not there. @throws HoldfastError `cache-failed` */
export function removeStateFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw new HoldfastError('cache-failed', `cannot remove ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** What a run leaves behind that was killed while it wrote: `NAME.json.NUMBER`, as write-file-atomic calls it. */
export function removeStateLitter(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/\.json\.[0-9]+$/.test(name)) rmSync(join(folder, name), { force: true });
  }
}

/** Undefined when the file is not there or is not what it should be: such state is made anew by the next run. */
export function readStateFile<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // The next run moves a folder aside.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EISDIR') return undefined;
    throw new HoldfastError('cache-failed', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  return parseJson(schema, text);
}

/** Undefined for a text that is no JSON or not of this shape. */
export function parseJson<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
