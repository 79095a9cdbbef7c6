/**
 * What `holdfast explain` says of one code: two to six lines that an operator can act on at night.
 */
export interface Explanation {
  /** What has happened, and how it is found. */
  readonly means: string;
  /** Who can log in meanwhile and who cannot. */
  readonly matters: string;
  /** Commands, each with its words around it; the first is the one to begin with. */
  readonly remedies: readonly string[];
}
