/**
 * What has become of the hooks of a run, as data.
 */
import type { HookEnd } from '../../host/hook-process.ts';
import type { RunWarning } from '../run-warning.ts';

/** One that was run. */
export interface HookReport {
  readonly name: string;
  readonly end: HookEnd;
  readonly output: string;
}

export interface HooksReport {
  readonly hooks: readonly HookReport[];
  readonly warnings: readonly RunWarning[];
}
