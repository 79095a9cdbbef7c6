/**
 * The keys cache: 1024 files of lines `login:authorized_keys line`, of which the lookup command reads one.
 *
 * A login's file is found by a hash that a POSIX shell can compute with its own arithmetic; packaging/authorized-keys holds the
 * same function. Files without a line do not exist.
 */
import type { LoginName } from '../directory/names.ts';
import { NO_KEYS, splitKeyLines } from '../directory/key-lines.ts';
import type { KeysMap } from '../directory/host-view.ts';

const BUCKETS = 1024;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@$-';
const LOOKUP_NAME = /^[A-Za-z0-9_@$][A-Za-z0-9._@$-]{0,255}$/;
const NEWLINE = 0x0a;

const positions: ReadonlyMap<string, number> = new Map(Array.from(ALPHABET, (character, index) => [character, index + 1]));

/** Whether the lookup command answers for this text at all; everything else gets no output. */
export function isLookupName(text: string): boolean {
  return LOOKUP_NAME.test(text);
}

/** 0 to 1023. Every step stays below 2^31, for shells whose arithmetic has 32 bits. */
export function bucketOf(login: string): number {
  let hash = 0;
  for (const character of login) hash = (hash * 67 + (positions.get(character) ?? 0)) % 16_777_213;
  return hash % BUCKETS;
}

/** Whose keys each bucket holds, for the buckets that hold any. */
export function fillBuckets(keys: KeysMap): Map<number, LoginName[]> {
  const buckets = new Map<number, LoginName[]>();
  for (const login of keys.keys()) {
    const bucket = bucketOf(login);
    const logins = buckets.get(bucket);
    if (logins === undefined) buckets.set(bucket, [login]);
    else logins.push(login);
  }
  return buckets;
}

/** The content of the bucket of these logins. */
export function renderBucket(logins: readonly LoginName[], keys: KeysMap): string {
  let text = '';
  for (const login of logins) {
    const lines = splitKeyLines(keys.get(login) ?? NO_KEYS);
    if (lines.length > 0) text += `${login}:${lines.join(`\n${login}:`)}\n`;
  }
  return text;
}

/** What the lookup command prints for a login out of its bucket: whole lines, each with its newline. */
export function linesOf(bucket: Buffer, login: string): Buffer {
  const prefix = Buffer.from(`${login}:`);
  const found: Buffer[] = [];
  for (let start = 0; start < bucket.length; ) {
    const newline = bucket.indexOf(NEWLINE, start);
    const end = newline === -1 ? bucket.length : newline + 1;
    const isTheirs = bucket.compare(prefix, 0, prefix.length, start, Math.min(start + prefix.length, end)) === 0;
    if (isTheirs) found.push(bucket.subarray(start + prefix.length, end));
    start = end;
  }
  return Buffer.concat(found);
}

/** Adds the records of one bucket to a keys map. */
export function readBucket(bucket: Buffer, keys: Map<LoginName, string[]>): void {
  for (const line of bucket.toString('utf8').split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const login = line.slice(0, colon) as LoginName;
    const lines = keys.get(login);
    if (lines === undefined) keys.set(login, [line.slice(colon + 1)]);
    else lines.push(line.slice(colon + 1));
  }
}
