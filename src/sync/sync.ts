/**
 * The agent's job: fetch, validate, apply policy, plan, guard, commit.
 */
import { renderGeneration } from '../caches/generation-files.ts';
import { unjudged } from '../directory/host-view.ts';
import { acquireLock } from '../host/lock.ts';
import { releaseMemory } from '../host/memory.ts';
import { isEmptyPlan, planSync } from '../policy/plan.ts';
import { removeStateLitter } from '../state/state-file.ts';
import { readBaseline } from './baseline.ts';
import { prepareState, type SyncContext } from './context.ts';
import { readDirectory, stageNew } from './directory.ts';
import { judge } from './judge.ts';
import { publish, readShown, type SyncOptions } from './publish.ts';
import { recordRun } from './record.ts';
import type { DiffReport, SyncReport } from './report.ts';

/** Milliseconds that a run waits for another before it gives up with status 75. */
const LOCK_PATIENCE = 3000;

/** @throws HoldfastError for everything but a source that fails while it has something to fall back on */
export async function sync(context: SyncContext, options: SyncOptions): Promise<SyncReport> {
  prepareState(context);
  using _lock = await acquireLock(context.paths.lock, LOCK_PATIENCE);
  removeStateLitter(context.paths.privateState);
  return await recordRun(context, async () => {
    const baseline = readBaseline(context);
    const { view, policy, sources, staged, keyAges } = await readDirectory(context, baseline, stageNew);
    if (view === undefined || staged === undefined) return { outcome: { kind: 'kept' }, sources, rejections: [], approvalUnused: false };

    releaseMemory();
    const outcome = publish(context, options, { sources, staged, keyAges, baseline, view, policy });
    const isUsed = outcome.kind === 'held' || (outcome.kind === 'committed' && outcome.isApproved);
    return { outcome, sources, rejections: view.rejections, approvalUnused: options.approveRemovals && !isUsed };
  });
}

/** Everything that `sync` does up to the guards, without writing anything. */
export async function diff(context: SyncContext): Promise<DiffReport> {
  const baseline = readBaseline(context);
  const { view: shown, policy, sources, keyAges } = await readDirectory(context, baseline, () => undefined);
  const view = shown ?? unjudged(baseline.view());
  const rendered = renderGeneration(view, context.store.minLastOffsets());
  const plan = planSync(readShown(context, baseline, { rendered, view }), view);
  const { findings } = judge(context, { baseline, view, policy, sources, keyAges }, plan);
  return { plan, changes: !isEmptyPlan(plan), findings, sources, rejections: view.rejections };
}
