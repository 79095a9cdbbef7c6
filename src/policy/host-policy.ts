/**
 * What the host's owner has decided, as the policy functions take it: parsed, complete, without defaults left to fill in.
 */
import type { KeyType } from '../directory/key-blob.ts';
import type { GroupName, HostPath, LoginName } from '../directory/names.ts';
import type { ReservedNames } from '../directory/reserved-names.ts';

/** People named by login or by directory group (nested groups and primary groups count). */
export interface People {
  readonly users: readonly LoginName[];
  readonly groups: readonly GroupName[];
}

/** What one access group of this host comes to. */
export interface HostGrant {
  readonly accessGroup: GroupName;
  /** Where it is written: `imds-tag:AccessGroup`. */
  readonly reference: string;
  /** Absent: the map does not have it. */
  readonly people?: People;
}

export interface AccessPolicy {
  readonly everyone: boolean;
  readonly allow: People;
  /** Allowed on every host, whatever the host's access group. */
  readonly always: People;
  /** Wins over everything else. */
  readonly deny: People;
  /** Whom `deny.users` means under another name than it has, with the name that it has: the uid ledger knows them. */
  readonly deniedAs?: ReadonlyMap<LoginName, LoginName>;
  /** Shared accounts: the account's keys are those of these people. */
  readonly accounts: ReadonlyMap<LoginName, People>;
  /** Let in as well: by the access groups that this host has. */
  readonly hostGrants?: readonly HostGrant[];
}

export interface KeyPolicy {
  readonly types: ReadonlySet<KeyType>;
  readonly minRsaBits: number;
  /** Names of the options a key may carry; empty: a key that carries options is refused. */
  readonly allowedOptions: ReadonlySet<string>;
  /** Fingerprints (`SHA256:…`) of keys that nobody may use, whoever has them. */
  readonly revoked: ReadonlySet<string>;
}

export interface IdRange {
  readonly first: number;
  readonly last: number;
}

export interface HostPolicy {
  readonly access: AccessPolicy;
  readonly keys: KeyPolicy;
  readonly uidRange: IdRange;
  /** By source, for those whose uids the configuration derives: such a uid may be in either range. */
  readonly derivedUids?: ReadonlyMap<string, IdRange>;
  readonly gidRange: IdRange;
  readonly reserved: ReservedNames;
  readonly defaultShell: HostPath;
  readonly overrideShell?: HostPath;
  /** A template, `/home/{name}`: replaces the directory's home. */
  readonly home?: string;
  readonly hidden: boolean;
  /** Names of the sources that have not answered for longer than `staleness.deny_after`: of their people only `always` keeps keys. */
  readonly staleSources?: ReadonlySet<string>;
  /**
   * Whom the directory refused in an answer that a guard holds, whatever an older one says; with the source whose entry says so, undefined
   * for a denial.
   */
  readonly refused?: ReadonlyMap<LoginName, string | undefined>;
}
