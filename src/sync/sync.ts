/**
 * The agent's job: fetch, validate, apply policy, plan, guard, commit.
 */
import { renderGeneration } from '../caches/generation-files.ts';
import { unjudged } from '../directory/host-view.ts';
import { acquireLock } from '../host/lock.ts';
import { releaseMemory } from '../memory.ts';
import { isEmptyPlan, planSync } from '../policy/plan.ts';
import { removeStateLitter } from '../state/state-file.ts';
import { dropStagedLedger, stageUidLedger } from '../state/uid-ledger.ts';
import { readBaseline } from './baseline.ts';
import { certificateWarnings } from './certificate-expiry.ts';
import { prepareState, type SyncContext } from './context.ts';
import { readDirectory, type Stage, type StagedSources, stageNew } from './directory.ts';
import { judge } from './judge.ts';
import { publish, readShown, type SyncOptions } from './publish.ts';
import { keepHostAccess } from './read-host-access.ts';
import { recordRun } from './record.ts';
import type { DiffReport, SyncReport } from './report.ts';
import { recordContests } from './uid-ledger.ts';

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
    const { view, policy, sources, hostAccess, staged, keyAges, uids } = await readDirectory(context, baseline, STAGE_ALL);
    keepHostAccess(context, hostAccess);
    await context.secrets.keep();
    const warnings = [...context.secrets.warnings(), ...certificateWarnings(sources, context.now())];
    if (view === undefined || staged === undefined) {
      return { outcome: { kind: 'kept' }, sources, hostAccess, rejections: [], warnings, approvalUnused: false };
    }

    releaseMemory();
    const outcome = publish(context, options, { sources, staged, keyAges, uids, baseline, view, policy });
    recordContests(context, uids.judged, { isSettled: outcome.kind !== 'held', isFresh: sources.every(({ fresh }) => fresh) });
    const isUsed = outcome.kind === 'held' || (outcome.kind === 'committed' && outcome.isApproved);
    const { ledgerFault } = uids;
    return {
      outcome,
      sources,
      hostAccess,
      rejections: view.rejections,
      warnings,
      approvalUnused: options.approveRemovals && !isUsed,
      ...(ledgerFault === undefined ? {} : { ledgerFault }),
    };
  });
}

/** Everything that `sync` does up to the guards, without writing anything. */
export async function diff(context: SyncContext): Promise<DiffReport> {
  const baseline = readBaseline(context);
  const { view: shown, policy, sources, hostAccess, keyAges } = await readDirectory(context, baseline, STAGE_NOTHING);
  const view = shown ?? unjudged(baseline.view());
  const rendered = renderGeneration(view, context.store.minLastOffsets());
  const plan = planSync(readShown(context, baseline, { rendered, view }), view);
  const { findings } = judge(context, { baseline, view, policy, sources, keyAges }, plan);
  const warnings = [...context.secrets.warnings(), ...certificateWarnings(sources, context.now())];
  return { plan, changes: !isEmptyPlan(plan), findings, sources, hostAccess, rejections: view.rejections, warnings };
}
