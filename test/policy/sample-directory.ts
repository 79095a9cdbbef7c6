/**
 * Directories, policies and hosts for tests: small, good, and different only where a test says so.
 */
import { createHash } from 'node:crypto';
import { type AuthorizedKey, parseAuthorizedKey } from '../../src/directory/authorized-key.ts';
import type { HostView } from '../../src/directory/host-view.ts';
import { packKeys, splitKeyLines } from '../../src/directory/key-lines.ts';
import type { LocalAccounts } from '../../src/directory/local-accounts.ts';
import type { LoginName } from '../../src/directory/names.ts';
import type { Rejection } from '../../src/directory/rejection.ts';
import { reservedNames } from '../../src/directory/reserved-names.ts';
import type { DirectoryGroup, DirectorySnapshot, DirectoryUser } from '../../src/directory/snapshot.ts';
import type { Claims, Incumbents } from '../../src/policy/uids/claims.ts';
import type { AccessPolicy, HostPolicy, People } from '../../src/policy/host-policy.ts';
import type { Host } from '../../src/policy/policy.ts';
import { base64 } from '../directory/public-keys.ts';
import { gid, groupName, login, path, uid, valid } from '../directory/valid.ts';

interface PersonOverrides extends Partial<Omit<DirectoryUser, 'name' | 'uid' | 'gid' | 'home' | 'shell' | 'keys'>> {
  readonly uid?: number;
  readonly gid?: number;
  readonly home?: string | undefined;
  readonly shell?: string | undefined;
  readonly keys?: readonly AuthorizedKey[];
}

/** uid 2001 and primary gid 3001, unless said otherwise. */
export function person(name: string, { uid: uidNumber = 2001, gid: gidNumber = 3001, ...overrides }: PersonOverrides = {}): DirectoryUser {
  const home = 'home' in overrides ? overrides.home : `/home/${name}`;
  return {
    source: 'corp',
    id: `id-of-${name}`,
    dn: `uid=${name},ou=people`,
    gecos: '',
    passwordHash: undefined,
    aging: {},
    ...overrides,
    keys: packKeys(overrides.keys ?? []),
    name: login(name),
    uid: uid(uidNumber),
    gid: gid(gidNumber),
    home: home === undefined ? undefined : path(home),
    shell: overrides.shell === undefined ? undefined : path(overrides.shell),
  };
}

interface GroupOverrides extends Partial<Omit<DirectoryGroup, 'name' | 'gid' | 'nested'>> {
  readonly gid?: number | undefined;
  readonly nested?: readonly string[];
}

/** Without a gid: it grants access and is not shown. */
export function group(name: string, { gid: gidNumber, nested = [], ...overrides }: GroupOverrides = {}): DirectoryGroup {
  return {
    source: 'corp',
    id: `id-of-${name}`,
    dn: `cn=${name},ou=group`,
    members: [],
    ...overrides,
    name: groupName(name),
    gid: gidNumber === undefined ? undefined : gid(gidNumber),
    nested: nested.map(groupName),
  };
}

export function snapshot(
  users: readonly DirectoryUser[],
  groups: readonly DirectoryGroup[] = [],
  rejections: readonly Rejection[] = [],
): DirectorySnapshot {
  return { source: 'corp', fetchedAt: 0, users, groups, rejections };
}

/** People with these names; their uids count from 2001 on. */
export function crowd(...names: readonly string[]): DirectoryUser[] {
  return names.map((name, index) => person(name, { uid: 2001 + index }));
}

interface KeyOverrides {
  /** In front of the key, as in a line. */
  readonly options?: string;
  readonly comment?: string;
  /** An RSA key of so many bits; ed25519 without. */
  readonly rsaBits?: number;
}

/** A key of its own for every label, which is its comment unless said otherwise. */
export function keyOf(label: string, { options = '', comment = label, rsaBits }: KeyOverrides = {}): AuthorizedKey {
  const digest = createHash('sha256').update(label).digest();
  const modulus = Buffer.alloc((rsaBits ?? 8) / 8 + 1, digest)
    .fill(0, 0, 1)
    .fill(0xff, 1, 2);
  const key =
    rsaBits === undefined ? `ssh-ed25519 ${base64(['ssh-ed25519', digest])}` : `ssh-rsa ${base64(['ssh-rsa', Uint8Array.of(3), modulus])}`;
  return valid(parseAuthorizedKey(`${options} ${key} ${comment}`));
}

/** The comments of each login's lines, by which a key tells whose it is. */
export function labelsOf({ keys }: Pick<HostView, 'keys'>): Map<string, string[]> {
  const labels = (lines: readonly string[]): string[] => lines.map((line) => line.slice(line.lastIndexOf(' ') + 1)).sort();
  return new Map([...keys].map(([name, lines]) => [name, labels(splitKeyLines(lines))]));
}

export function people(names: { readonly users?: readonly string[]; readonly groups?: readonly string[] } = {}): People {
  return { users: (names.users ?? []).map(login), groups: (names.groups ?? []).map(groupName) };
}

interface AccessOverrides extends Partial<Omit<AccessPolicy, 'accounts'>> {
  readonly accounts?: Readonly<Record<string, People>>;
}

/** Nobody, unless said otherwise. */
export function access({ accounts = {}, ...overrides }: AccessOverrides = {}): AccessPolicy {
  return {
    everyone: false,
    allow: people(),
    always: people(),
    deny: people(),
    ...overrides,
    accounts: new Map(Object.entries(accounts).map(([name, sharers]) => [login(name), sharers])),
  };
}

interface PolicyOverrides extends Partial<Omit<HostPolicy, 'access' | 'defaultShell' | 'overrideShell'>> {
  readonly access?: AccessPolicy;
  readonly defaultShell?: string;
  readonly overrideShell?: string;
}

/** Everybody may log in with any ed25519 key; numbers from 1000 to 60000. */
export function policy({ overrideShell, ...overrides }: PolicyOverrides = {}): HostPolicy {
  return {
    access: access({ everyone: true }),
    keys: { types: new Set(['ssh-ed25519']), minRsaBits: 2048, allowedOptions: new Set(), revoked: new Set() },
    uidRange: { first: 1000, last: 60_000 },
    gidRange: { first: 1000, last: 60_000 },
    reserved: reservedNames({ users: [], groups: [] }),
    hidden: false,
    ...overrides,
    defaultShell: path(overrides.defaultShell ?? '/bin/bash'),
    ...(overrideShell === undefined ? {} : { overrideShell: path(overrideShell) }),
  };
}

export function localAccounts(
  users: Readonly<Record<string, number>> = {},
  groups: Readonly<Record<string, number>> = {},
  shells?: readonly string[],
): LocalAccounts {
  return {
    users: new Map(Object.entries(users)),
    groups: new Map(Object.entries(groups)),
    ...(shells === undefined ? {} : { shells: new Set(shells) }),
  };
}

export const noIncumbents: Incumbents = { users: new Map(), groups: new Map() };

export function host(local: LocalAccounts = localAccounts(), incumbents: Incumbents = noIncumbents): Host {
  return { local, incumbents: () => incumbents, now: new Date(0), sshdClock: () => ({ readsUtc: true, timeZone: 'UTC' }), fingerprint };
}

/** Readable in tests: the label that `keyOf` made the key of is not in it, so its last characters stand for it. */
export function fingerprint(blob: string): string {
  return `SHA256:${blob.slice(-8)}`;
}

/** As if every name and number had been free. */
export function claimsOf({ users, groups }: DirectorySnapshot): Claims {
  return {
    users: new Map(users.map((user) => [user.name, user])),
    groups: new Map(groups.map((one) => [one.name, one])),
    shownGroups: new Map(groups.flatMap((one) => (one.gid === undefined ? [] : [[one.gid, one]]))),
    isLocalName: () => false,
    listedBefore: () => undefined,
    originBefore: () => undefined,
    rejections: [],
  };
}

export function sortedNames(names: Iterable<LoginName>): string[] {
  return [...names].sort();
}
