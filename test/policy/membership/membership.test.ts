import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../../src/directory/snapshot.ts';
import type { Claims } from '../../../src/policy/uids/claims.ts';
import { Membership } from '../../../src/policy/membership/membership.ts';
import { rawGroup, rawUser, snapshotOf } from '../../directory/raw-entries.ts';
import { gid, groupName } from '../../directory/valid.ts';
import { claimsOf, crowd, group, person, snapshot, sortedNames } from '../sample-directory.ts';

function membershipOf(directory: DirectorySnapshot): Membership {
  return new Membership(claimsOf(directory), [directory]);
}

function membersOf(directory: DirectorySnapshot, name: string): string[] {
  return sortedNames(membershipOf(directory).members(groupName(name)));
}

const people = crowd('alice', 'bob', 'carol', 'dave');

describe('members', () => {
  test.each<[string, DirectorySnapshot, readonly string[]]>([
    ['named by login', snapshot(people, [group('web', { members: ['bob', 'alice'] })]), ['alice', 'bob']],
    [
      'by primary group',
      snapshot([...people, person('erin', { uid: 2009, gid: 5001 })], [group('web', { gid: 5001, members: ['bob'] })]),
      ['bob', 'erin'],
    ],
    ['of a group named by its name', snapshot(people, [group('web', { members: ['ops'] }), group('ops', { members: ['bob'] })]), ['bob']],
    ['of a group nested by DN', snapshot(people, [group('web', { nested: ['ops'] }), group('ops', { members: ['bob'] })]), ['bob']],
    [
      'by primary group of a nested group',
      snapshot([person('erin', { gid: 5002 })], [group('web', { nested: ['ops'] }), group('ops', { gid: 5002 })]),
      ['erin'],
    ],
    [
      'three groups down',
      snapshot(people, [
        group('web', { nested: ['b'] }),
        group('b', { nested: ['c'] }),
        group('c', { nested: ['d'] }),
        group('d', { members: ['dave'] }),
      ]),
      ['dave'],
    ],
    [
      'of two groups that nest one, each once',
      snapshot(people, [
        group('web', { nested: ['b', 'c'] }),
        group('b', { nested: ['d'] }),
        group('c', { nested: ['d'] }),
        group('d', { members: ['dave'] }),
      ]),
      ['dave'],
    ],
    [
      'of a cycle of two',
      snapshot(people, [group('web', { members: ['alice'], nested: ['ops'] }), group('ops', { members: ['bob'], nested: ['web'] })]),
      ['alice', 'bob'],
    ],
    ['of a group inside itself', snapshot(people, [group('web', { members: ['alice', 'web'], nested: ['web'] })]), ['alice']],
    ['nobody, for an empty group', snapshot(people, [group('web')]), []],
    ['nobody, for a group that is not there', snapshot(people), []],
    ['nobody, for a group whose nested group is not there', snapshot(people, [group('web', { nested: ['gone'] })]), []],
    [
      'without the members of the groups around it',
      snapshot(people, [group('outer', { members: ['alice'], nested: ['web'] }), group('web', { members: ['bob'] })]),
      ['bob'],
    ],
  ])('are people %s', (_what, directory, names) => {
    expect(membersOf(directory, 'web')).toEqual(names);
  });

  test('by primary group count only where this host shows the gid as that group', () => {
    const directory = snapshot([person('erin', { gid: 5001 })], [group('web', { gid: 5001 }), group('db', { gid: 5001 })]);
    const [web, db] = directory.groups;
    const shownAs = (shown: typeof web): Membership =>
      new Membership({ ...claimsOf(directory), shownGroups: new Map(shown === undefined ? [] : [[gid(5001), shown]]) }, [directory]);
    expect(sortedNames(shownAs(db).members(groupName('web')))).toEqual([]);
    expect(sortedNames(shownAs(db).members(groupName('db')))).toEqual(['erin']);
    expect(sortedNames(shownAs(undefined).members(groupName('web')))).toEqual([]);
  });

  test('are found through 20,000 groups, one inside the other', () => {
    const groups = Array.from({ length: 20_000 }, (_, depth) => group(`g${depth}`, { nested: [`g${depth + 1}`] }));
    const directory = snapshot(people, [...groups, group('g20000', { members: ['alice'] })]);
    expect(membersOf(directory, 'g0')).toEqual(['alice']);
  });
});

describe('a name that is a person and a group', () => {
  const web = group('web', { members: ['alice'] });
  const groupAlice = group('alice', { members: ['dave'] });

  test('is the person', () => {
    expect(membersOf(snapshot(people, [web, groupAlice]), 'web')).toEqual(['alice']);
  });

  test('is nobody when this host does not show the person', () => {
    const directory = snapshot(people, [web, groupAlice]);
    const claims = { ...claimsOf(directory), users: new Map(people.slice(1).map((user) => [user.name, user])) };
    expect(sortedNames(new Membership(claims, [directory]).members(groupName('web')))).toEqual([]);
  });

  test('is nobody when the person is of another source', () => {
    const sources = [snapshot(people.slice(1), [web, groupAlice]), snapshot(people.slice(0, 1))];
    const claims = { ...claimsOf(sources[0] as DirectorySnapshot) };
    expect(sortedNames(new Membership(claims, sources).members(groupName('web')))).toEqual([]);
  });

  test('is nobody when the person was quarantined as invalid', () => {
    const directory = snapshotOf(
      [rawUser('alice', { shell: ['bash'] }), rawUser('dave')],
      [rawGroup('web', { gid: [], memberNames: ['alice'] }), rawGroup('alice', { gid: [], memberNames: ['dave'] })],
    );
    expect(membersOf(directory, 'web')).toEqual([]);
  });

  test('is both when the group is nested by its DN', () => {
    expect(membersOf(snapshot(people, [group('web', { members: ['alice'], nested: ['alice'] }), groupAlice]), 'web')).toEqual([
      'alice',
      'dave',
    ]);
  });
});

describe('listed', () => {
  const directory = snapshot(
    [...people, person('erin', { uid: 2009, gid: 5001 }), person('fred', { uid: 2010, gid: 5002 })],
    [
      group('web', { gid: 5001, members: ['dave', 'alice'], nested: ['ops'] }),
      group('ops', { gid: 5002, members: ['bob'], nested: ['web'] }),
    ],
  );

  test('has members by name and through nested groups, sorted, and not those by primary group alone', () => {
    expect(membershipOf(directory).listed(groupName('web'))).toEqual(['alice', 'bob', 'dave', 'fred']);
  });

  test('has the members of a group without nested ones, sorted', () => {
    expect(membershipOf(snapshot(people, [group('web', { members: ['dave', 'alice'] })])).listed(groupName('web'))).toEqual([
      'alice',
      'dave',
    ]);
  });

  test('is empty for a group that is not there', () => {
    expect(membershipOf(directory).listed(groupName('gone'))).toEqual([]);
  });
});

describe('members whom this host does not show', () => {
  test.each([
    ['one', ['zoe'], 'members left out, whom this host does not show: "zoe"'],
    ['three', ['x', 'y', 'z'], 'members left out, whom this host does not show: "x", "y", "z"'],
    ['four', ['w', 'x', 'y', 'z'], 'members left out, whom this host does not show: "w", "x", "y" and 1 more'],
  ])('are reported in one line: %s', (_what, members, reason) => {
    const { rejections } = membershipOf(snapshot(people, [group('web', { members: ['alice', ...members] })]));
    expect(rejections).toEqual([{ verdict: 'adjusted', source: 'corp', map: 'group', key: 'web', code: 'member-unknown', reason }]);
  });

  test('are none when all are shown', () => {
    expect(membershipOf(snapshot(people, [group('web', { members: ['alice', 'ops'] }), group('ops')])).rejections).toEqual([]);
  });
});

test('members are those that following the names by hand finds', () => {
  const names = ['alice', 'bob', 'carol', 'web', 'ops', '__proto__'];
  const directories = fc
    .record({
      users: fc.subarray(['alice', 'bob', 'carol', 'ops', '__proto__']),
      groups: fc.array(
        fc.record({
          name: fc.constantFrom('web', 'ops', 'db', 'alice', '__proto__'),
          members: fc.subarray(names),
          nested: fc.subarray(['web', 'ops', 'db', 'gone']),
        }),
        { maxLength: 5 },
      ),
    })
    .map(({ users, groups }) => {
      const unique = groups.filter(({ name }, index) => groups.findIndex((other) => other.name === name) === index);
      return snapshot(
        crowd(...users),
        unique.map(({ name, members, nested }) => group(name, { members, nested })),
      );
    });
  fc.assert(
    fc.property(directories, (directory) => {
      const membership = membershipOf(directory);
      for (const { name } of directory.groups) {
        const members = directory.users.map((user) => user.name).filter((user) => belongs(directory, user, name, []));
        expect(sortedNames(membership.members(name))).toEqual(members.sort());
        expect(membership.listed(name)).toEqual(members.sort());
      }
    }),
    { numRuns: 500 },
  );
});

/** Walks every path from the group; `path` are the groups on it, so that a cycle ends. */
function belongs(directory: DirectorySnapshot, user: string, name: string, path: readonly string[]): boolean {
  const here = directory.groups.find((one) => one.name === name);
  if (here === undefined || path.includes(name)) return false;
  if (here.members.includes(user)) return true;
  const groupsByName = here.members.filter((member) => !directory.users.some((one) => one.name === member));
  return [...here.nested, ...groupsByName].some((inner) => belongs(directory, user, inner, [...path, name]));
}

describe('a name that is a person and a group with members of its own', () => {
  const web = group('web', { members: ['dave', 'ops'] });
  const ops = group('ops', { members: ['alice', 'bob'] });
  const registered = person('ops', { uid: 2009 });

  /** @param before whom this host has shown in web; undefined: it has not shown web */
  function webOf(users: DirectorySnapshot['users'], before?: readonly string[], refused: DirectorySnapshot['rejections'] = []): string[] {
    const directory = snapshot(users, [web, ops], refused);
    const listedBefore = (name: string): ReadonlySet<string> | undefined => (name === 'web' && before ? new Set(before) : undefined);
    const membership = new Membership({ ...claimsOf(directory), listedBefore }, [directory]);
    expect(membership.listed(groupName('web'))).toEqual(sortedNames(membership.members(groupName('web'))));
    return sortedNames(membership.members(groupName('web')));
  }

  test('is the group as long as nobody registers the name', () => {
    expect(webOf(people, ['alice', 'bob', 'dave'])).toEqual(['alice', 'bob', 'dave']);
  });

  test.each([
    ['registers it: the group keeps its access, and the person gets none', ['alice', 'bob', 'dave'], ['alice', 'bob', 'dave']],
    ['had it before: nobody comes in through the group', ['dave', 'ops'], ['dave', 'ops']],
    ['registers it while the group gets a member: only who was there before', ['alice', 'dave'], ['alice', 'dave']],
    ['registers it, and nothing is known of before: the person, as RFC 2307 says', undefined, ['dave', 'ops']],
  ])('when somebody %s', (_what, before, members) => {
    expect(webOf([...people, registered], before)).toEqual(members);
  });

  test('keeps its access when an entry that is refused has its name', () => {
    const refused = [{ verdict: 'quarantined', source: 'corp', map: 'passwd', key: 'ops', code: 'id-invalid', reason: '' }] as const;
    expect(webOf(people, ['alice', 'bob', 'dave'], refused)).toEqual(['alice', 'bob', 'dave']);
    expect(webOf(people, ['dave'], refused)).toEqual(['dave']);
  });

  test('is reported with both names', () => {
    expect(membershipOf(snapshot([...people, registered], [web, ops])).rejections).toEqual([
      {
        verdict: 'adjusted',
        source: 'corp',
        map: 'group',
        key: 'web',
        code: 'member-ambiguous',
        reason: 'nobody is added or taken out by the names of both a person and a group: "ops" (cn=ops,ou=group)',
      },
    ]);
  });

  test('is the person where the group has nobody but her: a user private group', () => {
    const directory = snapshot(people, [group('web', { members: ['alice'] }), group('alice', { gid: 3001, members: ['alice'] })]);
    const others = snapshot(
      people.map((user) => ({ ...user, gid: gid(4000) })),
      directory.groups,
    );
    expect(membersOf(others, 'web')).toEqual(['alice']);
    expect(membershipOf(others).rejections).toEqual([]);
  });

  test('counts people by primary group as members of the group', () => {
    const directory = snapshot(people, [group('web', { members: ['alice'] }), group('alice', { gid: 3001 })]);
    expect(membershipOf(directory).rejections).toMatchObject([{ key: 'web', code: 'member-ambiguous' }]);
  });

  test('is settled through a second one inside the first', () => {
    const both = [...people, registered, person('inner', { uid: 2010 })];
    const directory = snapshot(both, [web, group('ops', { members: ['alice', 'inner'] }), group('inner', { members: ['bob'] })]);
    const listedBefore = (): ReadonlySet<string> => new Set(['alice', 'bob', 'dave']);
    const membership = new Membership({ ...claimsOf(directory), listedBefore }, [directory]);
    expect(sortedNames(membership.members(groupName('web')))).toEqual(['alice', 'bob', 'dave']);
  });
});

test("a member whose name is the host's own account is left out, even where a group has that name", () => {
  const directory = snapshot(people, [group('web', { members: ['alice', 'backup'] }), group('backup', { members: ['bob'] })]);
  const claims = { ...claimsOf(directory), isLocalName: (name: string): boolean => name === 'backup' };
  const membership = new Membership(claims, [directory]);
  expect(membership.listed(groupName('web'))).toEqual(['alice']);
  expect(membership.rejections).toEqual([
    {
      verdict: 'adjusted',
      source: 'corp',
      map: 'group',
      key: 'web',
      code: 'member-local',
      reason: 'members left out, whose names are the host\'s own: "backup"',
    },
  ]);
});

function everybodyOf(directory: DirectorySnapshot, claims: Partial<Claims> = {}, visitsMax?: number): string[] {
  return sortedNames(new Membership({ ...claimsOf(directory), ...claims }, [directory], visitsMax).everybody(groupName('web')));
}

describe('everybody whom a rule that keeps people out could mean', () => {
  const ops = group('ops', { members: ['alice', 'bob'] });
  const registered = [...people, person('ops', { uid: 2009 })];

  test.each<[string, DirectorySnapshot, readonly string[]]>([
    [
      'is the person and the group',
      snapshot(registered, [group('web', { members: ['dave', 'ops'] }), ops]),
      ['alice', 'bob', 'dave', 'ops'],
    ],
    ['is the group alone where nobody has its name', snapshot(people, [group('web', { members: ['ops'] }), ops]), ['alice', 'bob']],
    [
      'is the group of somebody whose entry was refused',
      snapshot(
        people,
        [group('web', { members: ['ops'] }), ops],
        [{ verdict: 'quarantined', source: 'corp', map: 'passwd', key: 'ops', code: 'id-invalid', reason: '' }],
      ),
      ['alice', 'bob'],
    ],
    [
      'is both at each step down',
      snapshot(
        [...registered, person('inner', { uid: 2010 })],
        [group('web', { members: ['ops'] }), group('ops', { members: ['inner'] }), group('inner', { members: ['carol'] })],
      ),
      ['carol', 'inner', 'ops'],
    ],
    [
      'is nobody who cannot be reached',
      snapshot(registered, [group('web', { members: ['ops'] }), ops, group('dave', { members: ['carol'], nested: ['web'] })]),
      ['alice', 'bob', 'ops'],
    ],
  ])('%s', (_what, directory, names) => {
    expect(everybodyOf(directory)).toEqual(names);
  });

  test('is the group whose name is an account of the host', () => {
    const directory = snapshot(people, [group('web', { members: ['ops'] }), ops]);
    expect(everybodyOf(directory, { isLocalName: (name) => name === 'ops' })).toEqual(['alice', 'bob']);
  });

  test('is the same whomever this host has shown in the group, and however little may be looked at for other rules', () => {
    const directory = snapshot(registered, [group('web', { members: ['dave', 'ops'] }), ops]);
    for (const before of [[], ['ops'], ['alice'], ['carol']])
      for (const visitsMax of [undefined, 0])
        expect(everybodyOf(directory, { listedBefore: () => new Set(before) }, visitsMax).filter((name) => name !== 'carol')).toEqual([
          'alice',
          'bob',
          'dave',
          'ops',
        ]);
  });
});

describe('when settling ambiguous names would take too long', () => {
  const outers = 200;
  const depth = 200;
  let looks = 0;

  /** Many groups that nest one ambiguous name, with a long chain behind it: as many visits as both together, for each. */
  const chain = Array.from({ length: depth }, (_, at) => {
    const nested = at + 1 === depth ? [] : [groupName(`inner${at + 1}`)];
    return Object.assign(group(`inner${at}`, { members: ['alice'] }), {
      nested: Object.assign(nested, {
        [Symbol.iterator]: () => {
          looks += 1;
          return nested.values();
        },
      }),
    });
  });
  const outer = Array.from({ length: outers }, (_, at) => group(`outer${at}`, { members: ['dave', 'ops'] }));
  const directory = snapshot([...people, person('ops', { uid: 2009 })], [...outer, group('ops', { nested: ['inner0'] }), ...chain]);
  const claims = { ...claimsOf(directory), listedBefore: () => new Set(['alice', 'bob']) };

  function settledWithin(visitsMax?: number): { readonly looks: number; readonly members: string[][] } {
    looks = 0;
    const membership = new Membership(claims, [directory], visitsMax);
    const spent = looks;
    return { looks: spent, members: outer.map(({ name }) => [...membership.listed(name)]) };
  }

  test('every group is settled within the limit', () => {
    const { looks: spent, members } = settledWithin();
    expect(spent).toBeGreaterThan(outers * (depth - 1));
    // bob was there before, and nothing leads to him any more.
    expect(members).toEqual(outer.map(() => ['alice', 'dave']));
  });

  test('the groups beyond it keep whom they had, and nothing more is looked at', () => {
    const limit = 10 * 3 * depth;
    const { looks: spent, members } = settledWithin(limit);
    expect(spent).toBeLessThanOrEqual(limit);
    expect(members.slice(0, 9)).toEqual(outer.slice(0, 9).map(() => ['alice', 'dave']));
    expect(members.slice(11)).toEqual(outer.slice(11).map(() => ['alice', 'bob', 'dave']));
  });
});
