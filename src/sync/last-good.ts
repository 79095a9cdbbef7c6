/**
 * What the last good snapshots say under the present configuration, and what the host serves: what `why` and `quarantine` explain,
 * without a network.
 */
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import type { UidLedger } from '../directory/uid-holding.ts';
import type { AgedKeys } from '../policy/keys/key-age.ts';
import type { Judgement } from '../policy/policy.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import { readRunRecord } from '../state/run-record.ts';
import { loadSnapshot } from '../state/snapshot-file.ts';
import { type Baseline, readBaseline } from './baseline.ts';
import type { HostContext } from './context.ts';
import { rulesOf } from './directory.ts';
import type { GatheredSource } from './gather.ts';
import { type HostAccess, withHostAccess } from './host-access/host-access.ts';
import { hostPolicy } from './host-policy.ts';
import { seeKeyAges } from './keys/key-ages.ts';
import { secondsSince } from './phrases.ts';
import { recallHostAccess } from './host-access/read-host-access.ts';
import { renderSnapshots } from './render-view.ts';
import { readSshdClock } from './sshd-clock.ts';
import { findStale } from './status/staleness.ts';
import { openLedger, withRenamed } from './uid-ledger.ts';

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
  readonly hostAccess: HostAccess;
  readonly judgement: Judgement;
  /** Undefined where keys do not age. */
  readonly agedKeys: AgedKeys | undefined;
  /** As the last run that settled has left it. */
  readonly ledger: UidLedger;
  readonly baseline: Baseline;
}

/** @throws HoldfastError `configuration`, `cache-failed` */
export function readLastGood(context: HostContext): LastGood {
  const { config, paths, now } = context;
  const stored = config.source.map(({ name }) => ({ name, kept: loadSnapshot(paths.snapshot(name)) }));
  const snapshots = stored.flatMap(({ kept }) => (typeof kept === 'object' ? [kept.snapshot] : []));
  const silent = silentSources(context);
  const gathered = stored.map(({ name, kept }) => gatheredOf(name, kept, !silent.has(name)));
  const hostAccess = recallHostAccess(context);
  const described = {
    ...context,
    policy: withHostAccess(hostPolicy(config), hostAccess),
    sources: config.source,
    sshdClock: () => readSshdClock(context),
  };
  const baseline = readBaseline(described);
  const { agedKeys, findings } = seeKeyAges(context, gathered);
  const ledger = openLedger(described, baseline);
  const policy = withRenamed(rulesOf(described, gathered, { stale: findStale(context, gathered), baseline }), ledger, snapshots);
  const { judgement } = renderSnapshots(described, snapshots, {
    policy,
    ledger,
    baseline,
    agedKeys,
    onLedgerUpdate: () => undefined,
  });
  return {
    sources: stored.map(({ name, kept }) => describeSource(name, typeof kept === 'object' ? kept.snapshot : kept, now())),
    snapshots,
    policy,
    judgement: { ...judgement, view: { ...judgement.view, rejections: [...judgement.view.rejections, ...findings] } },
    agedKeys,
    ledger: ledger.ledger,
    hostAccess,
    baseline,
  };
}

/** As the last run had it: of a source that failed then, other rules hold. */
function silentSources({ paths }: HostContext): ReadonlySet<string> {
  const sources = readRunRecord(paths.runRecord)?.sources ?? [];
  return new Set(sources.filter(({ error }) => error !== undefined).map(({ name }) => name));
}

function gatheredOf(name: string, kept: ReturnType<typeof loadSnapshot>, fresh: boolean): GatheredSource {
  return { name, fresh, ...(typeof kept === 'object' ? { snapshot: kept.snapshot } : {}) };
}

function describeSource(name: string, kept: DirectorySnapshot | string | undefined, now: Date): LastGoodSource {
  if (kept === undefined) return { name };
  if (typeof kept === 'string') return { name, fault: kept };
  const fetchedAt = new Date(kept.fetchedAt).toISOString();
  return { name, fetchedAt, ageSeconds: secondsSince(fetchedAt, now), users: kept.users.length, groups: kept.groups.length };
}
