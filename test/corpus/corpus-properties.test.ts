/**
 * Whatever the directory holds: the corpus, mixed, cut and crossed with itself.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatGroup, parseGroup } from '../../src/directory/group.ts';
import { formatPasswd, parsePasswd } from '../../src/directory/passwd.ts';
import { GROUP_LINE_MAX } from '../../src/policy/shown-groups.ts';
import { access, noIncumbents, people } from '../policy/sample-directory.ts';
import { GOOD_GROUPS, GOOD_PEOPLE, readCorpus } from '../support/hostile-corpus.ts';
import type { Entry } from '../support/ldap-response.ts';
import { decode, hostPolicy, local, publish, type Published } from './published.ts';

/** Only members of web may log in, and the range is the usual one. */
const rules = {
  ...hostPolicy,
  access: access({ allow: people({ groups: ['web'] }) }),
  uidRange: { first: 1000, last: 60_000 },
  gidRange: { first: 1000, last: 60_000 },
};

const corpus = readCorpus();
const hostilePeople = [...GOOD_PEOPLE, ...corpus.flatMap((one) => one.people)].filter(isSmall);
const hostileGroups = [...GOOD_GROUPS, ...corpus.flatMap((one) => one.groups)].filter(isSmall);
/** Values that were meant for one attribute harm another as well. */
const poison = [...hostilePeople, ...hostileGroups].flatMap(({ attributes }) => Object.values(attributes).flat());

/** Names that meet each other, those of the host, and those of groups. */
const NAMES = ['alice', 'Alice', 'ALICE', 'bob', 'Bob', 'eve', 'web', 'Web', 'ops', 'backup', 'daemon', 'sudo'];

function isSmall({ attributes }: Entry): boolean {
  const values = Object.values(attributes).flat();
  return values.length < 200 && values.every((value) => value.length < 2000);
}

/** An entry of the corpus, with up to three values replaced, added or taken away. */
function mutated(entries: readonly Entry[], attributes: readonly string[]): fc.Arbitrary<Entry> {
  const value = fc.oneof(
    fc.constantFrom(...NAMES),
    fc.constantFrom(...poison),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.nat(70_000).map(String),
  );
  const change = fc.record({ attribute: fc.constantFrom(...attributes), values: fc.array(value, { maxLength: 3 }) });
  return fc.tuple(fc.constantFrom(...entries), fc.array(change, { maxLength: 3 })).map(([entry, changes]) => ({
    ...entry,
    attributes: { ...entry.attributes, ...Object.fromEntries(changes.map(({ attribute, values }) => [attribute, values])) },
  }));
}

interface World {
  readonly users: readonly Entry[];
  readonly groups: readonly Entry[];
}

const GOOD_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti';

const worlds: fc.Arbitrary<World> = fc
  .record({
    users: fc.array(mutated(hostilePeople, ['uid', 'uidNumber', 'gidNumber', 'gecos', 'homeDirectory', 'loginShell']), { maxLength: 12 }),
    groups: fc.array(mutated(hostileGroups, ['cn', 'gidNumber', 'memberUid', 'member']), { maxLength: 8 }),
    /** Which of the people have a good key, and which are in web. */
    withKey: fc.nat(4095),
    inWeb: fc.nat(4095),
  })
  .map(({ users, groups, withKey, inWeb }) => {
    const members = users.filter((_, index) => inWeb & (1 << index)).flatMap((one) => valuesOf(one, 'uid').slice(0, 1));
    const keyed = users.map((one, index) => (withKey & (1 << index) ? withAttribute(one, 'sshPublicKey', [GOOD_KEY]) : one));
    return { users: keyed, groups: [...groups, { dn: 'cn=web,dc=example,dc=org', attributes: { cn: ['web'], memberUid: members } }] };
  });

function withAttribute(entry: Entry, name: string, values: readonly string[]): Entry {
  return { ...entry, attributes: { ...entry.attributes, [name]: values } };
}

function published({ users, groups }: World): Published {
  return publish(decode(users, groups), noIncumbents, rules);
}

/** Runs a check on many worlds; they must have shown something. */
function holds(check: (shown: Published, world: World) => void, numRuns = 700): void {
  let lines = 0;
  fc.assert(
    fc.property(worlds, (world) => {
      const shown = published(world);
      lines += shown.passwd.length + shown.group.length;
      check(shown, world);
    }),
    { numRuns },
  );
  expect(lines).toBeGreaterThan(numRuns);
}

function valuesOf({ attributes }: Entry, name: string): string[] {
  return (attributes[name] ?? []).map(String);
}

/** Of a DN of ours. */
function loginOf(dn: string): string {
  return /^uid=([^,]+),/.exec(dn)?.[1] ?? '';
}

function isUnique(values: readonly (string | number)[]): boolean {
  return new Set(values).size === values.length;
}

describe('whatever the directory holds', () => {
  test('every committed line is one that we read back, made of one entry', () => {
    holds(({ passwd, group }, { users, groups }) => {
      for (const line of passwd) {
        const entry = parsePasswd(line);
        expect(entry && formatPasswd(entry)).toBe(line);
        const origin = users.filter(
          (one) => valuesOf(one, 'uid').includes(entry?.name ?? '') && valuesOf(one, 'uidNumber').includes(String(entry?.uid)),
        );
        expect(origin.length).toBeGreaterThan(0);
      }
      for (const line of group) {
        const entry = parseGroup(line);
        expect(entry && formatGroup(entry)).toBe(line);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(GROUP_LINE_MAX);
        const origin = groups.filter(
          (one) => valuesOf(one, 'cn').includes(entry?.name ?? '') && valuesOf(one, 'gidNumber').includes(String(entry?.gid)),
        );
        expect(origin.length).toBeGreaterThan(0);
      }
    });
  });

  test('no number is outside the ranges, and no name or number is there twice or differs in case only', () => {
    holds(({ view: { passwd, group } }) => {
      for (const { uid, gid } of passwd) expect([uid, gid].filter((id) => id < 1000 || id > 60_000)).toEqual([]);
      for (const { gid } of group) expect(gid >= 1000 && gid <= 60_000).toBe(true);
      expect(isUnique(passwd.map(({ name }) => name.toLowerCase()))).toBe(true);
      expect(isUnique(passwd.map(({ uid }) => uid))).toBe(true);
      expect(isUnique(group.map(({ name }) => name.toLowerCase()))).toBe(true);
      expect(isUnique(group.map(({ gid }) => gid))).toBe(true);
    });
  });

  test('no name is one of the host or of those that systems give power to, neither as an entry nor as a member', () => {
    const users = new Set([...local.users.keys(), ...rules.reserved.users]);
    const groups = new Set([...local.groups.keys(), ...rules.reserved.groups]);
    holds(({ view }) => {
      const shown = [...view.passwd.map(({ name }) => name), ...view.shadow.map(({ name }) => name), ...view.keys.keys()];
      expect(shown.filter((name) => users.has(name.toLowerCase()))).toEqual([]);
      expect(view.group.filter(({ name }) => groups.has(name.toLowerCase()))).toEqual([]);
      expect(view.group.flatMap(({ members }) => members).filter((name) => users.has(name.toLowerCase()))).toEqual([]);
    });
  });

  test('every member is somebody who is shown, or who has only no home', () => {
    holds(({ view }) => {
      const homeless = view.rejections.filter(({ code }) => code === 'home-missing').map(({ key }) => key);
      const shown = new Set<string>([...view.passwd.map(({ name }) => name), ...homeless]);
      expect(view.group.flatMap(({ members }) => members).filter((name) => !shown.has(name))).toEqual([]);
    });
  });

  test('no key is there for anybody but members of web, and nobody is a member whom no group names', () => {
    let withKeys = 0;
    holds(({ view }, { users, groups }) => {
      const web = new Set<string>([...view.accessGroups.values()].flat());
      const named = new Set(groups.flatMap((one) => [...valuesOf(one, 'memberUid'), ...valuesOf(one, 'member').map(loginOf)]));
      const gids = new Set(groups.flatMap((one) => valuesOf(one, 'gidNumber')));
      const withGid = users.filter((one) => valuesOf(one, 'gidNumber').some((gid) => gids.has(gid)));
      const byGid = new Set(withGid.flatMap((one) => valuesOf(one, 'uid')));
      expect([...view.keys.keys()].filter((name) => !web.has(name))).toEqual([]);
      expect([...view.keys.keys()].filter((name) => !named.has(name) && !byGid.has(name))).toEqual([]);
      withKeys += view.keys.size > 0 ? 1 : 0;
    });
    expect(withKeys).toBeGreaterThan(20);
  });

  test('every entry is shown or has a reason, and every reason is one line of printable text', () => {
    holds(({ view, passwd }, { users }) => {
      const refused = view.rejections.filter(({ verdict, map }) => verdict === 'quarantined' && map === 'passwd');
      expect(passwd.length + refused.length).toBe(users.length);
      for (const { reason } of view.rejections) expect(reason).toMatch(/^[\x20-\x7e…]{1,800}$/);
      for (const { key } of view.rejections) expect(key).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    });
  });
});
