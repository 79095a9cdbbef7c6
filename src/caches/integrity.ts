/**
 * Whether a generation on the disk is, file by file, what its manifest says: content, owner, mode, and nothing besides.
 */
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../errors.ts';
import { sumFile } from './durable-file.ts';
import { INDEXES, KEYS_DIRECTORY, MAP_FILES, type MapFileName } from './generation-files.ts';
import type { FileSum, Manifest } from './manifest.ts';
import { ALIGNMENT } from './map-file.ts';

/** The group that a file belongs to; undefined where owners are not ours to set. */
export type GroupOf = (secret: boolean) => number | undefined;

/** shadow.cache and its index: for root and the group `shadow`. */
function isSecretFile(name: string): boolean {
  return name.startsWith('shadow.cache');
}

/** What of a generation is looked at: shadow.cache is not for everybody to read. */
export type Extent = 'all' | 'without secrets';

/** The first thing that is wrong; undefined when the generation is whole. */
export function findGenerationFault(path: string, { files: all }: Manifest, groupOf: GroupOf, extent: Extent): string | undefined {
  const files = extent === 'all' ? all : Object.fromEntries(Object.entries(all).filter(([name]) => !isSecretFile(name)));
  try {
    return (
      findFolderFault(join(path, '..')) ??
      findFolderFault(path) ??
      findFolderFault(join(path, KEYS_DIRECTORY)) ??
      findStranger(join(path, KEYS_DIRECTORY), files) ??
      firstOf(Object.entries(files), ([name, sum]) => findFileFault(join(path, name), name, sum, groupOf)) ??
      firstOf(MAP_FILES, (map) => findOldIndex(path, map, files))
    );
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return messageOf(error);
  }
}

/** Where the last record of each map may start at most, for a generation whose manifest does not say where it does. */
export function boundLastOffsets(path: string): Record<string, number> {
  const bounds = MAP_FILES.map((map) => {
    const lastByte = Math.max(0, sizeOf(join(path, map)) - 1);
    return [map, lastByte - (lastByte % ALIGNMENT)] as const;
  });
  return Object.fromEntries(bounds);
}

/** 0 for what is not there, or cannot be. */
function sizeOf(path: string): number {
  try {
    return lstatSync(path).size;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return 0;
  }
}

/** NSS reads the caches as whoever asks, and sshd as nobody. */
function findFolderFault(path: string): string | undefined {
  const mode = lstatSync(path).mode & 0o7777;
  return (mode & 0o055) === 0o055 && (mode & 0o022) === 0 ? undefined : `folder ${path} has mode ${octal(mode)} instead of 0755`;
}

/** The lookup command would print what it holds. */
function findStranger(folder: string, files: Manifest['files']): string | undefined {
  const stranger = readdirSync(folder).find((name) => files[`${KEYS_DIRECTORY}/${name}`] === undefined);
  return stranger === undefined ? undefined : `${KEYS_DIRECTORY}/${stranger} is not in the manifest`;
}

/** In whole seconds, as libnss-cache compares them: it goes without an index that is older than its map. */
function findOldIndex(path: string, map: MapFileName, files: Manifest['files']): string | undefined {
  const secondOf = (name: string): number => Math.floor((lstatSync(join(path, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) / 1000);
  const old = Object.keys(INDEXES[map]).find((index) => files[index] !== undefined && secondOf(index) < secondOf(map));
  return old === undefined ? undefined : `${old} is older than ${map}`;
}

function findFileFault(path: string, name: string, sum: FileSum, groupOf: GroupOf): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return `${name} is missing`;
  if (!stat.isFile()) return `${name} is no regular file`;
  if (stat.size !== sum.size) return `${name} has ${stat.size} bytes instead of ${sum.size}`;
  const fault = findAccessFault(name, stat, groupOf);
  if (fault !== undefined) return fault;
  return sumFile(path).sha256 === sum.sha256 ? undefined : `${name} has other content than was committed`;
}

function findAccessFault(name: string, { mode, uid, gid }: Stats, groupOf: GroupOf): string | undefined {
  const secret = isSecretFile(name);
  if ((mode & 0o7777) !== (secret ? 0o640 : 0o644)) return `${name} has mode ${octal(mode & 0o7777)}`;
  const wanted = groupOf(secret);
  if (wanted === undefined || (uid === 0 && gid === wanted)) return undefined;
  return `${name} belongs to ${uid}:${gid} instead of 0:${wanted}`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function firstOf<T, Found>(values: readonly T[], find: (value: T) => Found | undefined): Found | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
