/**
 * `holdfast metrics`: the text format is for programs already, so that there is no `--json`; for that there is `holdfast status --json`.
 */
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { renderMetrics } from '../sync/metrics/textfile.ts';
import { openStatusHost } from '../sync/status/host.ts';
import { type GlobalOptions, invocationOf, outputOf } from './invocation.ts';

export function runMetrics(options: GlobalOptions): ExitStatus {
  outputOf({}).result(renderMetrics(openStatusHost(invocationOf(options))));
  return exitStatus.ok;
}
