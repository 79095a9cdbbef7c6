/**
 * The bytes of passwd.cache, group.cache and shadow.cache, laid out so that a reader with yesterday's index is not hurt.
 *
 * libnss-cache opens the index, then the map, by name; a switch between the two leaves it with an offset of the old map in
 * the new one. So every record starts at a multiple of 64 bytes, and the gaps hold comment lines, which `fget*ent_r`
 * skip. An old offset then meets the start of a record, or the middle of one (beyond the first 64 bytes, hence beyond name
 * and numbers: it cannot parse; a shadow line with a long password hash can, as an entry whose password matches nothing),
 * or a comment; and since the last record never moves towards the start of the file, a
 * record always follows. Without one, libnss-cache 0.18 returns a status that makes glibc abort the calling process.
 *
 * @see `_nss_cache_bsearch2` in google/libnss-cache nss_cache.c, `ret = 100`
 */

export const ALIGNMENT = 64;
/** Comments end well before a reader's line buffer does, and two of them fill a block exactly. */
const COMMENT_LENGTH = 32;
const NEWLINE = 0x0a;

export interface MapFile {
  readonly bytes: Buffer;
  /** Where each record starts, in the order of the lines. Bytes, not characters. */
  readonly offsets: Float64Array;
}

const padding: readonly Buffer[] = Array.from({ length: ALIGNMENT }, (_, length) => Buffer.from(comments(length), 'latin1'));
const emptyBlock = Buffer.from(comments(ALIGNMENT), 'latin1');

/**
 * Formats every entry twice, for its length and for its bytes: a hundred thousand lines at once would double the memory.
 *
 * @param format gives a record without line end, which holds no newline or NUL
 * @param minLastOffset where the last record of the previous generation started; 0 when there was none
 */
export function renderMap<Entry>(entries: readonly Entry[], format: (entry: Entry) => string, minLastOffset: number): MapFile {
  const offsets = new Float64Array(entries.length);
  let end = 0;
  for (const [index, entry] of entries.entries()) {
    const isLast = index === entries.length - 1;
    const offset = isLast ? Math.max(alignUp(end), minLastOffset) : alignUp(end);
    offsets[index] = offset;
    end = offset + Buffer.byteLength(format(entry)) + 1;
  }
  const bytes = Buffer.allocUnsafeSlow(end);
  let written = 0;
  for (const [index, entry] of entries.entries()) {
    written = fillTo(bytes, written, offsets[index] ?? 0);
    written += bytes.write(format(entry), written);
    bytes[written] = NEWLINE;
    written += 1;
  }
  return { bytes, offsets };
}

/** Where every record starts; comments and empty lines are none. */
export function* recordOffsets(bytes: Buffer): Generator<number> {
  for (let start = 0; start < bytes.length; start = endOfLine(bytes, start) + 1) {
    if (isRecord(bytes, start)) yield start;
  }
}

/** The lines of all records. */
export function* readRecords(bytes: Buffer): Generator<string> {
  for (const offset of recordOffsets(bytes)) yield bytes.toString('utf8', offset, endOfLine(bytes, offset));
}

function endOfLine(bytes: Buffer, start: number): number {
  const newline = bytes.indexOf(NEWLINE, start);
  return newline === -1 ? bytes.length : newline;
}

function isRecord(bytes: Buffer, start: number): boolean {
  return bytes[start] !== 0x23 && bytes[start] !== NEWLINE;
}

function alignUp(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

/** Comments from `from` to `to`; every multiple of 64 in between is the start of a comment. */
function fillTo(bytes: Buffer, from: number, to: number): number {
  const aligned = Math.min(alignUp(from), to);
  padding[aligned - from]?.copy(bytes, from);
  for (let offset = aligned; offset < to; offset += ALIGNMENT) emptyBlock.copy(bytes, offset);
  return to;
}

function comments(length: number): string {
  let text = '';
  while (text.length < length) {
    const size = Math.min(COMMENT_LENGTH, length - text.length);
    text += size === 1 ? '\n' : `#${'.'.repeat(size - 2)}\n`;
  }
  return text;
}
