/**
 * Where an entry comes from, as reports say it.
 */
import { DN_SHOWN, printable } from '../directory/rejection.ts';
import type { DirectoryGroup, DirectoryUser } from '../directory/snapshot.ts';

/** Safe to print. */
export interface SourceEntry {
  readonly source: string;
  readonly dn: string;
  /** The DN where the source shows no immutable id. */
  readonly id: string;
}

export function sourceEntryOf({ source, dn, id }: DirectoryUser | DirectoryGroup): SourceEntry {
  return { source, dn: printable(dn, DN_SHOWN), id: printable(id, DN_SHOWN) };
}
