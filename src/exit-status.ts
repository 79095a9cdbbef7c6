/**
 * Exit statuses, after sysexits(3): systemd and operators know the names.
 */
import type { ErrorCode } from './errors.ts';

export const exitStatus = {
  ok: 0,
  no: 1,
  usage: 64,
  dataRefused: 65,
  bug: 70,
  cacheFailure: 73,
  tryLater: 75,
  refused: 77,
  configuration: 78,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

const statusByCode: Readonly<Record<ErrorCode, ExitStatus>> = {
  usage: exitStatus.usage,
  'data-refused': exitStatus.dataRefused,
  'cache-failed': exitStatus.cacheFailure,
  'source-unavailable': exitStatus.tryLater,
  'lock-held': exitStatus.tryLater,
  'source-refused': exitStatus.refused,
  'not-root': exitStatus.refused,
  configuration: exitStatus.configuration,
};

export function exitStatusOf(code: ErrorCode): ExitStatus {
  return statusByCode[code];
}
