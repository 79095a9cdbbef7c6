/**
 * Users, groups and rejections of a snapshot as lines of JSON, and back.
 *
 * Arrays, not objects: the names of twelve fields, a hundred thousand times, are half of the file. Keys are kept as their lines
 * and parsed again, so that a rule for keys that has become stricter holds for the last good snapshot too.
 */
import type { AccountLimit } from '../directory/account-limits.ts';
import { type AuthorizedKey, parseAuthorizedKey } from '../directory/authorized-key.ts';
import { labelKey } from '../directory/key-label.ts';
import { type KeyLines, packKeys, splitKeyLines } from '../directory/key-lines.ts';
import type { Gid, GroupName, HostPath, LoginName, Uid } from '../directory/names.ts';
import { Invalid, type Rejection, rejectionOf } from '../directory/rejection.ts';
import type { PasswordAging } from '../directory/shadow.ts';
import type { DirectoryGroup, DirectorySnapshot, DirectoryUser, KeyUpload } from '../directory/snapshot.ts';

export type SnapshotRecords = Pick<DirectorySnapshot, 'users' | 'groups' | 'rejections'>;

type UserRecord = readonly [
  kind: 'u',
  name: LoginName,
  uid: Uid,
  gid: Gid,
  gecos: string,
  home: HostPath | null,
  shell: HostPath | null,
  passwordHash: string | null,
  aging: PasswordAging,
  id: string,
  dn: string,
  keys: string,
  limits?: readonly AccountLimit[] | null,
  uploads?: readonly KeyUpload[],
];
/** Where a user's keys are in its record. */
export const KEYS_FIELD = 11;

type GroupRecord = readonly ['g', GroupName, Gid | null, string, string, readonly string[], readonly GroupName[]];
type RejectionRecord = readonly ['r', Rejection];

export function* snapshotLines({ users, groups, rejections }: SnapshotRecords): Generator<string> {
  for (const user of users) yield JSON.stringify(userRecord(user));
  for (const group of groups) yield JSON.stringify(groupRecord(group));
  for (const rejection of rejections) yield JSON.stringify(['r', rejection] satisfies RejectionRecord);
}

/** @param lines as `snapshotLines` wrote them: a digest has shown it, so that their shape needs no second check */
export function readRecords(source: string, lines: Iterable<string>): SnapshotRecords {
  const users: DirectoryUser[] = [];
  const groups: DirectoryGroup[] = [];
  const rejections: Rejection[] = [];
  for (const line of lines) {
    const record = JSON.parse(line) as UserRecord | GroupRecord | RejectionRecord;
    if (record[0] === 'u') users.push(readUser(source, record, rejections));
    else if (record[0] === 'g') groups.push(readGroup(source, record));
    else rejections.push(record[1]);
  }
  return { users, groups, rejections };
}

function userRecord(user: DirectoryUser): UserRecord {
  const { name, uid, gid, gecos, home = null, shell = null, passwordHash = null, aging, id, dn, keys, limits, uploads } = user;
  if (uploads !== undefined) {
    return ['u', name, uid, gid, gecos, home, shell, passwordHash, aging, id, dn, keys, limits ?? null, uploads];
  }
  // An entry without limits gets no thirteenth place: JSON would write `null` for it, a hundred thousand times.
  if (limits === undefined) return ['u', name, uid, gid, gecos, home, shell, passwordHash, aging, id, dn, keys];
  return ['u', name, uid, gid, gecos, home, shell, passwordHash, aging, id, dn, keys, limits];
}

function readUser(source: string, record: UserRecord, rejections: Rejection[]): DirectoryUser {
  const [, name, uid, gid, gecos, home, shell, passwordHash, aging, id, dn, lines, limits, uploads] = record;
  const keys: AuthorizedKey[] = [];
  for (const line of splitKeyLines(lines as KeyLines)) {
    const key = parseAuthorizedKey(line);
    if (key instanceof Invalid) {
      rejections.push(rejectionOf({ verdict: 'quarantined', source, map: 'keys', key: name }, labelKey('key', line, key)));
    } else keys.push(key);
  }
  const user: DirectoryUser = {
    source,
    id,
    dn,
    name,
    uid,
    gid,
    gecos,
    home: home ?? undefined,
    shell: shell ?? undefined,
    passwordHash: passwordHash ?? undefined,
    aging,
    keys: packKeys(keys),
  };
  const withLimits = limits === undefined || limits === null ? user : { ...user, limits };
  return uploads === undefined ? withLimits : { ...withLimits, uploads };
}

function groupRecord({ name, gid, id, dn, members, nested }: DirectoryGroup): GroupRecord {
  return ['g', name, gid ?? null, id, dn, members, nested];
}

function readGroup(source: string, record: GroupRecord): DirectoryGroup {
  const [, name, gid, id, dn, members, nested] = record;
  return { source, id, dn, name, gid: gid ?? undefined, members, nested };
}
