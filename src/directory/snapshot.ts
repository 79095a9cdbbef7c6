/**
 * One complete, validated directory as one source gave it, before any policy of this host.
 */
import type { AccountLimit } from './account-limits.ts';
import type { KeyLines } from './key-lines.ts';
import type { Gid, GroupName, HostPath, LoginName, Uid } from './names.ts';
import type { Rejection } from './rejection.ts';
import type { PasswordAging } from './shadow.ts';

/** One key as its source knows it, where the source keeps each under an id of its own. */
export interface KeyUpload {
  /** Never given to another key. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Its base64 part. */
  readonly blob: string;
}

export interface DirectoryUser {
  readonly source: string;
  /** The directory's immutable id (entryUUID, objectGUID, ipaUniqueID, IAM UserId); the DN where it shows none. */
  readonly id: string;
  readonly dn: string;
  readonly name: LoginName;
  readonly uid: Uid;
  readonly gid: Gid;
  readonly gecos: string;
  readonly home: HostPath | undefined;
  readonly shell: HostPath | undefined;
  /** A crypt(3) hash; only when the source was asked for password hashes. */
  readonly passwordHash: string | undefined;
  readonly aging: PasswordAging;
  readonly keys: KeyLines;
  /** When the account ends, and how it is locked, by the source's rules; absent for nearly everybody. */
  readonly limits?: readonly AccountLimit[];
  /** Of `keys`; absent for sources that do not say when a key was uploaded. */
  readonly uploads?: readonly KeyUpload[];
}

export interface DirectoryGroup {
  readonly source: string;
  readonly id: string;
  readonly dn: string;
  readonly name: GroupName;
  /** None for a group that only grants access (groupOfNames): it never reaches group.cache. */
  readonly gid: Gid | undefined;
  /** Names as `memberUid` gives them: a login name, or the name of a group that nests here. */
  readonly members: readonly string[];
  /** Groups that nest here by DN. */
  readonly nested: readonly GroupName[];
}

export interface DirectorySnapshot {
  readonly source: string;
  /** Milliseconds since the epoch, when the last page had arrived. */
  readonly fetchedAt: number;
  readonly users: readonly DirectoryUser[];
  readonly groups: readonly DirectoryGroup[];
  readonly rejections: readonly Rejection[];
}
