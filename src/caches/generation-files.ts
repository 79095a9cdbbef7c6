/**
 * The files of one generation: rendered from a host view, and read back into one.
 */
import { formatGroup, type GroupEntry, parseGroup } from '../directory/group.ts';
import { countKeyLines, joinKeyLines, type KeyLines } from '../directory/key-lines.ts';
import type { GroupName, LoginName } from '../directory/names.ts';
import { formatPasswd, type PasswdEntry, parsePasswd } from '../directory/passwd.ts';
import { formatShadow, parseShadow, type ShadowEntry } from '../directory/shadow.ts';
import type { PublishedView } from '../directory/host-view.ts';
import { releaseMemory } from '../memory.ts';
import { sumOf } from './durable-file.ts';
import { INDEXED_ID_MAX, renderIndex } from './index-file.ts';
import { bucketOf, fillBuckets, readBucket, renderBucket } from './keys-cache.ts';
import type { FileSum, Manifest, ManifestCounts } from './manifest.ts';
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
/** Bytes: a map of 80,000 people with its indexes. */
const LARGE_SET = 16_000_000;

/** Files that are linked from the generation before together or not at all: a map with its indexes, or one bucket of keys. */
export interface FileSet {
  /**
   * By path below the generation's folder, a map before its indexes: an index older than its map is ignored. Known from the
   * first rendering on; whoever asks before has the files rendered.
   */
  readonly sums: ReadonlyMap<string, FileSum>;
  /** Readable for root and the group `shadow` only. */
  readonly secret: boolean;
  /** The files' content, rendered anew at each call: all of it at once would be most of a run's memory. */
  readonly render: () => ReadonlyMap<string, Buffer | string>;
}

export interface RenderedGeneration {
  readonly sets: readonly FileSet[];
  /** Where the last record of each map starts. Like `sums`, known from the first rendering on. */
  readonly lastOffsets: () => Readonly<Record<MapFileName, number>>;
  readonly counts: ManifestCounts;
}

/** A view, and the files that show it. */
export interface RenderedView {
  readonly view: PublishedView;
  readonly rendered: RenderedGeneration;
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
  const addMap = <Entry extends Keyed>(source: Omit<MapSource<Entry>, 'minLastOffset'>): MapSet => {
    const added = mapSet({ ...source, minLastOffset: minLastOffsets[source.map] ?? 0 });
    sets.push(added.set);
    return added;
  };
  const maps = {
    'passwd.cache': addMap({ map: 'passwd.cache', entries: view.passwd, format: formatPasswd, id: ({ uid }) => uid }),
    'group.cache': addMap({ map: 'group.cache', entries: view.group, format: formatGroup, id: ({ gid }) => gid }),
    'shadow.cache': addMap({ map: 'shadow.cache', entries: view.shadow, format: formatShadow, id: () => 0 }),
  };
  for (const [bucket, logins] of fillBuckets(view.keys)) {
    const path = bucketPath(bucket);
    sets.push(fileSet(false, () => new Map([[path, renderBucket(logins, view.keys)]])));
  }
  const lastOffsets: RenderedGeneration['lastOffsets'] = () => ({
    'passwd.cache': maps['passwd.cache'].lastOffset(),
    'group.cache': maps['group.cache'].lastOffset(),
    'shadow.cache': maps['shadow.cache'].lastOffset(),
  });
  return { sets, lastOffsets, counts: countView(view) };
}

/** The sum of every file. */
export function sumsOf({ sets }: RenderedGeneration): Map<string, FileSum> {
  return new Map(sets.flatMap(({ sums }) => [...sums]));
}

interface MapSet {
  readonly set: FileSet;
  readonly lastOffset: () => number;
}

function mapSet<Entry extends Keyed>(source: MapSource<Entry>): MapSet {
  let lastOffset: number | undefined;
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
  const set = fileSet(source.map === 'shadow.cache', render);
  return {
    set,
    lastOffset: () => {
      if (lastOffset === undefined) set.render();
      return lastOffset ?? 0;
    },
  };
}

function fileSet(secret: boolean, renderFiles: FileSet['render']): FileSet {
  let sums: FileSet['sums'] | undefined;
  const render: FileSet['render'] = () => {
    const files = renderFiles();
    sums ??= sumAll(files);
    return files;
  };
  return {
    get sums() {
      if (sums !== undefined) return sums;
      const first = sumAll(render());
      releaseIfLarge(first);
      return first;
    },
    secret,
    render,
  };
}

/** Call it when nobody needs the content any more: what a large map was rendered in is not left to the collector's own time. */
export function releaseIfLarge(sums: FileSet['sums']): void {
  const size = [...sums.values()].reduce((total, sum) => total + sum.size, 0);
  if (size >= LARGE_SET) releaseMemory();
}

function sumAll(files: ReadonlyMap<string, Buffer | string>): Map<string, FileSum> {
  return new Map([...files].map(([name, content]) => [name, sumOf(content)]));
}

/** What of a manifest tells which files there are. */
type ManifestContent = Pick<Manifest, 'files' | 'accessGroups' | 'groupOrigins' | 'accountKeys'>;

export type ReadFile = (path: string) => Buffer;

/** Reads a generation's files into what they show; a line that is none of ours is left out. */
export function parseGeneration({ files, accessGroups, groupOrigins, accountKeys }: ManifestContent, read: ReadFile): PublishedView {
  return {
    passwd: parseMap<PasswdEntry>(read('passwd.cache'), parsePasswd),
    group: parseMap<GroupEntry>(read('group.cache'), parseGroup),
    shadow: parseMap<ShadowEntry>(read('shadow.cache'), parseShadow),
    keys: parseBuckets(Object.keys(files).filter(isBucket), read),
    accessGroups: parseAccessGroups(accessGroups),
    groupOrigins: parseOrigins(groupOrigins),
    accountKeys: accountKeys as unknown as PublishedView['accountKeys'],
  };
}

/** The maps of a generation, each read when it is asked for and an entry at a time: not everybody may read shadow.cache. */
export interface GenerationMaps {
  readonly passwd: () => Iterable<PasswdEntry>;
  readonly group: () => Iterable<GroupEntry>;
  readonly shadow: () => Iterable<ShadowEntry>;
  readonly keys: () => PublishedView['keys'];
}

export function readMaps({ files }: Pick<Manifest, 'files'>, read: ReadFile): GenerationMaps {
  return {
    passwd: () => parseEntries<PasswdEntry>(read('passwd.cache'), parsePasswd),
    group: () => parseEntries<GroupEntry>(read('group.cache'), parseGroup),
    shadow: () => parseEntries<ShadowEntry>(read('shadow.cache'), parseShadow),
    keys: () => parseBuckets(Object.keys(files).filter(isBucket), read),
  };
}

/**
 * The same as `parseGeneration`, but reads only the files that differ from those of another view. What is in the others is in that view, too:
 * mostly one person's keys have changed, and parsing a hundred thousand people for that takes a second and 150 MB.
 */
export function parseChanged(manifest: ManifestContent, next: RenderedView, read: ReadFile): PublishedView {
  const { files, accessGroups, groupOrigins, accountKeys } = manifest;
  const { view } = next;
  const sums = sumsOf(next.rendered);
  const isSame = (path: string): boolean => sums.get(path)?.sha256 === files[path]?.sha256;
  const changed = [...new Set([...Object.keys(files), ...sums.keys()])].filter((path) => !isSame(path));
  const buckets = new Set(changed.filter(isBucket));
  const keys = parseBuckets(
    [...buckets].filter((path) => files[path] !== undefined),
    read,
  );
  for (const [login, lines] of view.keys) if (!buckets.has(bucketPath(bucketOf(login)))) keys.set(login, lines);
  return {
    passwd: isSame('passwd.cache') ? view.passwd : parseMap<PasswdEntry>(read('passwd.cache'), parsePasswd),
    group: isSame('group.cache') ? view.group : parseMap<GroupEntry>(read('group.cache'), parseGroup),
    shadow: isSame('shadow.cache') ? view.shadow : parseMap<ShadowEntry>(read('shadow.cache'), parseShadow),
    keys,
    accessGroups: parseAccessGroups(accessGroups),
    groupOrigins: parseOrigins(groupOrigins),
    accountKeys: accountKeys as unknown as PublishedView['accountKeys'],
  };
}

function bucketPath(bucket: number): string {
  return `${KEYS_DIRECTORY}/${bucket}`;
}

function isBucket(path: string): boolean {
  return path.startsWith(`${KEYS_DIRECTORY}/`);
}

function parseBuckets(paths: readonly string[], read: ReadFile): Map<LoginName, KeyLines> {
  const keyLines = new Map<LoginName, string[]>();
  for (const path of paths) readBucket(read(path), keyLines);
  return new Map([...keyLines].map(([login, lines]) => [login, joinKeyLines(lines)]));
}

export function parseAccessGroups(accessGroups: Manifest['accessGroups']): PublishedView['accessGroups'] {
  return new Map(Object.entries(accessGroups).map(([name, members]) => [name as GroupName, members as readonly LoginName[]]));
}

export function parseOrigins(origins: Manifest['groupOrigins']): PublishedView['groupOrigins'] {
  return new Map(origins.map(({ group, source, id }) => [group as GroupName, { source, id }]));
}

/** As the manifest has them. */
export function listOrigins(origins: PublishedView['groupOrigins']): Manifest['groupOrigins'] {
  return Array.from(origins, ([group, { source, id }]) => ({ group, source, id }));
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
  return [...parseEntries(bytes, parse)];
}

function* parseEntries<Entry>(bytes: Buffer, parse: (line: string) => Entry | undefined): Generator<Entry> {
  for (const line of readRecords(bytes)) {
    const entry = parse(line);
    if (entry !== undefined) yield entry;
  }
}
