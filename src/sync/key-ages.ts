/**
 * The age of keys in one run: what is known of it, what this run has seen, and what is written down when it settles.
 */
import type { Rejection } from '../directory/rejection.ts';
import type { DirectoryUser } from '../directory/snapshot.ts';
import { DAY, dayOf } from '../directory/day.ts';
import { type AgedKeys, withUploads, youngSince } from '../policy/key-age.ts';
import { type KeyAges, lastDay, NO_KEY_AGES, personOf, readKeyAges, sightKeys, writeKeyAges } from '../state/key-ages.ts';
import type { HostContext } from './context.ts';
import type { GatheredSource } from './gather.ts';

/** Of the context, what ages need. */
type AgeContext = Pick<HostContext, 'config' | 'paths' | 'now'>;

export interface KeyAgesSeen {
  /** For the policy; undefined where keys do not age. */
  readonly agedKeys?: AgedKeys;
  /** Writes down what is new. To be called when the run settles. */
  readonly keep: () => void;
  readonly findings: readonly Rejection[];
}

/** What sixteen bits hold: until 2149. */
const LAST_DAY = 65_535;

export const keysDoNotAge: KeyAgesSeen = { keep: () => undefined, findings: [] };

/** @param gathered all sources, those that failed too */
export function seeKeyAges({ config, paths, now }: AgeContext, gathered: readonly GatheredSource[]): KeyAgesSeen {
  const maxAgeDays = config.policy.keys.max_age / DAY;
  if (maxAgeDays === 0) return keysDoNotAge;
  const stored = readKeyAges(paths.keyAges);
  const known = typeof stored === 'object' ? stored : NO_KEY_AGES;
  const today = Math.min(Math.max(dayOf(now().getTime()), 1), LAST_DAY);
  const young = youngSince(today, maxAgeDays);
  const { aged, next } = sightKeys(known, usersOf(gathered), today, young);
  return {
    agedKeys: { today, maxAgeDays, of: (user) => withUploads(aged.get(personOf(user)), user, young) },
    keep: maySettle(known, gathered, today) ? keeper(paths.keyAges, next) : keysDoNotAge.keep,
    findings: stored === 'damaged' ? [lost(paths.keyAges, gathered)] : [],
  };
}

/**
 * Only a complete look counts, since what a source does not show now is not gone. A clock behind the last day written down is
 * wrong, or that day was: in neither case shall a key begin today, and days are never changed.
 */
function maySettle(known: KeyAges, gathered: readonly GatheredSource[], today: number): boolean {
  return gathered.every(({ fresh }) => fresh) && today >= lastDay(known);
}

/** A function of its own, which does not keep the snapshots alive. */
function keeper(path: string, next: KeyAges | undefined): () => void {
  return () => {
    if (next !== undefined) writeKeyAges(path, next);
  };
}

function* usersOf(gathered: readonly GatheredSource[]): Generator<DirectoryUser> {
  for (const { snapshot } of gathered) if (snapshot !== undefined) yield* snapshot.users;
}

function lost(path: string, gathered: readonly GatheredSource[]): Rejection {
  return {
    verdict: 'adjusted',
    source: gathered.map(({ name }) => name).join(', '),
    map: 'keys',
    key: path,
    code: 'key-ages-lost',
    reason: 'is damaged, so that every key counts as first seen today',
  };
}
