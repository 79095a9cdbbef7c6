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
    | 'hook-refused'
    | 'hook-failed';
  readonly text: string;
  readonly hint: string;
}
