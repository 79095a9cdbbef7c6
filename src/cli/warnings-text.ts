/**
 * What changed nothing of a run's outcome: its warnings, and the hooks that heard of it.
 */
import { lastLine } from '../sync/hooks/hooks.ts';
import type { HooksReport } from '../sync/hooks/report.ts';
import type { RunWarning } from '../sync/run-warning.ts';
import type { Output } from './render.ts';

export function reportWarnings(output: Output, warnings: readonly RunWarning[]): void {
  for (const { code, text, hint } of warnings) {
    output.event('warning', text, code, { text });
    output.hint(hint);
  }
}

/** One event for each that was run, with what it printed; then what should be seen to. */
export function reportHooks(output: Output, report: HooksReport | undefined): void {
  for (const { name, end, output: printed } of report?.hooks ?? []) {
    const status = end.kind === 'ended' ? end.status : undefined;
    const words = printed.trimEnd() === '' ? '' : `: ${lastLine(printed)}`;
    const fields = { hook: name, end: end.kind, status, output: printed === '' ? undefined : printed };
    output.event('info', `hook "${name}" was run${words}`, 'hook', fields);
  }
  reportWarnings(output, report?.warnings ?? []);
}
