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

/** One event for each, with what it printed. */
export function reportHooks(output: Output, report: HooksReport | undefined): void {
  for (const { name, end, output: printed, warning } of report?.hooks ?? []) {
    const status = end.kind === 'ended' ? end.status : undefined;
    const fields = { hook: name, end: end.kind, status, output: printed === '' ? undefined : printed };
    const words = lastLine(printed);
    if (warning === undefined) output.event('info', `hook "${name}" was run${words === '' ? '' : `: ${words}`}`, 'hook', fields);
    else output.event('warning', warning.text, warning.code, { ...fields, text: warning.text });
    if (warning !== undefined) output.hint(warning.hint);
  }
  reportWarnings(output, report?.refused ?? []);
}
