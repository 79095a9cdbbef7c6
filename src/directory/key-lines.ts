/**
 * The keys of one login as one text: canonical lines for sshd, sorted, with a newline between them.
 *
 * So they are kept, in a snapshot and in a host view alike: as objects, the keys of 100,000 people would be most of a run's
 * memory. Each key is there once, whatever its comment, and the order is not the directory's.
 */
import { type AuthorizedKey, formatAuthorizedKey, identityOf, parseAuthorizedKey } from './authorized-key.ts';
import { Invalid } from './rejection.ts';

declare const brand: unique symbol;
export type KeyLines = string & { readonly [brand]: 'KeyLines' };

export const NO_KEYS = '' as KeyLines;

export function packKeys(keys: readonly AuthorizedKey[]): KeyLines {
  if (keys.length < 2) return joinKeyLines(keys.map(formatAuthorizedKey));
  if (keys.length === 2 && keys[0] !== undefined && keys[1] !== undefined) return packTwo(keys[0], keys[1]);
  const lines = new Map<string, string>();
  for (const key of keys) {
    const [identity, line] = [identityOf(key), formatAuthorizedKey(key)];
    const earlier = lines.get(identity);
    if (earlier === undefined || line < earlier) lines.set(identity, line);
  }
  return joinKeyLines([...lines.values()].sort());
}

/** What most people have, without a map and a sort of two. */
function packTwo(a: AuthorizedKey, b: AuthorizedKey): KeyLines {
  const [one, other] = [formatAuthorizedKey(a), formatAuthorizedKey(b)];
  const [first, second] = one < other ? [one, other] : [other, one];
  return joinKeyLines(identityOf(a) === identityOf(b) ? [first] : [first, second]);
}

/** @throws a plain Error when the lines are not those of `packKeys` */
export function unpackKeys(lines: KeyLines): AuthorizedKey[] {
  return splitKeyLines(lines).map((line) => {
    const key = parseAuthorizedKey(line);
    if (key instanceof Invalid) throw new Error(`a packed key line is none: ${key.reason}`);
    return key;
  });
}

export function splitKeyLines(lines: KeyLines): readonly string[] {
  return lines === NO_KEYS ? [] : lines.split('\n');
}

export function countKeyLines(lines: KeyLines): number {
  if (lines === NO_KEYS) return 0;
  let count = 1;
  for (let at = lines.indexOf('\n'); at !== -1; at = lines.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** @param lines canonical, sorted, each key once: those that a cache or snapshot of ours holds */
export function joinKeyLines(lines: readonly string[]): KeyLines {
  return lines.join('\n') as KeyLines;
}
