/**
 * From what the directory shows to what serves: nothing, a new generation, or the last good directory while a guard holds.
 *
 * The order of the writes matters. The snapshot is kept before the generation is committed: were it the other way round, a run
 * killed in between would leave caches that are newer than the snapshot, and the next run with the directory down would
 * bring back who had just been removed.
 */
import type { CommitDetails } from '../caches/generation.ts';
import { type RenderedGeneration, type RenderedView, renderGeneration, sumsOf } from '../caches/generation-files.ts';
import type { Manifest, ManifestSource } from '../caches/manifest.ts';
import type { HostView, PublishedView } from '../directory/host-view.ts';
import { collectGarbage, releaseMemory } from '../memory.ts';
import { checkNobodyLeft } from '../policy/access-guards.ts';
import { type Plan, planSync } from '../policy/plan.ts';
import { withoutKeysOf } from '../policy/reduced.ts';
import { dropOtherSnapshots, dropStaged, keepStaged } from '../state/snapshot-file.ts';
import { dropStagedLedger } from '../state/uid-ledger.ts';
import { VERSION } from '../version.ts';
import type { Baseline } from './baseline.ts';
import type { SyncContext } from './context.ts';
import type { StagedSources, UidFindings } from './directory.ts';
import { forgetHeld, hold, rememberRemovals } from './hold.ts';
import { type Found, judge } from './judge.ts';
import type { Reduced, SyncOutcome } from './report.ts';
import { keepLedger } from './uid-ledger.ts';

export interface SyncOptions {
  /** A person has decided that what is held may go. */
  readonly approveRemovals: boolean;
}

/** What a run has to decide on. */
export interface Work extends Found {
  readonly staged: StagedSources;
  readonly uids: UidFindings;
}

export function publish(context: SyncContext, { approveRemovals }: SyncOptions, work: Work): SyncOutcome {
  const { baseline, view, staged } = work;
  const rendered = renderGeneration(view, context.store.minLastOffsets());
  const current = wholeGeneration(baseline);
  if (current !== undefined) {
    if (shows(current.manifest, rendered, view)) {
      keepState(context, work);
      forgetHeld(context, work);
      return { kind: 'unchanged', manifest: current.manifest };
    }
    releaseMemory();
  }
  const plan = planSync(readShown(context, baseline, { rendered, view }), view);
  const judgement = judge(context, work, plan);
  const held = hold(context, judgement, work, approveRemovals);
  if (held !== undefined) {
    dropStagedState(context, staged);
    const reduced = serveMeanwhile(context, work, judgement.accepted);
    return { kind: 'held', plan, ...held, ...(reduced === undefined ? {} : { reduced }) };
  }
  // A first generation has not been rendered yet, and that takes room.
  if (current === undefined) collectGarbage();
  rememberRemovals(context, judgement);
  keepState(context, work);
  const manifest = commit(context, rendered, { baseline, view, origins: staged.origins, why: describeReason(baseline) });
  forgetHeld(context, work);
  const isApproved = judgement.findings.length > 0;
  return { kind: 'committed', manifest, plan, isApproved, ...(baseline.fault === undefined ? {} : { repaired: baseline.fault }) };
}

/** What the host shows now, beside what it is going to show. */
export function readShown({ store }: SyncContext, { generation, fault, view }: Baseline, next: RenderedView): PublishedView {
  return generation === undefined || fault !== undefined ? view() : store.view(generation, next);
}

/**
 * What is held holds up nobody who is refused on purpose, by a rule of this host or by the directory: the last good directory serves
 * without them. Where that is what serves already, nothing is touched. Where it cannot serve, since today's rules leave nobody or
 * no last good snapshot is there, the current generation does, without their keys.
 */
function serveMeanwhile(context: SyncContext, work: Work, accepted: HostView | undefined): Reduced | undefined {
  const { baseline, policy, view } = work;
  const current = wholeGeneration(baseline);
  if (current === undefined && baseline.fault === undefined) return undefined;
  // What is damaged is made anew in any case: its files can make a reader abort.
  const isServed = ({ rendered, view: next }: Next): boolean => current !== undefined && shows(current.manifest, rendered, next);
  const minLastOffsets = context.store.minLastOffsets();
  if (accepted !== undefined) {
    const next: Next = { view: accepted, rendered: renderGeneration(accepted, minLastOffsets) };
    if (isServed(next)) return undefined;
    const plan = planSync(readShown(context, baseline, next), accepted);
    if (checkNobodyLeft(plan, policy.access, accepted).length === 0) return commitMeanwhile(context, work, next, plan);
  }
  const reduced = withoutKeysOf(baseline.view(), view.refused);
  const next: Next = { view: reduced, rendered: renderGeneration(reduced, minLastOffsets) };
  if (isServed(next)) return undefined;
  return commitMeanwhile(context, work, next, planSync(baseline.view(), reduced));
}

/** A view of this host, and the files that show it. */
interface Next {
  readonly view: HostView;
  readonly rendered: RenderedGeneration;
}

/** The sources are those of before: what they give now is held. */
function commitMeanwhile(context: SyncContext, { baseline }: Work, { view, rendered }: Next, plan: Plan): Reduced {
  const isConfigured = (name: string): boolean => context.sources.some((source) => source.name === name);
  const origins = baseline.generation?.manifest.sources.filter(({ name }) => isConfigured(name)) ?? [];
  return {
    manifest: commit(context, rendered, { baseline, view, origins, why: 'held: the last good directory, less who is refused' }),
    plan,
  };
}

function wholeGeneration({ generation, fault }: Baseline): Baseline['generation'] {
  return fault === undefined ? generation : undefined;
}

/**
 * Nothing is held: what was fetched becomes the last good snapshot, and what was seen of keys counts. The ledger comes first: a host
 * that has seen the snapshot and not the ledger would begin one from people whom it never showed.
 */
function keepState(context: SyncContext, { staged, uids, keyAges }: Work): void {
  if (uids.isLedgerStaged) keepLedger(context, uids.ledgerFault);
  for (const source of staged.names) keepStaged(context.paths.snapshot(source));
  dropOtherSnapshots(context.paths.privateState, new Set(context.sources.map(({ name }) => context.paths.snapshot(name))));
  keyAges.keep();
}

function dropStagedState({ paths }: SyncContext, { names }: StagedSources): void {
  dropStagedLedger(paths.uidLedger);
  for (const source of names) dropStaged(paths.snapshot(source));
}

/** Whether the generation already holds exactly this. */
function shows(manifest: Manifest, rendered: RenderedGeneration, { accessGroups }: HostView): boolean {
  const sums = sumsOf(rendered);
  const names = Object.keys(manifest.files);
  if (names.length !== sums.size || names.some((name) => sums.get(name)?.sha256 !== manifest.files[name]?.sha256)) return false;
  return JSON.stringify(Object.fromEntries(accessGroups)) === JSON.stringify(manifest.accessGroups);
}

interface Commission {
  readonly baseline: Baseline;
  readonly view: HostView;
  readonly origins: readonly ManifestSource[];
  readonly why: string;
}

function commit(context: SyncContext, rendered: RenderedGeneration, { baseline, view, origins, why }: Commission): Manifest {
  const details: CommitDetails = {
    why,
    holdfast: VERSION,
    now: context.now(),
    accessGroups: view.accessGroups,
    sources: origins,
  };
  const { manifest } = context.store.commit(rendered, details, wholeGeneration(baseline));
  context.store.prune(context.config.state.keep_generations);
  return manifest;
}

function describeReason({ generation, fault }: Baseline): string {
  if (fault !== undefined) return `rebuilt: ${fault}`;
  return generation === undefined ? 'first sync' : 'changed';
}
