/**
 * Several names of the host changed together: all of them and checked, or none.
 */
import { HoldfastError } from '../../errors.ts';
import {
  copyForRoot,
  type FileState,
  isSameState,
  readFileState,
  type Replacement,
  replaceFile,
  restoreFile,
  stateAfter,
} from '../../host/file-state.ts';
import { runProgram } from '../../host/program.ts';
import { faultOf, refreshSshd, testSshdConfig } from '../../host/sshd-reload.ts';
import type { HostContext } from '../context.ts';
import { copyAfter, copyBefore, dropRecord, type SetupRecord, writeRecord } from './record.ts';
import type { UnitChange } from './units.ts';

export interface Step {
  readonly path: string;
  readonly before: FileState;
  readonly to: Replacement | { readonly kind: 'copy'; readonly copy: string; readonly state: FileState & { readonly kind: 'file' } };
}

export interface Transaction {
  readonly steps: readonly Step[];
  readonly units: readonly UnitChange[];
  /** The timers begin, or are again what they were. */
  readonly direction: 'begin' | 'return';
  /** What is wrong, once all names are changed: nothing may be. */
  readonly check: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly signal: AbortSignal;
}

export type TransactionResult =
  | { readonly kind: 'done'; readonly record: SetupRecord; readonly left: readonly string[] }
  /** Everything is as it was, but for what `stuck` says. */
  | { readonly kind: 'rolled-back'; readonly faults: readonly string[]; readonly stuck: readonly string[] };

const PATIENCE = 30_000;

/** @throws HoldfastError `cache-failed` when not even copies can be made */
export async function transact(context: Pick<HostContext, 'paths' | 'now'>, transaction: Transaction): Promise<TransactionResult> {
  const { steps, units, signal } = transaction;
  const changes = steps.map((step) => ({ path: step.path, before: step.before, after: afterOf(step) }));
  const record = writeRecord(context.paths, context.now(), changes, units);
  const isLive = context.paths.root === '/';
  const faults: string[] = [];
  const left: string[] = [];
  try {
    for (const step of steps) takeStep(step, record);
    faults.push(...(await transaction.check(signal)));
    if (faults.length === 0 && isLive && touchesSshd(steps)) {
      const { fault, left: rest } = await refreshSshd(howToRefresh(steps), signal);
      faults.push(...(fault === undefined ? [] : [fault]));
      left.push(...(rest === undefined ? [] : [rest]));
    }
    if (faults.length === 0) faults.push(...(await runUnits(units, transaction.direction, signal)));
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    faults.push(error.message);
  }
  if (faults.length === 0) return { kind: 'done', record, left };
  return { kind: 'rolled-back', faults, stuck: await rollBack(record, transaction, isLive) };
}

function afterOf({ to, before }: Step): FileState {
  return to.kind === 'copy' ? to.state : stateAfter(to, before);
}

function takeStep({ path, before, to }: Step, record: SetupRecord): void {
  if (to.kind !== 'copy') {
    replaceFile(path, before, to);
    if (to.kind === 'text') copyForRoot(path, copyAfter(record, path));
    return;
  }
  if (!isSameState(readFileState(path), before))
    throw new HoldfastError('cache-failed', `"${path}" was changed meanwhile: look at it, and try again`);
  restoreFile(path, to.state, to.copy);
}

/** Not with the signal that may have ended the rest: this has to go on. */
async function rollBack(record: SetupRecord, { steps, units, direction }: Transaction, isLive: boolean): Promise<string[]> {
  const { signal } = new AbortController();
  const stuck = record.changes.toReversed().flatMap((change) => putBack(change, record));
  stuck.push(...(await runUnits(units, direction === 'begin' ? 'return' : 'begin', signal)));
  if (isLive && touchesSshd(steps)) {
    const refusal = await testSshdConfig(signal);
    const { fault } = refusal === undefined ? await refreshSshd(howToRefresh(steps), signal) : { fault: refusal };
    if (fault !== undefined) stuck.push(fault);
  }
  if (stuck.length === 0) dropRecord(record);
  return stuck;
}

function putBack({ path, before, after }: SetupRecord['changes'][number], record: SetupRecord): string[] {
  try {
    const now = readFileState(path);
    if (isSameState(now, before)) return [];
    if (!isSameState(now, after)) return [`"${path}" was changed by somebody else meanwhile, and is left alone`];
    if (before.kind === 'file') restoreFile(path, before, copyBefore(record, path));
    else replaceFile(path, now, before);
    return [];
  } catch (error) {
    if (error instanceof HoldfastError) return [error.message];
    throw error;
  }
}

function touchesSshd(steps: readonly Step[]): boolean {
  return steps.some(({ path }) => path.includes('/etc/ssh/') || path.includes('/systemd/system/'));
}

function howToRefresh(steps: readonly Step[]): 'reload' | 'restart' {
  return steps.some(({ path }) => path.includes('/systemd/system/')) ? 'restart' : 'reload';
}

async function runUnits(units: readonly UnitChange[], direction: Transaction['direction'], signal: AbortSignal): Promise<string[]> {
  const faults: string[] = [];
  for (const { unit, wasEnabled, wasActive } of units) {
    const back = [...(wasActive ? [] : [['systemctl', 'stop', unit]]), ...(wasEnabled ? [] : [['systemctl', 'disable', unit]])];
    const commands = direction === 'begin' ? [['systemctl', 'enable', '--now', unit]] : back;
    for (const command of commands) {
      const fault = faultOf(command.join(' '), await runProgram(command, { timeout: PATIENCE, signal }));
      if (fault !== undefined) faults.push(fault);
    }
  }
  return faults;
}
