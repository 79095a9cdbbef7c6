import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { Membership } from '../../src/policy/membership/membership.ts';
import { chainOf, type MembershipPath } from '../../src/policy/membership/membership-way.ts';
import type { GroupName } from '../../src/directory/names.ts';
import { groupName, login } from '../directory/valid.ts';
import { claimsOf, crowd, group, person, snapshot } from './sample-directory.ts';

const people = crowd('alice', 'bob', 'carol');

function membershipOf(directory: DirectorySnapshot): Membership {
  return new Membership(claimsOf(directory), [directory]);
}

describe('path', () => {
  test.each<[string, DirectorySnapshot, MembershipPath | undefined]>([
    ['by name', snapshot(people, [group('web', { members: ['alice'] })]), { chain: [groupName('web')], by: 'name' }],
    [
      'by primary group',
      snapshot([person('alice', { gid: 5001 })], [group('web', { gid: 5001 })]),
      { chain: [groupName('web')], by: 'primary group' },
    ],
    [
      'by name, though the primary group would do',
      snapshot([person('alice', { gid: 5001 })], [group('web', { gid: 5001, members: ['alice'] })]),
      { chain: [groupName('web')], by: 'name' },
    ],
    [
      'through a nested group',
      snapshot(people, [group('web', { members: ['ops'] }), group('ops', { members: ['alice'] })]),
      { chain: ['web', 'ops'].map(groupName), by: 'name' },
    ],
    [
      'by the primary group of a nested group',
      snapshot([person('alice', { gid: 5002 })], [group('web', { nested: ['ops'] }), group('ops', { gid: 5002 })]),
      { chain: ['web', 'ops'].map(groupName), by: 'primary group' },
    ],
    [
      'the shortest of two',
      snapshot(people, [
        group('web', { nested: ['a', 'c'] }),
        group('a', { nested: ['b'] }),
        group('b', { members: ['alice'] }),
        group('c', { members: ['alice'] }),
      ]),
      { chain: ['web', 'c'].map(groupName), by: 'name' },
    ],
    [
      'out of a cycle',
      snapshot(people, [group('web', { nested: ['ops'] }), group('ops', { nested: ['web'], members: ['alice'] })]),
      { chain: ['web', 'ops'].map(groupName), by: 'name' },
    ],
    ['none, for somebody else', snapshot(people, [group('web', { members: ['bob'] })]), undefined],
    ['none, upwards', snapshot(people, [group('web'), group('ops', { members: ['alice'], nested: ['web'] })]), undefined],
    ['none, into a group that is not there', snapshot(people), undefined],
  ])('leads %s', (_how, directory, path) => {
    expect(membershipOf(directory).path(groupName('web'), login('alice'))).toEqual(path);
  });

  test('leads to everybody who is a member, and to nobody else', () => {
    const names = ['g0', 'g1', 'g2', 'g3', 'g4'];
    const someGroup = fc.record({
      nested: fc.subarray(names),
      members: fc.subarray(['alice', 'bob', 'carol']),
      gid: fc.constantFrom(undefined, 3001),
    });
    fc.assert(
      fc.property(fc.tuple(...names.map(() => someGroup)), (groups) => {
        const membership = membershipOf(
          snapshot(
            people,
            groups.map((one, index) => group(`g${index}`, one)),
          ),
        );
        for (const name of names.map(groupName)) {
          const reached = people.filter((one) => membership.path(name, one.name) !== undefined).map((one) => one.name);
          expect(new Set(reached)).toEqual(membership.members(name));
        }
      }),
    );
  });
});

describe('ways', () => {
  test('are those of each group that nests, once, the shortest first', () => {
    const directory = snapshot(people, [
      group('web', { gid: 3001, members: ['alice'], nested: ['a', 'b'] }),
      group('a', { nested: ['b', 'c'] }),
      group('b', { members: ['bob'] }),
      group('c', { nested: ['web'] }),
    ]);
    const all = ['alice', 'bob', 'carol'];
    const web = groupName('web');
    const ways = [...membershipOf(directory).ways(web)];
    expect(ways.map((way) => ({ ...chainOf(web, way), named: way.named, primary: way.primary }))).toEqual([
      { chain: ['web'], named: ['alice'], primary: all },
      { chain: ['web', 'a'], named: [], primary: [] },
      { chain: ['web', 'b'], named: ['bob'], primary: [] },
      { chain: ['web', 'a', 'c'], named: [], primary: [] },
    ]);
  });

  describe('through 20,000 groups, one inside the other', () => {
    const depth = 20_000;
    let looks = 0;
    /** Counts each time that somebody asks what is in it. */
    const counting = (...names: readonly string[]): GroupName[] => {
      const nested = names.map(groupName);
      return Object.assign(nested, {
        [Symbol.iterator]: () => {
          looks += 1;
          return nested.values();
        },
      });
    };
    const chain = Array.from({ length: depth }, (_, at) => ({ ...group(`g${at}`), nested: counting(`g${at + 1}`) }));
    const directory = snapshot(people, [...chain, group(`g${depth}`, { members: ['alice'] })]);
    const membership = membershipOf(directory);
    const first = groupName('g0');
    const path = { chain: ['g0', ...[6, 5, 4, 3, 2, 1, 0].map((back) => `g${depth - back}`)], leftOut: depth - 7, by: 'name' };

    test('look at each group once, and keep no more than its name of it', () => {
      looks = 0;
      const ways = [...membership.ways(first)];
      expect(looks).toBe(depth);
      expect(ways.map((way) => way.depth)).toEqual(Array.from({ length: depth + 1 }, (_, at) => at));
      const held = ways.reduce((sum, way) => sum + (Object.values(way as object) as unknown[]).flat().length, 0);
      expect(held).toBeLessThan(6 * depth);
      const shown = ways.reduce((sum, way) => sum + chainOf(first, way).chain.length, 0);
      expect(shown).toBeLessThanOrEqual(8 * ways.length);
    });

    test('show the first group and the last ones', () => {
      looks = 0;
      expect(membership.path(first, login('alice'))).toEqual(path);
      expect(membership.denialPath(first, login('alice'))).toEqual(path);
      expect(looks).toBeLessThanOrEqual(2 * depth);
    });
  });
});

describe('denialPath', () => {
  const both = [...people, person('ops', { uid: 2009 })];
  const directory = snapshot(both, [
    group('web', { members: ['ops'] }),
    group('ops', { gid: 5001, members: ['bob'] }),
    group('other', { gid: 5001 }),
  ]);

  test.each([
    ['the person', 'ops', { chain: ['web'], by: 'name' }],
    ['the members of the group', 'bob', { chain: ['web', 'ops'], by: 'name' }],
  ])('leads to %s that an ambiguous name could mean', (_what, name, path) => {
    expect(membershipOf(directory).denialPath(groupName('web'), login(name))).toEqual(path);
  });

  test('leads to those by primary group, though this host shows the number as another group', () => {
    const withErin = { ...directory, users: [...both, person('erin', { uid: 2010, gid: 5001 })] };
    expect(membershipOf(withErin).path(groupName('ops'), login('erin'))).toBeUndefined();
    expect(membershipOf(withErin).denialPath(groupName('ops'), login('erin'))).toEqual({ chain: ['ops'], by: 'primary group' });
  });
});
