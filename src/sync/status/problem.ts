/**
 * What `status` finds wrong.
 */
export interface StatusProblem {
  readonly text: string;
  /** The command that shows more, or mends it. */
  readonly hint: string;
}
