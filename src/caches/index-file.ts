/**
 * Index files for libnss-cache.
 *
 * libnss-cache finds an entry by binary search in `passwd.cache.ixname`, `.ixuid` and so on: fixed-width records
 * `key NUL offset NUL padding newline`, in strcmp(3) order of the keys as text, numbers too. Offsets count bytes.
 * The width is that of the first line, so every record has the same.
 *
 * @see `_nss_cache_bsearch2` in google/libnss-cache nss_cache.c
 */

const NEWLINE = 0x0a;
/** `getpwuid` formats the key with `%d`: a larger id is searched for as a negative number and never found. */
export const INDEXED_ID_MAX = 2_147_483_647;

export interface IndexRecord {
  readonly key: string;
  readonly offset: number;
}

/**
 * @param keys ASCII, unique, one per offset
 * @throws a plain Error for a key that is there twice: the reader would find either
 */
export function renderIndex(keys: readonly string[], offsets: Float64Array): Buffer {
  const offsetOf = offsetsByKey(keys, offsets);
  if (offsetOf.size < keys.length) throw new Error(`index key ${JSON.stringify(findTwice(keys))} is there twice`);
  const keyWidth = keys.reduce((width, key) => Math.max(width, key.length), 0);
  const offsetWidth = String(offsets.reduce((max, offset) => Math.max(max, offset), 0)).length;
  const width = keyWidth + 1 + offsetWidth + 1 + 1;
  const bytes = Buffer.alloc(keys.length * width);
  let start = 0;
  // ASCII compares the same by UTF-16 unit as by byte. The keys are sorted alone: joined to their offsets, they would be there twice.
  for (const key of keys.toSorted()) {
    bytes.write(`${key}\0${offsetOf.get(key) ?? 0}`, start, 'latin1');
    start += width;
    bytes[start - 1] = NEWLINE;
  }
  return bytes;
}

function offsetsByKey(keys: readonly string[], offsets: Float64Array): Map<string, number> {
  const byKey = new Map<string, number>();
  for (const [index, key] of keys.entries()) byKey.set(key, offsets[index] ?? 0);
  return byKey;
}

function findTwice(keys: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return keys.find((key) => seen.size === seen.add(key).size);
}

/** The offset that libnss-cache's own search finds for a key; undefined when it finds none or cannot use the index. */
export function searchIndex(bytes: Buffer, key: string): number | undefined {
  const width = bytes.indexOf(NEWLINE) + 1;
  if (width === 0) return undefined;
  let low = 0;
  let high = Math.floor(bytes.length / width);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = readRecord(bytes, middle * width, width);
    if (record === undefined) return undefined;
    const order = compareText(key, record.key);
    if (order === 0) return record.offset;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return undefined;
}

/** Every record of an index in its order; undefined in the place of one that is not as `renderIndex` writes it. */
export function* readIndex(bytes: Buffer): Generator<IndexRecord | undefined> {
  const width = bytes.indexOf(NEWLINE) + 1;
  if (width === 0 && bytes.length > 0) yield undefined;
  for (let start = 0; width > 0 && start < bytes.length; start += width) yield readRecord(bytes, start, width);
}

const RECORD = /^([^\0\n]+)\0(0|[1-9][0-9]*)\0+\n$/;

function readRecord(bytes: Buffer, start: number, width: number): IndexRecord | undefined {
  const match = RECORD.exec(bytes.toString('latin1', start, start + width));
  if (match === null || start + width > bytes.length) return undefined;
  const [, key = '', offset] = match;
  return { key, offset: Number(offset) };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
