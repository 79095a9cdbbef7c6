/**
 * One key that two people have: whoever holds it is both of them, and nobody can tell which of them was there.
 *
 * It is reported and goes on working. Were it refused, anybody who may edit an entry could lock others out with their public keys.
 */
import { blobsOf, nextLine, startOfBlob, wordAt } from '../../directory/key-blobs.ts';
import type { KeyLines } from '../../directory/key-lines.ts';
import { Invalid, type Rejection, rejectionOf } from '../../directory/rejection.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';

const NAMES_SHOWN = 3;

/**
 * One finding for each person and each key that others have, too.
 *
 * @param fingerprint of a key, from its base64 part; asked for shared keys alone
 */
export function findSharedKeys(users: readonly DirectoryUser[], fingerprint: (blob: string) => string): Rejection[] {
  const findings: Rejection[] = [];
  for (const [blob, owners] of shareOut(users)) {
    const shown = fingerprint(blob);
    for (const { source, name } of owners) {
      // One more than are shown, so that the person's own name may be among them.
      const others = owners.slice(0, NAMES_SHOWN + 1).filter((owner) => owner.name !== name);
      const reason = `${shown} is a key of ${describe(others, owners.length - 1)}, too`;
      findings.push(rejectionOf({ verdict: 'adjusted', source, map: 'keys', key: name }, new Invalid('key-shared', reason)));
    }
  }
  return findings;
}

function describe(others: readonly DirectoryUser[], count: number): string {
  const names = others.slice(0, NAMES_SHOWN).map(({ name }) => `"${name}"`);
  return count <= names.length ? names.join(', ') : `${names.join(', ')} and ${count - names.length} more`;
}

/** The keys with several owners. Of the others nothing is kept but a number and an index. */
function shareOut(users: readonly DirectoryUser[]): Map<string, DirectoryUser[]> {
  const shared = new Map<string, DirectoryUser[]>();
  const first = new FirstOwners(users);
  for (const [index, user] of users.entries()) {
    const { keys } = user;
    for (let start = 0; start < keys.length; start = nextLine(keys, start)) {
      const at = startOfBlob(keys, start);
      const owner = first.claim(keys, at, index);
      // The first with this key, or the same person with the same key in other options.
      if (owner === undefined || owner === user) continue;
      const blob = wordAt(keys, at);
      const owners = shared.get(blob);
      if (owners === undefined) shared.set(blob, [owner, user]);
      else if (owners.at(-1) !== user) owners.push(user);
    }
  }
  return shared;
}

const EMPTY = -1;

/**
 * Who had a key first: a hash table with open addressing in two typed arrays, since a map of 200,000 texts would take 20 MB.
 * Keys are compared as texts before two are said to be one.
 */
class FirstOwners {
  readonly #users: readonly DirectoryUser[];
  #hashes: Int32Array;
  #owners: Int32Array;
  #size = 0;

  constructor(users: readonly DirectoryUser[]) {
    this.#users = users;
    // Room for two keys each before it has to grow.
    const capacity = 2 ** Math.ceil(Math.log2(users.length * 4 + 2));
    this.#hashes = new Int32Array(capacity);
    this.#owners = new Int32Array(capacity).fill(EMPTY);
  }

  /**
   * Whose key this is already; undefined when it is now that of the person at this index.
   *
   * @param at where the key's base64 part begins in their lines
   */
  claim(lines: KeyLines, at: number, index: number): DirectoryUser | undefined {
    if (this.#size * 2 >= this.#owners.length) this.#grow();
    const hash = hashWord(lines, at);
    const mask = this.#owners.length - 1;
    let slot = hash & mask;
    for (let owner = this.#owners[slot]; owner !== undefined && owner !== EMPTY; owner = this.#owners[slot]) {
      const earlier = this.#users[owner];
      if (this.#hashes[slot] === hash && earlier !== undefined && hasBlob(earlier, wordAt(lines, at))) return earlier;
      slot = (slot + 1) & mask;
    }
    this.#put(slot, hash, index);
    this.#size += 1;
    return undefined;
  }

  #put(slot: number, hash: number, owner: number): void {
    this.#hashes[slot] = hash;
    this.#owners[slot] = owner;
  }

  #grow(): void {
    const [hashes, owners] = [this.#hashes, this.#owners];
    const mask = owners.length * 2 - 1;
    this.#hashes = new Int32Array(mask + 1);
    this.#owners = new Int32Array(mask + 1).fill(EMPTY);
    for (let index = 0; index < owners.length; index += 1) {
      const [owner = EMPTY, hash = 0] = [owners[index], hashes[index]];
      if (owner === EMPTY) continue;
      let slot = hash & mask;
      while (this.#owners[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#put(slot, hash, owner);
    }
  }
}

function hasBlob({ keys }: DirectoryUser, blob: string): boolean {
  for (const own of blobsOf(keys)) if (own === blob) return true;
  return false;
}

/** Other numbers in each run, so that nobody can make a thousand keys with one hash. What is found does not depend on it. */
const seed = Math.floor(Math.random() * 0x1_00_00_00_00);

/** FNV-1a over the word that begins here. */
function hashWord(text: string, start: number): number {
  let hash = seed;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= 0x20) break;
    hash = Math.imul(hash ^ code, 0x01_00_01_93);
  }
  return hash ^ (hash >>> 15);
}
