/**
 * `holdfast setup`: NSS, sshd, PAM and systemd told of holdfast, and everything put back as it was.
 */
import { join } from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { removeStaged } from '../../host/file-state.ts';
import { acquireLock } from '../../host/lock.ts';
import { testSshdConfig } from '../../host/sshd-reload.ts';
import { type HostContext, type Invocation, openHost, prepareState, refuseOthers } from '../context.ts';
import { inspectHost } from '../status/host.ts';
import { type PlanOptions, planSetup, type SetupPlan } from './plan.ts';
import { closeRecord, readRecords } from './record.ts';
import { transact, type TransactionResult } from './transaction.ts';
import { type Conflict, planUndo, type UndoPlan } from './undo.ts';
import { readLoginSettings, verifyLogins, verifySetup } from './verify.ts';

export type SetupResult = { readonly kind: 'nothing'; readonly plan: SetupPlan } | (TransactionResult & { readonly plan: SetupPlan });

export type UndoResult =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[] }
  | (TransactionResult & { readonly plan: UndoPlan });

const PATIENCE = 5000;

/** @throws HoldfastError */
export async function previewSetup(invocation: Invocation, options: PlanOptions): Promise<SetupPlan> {
  return await planSetup(openHost(invocation), options);
}

/** @throws HoldfastError */
export async function applySetup(invocation: Invocation, options: PlanOptions): Promise<SetupResult> {
  const { signal, parts } = options;
  const context = openHost(invocation);
  prepareState(context);
  using _lock = await acquireLock(lockOf(context), PATIENCE);
  const plan = await planSetup(context, options);
  if (plan.changes.length === 0 && plan.units.length === 0) return { kind: 'nothing', plan };
  await refuseBrokenSshd(context, signal);
  const before = await readLoginSettings(context, signal);
  const result = await transact(context, {
    steps: plan.changes.map(({ path, before: found, replacement }) => ({ path, before: found, to: replacement })),
    units: plan.units,
    direction: 'begin',
    check: async (running) => await verifySetup({ context, invocation, parts, before }, running),
    signal,
  });
  return { ...result, plan };
}

/** Also where the configuration is broken, or gone. @throws HoldfastError */
export async function undoSetup(invocation: Invocation, signal: AbortSignal): Promise<UndoResult> {
  refuseOthers(invocation);
  const host = inspectHost(invocation);
  if (readRecords(host.paths).length === 0) return { kind: 'nothing' };
  using _lock = await acquireLock(lockOf(host), PATIENCE);
  const records = readRecords(host.paths);
  const plan = planUndo(records);
  if (plan.conflicts.length > 0) return { kind: 'conflict', conflicts: plan.conflicts };
  await refuseBrokenSshd(host, signal);
  const before = await readLoginSettings(host, signal);
  const result = await transact(host, {
    steps: plan.steps,
    units: plan.units,
    direction: 'return',
    check: async (running) => await verifyLogins(host, before, running),
    signal,
  });
  if (result.kind === 'done') {
    for (const { changes } of records) for (const { path } of changes) removeStaged(path);
    for (const record of [...records, result.record]) closeRecord(record);
  }
  return { ...result, plan };
}

function lockOf({ paths }: Pick<HostContext, 'paths'>): string {
  return join(paths.privateState, 'setup.lock');
}

/** Nobody could tell afterwards what was wrong before. */
async function refuseBrokenSshd({ paths }: Pick<HostContext, 'paths'>, signal: AbortSignal): Promise<void> {
  const refusal = paths.root === '/' ? await testSshdConfig(signal) : undefined;
  if (refusal === undefined) return;
  throw new HoldfastError('configuration', `sshd refuses its configuration as it is, and nothing was changed: ${refusal}`, {
    hints: ['mend what it names, and try again'],
  });
}
