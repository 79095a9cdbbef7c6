/**
 * Random directories and rules, and a deliberately naive second opinion on who may use which key where.
 */
import * as fc from 'fast-check';
import type { AuthorizedKey } from '../../src/directory/authorized-key.ts';
import { blobOf } from '../../src/directory/key-blobs.ts';
import { type KeyLines, splitKeyLines } from '../../src/directory/key-lines.ts';
import type { LocalAccounts } from '../../src/directory/local-accounts.ts';
import type { DirectoryGroup, DirectorySnapshot, DirectoryUser } from '../../src/directory/snapshot.ts';
import type { HostPolicy, People } from '../../src/policy/host-policy.ts';
import { access, fingerprint, group, keyOf, localAccounts, people, person, policy, snapshot } from './sample-directory.ts';

export interface World {
  readonly snapshots: readonly DirectorySnapshot[];
  readonly policy: HostPolicy;
  readonly local: LocalAccounts;
}

/** People and groups have names in common, as on real hosts. */
const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'ops', 'root', '__proto__'];
const GROUPS = ['web', 'db', 'ops', 'alice', 'root', '__proto__'];
const ACCOUNTS = ['deploy', 'bob', 'root'];
const SHELLS = [undefined, '/bin/bash', '/opt/fish', '/sbin/nologin'];

export function worlds(): fc.Arbitrary<World> {
  const usersOf = (source: number): fc.Arbitrary<DirectoryUser[]> =>
    fc.nat(6).chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => users(`${source}.${index}`))));
  const source = (index: number): fc.Arbitrary<DirectorySnapshot> =>
    fc
      .tuple(usersOf(index), fc.array(groups(), { maxLength: 5 }))
      .map(([theirs, theirGroups]) => from(`source-${index}`, snapshot(theirs, theirGroups)));
  const sources = fc.oneof(
    source(0).map((only) => [only]),
    fc.tuple(source(0), source(1)),
  );
  return fc.record({ snapshots: sources, policy: policies(), local: hosts() });
}

/** The snapshot as another source's. */
export function from(source: string, given: DirectorySnapshot): DirectorySnapshot {
  return {
    ...given,
    source,
    users: given.users.map((user) => ({ ...user, source })),
    groups: given.groups.map((one) => ({ ...one, source })),
  };
}

/** What a key may be; whose it is comes with its place. */
type KeyKind = 'plain' | 'no-pty' | 'cert-authority' | 'rsa-1024' | 'rsa-4096';

/** Every entry has its own DN and keys, so that a key tells whose it is: `plain/alice/0.1`. */
function users(place: string): fc.Arbitrary<DirectoryUser> {
  const kinds = fc.subarray<KeyKind>(['plain', 'no-pty', 'cert-authority', 'rsa-1024', 'rsa-4096'], { maxLength: 2 });
  return fc
    .record({
      name: fc.constantFrom(...PEOPLE),
      uid: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 2000, max: 2020 }) }, fc.constantFrom(999, 1000, 60_000, 60_001)),
      gid: fc.constantFrom(3001, 5001, 5002, 5003, 999),
      home: fc.constantFrom('/home/x', '/home/x', '/home/x', undefined),
      shell: fc.constantFrom(...SHELLS),
      keys: kinds,
    })
    .map(({ name, keys, ...others }) =>
      person(name, { ...others, dn: place, keys: keys.map((kind) => makeKey(kind, `${kind}/${name}/${place}`)) }),
    );
}

function makeKey(kind: KeyKind, label: string): AuthorizedKey {
  switch (kind) {
    case 'plain':
      return keyOf(label);
    case 'no-pty':
      return keyOf(label, { options: 'no-pty' });
    case 'cert-authority':
      return keyOf(label, { options: 'no-pty,cert-authority' });
    case 'rsa-1024':
      return keyOf(label, { rsaBits: 1024 });
    case 'rsa-4096':
      return keyOf(label, { rsaBits: 4096 });
  }
}

function groups(): fc.Arbitrary<DirectoryGroup> {
  return fc
    .record({
      name: fc.constantFrom(...GROUPS),
      gid: fc.constantFrom(undefined, 5001, 5002, 5003, 999),
      members: fc.uniqueArray(fc.constantFrom(...PEOPLE, ...GROUPS, 'gone'), { maxLength: 3 }),
      nested: fc.subarray(GROUPS, { maxLength: 2 }),
    })
    .map(({ name, ...others }) => group(name, others));
}

function policies(): fc.Arbitrary<HostPolicy> {
  const few = (names: readonly string[]): fc.Arbitrary<string[]> =>
    fc.oneof(fc.constant<string[]>([]), fc.subarray([...names], { maxLength: 2 }));
  const some = fc.record({ users: few(PEOPLE), groups: few([...GROUPS, 'gone']) }).map(people);
  const accounts = fc.dictionary(fc.constantFrom(...ACCOUNTS), some, { maxKeys: 2, noNullPrototype: true });
  const rules = fc.record({ everyone: fc.boolean(), allow: some, always: some, deny: some, accounts }).map(access);
  const keys = fc.record({
    types: fc.constantFrom(new Set(['ssh-ed25519'] as const), new Set(['ssh-ed25519', 'ssh-rsa'] as const)),
    minRsaBits: fc.constantFrom(1024, 2048, 8192),
    allowedOptions: fc.constantFrom(new Set<string>(), new Set(['no-pty'])),
    revoked: fc.subarray(revocable(), { maxLength: 3 }).map((prints) => new Set(prints)),
  });
  return fc
    .record({ access: rules, keys, hidden: fc.boolean(), home: fc.constantFrom(undefined, '/home/{name}') })
    .map(({ home, ...others }) => policy({ ...others, ...(home === undefined ? {} : { home }) }));
}

/** The fingerprints of those plain keys that people are most likely to have. */
function revocable(): string[] {
  const places = ['0.0', '0.1', '0.2', '1.0'];
  return PEOPLE.flatMap((name) => places.map((place) => fingerprint(blobOf(makeKey('plain', `plain/${name}/${place}`)))));
}

function hosts(): fc.Arbitrary<LocalAccounts> {
  const locals = [
    localAccounts(),
    localAccounts({ root: 0, carol: 2001 }, { root: 0, db: 5002 }),
    localAccounts({ web: 2003 }, { docker: 3001 }),
  ];
  return fc.constantFrom(...locals);
}

/** The labels of every login's keys, as the rules read in plain words. */
export function expectedKeys(world: World): Map<string, string[]> {
  const { access: rules } = world.policy;
  const everybody = [...new Set([...residents(world).map(({ name }) => name as string), ...[...rules.accounts.keys()].map(String)])];
  const lines = everybody.map((login): [string, string[]] => [
    login,
    residents(world).flatMap((owner) => (mayUse(world, owner, login) ? goodKeys(world, owner) : [])),
  ]);
  return new Map(lines.filter(([, keys]) => keys.length > 0).map(([login, keys]) => [login, keys.sort()]));
}

/** Whether the owner of a key may log in as somebody with it. */
function mayUse(world: World, owner: DirectoryUser, login: string): boolean {
  const { everyone, allow, always, accounts } = world.policy.access;
  const account = [...accounts].find(([name]) => name === login)?.[1];
  if (isDeniedPerson(world, owner)) return false;
  if (account !== undefined) return !isDenied(world, login) && isAmong(world, owner, account);
  if (owner.name !== login || (owner.home === undefined && world.policy.home === undefined)) return false;
  return everyone || isAmong(world, owner, allow) || isAmong(world, owner, always);
}

/** A shared account may be denied like a person, by name or as a member of a group. */
export function isDenied(world: World, login: string): boolean {
  const { deny } = world.policy.access;
  const asPerson = residents(world).find(({ name }) => name === login);
  return deny.users.some((name) => name === login) || (asPerson !== undefined && isDeniedPerson(world, asPerson));
}

/** A group denies those whose primary group it is, though this host does not show it. */
function isDeniedPerson(world: World, user: DirectoryUser): boolean {
  const { deny } = world.policy.access;
  return deny.users.includes(user.name) || deny.groups.some((name) => belongs(world, user, name, { path: [], isDeny: true }));
}

export function isAmong(world: World, user: DirectoryUser, { users: names, groups: theirs }: People): boolean {
  return names.includes(user.name) || theirs.some((name) => belongs(world, user, name, { path: [], isDeny: false }));
}

interface Descent {
  readonly path: readonly string[];
  readonly isDeny: boolean;
}

/** Follows every path down from the group. */
function belongs(world: World, user: DirectoryUser, name: string, { path, isDeny }: Descent): boolean {
  const all = world.snapshots.flatMap((source) => source.groups);
  const here = all.find((one) => one.name === name);
  if (here === undefined || path.includes(name)) return false;
  const own = world.snapshots.find(({ source }) => source === here.source);
  const isOwn = user.source === here.source;
  if (here.members.includes(user.name) && (isDeny || isOwn || !own?.users.some((one) => one.name === user.name))) return true;
  if (user.gid === here.gid && (isDeny || (isOwn && shownGroups(world).includes(here)))) return true;
  const isPerson = (member: string): boolean => world.snapshots.some((source) => source.users.some((one) => one.name === member));
  const isHosts = (member: string): boolean => world.local.users.has(member) || world.policy.reserved.users.has(member);
  const isMeant = (inner: string): boolean => {
    const found = all.find((one) => one.name === inner);
    return found?.source === here.source || !own?.groups.some((one) => one.name === inner);
  };
  return [...here.nested, ...here.members.filter((member) => !isPerson(member) && !isHosts(member))]
    .filter(isMeant)
    .some((inner) => belongs(world, user, inner, { path: [...path, name], isDeny }));
}

/** The entries that have their name and number on this host: not the host's own, in the range, the first of several. */
export function residents({ snapshots, policy: { uidRange, gidRange, reserved }, local }: World): DirectoryUser[] {
  const winners: DirectoryUser[] = [];
  for (const user of snapshots.flatMap((source) => source.users)) {
    if (reserved.users.has(user.name)) continue;
    if (local.users.has(user.name) || [...local.users.values()].includes(user.uid) || [...local.groups.values()].includes(user.gid))
      continue;
    if (user.uid < uidRange.first || user.uid > uidRange.last || user.gid < gidRange.first || user.gid > gidRange.last) continue;
    if (!winners.some(({ name, uid }) => name === user.name || uid === user.uid)) winners.push(user);
  }
  return winners;
}

function shownGroups({ snapshots, policy: { gidRange, reserved }, local }: World): DirectoryGroup[] {
  const all = snapshots.flatMap((source) => source.groups);
  const winners: DirectoryGroup[] = [];
  for (const one of all.filter((candidate, index) => all.findIndex(({ name }) => name === candidate.name) === index)) {
    if (one.gid === undefined || one.gid < gidRange.first || one.gid > gidRange.last) continue;
    if (reserved.groups.has(one.name) || local.groups.has(one.name) || [...local.groups.values()].includes(one.gid)) continue;
    if (!winners.some(({ gid }) => gid === one.gid)) winners.push(one);
  }
  return winners;
}

function goodKeys({ policy: { keys: rules } }: World, { keys }: DirectoryUser): string[] {
  const isGood = (label: string): boolean => {
    switch (label.split('/')[0]) {
      case 'plain':
        return !rules.revoked.has(fingerprint(blobOf(makeKey('plain', label))));
      case 'no-pty':
        return rules.allowedOptions.has('no-pty');
      case 'rsa-1024':
        return rules.types.has('ssh-rsa') && rules.minRsaBits <= 1024;
      case 'rsa-4096':
        return rules.types.has('ssh-rsa') && rules.minRsaBits <= 4096;
      default:
        return false;
    }
  };
  return labels(keys).filter(isGood);
}

export function labels(keys: KeyLines): string[] {
  return splitKeyLines(keys).map((line) => line.slice(line.lastIndexOf(' ') + 1));
}
