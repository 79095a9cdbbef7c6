/**
 * What the host has of its own and the directory must never shadow.
 */
export interface LocalAccounts {
  /** uid by login name. */
  readonly users: ReadonlyMap<string, number>;
  /** gid by group name. */
  readonly groups: ReadonlyMap<string, number>;
  /** Login shells of /etc/shells; undefined when the host has no such file, and then no shell is judged. */
  readonly shells?: ReadonlySet<string>;
}
