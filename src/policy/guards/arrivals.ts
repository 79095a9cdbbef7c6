/**
 * What came to this host within the last day: the guards do not count it as what was there.
 *
 * Whoever fills a group first makes the removal of all whom it had a small part of it, and whoever adds a key to everybody has something
 * left when the others go. So sizes before they grew, keys that came and members who joined are remembered for a day.
 */
import { blobsOf } from '../../directory/key-blobs.ts';
import { NO_KEYS } from '../../directory/key-lines.ts';
import type { GroupName } from '../../directory/names.ts';
import type { AccessPolicy } from '../host-policy.ts';
import type { Plan } from '../plan.ts';
import type { RecentKeys, SizeTally } from './growth.ts';
import { REMOVAL_WINDOW, type Tally } from './removals.ts';

/** A size before it grew. */
export interface PastSize {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly tally: SizeTally;
  readonly before: number;
}

/** Keys that came to somebody who had others. */
export interface ArrivedKeys {
  readonly at: number;
  readonly login: string;
  readonly fingerprints: readonly string[];
}

/** Members who came to a group of `access.always`. */
export interface Joined {
  readonly at: number;
  readonly group: string;
  readonly names: readonly string[];
}

export interface Arrivals {
  readonly sizes: readonly PastSize[];
  readonly keys: readonly ArrivedKeys[];
  readonly joined: readonly Joined[];
}

export const NO_ARRIVALS: Arrivals = { sizes: [], keys: [], joined: [] };

interface Arriving {
  readonly plan: Plan;
  readonly access: AccessPolicy;
  /** `SHA256:…` of a base64 blob. */
  readonly fingerprintOf: (blob: string) => string;
  readonly now: number;
}

export function arrivalsOf({ plan, access, fingerprintOf, now: at }: Arriving): Arrivals {
  const keys = plan.keys.changed.map(({ key, before = NO_KEYS, after = NO_KEYS }): ArrivedKeys => {
    const had = new Set(blobsOf(before));
    const came = [...blobsOf(after)].filter((blob) => !had.has(blob));
    return { at, login: key, fingerprints: came.map(fingerprintOf) };
  });
  const ofSharers = plan.sharersKeysCame.map(({ person, fingerprints }): ArrivedKeys => ({ at, login: person, fingerprints }));
  return {
    sizes: plan.grown.map((one) => ({ at, ...one })),
    keys: [...keys, ...ofSharers].filter(({ fingerprints }) => fingerprints.length > 0),
    joined: plan.joined.filter(({ group }) => access.always.groups.includes(group)).map((one) => ({ at, ...one })),
  };
}

/** With what comes now; what counts no longer is dropped. Of the sizes of a tally those that a smaller, later one stands for go, too. */
export function withArrivals(past: Arrivals, coming: Arrivals, now: number): Arrivals {
  const smaller = new Map(coming.sizes.map(({ tally, before }) => [tally, before]));
  const isNeeded = ({ tally, before }: PastSize): boolean => before < (smaller.get(tally) ?? Number.POSITIVE_INFINITY);
  return {
    sizes: [...recent(past.sizes, now).filter(isNeeded), ...coming.sizes],
    keys: [...recent(past.keys, now), ...coming.keys],
    joined: [...recent(past.joined, now), ...coming.joined],
  };
}

/** The smallest of the day, by what it is compared with. */
export function smallestSizes({ sizes }: Arrivals, now: number): ReadonlyMap<Tally, number> {
  const smallest = new Map<Tally, number>();
  for (const { tally, before } of recent(sizes, now)) {
    for (const one of talliesOf(tally)) smallest.set(one, Math.min(before, smallest.get(one) ?? before));
  }
  return smallest;
}

function talliesOf(tally: SizeTally): readonly Tally[] {
  if (tally === 'passwd') return ['passwd', 'shell'];
  return tally === 'access' ? ['access', 'refused', 'ending', 'replaced'] : [tally];
}

export function joinedToday({ joined }: Arrivals, now: number): ReadonlyMap<GroupName, ReadonlySet<string>> {
  const today = new Map<GroupName, Set<string>>();
  for (const { group, names } of recent(joined, now)) {
    today.set(group as GroupName, new Set([...(today.get(group as GroupName) ?? []), ...names]));
  }
  return today;
}

export function recentKeys({ keys }: Arrivals, fingerprintOf: (blob: string) => string, now: number): RecentKeys {
  const byLogin = new Map<string, Set<string>>();
  for (const { login, fingerprints } of recent(keys, now)) {
    byLogin.set(login, new Set([...(byLogin.get(login) ?? []), ...fingerprints]));
  }
  return {
    hasBlob: (login, blob) => byLogin.get(login)?.has(fingerprintOf(blob)) === true,
    hasFingerprint: (login, fingerprint) => byLogin.get(login)?.has(fingerprint) === true,
  };
}

/** A clock that was wrong makes arrivals of the future: they do not count. */
function recent<One extends { readonly at: number }>(past: readonly One[], now: number): One[] {
  return past.filter(({ at }) => Math.abs(now - at) < REMOVAL_WINDOW);
}
