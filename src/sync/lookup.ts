/**
 * The keys of one login, byte for byte what the lookup command prints.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bucketOf, isLookupName, linesOf } from '../caches/keys-cache.ts';
import { errnoOf } from '../errors.ts';

/** Nothing for an unknown login, for a text that can be no login, and where nothing was ever committed. */
export function lookUpKeys(stateDirectory: string, login: string): Buffer {
  if (!isLookupName(login)) return Buffer.alloc(0);
  try {
    return linesOf(readFileSync(join(stateDirectory, 'current', 'keys', String(bucketOf(login)))), login);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
