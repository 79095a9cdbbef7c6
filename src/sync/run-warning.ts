/**
 * What changes nothing of a run's outcome, and should be seen to.
 */
export interface RunWarning {
  readonly code:
    | 'secrets-from-copy'
    | 'secrets-not-kept'
    | 'parameter-not-secure'
    | 'certificate-expires'
    | 'state-folder-moved'
    | 'metrics-not-written'
    | 'hook-refused'
    | 'hook-failed'
    /** Of a rollback that lasts; `status` says it at its own time. */
    | 'pinned';
  readonly text: string;
  readonly hint: string;
}
