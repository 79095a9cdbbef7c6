/**
 * The agent's job: fetch, validate, apply policy, plan, guard, commit.
 */
import { renderGeneration } from '../caches/generation-files.ts';
import { type HostView, unjudged } from '../directory/host-view.ts';
import type { RejectionCode } from '../directory/rejection.ts';
import { acquireLock } from '../host/lock.ts';
import { releaseMemory } from '../memory.ts';
import { isEmptyPlan, planSync } from '../policy/plan.ts';
import { explainRemovals } from '../policy/guards/removal-reasons.ts';
import { type HeldRemovals, readHeldRemovals } from '../state/held-removals.ts';
import { type MovedFolder, moveFoldersAside } from '../state/misplaced-folders.ts';
import { removeStateLitter } from '../state/state-file.ts';
import { dropStagedLedger, stageUidLedger } from '../state/uid-ledger.ts';
import { findAccessFaults } from './host-access/access-faults.ts';
import { AuditTrail } from './audit/audit.ts';
import { type Baseline, readBaseline } from './baseline.ts';
import { certificateWarnings } from './secrets/certificate-expiry.ts';
import { prepareState, type SyncContext } from './context.ts';
import { type Gap, readDirectory, reportStale, type Stage, type StagedSources, stageNew } from './directory.ts';
import { callHooks } from './hooks/hooks.ts';
import type { HostAccess } from './host-access/host-access.ts';
import { digestOf } from './hold.ts';
import { judge, keysOfToday } from './judge.ts';
import { type Ground, serveRecorded, type Standpoint, viewRecorded } from './meanwhile.ts';
import { pinInEffect, pinWarnings, settlePin } from './rollback/pinned.ts';
import { publishPinned } from './rollback/publish-pinned.ts';
import { publish, type SyncOptions } from './publish.ts';
import { readShown } from './read-shown.ts';
import { keepHostAccess } from './host-access/read-host-access.ts';
import { recordRun } from './record.ts';
import type { DiffReport, SourceReport, SyncReport } from './report.ts';
import type { RunWarning } from './run-warning.ts';
import { recordContests } from './uid-ledger.ts';

/** Beside what is kept, and without effect until the run settles. */
const STAGE_ALL: Stage<StagedSources> = {
  snapshots: stageNew,
  ledger: ({ paths }, { ledger }, update) => stageUidLedger(paths.uidLedger, ledger, update),
};

const STAGE_NOTHING: Stage<undefined> = { snapshots: () => undefined, ledger: () => undefined };

const OF_ACCESS: ReadonlySet<RejectionCode> = new Set(['access-group-unknown', 'access-account-unknown', 'access-group-unmapped']);

/** Milliseconds that a run waits for another before it gives up with status 75. */
const LOCK_PATIENCE = 3000;

/** @throws HoldfastError for everything but a source that fails while it has something to fall back on */
export async function sync(context: SyncContext, options: SyncOptions): Promise<SyncReport> {
  prepareState(context);
  using _lock = await acquireLock(context.paths.lock, LOCK_PATIENCE);
  const moved = moveFoldersAside(context.paths.privateState).map(describeMoved);
  removeStateLitter(context.paths.privateState);
  dropStagedLedger(context.paths.uidLedger);
  const pin = settlePin(context);
  const before = [...moved, ...pinWarnings(pin, context.now())];
  const trail = new AuditTrail(context);
  trail.recover();
  const recorded = await recordRun(context, async () => {
    const baseline = readBaseline(context);
    const { view, policy, sources, hostAccess, staged, keyAges, uids, gap } = await readDirectory(context, baseline, STAGE_ALL);
    keepHostAccess(context, hostAccess);
    await context.secrets.keep();
    if (gap !== undefined) return keep(context, { baseline, policy, sources, hostAccess, gap, trail, before });
    if (view === undefined || staged === undefined) throw new Error('neither a view nor what stands in its way');

    releaseMemory();
    keyAges.keepDay();
    const work = { sources, staged, keyAges, uids, baseline, view, policy, trail };
    const outcome = pin === undefined ? publish(context, options, work) : publishPinned(context, options, work, pin);
    recordContests(context, uids.judged, { isSettled: outcome.kind !== 'held', isFresh: sources.every(({ fresh }) => fresh) });
    const isUsed = outcome.kind === 'held' || ('isApproved' in outcome && outcome.isApproved);
    const { ledgerFault } = uids;
    return {
      outcome,
      sources,
      hostAccess,
      rejections: view.rejections,
      accessFaults: findAccessFaults(view),
      warnings: [...before, ...warningsOf(context, sources)],
      approvalUnused: options.approval !== undefined && !isUsed,
      approvalWaits: options.approval !== undefined && !isUsed && heldUnseen(context, sources) !== undefined,
      audit: trail.settle(view.rejections),
      ...servedBefore(baseline),
      ...(ledgerFault === undefined ? {} : { ledgerFault }),
    };
  });
  return await callHooks(context, recorded);
}

function servedBefore({ generation }: Baseline): Pick<SyncReport, 'servedBefore'> {
  return generation === undefined ? {} : { servedBefore: generation.number };
}

/** Neither asked nor remembered: nothing new, and less where a rule of this host says so. */
function keep(context: SyncContext, { sources, hostAccess, gap, before, ...ground }: KeptRun): SyncReport {
  const { view, reduced } = serveRecorded(context, ground, gap);
  return {
    outcome: { kind: 'kept', ...(reduced === undefined ? {} : { reduced }) },
    sources: sources.map((source) => reportStale(source, gap.stale, view)),
    hostAccess,
    rejections: [],
    accessFaults: [],
    warnings: [...before, ...warningsOf(context, sources)],
    approvalUnused: false,
    audit: ground.trail.settle(undefined),
    ...servedBefore(ground.baseline),
  };
}

interface KeptRun extends Ground {
  readonly sources: readonly SourceReport[];
  readonly hostAccess: HostAccess;
  readonly gap: Gap;
  /** What was found before anything was asked. */
  readonly before: readonly RunWarning[];
}

function describeMoved({ from, to }: MovedFolder): RunWarning {
  return {
    code: 'state-folder-moved',
    text: `a folder was in the place of the state file ${from}: moved to ${to}, and the file counts as damaged`,
    hint: `look at what is in it, then remove it: ls -la ${to}`,
  };
}

function warningsOf({ secrets, now }: SyncContext, sources: readonly SourceReport[]): RunWarning[] {
  return [...secrets.warnings(), ...certificateWarnings(sources, now())];
}

/** Everything that `sync` does up to the guards, without writing anything. */
export async function diff(context: SyncContext): Promise<DiffReport> {
  const baseline = readBaseline(context);
  const { view: shown, policy, sources, hostAccess, keyAges, gap } = await readDirectory(context, baseline, STAGE_NOTHING);
  const view = shown ?? viewOfGap(context, { baseline, policy }, gap);
  const rendered = renderGeneration(view, context.store.minLastOffsets());
  const plan = planSync(readShown(context, baseline, { rendered, view }), view, keysOfToday(context));
  // Where nobody has answered there is nothing to judge, as in a sync.
  const findings = shown === undefined ? [] : judge(context, { baseline, view, policy, sources, keyAges }, plan).findings;
  const recorded = heldUnseen(context, sources);
  const reasons = explainRemovals(plan, view, policy);
  const pin = pinInEffect(context.paths.pin, context.store.currentManifest());
  const warnings = [...pinWarnings(pin, context.now()), ...warningsOf(context, sources)];
  const accessFindings = view.rejections.filter(({ code }) => OF_ACCESS.has(code));
  const digest = digestOf(findings);
  const report = { plan, reasons, changes: !isEmptyPlan(plan), findings, digest, sources, hostAccess, accessFindings, warnings };
  return recorded === undefined ? report : { ...report, recorded };
}

/** What a guard holds, where the answer that it held cannot be had. */
function heldUnseen({ paths }: SyncContext, sources: readonly SourceReport[]): HeldRemovals | undefined {
  return sources.every(({ fresh }) => fresh) ? undefined : readHeldRemovals(paths.heldRemovals);
}

function viewOfGap(context: SyncContext, standpoint: Standpoint, gap: Gap | undefined): HostView {
  return gap === undefined ? unjudged(standpoint.baseline.view()) : viewRecorded(context, standpoint, gap);
}
