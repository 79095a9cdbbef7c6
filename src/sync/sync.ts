/**
 * The agent's job: fetch, validate, apply policy, plan, guard, commit.
 *
 * The order of the writes matters. The snapshot is kept before the generation is committed: were it the other way round, a run
 * killed in between would leave caches that are newer than the snapshot, and the next run with the directory down would
 * bring back who had just been removed.
 */
import type { CommitDetails } from '../caches/generation.ts';
import { type RenderedGeneration, type RenderedView, renderGeneration, sumsOf } from '../caches/generation-files.ts';
import type { Manifest } from '../caches/manifest.ts';
import { type HostView, type PublishedView, unjudged } from '../directory/host-view.ts';
import { acquireLock } from '../host/lock.ts';
import { releaseMemory } from '../memory.ts';
import { checkGuards, describeRemovals, type GuardFinding, type GuardLimits } from '../policy/guards.ts';
import { isEmptyPlan, type Plan, planSync } from '../policy/plan.ts';
import { clearHeldRemovals, digestRemovals, readHeldRemovals, writeHeldRemovals } from '../state/held-removals.ts';
import { dropStaged, keepStaged } from '../state/snapshot-file.ts';
import { removeStateLitter } from '../state/state-file.ts';
import { dropStagedLedger, stageUidLedger } from '../state/uid-ledger.ts';
import { VERSION } from '../version.ts';
import { type Baseline, readBaseline } from './baseline.ts';
import { type DirectoryContext, prepareState } from './context.ts';
import { readDirectory, type Stage, type StagedSources, stageNew, type UidFindings } from './directory.ts';
import { recordRun } from './record.ts';
import type { DiffReport, SyncOutcome, SyncReport } from './report.ts';
import { keepLedger, recordContests } from './uid-ledger.ts';

export interface SyncContext extends DirectoryContext {
  readonly guards: GuardLimits;
}

export interface SyncOptions {
  /** A person has decided that what is held may go. */
  readonly approveRemovals: boolean;
}

/** Beside what is kept, and without effect until the run settles. */
const STAGE_ALL: Stage<StagedSources> = {
  snapshots: stageNew,
  ledger: ({ paths }, { ledger }, update) => stageUidLedger(paths.uidLedger, ledger, update),
};

const STAGE_NOTHING: Stage<undefined> = { snapshots: () => undefined, ledger: () => undefined };

/** Milliseconds that a run waits for another before it gives up with status 75. */
const LOCK_PATIENCE = 3000;

/** @throws HoldfastError for everything but a source that fails while it has something to fall back on */
export async function sync(context: SyncContext, options: SyncOptions): Promise<SyncReport> {
  prepareState(context);
  using _lock = await acquireLock(context.paths.lock, LOCK_PATIENCE);
  removeStateLitter(context.paths.privateState);
  dropStagedLedger(context.paths.uidLedger);
  return await recordRun(context, async () => {
    const baseline = readBaseline(context);
    const directory = await readDirectory(context, baseline, STAGE_ALL);
    const { view, sources, staged, uids, keepKeyAges } = directory;
    if (view === undefined || staged === undefined) return { outcome: { kind: 'kept' }, sources, rejections: [] };

    releaseMemory();
    const outcome = publish(context, options, { sources, staged, uids, keepKeyAges, baseline, view });
    if (outcome.kind === 'held') dropStagedState(context, staged);
    recordContests(context, uids.judged, { isSettled: outcome.kind !== 'held', isFresh: sources.every(({ fresh }) => fresh) });
    const { ledgerFault } = uids;
    return { outcome, sources, rejections: view.rejections, ...(ledgerFault === undefined ? {} : { ledgerFault }) };
  });
}

/** Everything that `sync` does up to the guards, without writing anything. */
export async function diff(context: SyncContext): Promise<DiffReport> {
  const baseline = readBaseline(context);
  const { view: shown, sources } = await readDirectory(context, baseline, STAGE_NOTHING);
  const view = shown ?? unjudged(baseline.view());
  const rendered = renderGeneration(view, context.store.minLastOffsets());
  const plan = planSync(readShown(context, baseline, { rendered, view }), view);
  return { plan, changes: !isEmptyPlan(plan), findings: checkGuards(plan, context.guards), sources, rejections: view.rejections };
}

/** What a run has to decide on. */
interface Work extends Pick<SyncReport, 'sources'> {
  readonly baseline: Baseline;
  readonly view: HostView;
  readonly staged: StagedSources;
  readonly keepKeyAges: () => void;
  readonly uids: UidFindings;
}

function publish(context: SyncContext, options: SyncOptions, work: Work): SyncOutcome {
  const { baseline, view } = work;
  const rendered = renderGeneration(view, context.store.minLastOffsets());
  const current = baseline.fault === undefined ? baseline.generation : undefined;
  if (current !== undefined) {
    if (shows(current.manifest, rendered, view)) {
      keepState(context, work);
      forgetHeld(context, work);
      return { kind: 'unchanged', manifest: current.manifest };
    }
    releaseMemory();
  }
  const plan = planSync(readShown(context, baseline, { rendered, view }), view);
  const held = hold(context, plan, options);
  if (held !== undefined) return held;
  keepState(context, work);
  const committed = commit(context, rendered, work, plan);
  forgetHeld(context, work);
  return committed;
}

/** What the host shows now, beside what it is going to show. */
function readShown({ store }: SyncContext, { generation, fault, view }: Baseline, next: RenderedView): PublishedView {
  return generation === undefined || fault !== undefined ? view() : store.view(generation, next);
}

/**
 * Nothing is held: what was fetched becomes the last good snapshot, and what was seen of keys counts. The ledger comes first: a host that has seen the snapshot and
 * not the ledger would begin one from people whom it never showed.
 */
function keepState(context: SyncContext, { staged, uids, keepKeyAges }: Work): void {
  if (uids.isLedgerStaged) keepLedger(context, uids.ledgerFault);
  for (const source of staged.names) keepStaged(context.paths.snapshot(source));
  keepKeyAges();
}

/** An older snapshot, shown while the directory is down, settles nothing. */
function forgetHeld({ paths }: SyncContext, { sources }: Work): void {
  if (sources.every(({ fresh }) => fresh)) clearHeldRemovals(paths.heldRemovals);
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

/** Undefined when no guard objects, or when a person has approved exactly these removals. */
function hold({ paths, guards, now }: SyncContext, plan: Plan, { approveRemovals }: SyncOptions): SyncOutcome | undefined {
  const findings = checkGuards(plan, guards);
  if (findings.length === 0) return undefined;
  const digest = digestRemovals(describeRemovals(plan));
  const earlier = readHeldRemovals(paths.heldRemovals);
  const isSame = earlier?.digest === digest;
  if (approveRemovals && isSame) return undefined;
  const since = isSame ? new Date(earlier.since) : now();
  if (!isSame) writeHeldRemovals(paths.heldRemovals, { digest, since: since.toISOString(), findings: findings.map(toRecord) });
  return { kind: 'held', plan, findings, since, approvalRefused: approveRemovals };
}

function toRecord({ guard, text, names }: GuardFinding): { guard: string; text: string; names: string[] } {
  return { guard, text, names: [...names] };
}

function commit(context: SyncContext, rendered: RenderedGeneration, { baseline, view, staged }: Work, plan: Plan): SyncOutcome {
  const { generation, fault } = baseline;
  const details: CommitDetails = {
    why: describeReason(baseline),
    holdfast: VERSION,
    now: context.now(),
    accessGroups: view.accessGroups,
    sources: staged.origins,
  };
  const committed = context.store.commit(rendered, details, fault === undefined ? generation : undefined);
  context.store.prune(context.config.state.keep_generations);
  return { kind: 'committed', manifest: committed.manifest, plan, ...(fault === undefined ? {} : { repaired: fault }) };
}

function describeReason({ generation, fault }: Baseline): string {
  if (fault !== undefined) return `rebuilt: ${fault}`;
  return generation === undefined ? 'first sync' : 'changed';
}
