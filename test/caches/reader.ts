/**
 * libnss-cache 0.18 as a test oracle: its lookup by name and number, written after the C and not after our writer.
 *
 * @see `_nss_cache_bsearch2` in google/libnss-cache nss_cache.c, bsearch(3) of glibc, `fgetpwent_r` and its kin
 */

export type MapKind = 'passwd' | 'group' | 'shadow';

export type Answer =
  /** The record as the reader sees it. */
  | { readonly kind: 'found'; readonly line: string }
  | { readonly kind: 'absent' }
  /** No record at or after the offset: the status 100 that reaches glibc makes it abort the process. */
  | { readonly kind: 'aborted' };

/** What the reader does before it has found anything in the index. */
export type IndexAnswer = number | 'absent' | 'unusable';

/** getpwnam and the like: through the index where it can be used, line by line where it cannot. */
export function lookUp(kind: MapKind, map: Buffer, index: Buffer | undefined, field: number, key: string): Answer {
  const offset = index === undefined ? 'unusable' : searchLikeC(index, key);
  if (offset === 'absent') return { kind: 'absent' };
  if (offset !== 'unusable') {
    const line = nextRecord(kind, map, offset);
    if (line === undefined) return { kind: 'aborted' };
    if (line.split(':')[field] === key) return { kind: 'found', line };
  }
  return scan(kind, map, field, key);
}

/** The offset in the index. A file without a newline is read past its end, which here is an error. */
export function searchLikeC(index: Buffer, key: string): IndexAnswer {
  if (index.length === 0) return 'unusable';
  let width = 0;
  while (byteAt(index, width) !== 0x0a) width += 1;
  width += 1;
  let low = 0;
  let high = Math.floor(index.length / width);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const order = strcmp(Buffer.from(key), cString(index, middle * width));
    if (order === 0) return scanLong(index, middle * width);
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return 'absent';
}

function scan(kind: MapKind, map: Buffer, field: number, key: string): Answer {
  for (let offset = 0; offset < map.length; offset = endOfLine(map, offset) + 1) {
    const line = parseLikeGlibc(kind, lineAt(map, offset));
    if (line?.split(':')[field] === key) return { kind: 'found', line };
  }
  return { kind: 'absent' };
}

function nextRecord(kind: MapKind, map: Buffer, from: number): string | undefined {
  for (let offset = from; offset < map.length; offset = endOfLine(map, offset) + 1) {
    const line = parseLikeGlibc(kind, lineAt(map, offset));
    if (line !== undefined) return line;
  }
  return undefined;
}

const NUMBER_FIELDS: Readonly<Record<MapKind, readonly number[]>> = { passwd: [2, 3], group: [2], shadow: [] };
const LEAST_FIELDS: Readonly<Record<MapKind, number>> = { passwd: 4, group: 3, shadow: 9 };

/** Undefined for a line that `fgetpwent_r`, `fgetgrent_r` or `fgetspent_r` goes past. */
function parseLikeGlibc(kind: MapKind, text: string): string | undefined {
  const line = text.trimStart();
  if (line === '' || line.startsWith('#')) return undefined;
  if (/^[+-][^:]*$/.test(line)) return line;
  const fields = line.split(':');
  if (fields.length < LEAST_FIELDS[kind]) return undefined;
  return NUMBER_FIELDS[kind].every((field) => /^\d+$/.test(fields[field] ?? '')) ? line : undefined;
}

function lineAt(map: Buffer, start: number): string {
  return map.toString('utf8', start, endOfLine(map, start));
}

function endOfLine(map: Buffer, start: number): number {
  let end = start;
  while (end < map.length && map[end] !== 0x0a) end += 1;
  return end;
}

function cString(bytes: Buffer, start: number): Buffer {
  let end = start;
  while (byteAt(bytes, end) !== 0) end += 1;
  return bytes.subarray(start, end);
}

/** sscanf(3) with "%ld" on what follows the key's NUL; nothing read leaves 0. */
function scanLong(bytes: Buffer, start: number): number {
  const from = start + cString(bytes, start).length + 1;
  let text = '';
  for (let at = from; at < bytes.length && bytes[at] !== 0; at += 1) text += String.fromCharCode(bytes[at] ?? 0);
  return Number(/^\s*([+-]?\d+)/.exec(text)?.[1] ?? 0);
}

function strcmp(a: Buffer, b: Buffer): number {
  for (let at = 0; at < a.length || at < b.length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new Error(`the reader reads past the end of ${bytes.length} bytes`);
  return byte;
}
