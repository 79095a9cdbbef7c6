/**
 * What the audit has to know of an entry besides what a host view keeps of it.
 */
import type { KeyLines } from '../../directory/key-lines.ts';

export interface EntryFacts {
  /** Absent where nobody can say any more. */
  readonly source?: string;
  readonly id?: string;
}

export interface PersonFacts extends EntryFacts {
  /** All that the directory has, whatever is shown of them. */
  readonly keys: KeyLines;
}

export interface AuditFacts {
  /** Undefined for somebody whom the directory does not have. */
  readonly person: (login: string, uid: number | undefined) => PersonFacts | undefined;
  /** Of somebody who held this uid under this login until a while ago. */
  readonly former: (login: string, uid: number) => EntryFacts | undefined;
  readonly group: (name: string) => EntryFacts | undefined;
  /** Who of the people behind a shared account has this key. */
  readonly ownerOf: (account: string, blob: string) => string | undefined;
  /** `SHA256:…` of a key's base64 part. */
  readonly fingerprint: (blob: string) => string;
  /** Whether the key was withheld from this login before. */
  readonly wasWithheld: (login: string, fingerprint: string) => boolean;
}
