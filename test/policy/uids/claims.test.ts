import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LocalAccounts } from '../../../src/directory/local-accounts.ts';
import type { DirectoryGroup, DirectoryUser } from '../../../src/directory/snapshot.ts';
import { reservedNames } from '../../../src/directory/reserved-names.ts';
import { type Claims, claimNames, type Incumbents } from '../../../src/policy/uids/claims.ts';
import { group, localAccounts, noIncumbents, person, policy, snapshot, sortedNames } from '../sample-directory.ts';

interface Situation {
  readonly users?: readonly DirectoryUser[];
  readonly groups?: readonly DirectoryGroup[];
  readonly local?: LocalAccounts;
  readonly incumbents?: Incumbents;
}

function claim({ users = [], groups = [], local = localAccounts(), incumbents = noIncumbents }: Situation): Claims {
  return claimNames([snapshot(users, groups)], policy(), local, () => incumbents);
}

function shownBefore(users: Readonly<Record<string, number>>, groups: Readonly<Record<string, number>> = {}): Incumbents {
  return { users: new Map(Object.entries(users)), groups: new Map(Object.entries(groups)) };
}

describe('a person', () => {
  test('whose name and numbers are free gets them', () => {
    const alice = person('alice');
    expect(claim({ users: [alice] })).toMatchObject({ users: new Map([['alice', alice]]), rejections: [] });
  });

  test.each([1000, 60_000])('with uid %i, at the border of the range, gets it', (uid) => {
    expect(claim({ users: [person('alice', { uid })] }).users.size).toBe(1);
  });

  test.each([
    ['derived', 2_000_000_000, true],
    ['given, in the range of all', 1000, true],
    ['in neither range', 70_000, false],
  ])('of a source that derives uids may have one that is %s', (_what, uid, shown) => {
    const derivedUids = new Map([['iam', { first: 1_900_000_000, last: 2_100_000_000 }]]);
    const claimOf = (source: string): Claims =>
      claimNames([snapshot([person('alice', { source, uid })])], { ...policy(), derivedUids }, localAccounts(), () => noIncumbents);
    expect(claimOf('iam').users.size === 1).toBe(shown);
    expect(claimOf('corp').users.size === 1).toBe(uid === 1000);
  });

  test.each([
    [
      'a name that a local account has',
      person('backup'),
      localAccounts({ backup: 34 }),
      'name-local',
      '"backup" is a local account of this host',
    ],
    [
      'the name of a local account in other letters',
      person('Backup'),
      localAccounts({ backup: 34 }),
      'name-local',
      '"Backup" differs in case only from the local account "backup" of this host',
    ],
    [
      'a name that is kept for the system, though the host has no such account',
      person('Daemon'),
      localAccounts(),
      'name-reserved',
      '"Daemon" is kept for the account of the system that rules grant rights to, see [policy] allow_reserved_users',
    ],
    [
      'a uid that a local account has',
      person('alice', { uid: 1000 }),
      localAccounts({ admin: 1000 }),
      'id-local',
      'uid 1000 is that of the local account "admin"',
    ],
    [
      'a primary gid that a local group has',
      person('alice', { gid: 1001 }),
      localAccounts({}, { docker: 1001 }),
      'id-local',
      'primary gid 1001 is that of the local group "docker"',
    ],
    [
      'a uid below the range',
      person('alice', { uid: 999 }),
      localAccounts(),
      'id-out-of-range',
      'uid 999 is outside the range 1000 to 60000 of the configuration',
    ],
    [
      'a uid above the range',
      person('alice', { uid: 60_001 }),
      localAccounts(),
      'id-out-of-range',
      'uid 60001 is outside the range 1000 to 60000 of the configuration',
    ],
    [
      'a primary gid below the range',
      person('alice', { gid: 999 }),
      localAccounts(),
      'id-out-of-range',
      'primary gid 999 is outside the range 1000 to 60000 of the configuration',
    ],
    [
      'a primary gid above the range',
      person('alice', { gid: 60_001 }),
      localAccounts(),
      'id-out-of-range',
      'primary gid 60001 is outside the range 1000 to 60000 of the configuration',
    ],
  ] as const)('with %s is quarantined', (_what, user, local, code, reason) => {
    const { users, rejections } = claim({ users: [user], local });
    expect(users.size).toBe(0);
    expect(rejections).toEqual([{ verdict: 'quarantined', source: 'corp', map: 'passwd', key: user.name, dn: user.dn, code, reason }]);
  });

  test('may have the name of a local group and the number of one', () => {
    const local = localAccounts({}, { alice: 999, staff: 2001 });
    expect(claim({ users: [person('alice', { uid: 2001 })], local }).users.size).toBe(1);
  });

  test('may be called as a property of every object', () => {
    const users = [person('constructor', { uid: 2001 }), person('__proto__', { uid: 2002 })];
    expect(claim({ users, local: localAccounts({ root: 0 }, { root: 0 }) })).toMatchObject({ users: { size: 2 }, rejections: [] });
  });
});

describe('two people', () => {
  const older = person('alice', { uid: 2001, dn: 'uid=alice,ou=old' });
  const newer = person('alice', { uid: 2002, dn: 'uid=alice,ou=new' });
  const sameUid = person('bob', { uid: 2001, dn: 'uid=bob,ou=new' });

  const nameOfOlder = { code: 'name-duplicate', reason: 'login name is already that of "alice" (uid=alice,ou=old)' };
  const nameOfNewer = { code: 'name-duplicate', reason: 'login name is already that of "alice" (uid=alice,ou=new)' };
  const uidOfOlder = { code: 'id-duplicate', reason: 'uid 2001 is already that of "alice" (uid=alice,ou=old)' };
  const uidOfBob = { code: 'id-duplicate', reason: 'uid 2001 is already that of "bob" (uid=bob,ou=new)' };

  test.each([
    ['one name: the first in order gets it', [older, newer], noIncumbents, older, nameOfOlder],
    ['one name: the order decides', [newer, older], noIncumbents, newer, nameOfNewer],
    ['one name: whom this host shows keeps it', [older, newer], shownBefore({ alice: 2002 }), newer, nameOfNewer],
    ['one name: an incumbent of another uid has no claim', [older, newer], shownBefore({ alice: 2003 }), older, nameOfOlder],
    ['one uid: the first in order gets it', [older, sameUid], noIncumbents, older, uidOfOlder],
    ['one uid: whom this host shows keeps it', [older, sameUid], shownBefore({ bob: 2001 }), sameUid, uidOfBob],
  ])('with %s', (_what, users, shown, winner, rejection) => {
    const claims = claim({ users, incumbents: shown });
    expect([...claims.users.values()]).toEqual([winner]);
    expect(claims.rejections).toMatchObject([{ verdict: 'quarantined', map: 'passwd', ...rejection }]);
  });

  test('with one name over two sources: the first source gets it, and the other is told', () => {
    const sources = [snapshot([older]), { ...snapshot([{ ...newer, source: 'aws' }]), source: 'aws' }];
    const { users, rejections } = claimNames(sources, policy(), localAccounts(), () => noIncumbents);
    expect([...users.values()]).toEqual([older]);
    expect(rejections).toMatchObject([{ source: 'aws', key: 'alice', code: 'name-duplicate' }]);
  });

  test('with one name: who is refused anyway does not take it from the other', () => {
    const { users } = claim({ users: [person('alice', { uid: 999 }), newer] });
    expect([...users.values()]).toEqual([newer]);
  });

  const capital = person('Alice', { uid: 2002, dn: 'uid=Alice,ou=new' });
  const likeOlder = { key: 'Alice', code: 'name-lookalike', reason: '"Alice" differs in case only from "alice" (uid=alice,ou=old)' };
  const likeCapital = { key: 'alice', code: 'name-lookalike', reason: '"alice" differs in case only from "Alice" (uid=Alice,ou=new)' };

  test.each([
    ['this host shows none of them: both are quarantined', noIncumbents, [], [likeCapital, likeOlder]],
    ['the one that this host shows keeps its name', shownBefore({ alice: 2001 }), [older], [likeOlder]],
    ['whichever it is', shownBefore({ Alice: 2002 }), [capital], [likeCapital]],
    ['one with the shown name and another uid has no claim', shownBefore({ alice: 2009 }), [], [likeCapital, likeOlder]],
    ['this host shows both: neither is the better one', shownBefore({ alice: 2001, Alice: 2002 }), [], [likeCapital, likeOlder]],
  ])('whose names differ in case only: %s', (_what, shown, winners, findings) => {
    const { users, rejections } = claim({ users: [older, capital], incumbents: shown });
    expect([...users.values()]).toEqual(winners);
    expect(rejections).toMatchObject(findings);
  });

  test('with one name whose DN is hostile are told apart in printable text', () => {
    const hostile = person('alice', { dn: 'uid=alice,ou=\u001b[2J\nholdfast: info: all is well' });
    const { rejections } = claim({ users: [hostile, newer] });
    expect(rejections[0]?.reason).toMatch(/^[\x20-\x7e…]+$/);
  });
});

describe('a group', () => {
  const older = group('web', { gid: 5001, dn: 'cn=web,ou=old' });
  const newer = group('web', { gid: 5002, dn: 'cn=web,ou=new' });
  const sameGid = group('db', { gid: 5001, dn: 'cn=db,ou=new' });

  test('whose name and gid are free gets them', () => {
    expect(claim({ groups: [older] })).toMatchObject({
      groups: new Map([['web', older]]),
      shownGroups: new Map([[5001, older]]),
      rejections: [],
    });
  });

  test('without a gid grants access and is not shown', () => {
    const web = group('web');
    expect(claim({ groups: [web] })).toMatchObject({ groups: new Map([['web', web]]), shownGroups: new Map(), rejections: [] });
  });

  test.each([
    ['a name that a local group has', localAccounts({}, { web: 33 }), older, 'name-local', '"web" is a local group of this host'],
    [
      'a name that sudoers grants to, though the host has no such group',
      localAccounts(),
      group('sudo', { gid: 5001 }),
      'name-reserved',
      '"sudo" is kept for the group of the system that rules grant rights to, see [policy] allow_reserved_groups',
    ],
    [
      'the name of a local group in other letters',
      localAccounts({}, { web: 33 }),
      group('Web', { gid: 5001 }),
      'name-local',
      '"Web" differs in case only from the local group "web" of this host',
    ],
    [
      'a gid that a local group has',
      localAccounts({}, { docker: 5001 }),
      older,
      'id-local',
      'gid 5001 is that of the local group "docker"',
    ],
    [
      'a gid below the range',
      localAccounts(),
      group('web', { gid: 999 }),
      'id-out-of-range',
      'gid 999 is outside the range 1000 to 60000 of the configuration',
    ],
    [
      'a gid above the range',
      localAccounts(),
      group('web', { gid: 60_001 }),
      'id-out-of-range',
      'gid 60001 is outside the range 1000 to 60000 of the configuration',
    ],
  ] as const)('with %s is not shown, and still grants access', (_what, local, web, code, reason) => {
    const { groups, shownGroups, rejections } = claim({ groups: [web], local });
    expect([...groups.values()]).toEqual([web]);
    expect(shownGroups.size).toBe(0);
    expect(rejections).toEqual([{ verdict: 'quarantined', source: 'corp', map: 'group', key: web.name, dn: web.dn, code, reason }]);
  });

  test.each([
    ['one name: the first in order gets it', [older, newer], noIncumbents, older, 'name-duplicate'],
    ['one name: the one that this host shows keeps it', [older, newer], shownBefore({}, { web: 5002 }), newer, 'name-duplicate'],
    ['one name: the shown gid counts, not the shown name', [older, newer], shownBefore({}, { web: 5003 }), older, 'name-duplicate'],
    ['one gid: the first in order gets it', [older, sameGid], noIncumbents, older, 'id-duplicate'],
    ['one gid: the one that this host shows keeps it', [older, sameGid], shownBefore({}, { db: 5001 }), sameGid, 'id-duplicate'],
  ] as const)('and another with %s', (_what, groups, shown, winner, code) => {
    const { shownGroups, rejections } = claim({ groups, incumbents: shown });
    expect([...shownGroups.values()]).toEqual([winner]);
    expect(rejections).toMatchObject([{ verdict: 'quarantined', map: 'group', code }]);
  });

  test('whose name the host lets the directory have gets it', () => {
    const allowed = policy({ reserved: reservedNames({ users: ['sshd'], groups: ['docker'] }) });
    const directory = snapshot([person('sshd')], [group('docker', { gid: 5001 })]);
    const { users, shownGroups, rejections } = claimNames([directory], allowed, localAccounts(), () => noIncumbents);
    expect([users.size, shownGroups.size, rejections]).toEqual([1, 1, []]);
  });

  test('and another that differs in case only: the one that this host shows stays, and both grant access', () => {
    const capital = group('Web', { gid: 5002 });
    const shown = claim({ groups: [older, capital], incumbents: shownBefore({}, { web: 5001 }) });
    expect([...shown.shownGroups.values()]).toEqual([older]);
    expect(shown.groups.size).toBe(2);
    expect(shown.rejections).toMatchObject([{ verdict: 'quarantined', map: 'group', key: 'Web', code: 'name-lookalike' }]);
    expect(claim({ groups: [older, capital] }).shownGroups.size).toBe(0);
  });

  test('that loses its gid to another still grants access', () => {
    expect(sortedNames(claim({ groups: [older, sameGid] }).groups.keys() as Iterable<never>)).toEqual(['db', 'web']);
  });
});

test('the incumbents are asked for only when a name or number is contested', () => {
  const ask = (): Incumbents => {
    throw new Error('asked');
  };
  const calm = [snapshot([person('alice', { uid: 2001 }), person('bob', { uid: 2002 })], [group('web', { gid: 5001 }), group('ops')])];
  expect(claimNames(calm, policy(), localAccounts(), ask).users.size).toBe(2);
  expect(() => claimNames([snapshot([person('alice'), person('bob')])], policy(), localAccounts(), ask)).toThrow('asked');
});

test('every name and number has one owner, none is local or out of range, and only a better claim loses an entry', () => {
  const names = fc.constantFrom('alice', 'bob', 'carol', 'root', '__proto__');
  const numbers = fc.constantFrom(999, 1000, 1001, 1002, 60_000, 60_001);
  const users = fc.array(fc.record({ name: names, uid: numbers, gid: numbers }), { maxLength: 8 });
  const shownUsers = fc.uniqueArray(fc.tuple(names, numbers), { maxLength: 3, selector: ([name]) => name });
  fc.assert(
    fc.property(users, shownUsers, fc.constantFrom(1001, 4), (entries, shown, localUid) => {
      const candidates = entries.map(({ name, uid, gid }, index) => person(name, { uid, gid, dn: `uid=${name},ou=${index}` }));
      const local = localAccounts({ root: 0, admin: localUid }, { root: 0, docker: 1002 });
      const claims = claim({ users: candidates, local, incumbents: { users: new Map(shown), groups: new Map() } });
      const winners = [...claims.users.values()];
      const isShown = ({ name, uid }: DirectoryUser): boolean => shown.some(([one, id]) => one === name && id === uid);
      expect(new Set(winners.map(({ uid }) => uid)).size).toBe(winners.length);
      expect(claims.rejections).toHaveLength(candidates.length - winners.length);
      for (const loser of candidates.filter((user) => !winners.includes(user))) {
        const isBarred =
          loser.name === 'root' ||
          loser.uid === localUid ||
          loser.gid === 1002 ||
          [loser.uid, loser.gid].some((id) => id < 1000 || id > 60_000);
        const better = winners.filter(({ name, uid }) => name === loser.name || uid === loser.uid);
        const isBeaten = better.some(
          (winner) => isShown(winner) || (!isShown(loser) && candidates.indexOf(winner) < candidates.indexOf(loser)),
        );
        const isSecond =
          isShown(loser) && better.some((winner) => isShown(winner) && candidates.indexOf(winner) < candidates.indexOf(loser));
        expect(isBarred || isBeaten || isSecond).toBe(true);
      }
      for (const { name, uid, gid } of winners) {
        expect([name === 'root', uid === localUid, gid === 1002, uid < 1000, gid < 1000, uid > 60_000, gid > 60_000]).not.toContain(true);
      }
    }),
    { numRuns: 500 },
  );
});
