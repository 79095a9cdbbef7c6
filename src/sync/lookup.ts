/**
 * The keys of one login, byte for byte what the lookup command prints.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bucketOf, isLookupName, linesOf } from '../caches/keys-cache.ts';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { DEFAULT_STATE_DIRECTORY, hostPaths } from '../host/paths.ts';

export { isLookupName };

/** Nothing for an unknown login, for a text that can be no login, and where nothing was ever committed. */
export function lookUpKeys(stateDirectory: string, login: string): Buffer {
  if (!isLookupName(login)) return Buffer.alloc(0);
  try {
    return linesOf(readFileSync(join(stateDirectory, 'current', 'keys', String(bucketOf(login)))), login);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw new HoldfastError('cache-failed', `cannot read the keys of "${login}" below ${stateDirectory}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The state folder of a host, without reading its configuration. */
export function stateDirectoryOf(root: string, configured = DEFAULT_STATE_DIRECTORY): string {
  return hostPaths(root, configured).stateDirectory;
}
