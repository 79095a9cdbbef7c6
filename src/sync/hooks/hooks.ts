/**
 * Programs of the host's owner that hear of each commit.
 *
 * They run while the run's lock is held, after the generation serves, is audited and recorded: `holdfast status` says what it says later,
 * no other run commits meanwhile, and a hook that calls `holdfast sync` is refused instead of calling itself for ever. Whatever they do,
 * the outcome and status of the run stay.
 */
import { printable } from '../../directory/rejection.ts';
import { type HookEnd, type HookRun, runHook } from '../../host/hook-process.ts';
import { closeInheritedFiles } from '../../host/inherited-files.ts';
import { type Hook, readHooks, type RefusedHook } from '../../host/hooks-folder.ts';
import { recordHookWarnings } from '../record.ts';
import type { SyncContext } from '../context.ts';
import type { SyncReport } from '../report.ts';
import type { RunWarning } from '../run-warning.ts';
import { commitOf, formatCommitEvent } from './commit-event.ts';
import { type HookReport, type HooksReport, warningsOfHooks } from './report.ts';

/** Milliseconds for all of them: the unit ends a run that takes too long, and the next one waits. */
const TOTAL = 60_000;
const LAST_LINE_SHOWN = 200;
const LIMITS = `, and at hooks.timeout (all of a run have ${TOTAL / 1000} s together)`;

export async function callHooks(context: SyncContext, report: SyncReport): Promise<SyncReport> {
  const commit = commitOf(report);
  if (commit === undefined) return report;
  const { hooks, refused } = readHooks(context.paths.hooks, context.paths.root);
  if (hooks.length === 0 && refused.length === 0) return report;
  closeInheritedFiles();
  const input = formatCommitEvent(report, commit, context.paths.root);
  const giveUpAt = performance.now() + TOTAL;
  const reports: HookReport[] = [];
  for (const hook of hooks) {
    const run = await runInTime(context, hook, { input, remaining: giveUpAt - performance.now() });
    reports.push({ name: hook.name, ...run, ...(isWell(run) ? {} : { warning: describeFailed(hook, run) }) });
  }
  const ofHooks: HooksReport = { hooks: reports, refused: refused.map(describeRefused) };
  recordHookWarnings(context, warningsOfHooks(ofHooks));
  return { ...report, hooks: ofHooks };
}

async function runInTime(
  { config, signal }: SyncContext,
  { path }: Hook,
  { input, remaining }: { readonly input: string; readonly remaining: number },
): Promise<HookRun> {
  if (remaining <= 0) return { end: { kind: 'failed', reason: `not run: those before it took ${TOTAL / 1000} s` }, output: '' };
  return await runHook(path, { input, timeout: Math.ceil(Math.min(config.hooks.timeout, remaining)), signal });
}

function isWell({ end }: HookRun): boolean {
  return end.kind === 'ended' && end.status === 0;
}

function describeRefused({ path, reason }: RefusedHook): RunWarning {
  return {
    code: 'hook-refused',
    text: `hook ${printable(path)} ${reason}: not run`,
    hint: `ls -ld ${path}; the caches are committed all the same`,
  };
}

function describeFailed({ name, path }: Hook, { end, output }: HookRun): RunWarning {
  const words = lastLine(output);
  return {
    code: 'hook-failed',
    text: `hook "${name}" ${describeEnd(end)}${words === '' ? '' : `: ${words}`}`,
    hint: `look at ${path}${end.kind === 'late' ? LIMITS : ''}; the caches are committed all the same`,
  };
}

function describeEnd(end: HookEnd): string {
  switch (end.kind) {
    case 'ended':
      return `ended with status ${end.status}`;
    case 'late':
      return `was ended after ${Math.round(end.seconds)} s`;
    case 'failed':
      return `failed (${printable(end.reason, LAST_LINE_SHOWN)})`;
  }
}

/** Where a program says why it ends. */
export function lastLine(output: string): string {
  return printable(output.trimEnd().split('\n').at(-1) ?? '', LAST_LINE_SHOWN);
}
