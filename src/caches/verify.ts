/**
 * Reads maps and indexes back as libnss-cache would, before anybody else does.
 *
 * For an index in strict strcmp order whose every record leads to the line of its key, and which has as many records
 * as the map, binary search finds every key and nothing else. That is checked for all records, and the reader's own search
 * is run for a sample as well.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '../errors.ts';
import { INDEXES, MAP_FILES } from './generation-files.ts';
import { ALIGNMENT, recordOffsets } from './map-file.ts';
import { placesOfRecords, type RecordPlace, searchIndex } from './index-file.ts';

export interface MapIndex {
  readonly name: string;
  readonly bytes: Buffer;
  /** Which field of a line is the key: 0 the name, 2 the uid or gid. */
  readonly field: number;
}

const SAMPLE_SIZE = 1024;
const COLON = 0x3a;
const NEWLINE = 0x0a;

/**
 * Of a map with its indexes in memory: that the bytes on the disk are the same is seen when each file is read back.
 *
 * @throws HoldfastError `cache-failed`
 */
export function verifyMap(files: ReadonlyMap<string, Buffer | string>): void {
  for (const map of MAP_FILES) {
    const bytes = files.get(map);
    if (!Buffer.isBuffer(bytes)) continue;
    const indexes = Object.entries(INDEXES[map]).flatMap(([name, field]) => {
      const index = files.get(name);
      return Buffer.isBuffer(index) ? [{ name, field, bytes: index }] : [];
    });
    const fault = findMapFault(bytes, indexes);
    if (fault !== undefined)
      throw new HoldfastError('cache-failed', `${map} is not what the reader needs: ${fault}`, { detail: 'read-back-differs' });
  }
}

/** Of a generation on the disk. An index that was left out on purpose is in no manifest. */
export function findReaderFault(path: string, files: Readonly<Record<string, unknown>>): string | undefined {
  for (const map of MAP_FILES) {
    const indexes = Object.entries(INDEXES[map]).filter(([name]) => files[name] !== undefined);
    const read = indexes.map(([name, field]) => ({ name, field, bytes: readFileSync(join(path, name)) }));
    const fault = findMapFault(readFileSync(join(path, map)), read);
    if (fault !== undefined) return `${map}: ${fault}`;
  }
  return undefined;
}

/** The first thing that is wrong; undefined when the map and its indexes are exact. */
export function findMapFault(map: Buffer, indexes: readonly MapIndex[]): string | undefined {
  const records = new RecordSet(map.length);
  for (const offset of recordOffsets(map)) {
    if (offset % ALIGNMENT !== 0) return `record at byte ${offset} is not aligned to ${ALIGNMENT}`;
    records.add(offset);
  }
  if (map.length > 0 && map.at(-1) !== NEWLINE) return 'the last line does not end';
  for (const index of indexes) {
    const fault = findIndexFault(index, map, records);
    if (fault !== undefined) return `${index.name}: ${fault}`;
  }
  return undefined;
}

function findIndexFault({ bytes, field }: MapIndex, map: Buffer, records: RecordSet): string | undefined {
  const step = Math.max(1, Math.floor(records.size / SAMPLE_SIZE));
  let count = 0;
  let previous: RecordPlace | undefined;
  for (const record of placesOfRecords(bytes)) {
    if (record === undefined) return `record ${count} is no key and offset in one line`;
    const { offset } = record;
    if (!records.has(offset)) return `key "${keyAt(bytes, record)}" leads to byte ${offset}, where no record starts`;
    if (!hasField(map, offset, field, bytes, record)) return `key "${keyAt(bytes, record)}" leads to another record, at byte ${offset}`;
    if (previous !== undefined && !isInOrder(bytes, previous, record))
      return `key "${keyAt(bytes, record)}" comes after "${keyAt(bytes, previous)}"`;
    if (count % step === 0 && searchIndex(bytes, keyAt(bytes, record)) !== offset)
      return `the reader's search does not find key "${keyAt(bytes, record)}"`;
    previous = record;
    count += 1;
  }
  return count === records.size ? undefined : `${count} keys for ${records.size} records`;
}

function keyAt(index: Buffer, { start, keyEnd }: RecordPlace): string {
  return index.toString('latin1', start, keyEnd);
}

/** Of two records of one index, each with a NUL behind its key: whether the first key is the lesser. */
function isInOrder(index: Buffer, one: RecordPlace, other: RecordPlace): boolean {
  for (let at = 0; one.start + at <= one.keyEnd; at += 1) {
    const difference = (index[one.start + at] ?? 0) - (index[other.start + at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The starts of records, one bit for each place that a record can start at. */
class RecordSet {
  readonly #bits: Uint8Array;
  size = 0;

  constructor(mapLength: number) {
    this.#bits = new Uint8Array(Math.ceil(mapLength / ALIGNMENT / 8));
  }

  add(offset: number): void {
    const place = offset / ALIGNMENT;
    this.#bits[place >>> 3] = (this.#bits[place >>> 3] ?? 0) | (1 << (place & 7));
    this.size += 1;
  }

  has(offset: number): boolean {
    const place = offset / ALIGNMENT;
    return Number.isInteger(place) && ((this.#bits[place >>> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }
}

/** Whether that field of the record is the key of this record of the index. */
function hasField(map: Buffer, record: number, field: number, index: Buffer, { start, keyEnd }: RecordPlace): boolean {
  let at = record;
  for (let skipped = 0; skipped < field; skipped += 1) {
    while (at < map.length && map[at] !== COLON && map[at] !== NEWLINE) at += 1;
    if (map[at] !== COLON) return false;
    at += 1;
  }
  for (let key = start; key < keyEnd; key += 1, at += 1) if (map[at] !== index[key]) return false;
  return map[at] === COLON;
}
