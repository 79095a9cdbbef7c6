/**
 * Index files for libnss-cache.
 *
 * libnss-cache finds an entry by binary search in `passwd.cache.ixname`, `.ixuid` and so on: fixed-width records
 * `key NUL offset NUL padding newline`, in strcmp(3) order of the keys as text, numbers too. Offsets count bytes.
 * The width is that of the first line, so every record has the same.
 *
 * @see `_nss_cache_bsearch2` in google/libnss-cache nss_cache.c
 */
import { compareKeys, packKeys, sortKeys } from './packed-keys.ts';

const NEWLINE = 0x0a;
const DIGIT_ZERO = 0x30;
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
  const packed = packKeys(keys);
  const order = sortKeys(packed);
  const { keyWidth, stride } = packed;
  const offsetWidth = String(offsets.reduce((max, offset) => Math.max(max, offset), 0)).length;
  const width = keyWidth + 1 + offsetWidth + 1 + 1;
  const bytes = Buffer.alloc(keys.length * width);
  let start = 0;
  for (const [place, index] of order.entries()) {
    if (place > 0 && compareKeys(packed, order[place - 1] ?? 0, index) === 0) throw keyTwice(keys[index]);
    const length = keys[index]?.length ?? 0;
    for (let at = 0; at < length; at += 1) bytes[start + at] = packed.bytes[index * stride + at] ?? 0;
    writeDecimal(bytes, start + length + 1, offsets[index] ?? 0);
    start += width;
    bytes[start - 1] = NEWLINE;
  }
  return bytes;
}

/** Digit by digit: a text for each of a hundred thousand offsets would be garbage. */
function writeDecimal(bytes: Buffer, start: number, number: number): void {
  let end = start + 1;
  for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) end += 1;
  for (let at = end - 1, rest = number; at >= start; at -= 1, rest = Math.floor(rest / 10)) bytes[at] = DIGIT_ZERO + (rest % 10);
}

function keyTwice(key: string | undefined): Error {
  return new Error(`index key ${JSON.stringify(key)} is there twice`);
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

/** A record as it lies in the index. */
export interface RecordPlace {
  /** Where the key begins, and where its NUL is. */
  readonly start: number;
  readonly keyEnd: number;
  readonly offset: number;
}

/** Where every record of an index is, in its order; undefined in the place of one that is not as `renderIndex` writes it. */
export function* placesOfRecords(bytes: Buffer): Generator<RecordPlace | undefined> {
  const width = bytes.indexOf(NEWLINE) + 1;
  if (width === 0 && bytes.length > 0) yield undefined;
  for (let start = 0; width > 0 && start < bytes.length; start += width) yield placeOf(bytes, start, width);
}

/** `key NUL offset NUL padding newline`; undefined for anything else. */
function placeOf(bytes: Buffer, start: number, width: number): RecordPlace | undefined {
  const end = start + width - 1;
  const keyEnd = bytes.indexOf(0, start);
  if (bytes[end] !== NEWLINE || keyEnd <= start || keyEnd >= end) return undefined;
  const offsetEnd = endOfDecimal(bytes, keyEnd + 1);
  if (offsetEnd === undefined || offsetEnd >= end) return undefined;
  for (let at = start; at < keyEnd; at += 1) if (bytes[at] === NEWLINE) return undefined;
  for (let at = offsetEnd; at < end; at += 1) if (bytes[at] !== 0) return undefined;
  let offset = 0;
  for (let at = keyEnd + 1; at < offsetEnd; at += 1) offset = offset * 10 + (bytes[at] ?? 0) - DIGIT_ZERO;
  return { start, keyEnd, offset };
}

/** Undefined where no number begins that is written without needless zeros. */
function endOfDecimal(bytes: Buffer, start: number): number | undefined {
  let end = start;
  while (isDigit(bytes[end])) end += 1;
  return end === start || (bytes[start] === DIGIT_ZERO && end > start + 1) ? undefined : end;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_ZERO && byte <= DIGIT_ZERO + 9;
}

/** The same, as texts. */
export function* readIndex(bytes: Buffer): Generator<IndexRecord | undefined> {
  for (const place of placesOfRecords(bytes)) yield place && textOf(bytes, place);
}

function readRecord(bytes: Buffer, start: number, width: number): IndexRecord | undefined {
  const place = placeOf(bytes, start, width);
  return place && textOf(bytes, place);
}

function textOf(bytes: Buffer, { start, keyEnd, offset }: RecordPlace): IndexRecord {
  return { key: bytes.toString('latin1', start, keyEnd), offset };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
