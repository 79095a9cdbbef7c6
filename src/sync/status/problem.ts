/**
 * What `status` finds wrong.
 */
/** Stable: monitoring goes by it, and `holdfast explain` has a text for each. */
export type ProblemCode =
  | 'pinned'
  | 'configuration-wrong'
  | 'nobody-has-keys'
  | 'never-committed'
  | 'caches-damaged'
  | 'last-run-failed'
  | 'audit-incomplete'
  | 'source-never-complete'
  | 'source-old'
  | 'source-stale'
  | 'certificate-expires'
  | 'removals-held'
  | 'held-record-damaged'
  | 'ledger-missing'
  | 'uid-waits'
  | 'access-rule-leads-nowhere'
  | 'host-access-unread'
  | 'access-group-not-in-map'
  | 'last-run-warned'
  | 'hook-warned'
  | 'sshd-wiring'
  | 'emergency-never-run'
  | 'emergency-old'
  | 'emergency-failed'
  | 'emergency-no-keys'
  | 'emergency-file-changed'
  | 'emergency-held'
  | 'emergency-user-missing';

export interface StatusProblem {
  readonly code: ProblemCode;
  readonly text: string;
  /** The command that shows more, or mends it. */
  readonly hint: string;
}
