/**
 * The files of one generation: rendered from a host view, and read back into one.
 */
import { formatGroup, type GroupEntry, parseGroup } from '../directory/group.ts';
import { countKeyLines, joinKeyLines } from '../directory/key-lines.ts';
import type { GroupName, LoginName } from '../directory/names.ts';
import { formatPasswd, type PasswdEntry, parsePasswd } from '../directory/passwd.ts';
import { formatShadow, parseShadow, type ShadowEntry } from '../directory/shadow.ts';
import type { PublishedView } from '../directory/host-view.ts';
import { sumOf } from './durable-file.ts';
import { INDEXED_ID_MAX, renderIndex } from './index-file.ts';
import { fillBuckets, readBucket, renderBucket } from './keys-cache.ts';
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

/** Files that are linked from the generation before together or not at all: a map with its indexes, or one bucket of keys. */
export interface FileSet {
  /** By path below the generation's folder, a map before its indexes: an index older than its map is ignored. */
  readonly sums: ReadonlyMap<string, FileSum>;
  /** Readable for root and the group `shadow` only. */
  readonly secret: boolean;
  /** The files' content, rendered anew at each call: all of it at once would be most of a run's memory. */
  readonly render: () => ReadonlyMap<string, Buffer | string>;
}

export interface RenderedGeneration {
  readonly sets: readonly FileSet[];
  readonly lastOffsets: Readonly<Record<MapFileName, number>>;
  readonly counts: ManifestCounts;
}

interface Keyed {
  readonly name: string;
}

/** What a map and its indexes are made of. */
interface MapSource<Entry extends Keyed> {
  readonly map: MapFileName;
  readonly entries: readonly Entry[];
  readonly format: (entry: Entry) => string;
  readonly id: (entry: Entry) => number;
  readonly minLastOffset: number;
}

/** @param minLastOffsets `lastOffsets` of the generation that readers may still have the index of */
export function renderGeneration(view: PublishedView, minLastOffsets: Readonly<Record<string, number>>): RenderedGeneration {
  const sets: FileSet[] = [];
  const addMap = <Entry extends Keyed>(source: Omit<MapSource<Entry>, 'minLastOffset'>): number => {
    const { set, lastOffset } = renderMapSet({ ...source, minLastOffset: minLastOffsets[source.map] ?? 0 });
    sets.push(set);
    return lastOffset;
  };
  const lastOffsets = {
    'passwd.cache': addMap({ map: 'passwd.cache', entries: view.passwd, format: formatPasswd, id: ({ uid }) => uid }),
    'group.cache': addMap({ map: 'group.cache', entries: view.group, format: formatGroup, id: ({ gid }) => gid }),
    'shadow.cache': addMap({ map: 'shadow.cache', entries: view.shadow, format: formatShadow, id: () => 0 }),
  };
  for (const [bucket, logins] of fillBuckets(view.keys)) {
    const path = `${KEYS_DIRECTORY}/${bucket}`;
    sets.push(fileSet(false, () => new Map([[path, renderBucket(logins, view.keys)]])));
  }
  return { sets, lastOffsets, counts: countView(view) };
}

/** The sum of every file. */
export function sumsOf({ sets }: RenderedGeneration): Map<string, FileSum> {
  return new Map(sets.flatMap(({ sums }) => [...sums]));
}

function renderMapSet<Entry extends Keyed>(source: MapSource<Entry>): { readonly set: FileSet; readonly lastOffset: number } {
  let lastOffset = 0;
  const render = (): Map<string, Buffer> => {
    const { map, entries, format, id, minLastOffset } = source;
    const { bytes, offsets } = renderMap(entries, format, minLastOffset);
    lastOffset = offsets.at(-1) ?? 0;
    const files = new Map([[map as string, bytes]]);
    for (const [index, field] of Object.entries(INDEXES[map])) {
      const keys = field === 0 ? entries.map(({ name }) => name) : indexedIds(entries, id);
      if (keys !== undefined) files.set(index, renderIndex(keys, offsets));
    }
    return files;
  };
  return { set: fileSet(source.map === 'shadow.cache', render), lastOffset };
}

function fileSet(secret: boolean, render: FileSet['render']): FileSet {
  const sums = new Map([...render()].map(([name, content]) => [name, sumOf(content)]));
  return { sums, secret, render };
}

/** Reads a generation's files into what they show; a line that is none of ours is left out. */
export function parseGeneration(
  files: readonly string[],
  accessGroups: Readonly<Record<string, readonly string[]>>,
  read: (path: string) => Buffer,
): PublishedView {
  const keyLines = new Map<LoginName, string[]>();
  for (const path of files) if (path.startsWith(`${KEYS_DIRECTORY}/`)) readBucket(read(path), keyLines);
  return {
    passwd: parseMap<PasswdEntry>(read('passwd.cache'), parsePasswd),
    group: parseMap<GroupEntry>(read('group.cache'), parseGroup),
    shadow: parseMap<ShadowEntry>(read('shadow.cache'), parseShadow),
    keys: new Map([...keyLines].map(([login, lines]) => [login, joinKeyLines(lines)])),
    accessGroups: new Map(Object.entries(accessGroups).map(([name, members]) => [name as GroupName, members as readonly LoginName[]])),
  };
}

/** One id above what `getpwuid` can search for makes the index wrong for that id, so the map goes without. */
function indexedIds<Entry>(entries: readonly Entry[], id: (entry: Entry) => number): string[] | undefined {
  const ids = entries.map(id);
  return ids.some((value) => value > INDEXED_ID_MAX) ? undefined : ids.map(String);
}

function countView({ passwd, group, shadow, keys }: PublishedView): ManifestCounts {
  let keyLines = 0;
  for (const lines of keys.values()) keyLines += countKeyLines(lines);
  return { passwd: passwd.length, group: group.length, shadow: shadow.length, keys: keys.size, keyLines };
}

function parseMap<Entry>(bytes: Buffer, parse: (line: string) => Entry | undefined): Entry[] {
  const entries: Entry[] = [];
  for (const line of readRecords(bytes)) {
    const entry = parse(line);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}
