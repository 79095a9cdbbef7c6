import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { Membership, type MembershipPath } from '../../src/policy/membership.ts';
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
    expect(membershipOf(directory).ways(groupName('web'))).toEqual([
      { chain: ['web'], named: ['alice'], primary: all },
      { chain: ['web', 'a'], named: [], primary: [] },
      { chain: ['web', 'b'], named: ['bob'], primary: [] },
      { chain: ['web', 'a', 'c'], named: [], primary: [] },
    ]);
  });
});
