/**
 * The files of one generation: rendered from a host view, and read back into one.
 */
import { createHash } from 'node:crypto';
import { formatGroup, type GroupEntry, parseGroup } from '../directory/group.ts';
import type { GroupName, LoginName } from '../directory/names.ts';
import { formatPasswd, type PasswdEntry, parsePasswd } from '../directory/passwd.ts';
import { formatShadow, parseShadow, type ShadowEntry } from '../directory/shadow.ts';
import type { PublishedView } from '../directory/host-view.ts';
import { INDEXED_ID_MAX, renderIndex } from './index-file.ts';
import { readBucket, renderBuckets } from './keys-cache.ts';
import type { FileSum, ManifestCounts } from './manifest.ts';
import { readRecords, renderMap } from './map-file.ts';

export const MAP_FILES = ['passwd.cache', 'group.cache', 'shadow.cache'] as const;
export type MapFileName = (typeof MAP_FILES)[number];

/** The index files of each map, and which field of a line they find. */
export const INDEXES: Readonly<Record<MapFileName, Readonly<Record<string, number>>>> = {
  'passwd.cache': { 'passwd.cache.ixname': 0, 'passwd.cache.ixuid': 2 },
  'group.cache': { 'group.cache.ixname': 0, 'group.cache.ixgid': 2 },
  'shadow.cache': { 'shadow.cache.ixname': 0 },
};

export const KEYS_DIRECTORY = 'keys';

export interface RenderedFile {
  readonly bytes: Buffer;
  readonly sum: FileSum;
  /** Readable for root and the group `shadow` only. */
  readonly secret: boolean;
}

export interface RenderedGeneration {
  /** By path below the generation's folder, maps before their indexes: an index older than its map is ignored. */
  readonly files: ReadonlyMap<string, RenderedFile>;
  readonly lastOffsets: Readonly<Record<string, number>>;
  readonly counts: ManifestCounts;
}

interface Keyed {
  readonly name: string;
}

/** @param minLastOffsets `lastOffsets` of the generation that readers may still have the index of */
export function renderGeneration(view: PublishedView, minLastOffsets: Readonly<Record<string, number>>): RenderedGeneration {
  const files = new Map<string, RenderedFile>();
  const lastOffsets: Record<string, number> = {};
  const addMap = <Entry extends Keyed>(
    map: MapFileName,
    entries: readonly Entry[],
    format: (entry: Entry) => string,
    id?: (entry: Entry) => number,
  ): void => {
    const secret = map === 'shadow.cache';
    const { bytes, offsets } = renderMap(entries.map(format), minLastOffsets[map] ?? 0);
    lastOffsets[map] = offsets.at(-1) ?? 0;
    files.set(map, rendered(bytes, secret));
    for (const [index, field] of Object.entries(INDEXES[map])) {
      const keys = field === 0 ? entries.map(({ name }) => name) : indexedIds(entries, id);
      if (keys !== undefined) files.set(index, rendered(renderIndex(keys, offsets), secret));
    }
  };
  addMap('passwd.cache', view.passwd, formatPasswd, ({ uid }) => uid);
  addMap('group.cache', view.group, formatGroup, ({ gid }) => gid);
  addMap('shadow.cache', view.shadow, formatShadow);
  for (const [bucket, bytes] of renderBuckets(view.keys)) files.set(`${KEYS_DIRECTORY}/${bucket}`, rendered(bytes, false));
  return { files, lastOffsets, counts: countView(view) };
}

/** Reads a generation's files into what they show; a line that is none of ours is left out. */
export function parseGeneration(
  files: readonly string[],
  accessGroups: Readonly<Record<string, readonly string[]>>,
  read: (path: string) => Buffer,
): PublishedView {
  const keys = new Map<LoginName, string[]>();
  for (const path of files) if (path.startsWith(`${KEYS_DIRECTORY}/`)) readBucket(read(path), keys);
  return {
    passwd: parseMap<PasswdEntry>(read('passwd.cache'), parsePasswd),
    group: parseMap<GroupEntry>(read('group.cache'), parseGroup),
    shadow: parseMap<ShadowEntry>(read('shadow.cache'), parseShadow),
    keys,
    accessGroups: new Map(
      Object.entries(accessGroups).map(([name, members]) => [name as GroupName, members as readonly LoginName[]]),
    ),
  };
}

export function sumOf(bytes: Buffer): FileSum {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** One id above what `getpwuid` can search for makes the index wrong for that id, so the map goes without. */
function indexedIds<Entry>(entries: readonly Entry[], id: ((entry: Entry) => number) | undefined): string[] | undefined {
  const ids = id === undefined ? [] : entries.map(id);
  return ids.some((value) => value > INDEXED_ID_MAX) ? undefined : ids.map(String);
}

function rendered(bytes: Buffer, secret: boolean): RenderedFile {
  return { bytes, sum: sumOf(bytes), secret };
}

function countView({ passwd, group, shadow, keys }: PublishedView): ManifestCounts {
  let keyLines = 0;
  for (const lines of keys.values()) keyLines += lines.length;
  return { passwd: passwd.length, group: group.length, shadow: shadow.length, keys: keys.size, keyLines };
}

function parseMap<Entry>(bytes: Buffer, parse: (line: string) => Entry | undefined): Entry[] {
  const entries: Entry[] = [];
  for (const { line } of readRecords(bytes)) {
    const entry = parse(line);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}
