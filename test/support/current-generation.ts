/**
 * Reads the current generation of a state folder as its readers do, and says what is wrong with it: an oracle for tests that
 * interrupt the writer, with no code of the writer in it.
 */

import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lookUp, type MapKind } from '../caches/reader.ts';

interface Manifest {
  readonly generation: number;
  readonly files: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>;
}

/** What people and sshd get to see. */
export interface Shown {
  readonly passwd: readonly string[];
  readonly group: readonly string[];
  readonly shadow: readonly string[];
  /** Lines of all buckets, `login:key`. */
  readonly keys: readonly string[];
}

const MAPS: readonly (readonly [kind: MapKind, indexes: Readonly<Record<string, number>>])[] = [
  ['passwd', { ixname: 0, ixuid: 2 }],
  ['group', { ixname: 0, ixgid: 2 }],
  ['shadow', { ixname: 0 }],
];

/**
 * Undefined when nothing was ever committed.
 *
 * @throws Error when a file is not as the manifest says, or an index does not find exactly the records of its map
 */
export function readCurrent(state: string): Shown | undefined {
  const current = join(state, 'current');
  if (readlink(current) === undefined) return undefined;
  checkFiles(current);
  const [passwd, group, shadow] = MAPS.map(([kind, indexes]) => readMap(current, kind, indexes));
  const keys = readdirSync(join(current, 'keys')).flatMap((bucket) => linesOf(readFileSync(join(current, 'keys', bucket))));
  return { passwd: passwd ?? [], group: group ?? [], shadow: shadow ?? [], keys: keys.sort() };
}

/** The number of the current generation; undefined when nothing was ever committed. */
export function currentNumber(state: string): number | undefined {
  const target = readlink(join(state, 'current'));
  if (target === undefined) return undefined;
  const [, number] = /^generations\/(\d+)$/.exec(target) ?? [];
  if (number === undefined) throw new Error(`current leads to ${target}`);
  return Number(number);
}

/** A link that leads nowhere is there, though nothing exists at its end. */
function readlink(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : readlinkSync(path);
}

function checkFiles(generation: string): void {
  const { files } = JSON.parse(readFileSync(join(generation, 'manifest.json'), 'utf8')) as Manifest;
  for (const [name, { size, sha256 }] of Object.entries(files)) {
    const bytes = readFileSync(join(generation, name));
    if (bytes.length !== size) throw new Error(`${name} has ${bytes.length} bytes instead of ${size}`);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error(`${name} has another sum`);
  }
  const found = readdirSync(generation, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  if (found.length !== Object.keys(files).length + 1)
    throw new Error(`${found.length} files, the manifest names ${Object.keys(files).length}`);
}

/** Every record must be found by each of its keys, through an index that is not older than the map. */
function readMap(generation: string, kind: MapKind, indexes: Readonly<Record<string, number>>): string[] {
  const path = join(generation, `${kind}.cache`);
  const map = readFileSync(path);
  const records = linesOf(map).filter((line) => !line.startsWith('#'));
  for (const [suffix, field] of Object.entries(indexes)) {
    const indexPath = `${path}.${suffix}`;
    if (!existsSync(indexPath)) continue;
    if (Math.floor(statSync(indexPath).mtimeMs / 1000) < Math.floor(statSync(path).mtimeMs / 1000)) {
      throw new Error(`${kind}.cache.${suffix} is older than its map`);
    }
    const index = readFileSync(indexPath);
    for (const record of records) {
      const key = record.split(':')[field] ?? '';
      const answer = lookUp(kind, map, index, field, key);
      if (answer.kind !== 'found' || answer.line !== record)
        throw new Error(`${kind}.cache.${suffix}: "${key}" gives ${JSON.stringify(answer)}`);
    }
  }
  return records;
}

function linesOf(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}
