import { describe, expect, test } from 'vitest';
import { formatGroup } from '../../src/directory/group.ts';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { Membership } from '../../src/policy/membership/membership.ts';
import { GROUP_LINE_MAX, type ShownGroups, showGroups } from '../../src/policy/shown-groups.ts';
import { groupName } from '../directory/valid.ts';
import { claimsOf, group, person, snapshot } from './sample-directory.ts';

function membershipOf(directory: DirectorySnapshot): Membership {
  return new Membership(claimsOf(directory), [directory]);
}

function shownOf(directory: DirectorySnapshot): ShownGroups {
  return showGroups(claimsOf(directory), membershipOf(directory), undefined);
}

function people(count: number, length = 8): string[] {
  return Array.from({ length: count }, (_, index) => `u${String(index).padStart(length - 1, '0')}`);
}

describe('showGroups', () => {
  test('lists groups by gid, with the members of those inside them', () => {
    const directory = snapshot(
      [person('alice'), person('bob', { uid: 2002 })],
      [group('web', { gid: 5002, members: ['alice', 'ops'] }), group('ops', { gid: 5001, members: ['bob'] })],
    );
    expect(shownOf(directory)).toEqual({
      entries: [
        { name: 'ops', gid: 5001, members: ['bob'] },
        { name: 'web', gid: 5002, members: ['alice', 'bob'] },
      ],
      rejections: [],
    });
  });

  test('leaves out a line that is longer than a login can wait for, and [access] still knows the members', () => {
    const names = people(150_000, 32);
    const directory = snapshot(
      names.map((name, index) => person(name, { uid: 100_000 + index })),
      [group('all', { gid: 5001, members: names }), group('web', { gid: 5002, members: names.slice(0, 100_000) })],
    );
    const { entries, rejections } = shownOf(directory);
    expect(entries.map(({ name, members }) => [name, members.length])).toEqual([['web', 100_000]]);
    expect(entries.map((entry) => formatGroup(entry).length <= GROUP_LINE_MAX)).toEqual([true]);
    expect(rejections).toEqual([
      {
        verdict: 'quarantined',
        source: 'corp',
        map: 'group',
        key: 'all',
        code: 'line-too-long',
        reason: 'its line for 150000 members has 4950010 bytes, at most 4194304 are written; not shown, but [access] knows its members',
      },
    ]);
    expect(membershipOf(directory).members(groupName('all')).size).toBe(150_000);
  });

  test('stops 500 groups that all nest each other, and shows what nests little', () => {
    const names = people(5000);
    const webs = Array.from({ length: 500 }, (_, index) => `g${index}`);
    const directory = snapshot(
      names.map((name, index) => person(name, { uid: 2001 + index })),
      [
        ...webs.map((name, index) => group(name, { gid: 5001 + index, members: names.slice(index * 10, index * 10 + 10), nested: webs })),
        group('ops', { gid: 9001, nested: ['inner'] }),
        group('inner', { gid: 9002, members: ['u0000000'] }),
      ],
    );
    const { entries, rejections } = shownOf(directory);
    const listed = entries.reduce((total, { members }) => total + members.length, 0);
    expect(listed).toBeLessThanOrEqual(5_000_000);
    expect(entries.slice(-2)).toEqual([
      { name: 'ops', gid: 9001, members: ['u0000000'] },
      { name: 'inner', gid: 9002, members: ['u0000000'] },
    ]);
    expect(entries.length + rejections.length).toBe(502);
    expect(listed + rejections.length).toBeGreaterThan(500);
  });

  test('stops 5,000 groups, one inside the other, and names those that are not shown', () => {
    const chain = Array.from({ length: 5000 }, (_, index) => group(`g${index}`, { gid: 5001 + index, nested: [`g${index + 1}`] }));
    const { entries, rejections } = shownOf(snapshot([], [...chain, group('g5000', { gid: 20_000 })]));
    expect(entries.length + rejections.length).toBe(5001);
    expect(new Set(rejections.map(({ verdict, code }) => `${verdict} ${code}`))).toEqual(new Set(['quarantined group-too-large']));
    expect(rejections[0]?.reason).toBe(
      'nests so many groups and members that more than 5000000 would have to be visited; not shown, but [access] knows its members',
    );
  });
});
