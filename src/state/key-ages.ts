/**
 * When each key was first seen with its person: what `max_age` counts from. Kept only where that is set.
 *
 * A key that is taken away and comes back keeps its first day, and so it does with another comment or other options: only
 * another key is a new one. Ten bytes a key, sorted by the first six, a hash over source, immutable id and key; two for the day of
 * first sight, two for the day since which it is gone (0: it is there). Days count from 1970.
 */
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { Day } from '../directory/day.ts';
import { blobsOf } from '../directory/key-blobs.ts';
import type { DirectoryUser } from '../directory/snapshot.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

const fileSchema = z.strictObject({
  version: z.literal(1),
  /** Base64. */
  keys: z.string(),
});

/** So many days after it went, a key is forgotten. */
const REMEMBERED_DAYS = 400;
const ID_LENGTH = 6;
const RECORD_LENGTH = ID_LENGTH + 4;

/** What a run says of a key that is known. */
const [ABSENT, THERE, KEPT] = [0, 1, 2];

/** Columns of one table. */
export interface KeyAges {
  /** Ascending, each once. */
  readonly ids: Float64Array;
  readonly firstSeen: Uint16Array;
  readonly goneSince: Uint16Array;
}

export const NO_KEY_AGES: KeyAges = { ids: new Float64Array(), firstSeen: new Uint16Array(), goneSince: new Uint16Array() };

/** By person (`personOf`) and base64 part: the day of first sight. */
export type FirstDays = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface Sighting {
  /** Of the keys that were first seen before `youngSince`. */
  readonly aged: FirstDays;
  /** Undefined when nothing is new. */
  readonly next: KeyAges | undefined;
}

/** Whom a run has before it. */
export interface Attendance {
  /** What sources have just shown: what is not known is new. */
  readonly seen: Iterable<DirectoryUser>;
  /** What sources that gave no answer showed before: nothing of theirs is new. */
  readonly kept: Iterable<DirectoryUser>;
  /** Whether a key that is in neither is gone. */
  readonly isWhole: boolean;
}

export interface SightingDays {
  /** Since when a key is gone that is not there. */
  readonly today: Day;
  /** The day of first sight for keys that are not known. */
  readonly newDay: Day;
  /** Days after it were written down by a wrong clock, and are this one. */
  readonly latest: Day;
  readonly youngSince: Day;
}

/** Undefined when nothing was kept yet. @throws HoldfastError `cache-failed` */
export function readKeyAges(path: string): KeyAges | 'damaged' | undefined {
  const file = readStateFile(path, fileSchema);
  if (file === undefined) return existsSync(path) ? 'damaged' : undefined;
  return decode(Buffer.from(file.keys, 'base64')) ?? 'damaged';
}

/** @throws HoldfastError `cache-failed` */
export function writeKeyAges(path: string, ages: KeyAges): void {
  writeStateFile(path, { version: 1, keys: encode(ages).toString('base64') });
}

/** The last day that is written down. */
export function lastDay({ firstSeen, goneSince }: KeyAges): number {
  const latest = (days: Uint16Array): number => days.reduce((last, day) => Math.max(last, day), 0);
  return Math.max(latest(firstSeen), latest(goneSince));
}

export function personOf({ source, id }: Pick<DirectoryUser, 'source' | 'id'>): string {
  return `${source}\0${id}`;
}

/** How many keys that are there were first seen after one day, up to and with another. */
export function countSeen({ firstSeen, goneSince }: KeyAges, after: Day, until: Day): number {
  let count = 0;
  for (const [at, day] of firstSeen.entries()) if (goneSince[at] === 0 && day > after && day <= until) count += 1;
  return count;
}

/** What these people's keys make of the table. */
export function sightKeys(known: KeyAges, { seen, kept, isWhole }: Attendance, days: SightingDays): Sighting {
  const marks = new Uint8Array(known.ids.length).fill(isWhole ? ABSENT : KEPT);
  const unknown: number[] = [];
  const aged = new Map<string, Map<string, number>>();
  const look = (user: DirectoryUser, mark: number): void => {
    const person = personOf(user);
    for (const blob of blobsOf(user.keys)) {
      const id = idOf(person, blob);
      const at = lowerBound(known.ids, id);
      if (known.ids[at] !== id) {
        if (mark === THERE) unknown.push(id);
        continue;
      }
      marks[at] = mark;
      const firstSeen = known.firstSeen[at] ?? days.newDay;
      if (firstSeen < days.youngSince) aged.set(person, (aged.get(person) ?? new Map<string, number>()).set(blob, firstSeen));
    }
  };
  for (const user of kept) look(user, KEPT);
  for (const user of seen) look(user, THERE);
  return { aged, next: nextAges(known, marks, Float64Array.from(unknown).sort(), days) };
}

function nextAges(known: KeyAges, marks: Uint8Array, unknown: Float64Array, days: SightingDays): KeyAges | undefined {
  const { newDay, latest, today } = days;
  const isSame = (gone: number, at: number): boolean =>
    (known.firstSeen[at] ?? 0) <= latest && gone <= latest && (marks[at] === KEPT || (gone === 0) === (marks[at] === THERE));
  if (unknown.length === 0 && known.goneSince.every(isSame)) return undefined;
  const next = new KeyAgesBuilder(known.ids.length + unknown.length);
  let other = 0;
  for (const [at, id] of known.ids.entries()) {
    for (; (unknown[other] ?? Infinity) < id; other += 1) next.add(unknown[other] ?? 0, newDay, 0);
    const gone = Math.min(absentSince(known, at, marks[at], today), latest);
    if (gone === 0 || gone + REMEMBERED_DAYS >= today) next.add(id, Math.min(known.firstSeen[at] ?? newDay, latest), gone);
  }
  for (; other < unknown.length; other += 1) next.add(unknown[other] ?? 0, newDay, 0);
  return next.finish();
}

/** 0 for a key that is there; for one that is not: since today, unless it was gone before. */
function absentSince(known: KeyAges, at: number, mark: number | undefined, today: Day): Day {
  const before = known.goneSince[at] ?? 0;
  if (mark === KEPT) return before;
  if (mark === THERE) return 0;
  return before === 0 ? today : before;
}

class KeyAgesBuilder {
  readonly #ids: Float64Array;
  readonly #firstSeen: Uint16Array;
  readonly #goneSince: Uint16Array;
  #length = 0;

  constructor(most: number) {
    this.#ids = new Float64Array(most);
    this.#firstSeen = new Uint16Array(most);
    this.#goneSince = new Uint16Array(most);
  }

  /** In ascending order; one that was just added is there already. */
  add(id: number, firstSeen: number, goneSince: number): void {
    if (this.#length > 0 && this.#ids[this.#length - 1] === id) return;
    this.#ids[this.#length] = id;
    this.#firstSeen[this.#length] = firstSeen;
    this.#goneSince[this.#length] = goneSince;
    this.#length += 1;
  }

  finish(): KeyAges {
    const length = this.#length;
    return {
      ids: this.#ids.subarray(0, length),
      firstSeen: this.#firstSeen.subarray(0, length),
      goneSince: this.#goneSince.subarray(0, length),
    };
  }
}

function idOf(person: string, blob: string): number {
  return hash('sha256', `${person}\0${blob}`, 'buffer').readUIntBE(0, ID_LENGTH);
}

/** Where the id is, or would be. */
function lowerBound(ids: Float64Array, id: number): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encode({ ids, firstSeen, goneSince }: KeyAges): Buffer {
  const bytes = Buffer.alloc(ids.length * RECORD_LENGTH);
  for (const [index, id] of ids.entries()) {
    const at = bytes.writeUIntBE(id, index * RECORD_LENGTH, ID_LENGTH);
    bytes.writeUInt16BE(firstSeen[index] ?? 0, at);
    bytes.writeUInt16BE(goneSince[index] ?? 0, at + 2);
  }
  return bytes;
}

/** Undefined for what `encode` did not make. */
function decode(bytes: Buffer): KeyAges | undefined {
  if (bytes.length % RECORD_LENGTH !== 0) return undefined;
  const ages = new KeyAgesBuilder(bytes.length / RECORD_LENGTH);
  let last = -1;
  for (let at = 0; at < bytes.length; at += RECORD_LENGTH) {
    const id = bytes.readUIntBE(at, ID_LENGTH);
    if (id <= last) return undefined;
    last = id;
    ages.add(id, bytes.readUInt16BE(at + ID_LENGTH), bytes.readUInt16BE(at + ID_LENGTH + 2));
  }
  return ages.finish();
}
