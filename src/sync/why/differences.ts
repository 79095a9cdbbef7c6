/**
 * Where what serves is not what the last good snapshots and the present configuration give: what the next sync is going to change.
 */
import { type KeyLines, NO_KEYS, splitKeyLines } from '../../directory/key-lines.ts';
import { formatAuthorizedKey } from '../../directory/authorized-key.ts';
import { formatPasswd, type PasswdEntry } from '../../directory/passwd.ts';
import { count } from '../phrases.ts';
import type { Served } from '../served.ts';
import type { KeyReport } from './keys.ts';

/** A sentence each; empty when the next sync leaves this login as it is, as far as is known now. */
export function findDifferences(
  shown: PasswdEntry | undefined,
  given: KeyLines = NO_KEYS,
  keys: readonly KeyReport[],
  served: Served,
): string[] {
  return [...(served.fault === undefined ? differInPasswd(shown, served.passwd) : []), ...differInKeys(given, keys, served)];
}

function differInPasswd(shown: PasswdEntry | undefined, served: PasswdEntry | undefined): string[] {
  if (shown === undefined) return served === undefined ? [] : ['the account is served still, and would not be shown any more'];
  if (served === undefined) return ['the account is not served yet, and would be shown'];
  const [before, after] = [formatPasswd(served), formatPasswd(shown)];
  return before === after ? [] : [`the account is served as ${before}, and would be ${after}`];
}

function differInKeys(given: KeyLines, keys: readonly KeyReport[], served: Served): string[] {
  const missing = keys.filter((key) => isGiven(key) && !key.served).length;
  const surplus = keys.filter((key) => !isGiven(key) && key.served).length;
  const sentences = [
    ...(missing === 0 ? [] : [`${count(missing, 'key', 'keys')} would be given and ${isOrAre(missing)} not served yet`]),
    ...(surplus === 0 ? [] : [`${count(surplus, 'key', 'keys')} would not be given and ${isOrAre(surplus)} served still`]),
  ];
  if (sentences.length > 0) return sentences;
  const lines = served.keys.map(formatAuthorizedKey).sort().join('\n');
  return lines === [...splitKeyLines(given)].sort().join('\n') ? [] : ['the same keys would have other options or comments'];
}

function isGiven({ verdict }: KeyReport): boolean {
  return verdict === 'given' || verdict === 'expired';
}

function isOrAre(number: number): string {
  return number === 1 ? 'is' : 'are';
}
