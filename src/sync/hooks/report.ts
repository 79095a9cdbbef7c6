/**
 * What has become of the hooks of a run, as data.
 */
import type { HookEnd } from '../../host/hook-process.ts';
import type { RunWarning } from '../run-warning.ts';

/** One that was run, or whose turn came too late. */
export interface HookReport {
  readonly name: string;
  readonly end: HookEnd;
  readonly output: string;
  /** Absent: it ended as it should. */
  readonly warning?: RunWarning;
}

export interface HooksReport {
  readonly hooks: readonly HookReport[];
  /** What is in the folder and is not run. */
  readonly refused: readonly RunWarning[];
}

export function warningsOfHooks({ hooks, refused }: HooksReport): RunWarning[] {
  return [...refused, ...hooks.flatMap(({ warning }) => warning ?? [])];
}
