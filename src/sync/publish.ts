/**
 * From what the directory shows to what serves: nothing, a new generation, or the last good directory while a guard holds.
 *
 * The order of the writes matters. The snapshot is kept before the generation is committed: were it the other way round, a run
 * killed in between would leave caches that are newer than the snapshot, and the next run with the directory down would
 * bring back who had just been removed.
 */
import { renderGeneration } from '../caches/generation-files.ts';
import { collectGarbage, releaseMemory } from '../memory.ts';
import { planSync } from '../policy/plan.ts';
import { dropOtherSnapshots, dropStaged, keepStaged } from '../state/snapshot-file.ts';
import { dropStagedLedger } from '../state/uid-ledger.ts';
import type { AuditTrail } from './audit/audit.ts';
import type { Baseline } from './baseline.ts';
import { commitView, shows, wholeGeneration } from './commit-view.ts';
import type { SyncContext } from './context.ts';
import type { StagedSources, UidFindings } from './directory.ts';
import { type Approval, forgetHeld, hold, rememberArrivals, rememberRemovals } from './hold.ts';
import { type Found, judge, keysOfToday } from './judge.ts';
import { serveHeld } from './meanwhile.ts';
import { readShown } from './read-shown.ts';
import type { SyncOutcome } from './report.ts';
import { keepLedger } from './uid-ledger.ts';

export interface SyncOptions {
  readonly approval: Approval | undefined;
}

/** What a run has to decide on. */
export interface Work extends Found {
  readonly staged: StagedSources;
  readonly uids: UidFindings;
  readonly trail: AuditTrail;
}

export function publish(context: SyncContext, { approval }: SyncOptions, work: Work): SyncOutcome {
  const { baseline, view, staged } = work;
  const rendered = renderGeneration(view, context.store.minLastOffsets());
  const current = wholeGeneration(baseline);
  if (current !== undefined) {
    if (shows(current.manifest, { rendered, view })) {
      keepState(context, work);
      forgetHeld(context, work);
      return { kind: 'unchanged', manifest: current.manifest };
    }
    releaseMemory();
  }
  const plan = planSync(readShown(context, baseline, { rendered, view }), view, keysOfToday(context));
  const judgement = judge(context, work, plan);
  const held = hold(context, judgement, approval);
  if (held !== undefined) {
    dropStagedState(context, staged);
    const reduced = serveHeld(context, work, judgement);
    const isFirst = baseline.generation === undefined;
    return { kind: 'held', isFirst, plan, ...held, ...(reduced === undefined ? {} : { reduced }) };
  }
  // A first generation has not been rendered yet, and that takes room.
  if (current === undefined) collectGarbage();
  rememberRemovals(context, judgement, work.policy.access);
  rememberArrivals(context, judgement, work.policy.access);
  keepState(context, work);
  const commission = { ...work, rendered, plan, judged: view, origins: staged.origins, why: describeReason(baseline) };
  const manifest = commitView(context, baseline, commission);
  forgetHeld(context, work);
  const isApproved = judgement.findings.length > 0;
  return { kind: 'committed', manifest, plan, isApproved, ...(baseline.fault === undefined ? {} : { repaired: baseline.fault }) };
}

/**
 * Nothing is held: what was fetched becomes the last good snapshot, and what was seen of keys counts. The ledger comes first: a host
 * that has seen the snapshot and not the ledger would begin one from people whom it never showed.
 */
export function keepState(context: SyncContext, { staged, uids, keyAges }: Work): void {
  if (uids.isLedgerStaged) keepLedger(context, uids.ledgerFault);
  for (const source of staged.names) keepStaged(context.paths.snapshot(source));
  dropOtherSnapshots(context.paths.privateState, new Set(context.sources.map(({ name }) => context.paths.snapshot(name))));
  keyAges.keep();
}

export function dropStagedState({ paths }: SyncContext, { names }: StagedSources): void {
  dropStagedLedger(paths.uidLedger);
  for (const source of names) dropStaged(paths.snapshot(source));
}

function describeReason({ generation, fault }: Baseline): string {
  if (fault !== undefined) return `rebuilt: ${fault}`;
  return generation === undefined ? 'first sync' : 'changed';
}
