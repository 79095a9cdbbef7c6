/**
 * What an audit line says: one thing that this host now shows, shows otherwise, shows no more, or withholds, and why.
 */
import type { RejectionCode } from '../../directory/rejection.ts';

export type AuditEventName =
  | 'baseline'
  | 'account-added'
  | 'account-changed'
  | 'account-removed'
  | 'account-withheld'
  | 'group-added'
  | 'group-changed'
  | 'group-removed'
  | 'group-withheld'
  | 'member-added'
  | 'member-removed'
  | 'member-withheld'
  | 'key-added'
  | 'key-changed'
  | 'key-removed'
  | 'key-withheld'
  | 'key-restored'
  /** In one run, more than have a line each. */
  | 'more-withheld'
  /** A person has gone back to an older generation. */
  | 'rollback'
  /** The directory counts again. */
  | 'rollback-released';

export type AuditCode =
  | RejectionCode
  /** The directory has it, and had not before. */
  | 'new'
  /** The directory has it no more. */
  | 'gone'
  /** The directory has other values. */
  | 'changed'
  /** The same person by immutable id and uid, under another login. */
  | 'renamed'
  /** A rule of [access] lets them in. */
  | 'allowed'
  /** A rule of [access] denies them. */
  | 'denied'
  | 'left-group'
  /** No rule lets them in. */
  | 'no-rule'
  /** `staleness.deny_after`. */
  | 'stale'
  /** Removals are held, and this person is refused meanwhile. */
  | 'refused'
  /** A person has gone back to an older generation. */
  | 'rolled-back'
  | 'too-many'
  | 'released';

export interface AuditReason {
  readonly code: AuditCode;
  readonly text: string;
}

/** A field's old and new value; null where it had or has none. */
export type FieldChange = readonly [before: string | number | null, after: string | number | null];

export interface AuditEvent {
  readonly event: AuditEventName;
  readonly login?: string;
  readonly uid?: number;
  readonly group?: string;
  readonly gid?: number;
  /** `SHA256:…` */
  readonly fingerprint?: string;
  readonly keyType?: string;
  readonly comment?: string;
  readonly options?: string;
  /** Whose key it is, in a shared account, as far as that is known. */
  readonly owner?: string;
  readonly changes?: Readonly<Record<string, FieldChange>>;
  readonly source?: string;
  /** What the source never changes. */
  readonly id?: string;
  readonly reason: AuditReason;
}
