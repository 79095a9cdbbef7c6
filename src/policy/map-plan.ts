/**
 * The difference of one map: which entries come, go and change.
 */

export interface MapPlan<Entry> {
  readonly before: number;
  readonly after: number;
  readonly added: readonly Change<Entry>[];
  readonly removed: readonly Change<Entry>[];
  readonly changed: readonly Change<Entry>[];
}

/** One entry: absent `before` is an addition, absent `after` a removal. */
export interface Change<Entry> {
  readonly key: string;
  readonly before?: Entry;
  readonly after?: Entry;
}

/** @param remaining what was; in the end it holds what is gone */
export function diff<Entry>(
  remaining: Map<string, Entry>,
  entries: Iterable<readonly [string, Entry]>,
  isEqual: (before: Entry, after: Entry) => boolean,
): MapPlan<Entry> {
  const before = remaining.size;
  if (before === 0) return firstOf(entries);
  const added: Change<Entry>[] = [];
  const changed: Change<Entry>[] = [];
  let after = 0;
  for (const [key, entry] of entries) {
    const old = remaining.get(key);
    if (old === undefined) added.push({ key, after: entry });
    else if (!isEqual(old, entry)) changed.push({ key, before: old, after: entry });
    remaining.delete(key);
    after += 1;
  }
  const removed = [...remaining].map(([key, entry]) => ({ key, before: entry }));
  return { before, after, added, removed, changed };
}

/** Of a host that showed nothing before, nobody has to be looked up. */
function firstOf<Entry>(entries: Iterable<readonly [string, Entry]>): MapPlan<Entry> {
  const added = Array.from(entries, ([key, after]): Change<Entry> => ({ key, after }));
  return { before: 0, after: added.length, added, removed: [], changed: [] };
}
