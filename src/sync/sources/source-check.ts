/**
 * One thing that `config check` looks at in a source, without asking the source.
 */
export interface SourceCheck {
  /** Of the key that it is about, below the source; empty for the source as a whole. */
  readonly path: readonly string[];
  /** @throws HoldfastError whose text begins with the key */
  readonly check: () => unknown;
}
