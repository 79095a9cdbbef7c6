/**
 * Entries as the agent takes them: through the LDAP decoder, the validation, the policy and the writer of the caches, and read
 * back.
 */
import { readRecords } from '../../src/caches/map-file.ts';
import { renderGeneration } from '../../src/caches/generation-files.ts';
import { verifyMap } from '../../src/caches/verify.ts';
import { NO_KEYS, splitKeyLines } from '../../src/directory/key-lines.ts';
import type { Rejection } from '../../src/directory/rejection.ts';
import type { HostView } from '../../src/directory/host-view.ts';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { SnapshotBuilder } from '../../src/directory/validate.ts';
import type { Incumbents } from '../../src/policy/uids/claims.ts';
import type { HostPolicy } from '../../src/policy/host-policy.ts';
import { applyPolicy } from '../../src/policy/policy.ts';
import { BerReader } from '../../src/sources/ldap/message-reader.ts';
import { GroupReader, schemas, UserReader } from '../../src/sources/ldap/schema.ts';
import { host, localAccounts, policy } from '../policy/sample-directory.ts';
import { type Entry, searchEntry } from '../support/ldap-response.ts';

const SEARCH_ENTRY = 0x64;

/** The host of the corpus. */
export const local = localAccounts({ root: 0, backup: 34 }, { root: 0, users: 100 }, ['/bin/bash', '/bin/sh']);
export const hostPolicy = policy({ uidRange: { first: 1000, last: 2_000_000_000 }, gidRange: { first: 1000, last: 2_000_000_000 } });

export interface Published {
  readonly view: HostView;
  /** Of passwd.cache and group.cache, as a reader finds them. */
  readonly passwd: readonly string[];
  readonly group: readonly string[];
  readonly keys: number;
  readonly findings: readonly Rejection[];
}

export function decode(people: readonly Entry[], groups: readonly Entry[]): DirectorySnapshot {
  const builder = new SnapshotBuilder('corp');
  const users = new UserReader(schemas.rfc2307.user);
  const readGroups = new GroupReader(schemas.rfc2307.group);
  for (const entry of people) builder.addUser(users.read(entered(entry)));
  for (const entry of groups) builder.addGroup(readGroups.read(entered(entry)).group);
  return builder.finish(0);
}

export function publish(snapshot: DirectorySnapshot, incumbents: Incumbents, rules: HostPolicy = hostPolicy): Published {
  const view = applyPolicy([snapshot], rules, host(local, incumbents));
  const files = new Map(renderGeneration(view, {}).sets.flatMap((set) => [...set.render()]));
  verifyMap(files);
  const linesOf = (name: string): string[] => [...readRecords(files.get(name) as Buffer)];
  const keys = [...view.keys.values()]
    .filter((lines) => lines !== NO_KEYS)
    .reduce((count, lines) => count + splitKeyLines(lines).length, 0);
  return { view, passwd: linesOf('passwd.cache'), group: linesOf('group.cache'), keys, findings: view.rejections };
}

function entered(entry: Entry): BerReader {
  const { operation } = searchEntry(entry);
  const reader = new BerReader(operation, 0, operation.length);
  reader.enter(SEARCH_ENTRY);
  return reader;
}
