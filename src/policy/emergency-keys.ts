/**
 * The keys of the emergency users: what has changed among them, and what may not vanish without a person's word.
 */
import type { AuthorizedKey } from '../directory/authorized-key.ts';

export interface EmergencyKey {
  /** As sshd gets it, options first. */
  readonly line: string;
  readonly fingerprint: string;
  readonly type: AuthorizedKey['type'];
  readonly bits: number;
  readonly comment: string;
  /** As in the line; empty for most keys. */
  readonly options: string;
  /** Where it comes from: `s3://bucket/key`. */
  readonly object: string;
}

export interface EmergencyChange {
  /** `changed`: the same key with other options or another comment. */
  readonly change: 'added' | 'removed' | 'changed';
  readonly key: EmergencyKey;
  /** A clause, where it is not what the object says now. */
  readonly reason?: string;
  /** Of the object, as S3 counts them. */
  readonly version?: string;
}

/** In the order of the file, removals last. A line that only moved, or comes from another object, is no change. */
export function changesBetween(before: readonly EmergencyKey[], after: readonly EmergencyKey[]): EmergencyChange[] {
  const [lines, known] = [linesOf(before), fingerprintsOf(before)];
  const [linesAfter, left] = [linesOf(after), fingerprintsOf(after)];
  const came = after
    .filter(({ line }) => !lines.has(line))
    .map((key): EmergencyChange => ({ change: known.has(key.fingerprint) ? 'changed' : 'added', key }));
  const changed = new Set(came.map(({ key }) => key.fingerprint));
  const went = before
    .filter(({ line, fingerprint }) => !linesAfter.has(line) && !changed.has(fingerprint))
    .map((key): EmergencyChange => ({ change: left.has(key.fingerprint) ? 'changed' : 'removed', key }));
  return [...came, ...went];
}

export interface Removal {
  /** Undefined when the object was never read. */
  readonly before: ReadonlySet<string> | undefined;
  /** Of those, what came within the last day: whoever fills the list first does not make the rest of it few. */
  readonly came?: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
  /** Fingerprints that went within the last day. */
  readonly gone: ReadonlySet<string>;
  /** Of those that there were within the last day. */
  readonly maxPercent: number;
}

/**
 * Why these keys may not go yet: the rest of a sentence; undefined when they may.
 *
 * An emergency list is short, so the numbers of [guards] would let all of it go. One key of a few that is compromised or has
 * left goes at once; the last one, and most of them, do not.
 */
export function objectionTo({ before, came = new Set(), after, gone, maxPercent }: Removal): string | undefined {
  if (before === undefined) return after.size === 0 ? 'it has no valid key' : undefined;
  if (after.size === 0) return before.size === 0 ? undefined : `it has no valid key any more, and had ${before.size}`;
  const old = before.difference(came);
  return tooManyOf(before, { after, gone, maxPercent }) ?? tooManyOf(old, { after, gone, maxPercent });
}

function tooManyOf(base: ReadonlySet<string>, { after, gone, maxPercent }: Omit<Removal, 'before' | 'came'>): string | undefined {
  const going = [...base].filter((fingerprint) => !after.has(fingerprint));
  if (going.length === 0) return undefined;
  const lost = new Set([...going, ...[...gone].filter((fingerprint) => !after.has(fingerprint))]);
  const all = base.union(gone);
  if (lost.size * 100 <= all.size * maxPercent) return undefined;
  return `${lost.size} of ${all.size} keys would be gone within a day, more than ${maxPercent} %`;
}

export function fingerprintsOf(keys: readonly EmergencyKey[]): ReadonlySet<string> {
  return new Set(keys.map(({ fingerprint }) => fingerprint));
}

function linesOf(keys: readonly EmergencyKey[]): ReadonlySet<string> {
  return new Set(keys.map(({ line }) => line));
}

/** Each line once, sorted, so that the order of an object's lines changes nothing. */
export function mergeKeys(keys: readonly EmergencyKey[]): EmergencyKey[] {
  const byLine = new Map(keys.toReversed().map((key) => [key.line, key]));
  return [...byLine.values()].sort((a, b) => (a.line < b.line ? -1 : 1));
}
