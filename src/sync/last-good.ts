/**
 * What the last good snapshots say under the present configuration, and what the host serves: what `why` and `quarantine` explain,
 * without a network.
 */
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { type Judgement, judge } from '../policy/policy.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import { loadSnapshot } from '../state/snapshot-file.ts';
import { type Baseline, readBaseline } from './baseline.ts';
import type { HostContext } from './context.ts';
import { hostOf } from './directory.ts';
import { hostPolicy } from './host-policy.ts';
import { secondsSince } from './phrases.ts';
import { readSshdClock } from './sshd-clock.ts';

export interface LastGoodSource {
  readonly name: string;
  /** ISO 8601; absent when nothing of it is kept, or nothing that can be read. */
  readonly fetchedAt?: string;
  readonly ageSeconds?: number;
  readonly users?: number;
  readonly groups?: number;
  /** What is wrong with what is kept. */
  readonly fault?: string;
}

export interface LastGood {
  readonly sources: readonly LastGoodSource[];
  readonly snapshots: readonly DirectorySnapshot[];
  readonly policy: HostPolicy;
  readonly judgement: Judgement;
  readonly baseline: Baseline;
}

/** @throws HoldfastError `configuration`, `cache-failed` */
export function readLastGood(context: HostContext): LastGood {
  const { config, paths, now } = context;
  const policy = hostPolicy(config);
  const stored = config.source.map(({ name }) => ({ name, kept: loadSnapshot(paths.snapshot(name)) }));
  const snapshots = stored.flatMap(({ kept }) => (typeof kept === 'object' ? [kept.snapshot] : []));
  const described = { ...context, policy, sources: config.source, sshdClock: () => readSshdClock(context) };
  const baseline = readBaseline(described);
  return {
    sources: stored.map(({ name, kept }) => describeSource(name, typeof kept === 'object' ? kept.snapshot : kept, now())),
    snapshots,
    policy,
    judgement: judge(snapshots, policy, hostOf(described, baseline)),
    baseline,
  };
}

function describeSource(name: string, kept: DirectorySnapshot | string | undefined, now: Date): LastGoodSource {
  if (kept === undefined) return { name };
  if (typeof kept === 'string') return { name, fault: kept };
  const fetchedAt = new Date(kept.fetchedAt).toISOString();
  return { name, fetchedAt, ageSeconds: secondsSince(fetchedAt, now), users: kept.users.length, groups: kept.groups.length };
}
