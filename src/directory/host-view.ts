/**
 * What this host shows of the directory: the content of one generation, before it is written.
 */
import type { GroupEntry } from './group.ts';
import type { KeyLines } from './key-lines.ts';
import type { GroupName, LoginName } from './names.ts';
import type { PasswdEntry } from './passwd.ts';
import type { Rejection } from './rejection.ts';
import type { ShadowEntry } from './shadow.ts';

/** Lines for sshd by login. A login without keys has no entry. */
export type KeysMap = ReadonlyMap<LoginName, KeyLines>;

/** The members of each group that an access rule names, by which a vanished crowd is noticed. */
export type AccessGroups = ReadonlyMap<GroupName, readonly LoginName[]>;

/** Which entry a group is: of what source, under the id that the source never changes or, where it shows none, its DN. */
export interface GroupOrigin {
  readonly source: string;
  readonly id: string;
}

/**
 * Of the groups that access rules name or reach; a name that a rule still has goes on having its last one when the group is gone. Absent
 * names are of a generation that an earlier version made.
 */
export type GroupOrigins = ReadonlyMap<GroupName, GroupOrigin>;

/** Whose keys are behind a shared account: one entry for each person of each account. */
export interface AccountKeys {
  readonly account: LoginName;
  readonly person: LoginName;
  /** `SHA256:…`, in the order of the person's keys. */
  readonly fingerprints: readonly string[];
  /** Milliseconds since the epoch: when they end with the person's account, as far as that is known. */
  readonly until?: number;
}

/** What a generation holds. */
export interface PublishedView {
  readonly passwd: readonly PasswdEntry[];
  readonly group: readonly GroupEntry[];
  readonly shadow: readonly ShadowEntry[];
  readonly keys: KeysMap;
  readonly accessGroups: AccessGroups;
  readonly groupOrigins: GroupOrigins;
  /** By account, then by person. */
  readonly accountKeys: readonly AccountKeys[];
}

export interface HostView extends PublishedView {
  /** Who may log in here by name, with or without keys. */
  readonly entitled: ReadonlySet<LoginName>;
  /** Who is kept out explicitly: denied by name or group, or locked, disabled, expired in the directory. Held removals do not hold that up. */
  readonly refused: ReadonlySet<LoginName>;
  /** Of those, whose own entry says so: the source that has it. The others are denied by a rule. */
  readonly refusedBySource: ReadonlyMap<LoginName, string>;
  /** From whom keys are withheld, some or all, as the host's owner decided: revoked, or older than allowed. */
  readonly keysWithheld: ReadonlySet<LoginName>;
  /** Who could log in here, but for a source that has not answered for too long, which is the value. */
  readonly staleDenied: ReadonlyMap<LoginName, string>;
  /** Groups of access rules that the directory does not have. */
  readonly unknownGroups: ReadonlySet<GroupName>;
  /** Shared accounts that neither the host nor the directory has. */
  readonly unknownAccounts: readonly LoginName[];
  readonly rejections: readonly Rejection[];
}

export const emptyView: PublishedView = {
  passwd: [],
  group: [],
  shadow: [],
  keys: new Map(),
  accessGroups: new Map(),
  groupOrigins: new Map(),
  accountKeys: [],
};

/** What is shown, where nobody has looked at who is entitled or refused. */
export function unjudged(view: PublishedView): HostView {
  return {
    ...view,
    entitled: new Set(),
    refused: new Set(),
    refusedBySource: new Map(),
    keysWithheld: new Set(),
    staleDenied: new Map(),
    unknownGroups: new Set(),
    unknownAccounts: [],
    rejections: [],
  };
}
