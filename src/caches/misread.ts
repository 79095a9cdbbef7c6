/**
 * Whether a generation on the disk can be read by libnss-cache's own search, whatever its sums say.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../errors.ts';
import { INDEXES, MAP_FILES } from './generation-files.ts';
import { findMapFault, type MapIndex } from './verify.ts';

/** The first thing that the reader would not find; undefined when it finds all. */
export function findMisread(path: string): string | undefined {
  try {
    for (const map of MAP_FILES) {
      const indexes = Object.entries(INDEXES[map]).flatMap(([name, field]) => readIndexFile(path, name, field));
      const fault = findMapFault(readFileSync(join(path, map)), indexes);
      if (fault !== undefined) return `${join(path, map)} is not what the reader needs: ${fault}`;
    }
    return undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return messageOf(error);
  }
}

/** A map with an id that is too large has no index of ids. */
function readIndexFile(path: string, name: string, field: number): MapIndex[] {
  try {
    return [{ name, field, bytes: readFileSync(join(path, name)) }];
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
