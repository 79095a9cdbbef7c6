/**
 * Who has keys in what sshd reads now, whole or not: the lookup asks nobody whether a generation is damaged.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoginName } from '../directory/names.ts';
import { KEYS_DIRECTORY } from './generation-files.ts';
import { readBucket } from './keys-cache.ts';

/** What cannot be read serves nobody. */
export function readServedLogins(stateDirectory: string): ReadonlySet<LoginName> {
  const folder = join(stateDirectory, 'current', KEYS_DIRECTORY);
  const logins = new Map<LoginName, string[]>();
  for (const name of namesIn(folder)) {
    const bucket = readIfPossible(join(folder, name));
    if (bucket !== undefined) readBucket(bucket, logins);
  }
  return new Set(logins.keys());
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readIfPossible(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
