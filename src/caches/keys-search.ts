/**
 * Which logins have a key in a generation: the question that the keys cache was not made for, answered by reading all of it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobsOf } from '../directory/key-blobs.ts';
import { joinKeyLines } from '../directory/key-lines.ts';
import type { LoginName } from '../directory/names.ts';
import { orCacheFailure } from './durable-file.ts';
import type { Generation } from './generation.ts';
import { KEYS_DIRECTORY } from './generation-files.ts';
import { readBucket } from './keys-cache.ts';

export interface FoundKey {
  readonly login: LoginName;
  /** As sshd gets it. */
  readonly line: string;
}

/** Of several generations: most of their files are the same, and are read once. */
export class KeysSearch {
  readonly #isKey: (blob: string) => boolean;
  readonly #found = new Map<string, readonly FoundKey[]>();

  constructor(isKey: (blob: string) => boolean) {
    this.#isKey = isKey;
  }

  in({ path, manifest }: Generation): FoundKey[] {
    const buckets = Object.entries(manifest.files).filter(([name]) => name.startsWith(`${KEYS_DIRECTORY}/`));
    return buckets.flatMap(([name, { sha256 }]) => {
      const found =
        this.#found.get(sha256) ?? orCacheFailure(`read ${join(path, name)}`, () => this.#inBucket(readFileSync(join(path, name))));
      this.#found.set(sha256, found);
      return found;
    });
  }

  #inBucket(bytes: Buffer): FoundKey[] {
    const logins = new Map<LoginName, string[]>();
    readBucket(bytes, logins);
    return [...logins].flatMap(([login, lines]) => lines.filter((line) => this.#has(line)).map((line) => ({ login, line })));
  }

  #has(line: string): boolean {
    for (const blob of blobsOf(joinKeyLines([line]))) if (this.#isKey(blob)) return true;
    return false;
  }
}
