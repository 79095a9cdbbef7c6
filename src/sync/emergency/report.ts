/**
 * What an emergency run did.
 */
import { type ExitStatus, exitStatus, exitStatusOf } from '../../exit-status.ts';
import type { EmergencyChange, EmergencyKey } from '../../policy/emergency-keys.ts';
import type { EmergencyHeld } from '../../state/emergency-state.ts';
import type { AuditReport } from '../audit/report.ts';
import type { RunWarning } from '../run-warning.ts';
import type { RefusedLine } from './object-keys.ts';
import type { Judged } from './objects.ts';

export interface EmergencyReport {
  readonly objects: readonly Judged[];
  /** What sshd has now. */
  readonly keys: readonly EmergencyKey[];
  readonly refused: readonly RefusedLine[];
  readonly changes: readonly EmergencyChange[];
  readonly held: readonly EmergencyHeld[];
  /** Of the file, as it was found. */
  readonly tampered: string | undefined;
  readonly outcome: 'written' | 'unchanged' | 'nothing-yet';
  /** Undefined when there was nothing to write. */
  readonly audit: AuditReport | undefined;
  /** When they could not be left for node_exporter. */
  readonly metricsWarnings?: readonly RunWarning[];
  /** An approval was given, and nothing was held. */
  readonly nothingToApprove: boolean;
}

/** 65 when a person is wanted, then what the first object that failed says. */
export function emergencyStatus({ held, objects }: EmergencyReport): ExitStatus {
  const statuses = objects.flatMap(({ failure }) => (failure === undefined ? [] : [exitStatusOf(failure.code)]));
  const lasting = statuses.find((status) => status !== exitStatus.tryLater);
  if (lasting !== undefined) return lasting;
  return held.length > 0 ? exitStatus.dataRefused : (statuses[0] ?? exitStatus.ok);
}
