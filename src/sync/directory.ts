/**
 * What the sources say, as far as this host shows it: fetched or last good, validated, and under this host's policy.
 *
 * The snapshots are let go when this is known, since they are most of a run's memory. One that is new is staged before.
 */
import { existsSync } from 'node:fs';
import type { ManifestSource } from '../caches/manifest.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import type { HostView } from '../directory/host-view.ts';
<<<<<<< HEAD
import { collectGarbage } from '../memory.ts';
import type { Incumbents } from '../policy/claims.ts';
import { applyPolicy } from '../policy/policy.ts';
=======
import { collectGarbage, releaseMemory } from '../host/memory.ts';
import type { LedgerUpdate } from '../directory/uid-holding.ts';
import { claimNames } from '../policy/claims.ts';
import { showClaims } from '../policy/policy.ts';
>>>>>>> ledger
import { digestSnapshot, dropStaged, stageSnapshot, storedDigest } from '../state/snapshot-file.ts';
import type { Baseline } from './baseline.ts';
import type { DirectoryContext } from './context.ts';
import { type GatheredSource, gather } from './gather.ts';
import { type KeyAgesSeen, keysDoNotAge, seeKeyAges } from './key-ages.ts';
import { fingerprintOf } from './key-fingerprint.ts';
import type { SourceReport } from './report.ts';
import {
  admittedBy,
  incumbentsOf,
  type JudgedUid,
  judgedUids,
  judgeSnapshots,
  type OpenedLedger,
  openLedger,
  updateOf,
} from './uid-ledger.ts';

export interface Directory<Staged> {
  /** Absent when a source failed that has nothing to fall back on and whose people are shown here. */
  readonly view: HostView | undefined;
  readonly sources: readonly SourceReport[];
  /** What `stage.snapshots` returned. */
  readonly staged: Staged;
  /** To be called when the run settles. */
  readonly keepKeyAges: KeyAgesSeen['keep'];
  readonly uids: UidFindings;
}

export interface UidFindings {
  /** What is wrong with the ledger on the disk. The ledger itself is let go with the snapshots. */
  readonly ledgerFault: string | undefined;
  /** The next ledger was handed to `stage.ledger`. */
  readonly isLedgerStaged: boolean;
  /** Uids that were contested. */
  readonly judged: readonly JudgedUid[];
}

export interface StagedSources {
  /** Where the view comes from. */
  readonly origins: readonly ManifestSource[];
  /** The sources whose new snapshot is staged. */
  readonly names: readonly string[];
}

/** What is written down while the snapshots are there, without effect yet. Not asked when there is no view. */
export interface Stage<Staged> {
  readonly snapshots: (context: DirectoryContext, gathered: readonly GatheredSource[]) => Staged;
  /** Only when there is something new. */
  readonly ledger: (context: DirectoryContext, ledger: OpenedLedger, update: LedgerUpdate) => void;
}

export async function readDirectory<Staged>(
  context: DirectoryContext,
  baseline: Baseline,
  stage: Stage<Staged>,
): Promise<Directory<Staged | undefined>> {
  const { sources, paths, signal, onProgress } = context;
  const begun = beginMissingLedger(context, baseline);
  const gathered = await gather(sources, paths.snapshot, signal, onProgress);
  signal.throwIfAborted();
  collectGarbage();
  const reports = gathered.map(reportSource);
  if (!canRender(gathered, baseline))
    return {
      view: undefined,
      sources: reports,
      staged: undefined,
      uids: { ledgerFault: undefined, isLedgerStaged: false, judged: [] },
      keepKeyAges: keysDoNotAge.keep,
    };
  const ledger = begun ?? openLedger(context, baseline);
  const staged = stage.snapshots(context, gathered);
  const keyAges = seeKeyAges(context, gathered);
  const rendered = renderView(context, gathered, { baseline, ledger, stage, keyAges });
  return { ...rendered, sources: reports, staged, keepKeyAges: keyAges.keep };
}

/** Before anything is fetched: it reads the last good snapshots, and two directories at a time fill the memory. */
function beginMissingLedger(context: DirectoryContext, baseline: Baseline): OpenedLedger | undefined {
  if (existsSync(context.paths.uidLedger)) return undefined;
  const begun = openLedger(context, baseline);
  if (begun.ledger.held.count > 0) releaseMemory();
  return begun;
}

/** Only what a source has just given, and what is not kept already, whole. */
export function stageNew({ paths }: DirectoryContext, gathered: readonly GatheredSource[]): StagedSources {
  const origins: ManifestSource[] = [];
  const names: string[] = [];
  for (const { name, snapshot, digest: lastGood } of gathered) {
    // A run that was killed may have left one.
    dropStaged(paths.snapshot(name));
    if (snapshot === undefined) continue;
    const { digest, isStaged } =
      lastGood === undefined ? stageIfNew(paths.snapshot(name), snapshot) : { digest: lastGood, isStaged: false };
    origins.push({ name, fetchedAt: new Date(snapshot.fetchedAt).toISOString(), snapshot: digest });
    if (isStaged) names.push(name);
  }
  return { origins, names };
}

/** Where nothing is kept yet, the digest is a by-product of writing. */
function stageIfNew(path: string, snapshot: DirectorySnapshot): { readonly digest: string; readonly isStaged: boolean } {
  const stored = storedDigest(path);
  const digest = stored === undefined ? undefined : digestSnapshot(snapshot);
  if (digest !== undefined && digest === stored) return { digest, isStaged: false };
  return { digest: stageSnapshot(path, snapshot), isStaged: true };
}

/**
 * A source that failed and has no last good snapshot leaves a gap. That is the truth on a new host; where this host already
 * shows people of that source, rendering without it would remove them.
 */
function canRender(gathered: readonly GatheredSource[], { generation }: Baseline): boolean {
  const missing = gathered.filter(({ snapshot }) => snapshot === undefined).map(({ name }) => name);
  if (missing.length === gathered.length) return false;
  return !generation?.manifest.sources.some(({ name }) => missing.includes(name));
}

interface Rendering {
  readonly baseline: Baseline;
  readonly ledger: OpenedLedger;
  readonly stage: Pick<Stage<unknown>, 'ledger'>;
  readonly keyAges: KeyAgesSeen;
}

function renderView(
  context: DirectoryContext,
  gathered: readonly GatheredSource[],
  { baseline, ledger, stage, keyAges: { agedKeys, findings } }: Rendering,
): { readonly view: HostView; readonly uids: UidFindings } {
  const { policy, local, sshdClock } = context;
  const now = context.now();
  const snapshots = gathered.map(({ snapshot }) => snapshot).filter((snapshot) => snapshot !== undefined);
  const judgement = judgeSnapshots(snapshots, ledger, now);
  const admitted = admittedBy(judgement, snapshots);
  const claims = claimNames(admitted, policy, local, incumbentsOf(baseline));
  const update = updateOf(judgement, claims.users, ledger);
  if (update !== undefined) stage.ledger(context, ledger, update);
  const view = showClaims(claims, admitted, policy, { local, now, sshdClock, fingerprint: fingerprintOf, agedKeys });
  return {
    view: findings.length === 0 ? view : { ...view, rejections: [...view.rejections, ...findings] },
    uids: { ledgerFault: ledger.fault, isLedgerStaged: update !== undefined, judged: judgedUids(judgement, claims.users) },
  };
}

function reportSource({ name, fresh, snapshot, failure }: GatheredSource): SourceReport {
  return {
    name,
    fresh,
    ...(snapshot === undefined ? {} : { users: snapshot.users.length, groups: snapshot.groups.length }),
    ...(failure === undefined ? {} : { failure }),
  };
}
