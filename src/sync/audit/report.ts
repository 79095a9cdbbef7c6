/**
 * What a run has written into the audit log, for whoever reports it.
 */
import type { HoldfastError } from '../../errors.ts';
import type { AuditLine } from '../../state/audit-line.ts';

export interface AuditReport {
  readonly path: string;
  /** The first of those that were written. */
  readonly shown: readonly AuditLine[];
  readonly written: number;
  /** Why lines wait, or were lost. The sync is done all the same. */
  readonly failure?: HoldfastError;
}
