/**
 * Reads maps and indexes back as libnss-cache would, before anybody else does.
 *
 * For an index in strict strcmp order whose every record leads to the line of its key, and which has as many records
 * as the map, binary search finds every key and nothing else. That is checked for all records, and the reader's own search
 * is run for a sample as well.
 */
import { ALIGNMENT, readRecords } from './map-file.ts';
import { readIndex, searchIndex } from './index-file.ts';

export interface MapIndex {
  readonly name: string;
  readonly bytes: Buffer;
  /** Which field of a line is the key: 0 the name, 2 the uid or gid. */
  readonly field: number;
}

const SAMPLE_SIZE = 1024;

/** The first thing that is wrong; undefined when the map and its indexes are exact. */
export function findMapFault(map: Buffer, indexes: readonly MapIndex[]): string | undefined {
  const records = new Map<number, string>();
  for (const { offset, line } of readRecords(map)) {
    if (offset % ALIGNMENT !== 0) return `record at byte ${offset} is not aligned to ${ALIGNMENT}`;
    records.set(offset, line);
  }
  if (map.length > 0 && map.at(-1) !== 0x0a) return 'the last line does not end';
  for (const index of indexes) {
    const fault = findIndexFault(index, records);
    if (fault !== undefined) return `${index.name}: ${fault}`;
  }
  return undefined;
}

function findIndexFault({ bytes, field }: MapIndex, records: ReadonlyMap<number, string>): string | undefined {
  const keys: string[] = [];
  let previous = '';
  for (const { key, offset } of readIndex(bytes)) {
    const line = records.get(offset);
    if (line === undefined) return `key "${key}" leads to byte ${offset}, where no record starts`;
    if (line.split(':', field + 1)[field] !== key) return `key "${key}" leads to another record, at byte ${offset}`;
    if (key <= previous) return `key "${key}" comes after "${previous}"`;
    previous = key;
    keys.push(key);
  }
  if (keys.length !== records.size) return `${keys.length} keys for ${records.size} records`;
  const step = Math.max(1, Math.floor(keys.length / SAMPLE_SIZE));
  const unfound = keys.find((key, position) => position % step === 0 && searchIndex(bytes, key) === undefined);
  return unfound === undefined ? undefined : `the reader's search does not find key "${unfound}"`;
}
