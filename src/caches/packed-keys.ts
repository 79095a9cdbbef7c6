/**
 * Keys of an index as bytes in one buffer, put in order there: as texts in a map and a sorted copy, those of 100,000 people would be most of
 * what it costs to write their index.
 */

export interface PackedKeys {
  /** Each key at a multiple of `stride`, with NULs behind it: at least one, so that a shorter key comes before a longer one. */
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Of the longest. */
  readonly keyWidth: number;
  readonly stride: number;
}

/** So few are put in order by inserting. */
const FEW = 12;

/** @param keys ASCII without NUL */
export function packKeys(keys: readonly string[]): PackedKeys {
  const keyWidth = keys.reduce((width, key) => Math.max(width, key.length), 0);
  const stride = keyWidth + 1;
  const bytes = new Uint8Array(keys.length * stride);
  for (const [index, key] of keys.entries()) {
    const start = index * stride;
    for (let at = 0; at < key.length; at += 1) bytes[start + at] = key.charCodeAt(at);
  }
  return { bytes, count: keys.length, keyWidth, stride };
}

/** As strcmp(3) orders two keys. */
export function compareKeys({ bytes, stride }: PackedKeys, one: number, other: number): number {
  return compareFrom(bytes, one * stride, other * stride, stride);
}

function compareFrom(bytes: Uint8Array, one: number, other: number, length: number): number {
  for (let at = 0; at < length; at += 1) {
    const difference = (bytes[one + at] ?? 0) - (bytes[other + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

interface Range {
  readonly low: number;
  readonly high: number;
  /** So many bytes are the same in all of it. */
  readonly depth: number;
}

/**
 * The places of the keys in the order of strcmp(3).
 *
 * Three-way radix quicksort: by one byte at a time, and by the next only among keys that have this one in common.
 *
 * @see Bentley and Sedgewick, Fast Algorithms for Sorting and Searching Strings (1997)
 */
export function sortKeys(keys: PackedKeys): Uint32Array {
  const order = Uint32Array.from({ length: keys.count }, (_, index) => index);
  const ranges: Range[] = [{ low: 0, high: keys.count, depth: 0 }];
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    if (range.high - range.low <= FEW) insertInOrder(order, keys, range);
    else if (range.depth < keys.stride) ranges.push(...splitRange(order, keys, range));
  }
  return order;
}

/** By the byte at its depth: what is below the middle key's, the same, and above. */
function splitRange(order: Uint32Array, { bytes, stride }: PackedKeys, { low, high, depth }: Range): Range[] {
  const byteAt = (place: number): number => bytes[(order[place] ?? 0) * stride + depth] ?? 0;
  const pivot = byteAt((low + high) >>> 1);
  let [below, above] = [low, high];
  for (let place = low; place < above; ) {
    const byte = byteAt(place);
    if (byte < pivot) swap(order, below++, place++);
    else if (byte > pivot) swap(order, --above, place);
    else place += 1;
  }
  return [
    { low, high: below, depth },
    { low: below, high: above, depth: depth + 1 },
    { low: above, high, depth },
  ];
}

function swap(order: Uint32Array, one: number, other: number): void {
  const kept = order[one] ?? 0;
  order[one] = order[other] ?? 0;
  order[other] = kept;
}

function insertInOrder(order: Uint32Array, keys: PackedKeys, { low, high, depth }: Range): void {
  const { bytes, stride } = keys;
  for (let next = low + 1; next < high; next += 1) {
    const index = order[next] ?? 0;
    let place = next;
    for (; place > low; place -= 1) {
      const before = order[place - 1] ?? 0;
      if (compareFrom(bytes, before * stride + depth, index * stride + depth, stride - depth) <= 0) break;
      order[place] = before;
    }
    order[place] = index;
  }
}
