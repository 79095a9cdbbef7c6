/** What a group of one source may mean by a name, where another source has people and groups, too. */
import { describe, expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { claimNames } from '../../src/policy/uids/claims.ts';
import { Membership } from '../../src/policy/membership/membership.ts';
import { groupName } from '../directory/valid.ts';
import { from } from './policy-oracle.ts';
import { group, localAccounts, person, policy, snapshot, sortedNames } from './sample-directory.ts';

/** Of the sources `a` and `b`, in this order. */
function membershipOf(a: DirectorySnapshot, b: DirectorySnapshot): Membership {
  const snapshots = [from('a', a), from('b', b)];
  const incumbents = { users: new Map<string, number>(), groups: new Map<string, number>() };
  return new Membership(
    claimNames(snapshots, policy(), localAccounts(), () => incumbents),
    snapshots,
  );
}

const alice = person('alice', { uid: 2001 });
const bob = person('bob', { uid: 2002 });
const otherBob = person('bob', { uid: 2102 });

describe('a group', () => {
  test('may name people of another source', () => {
    const membership = membershipOf(snapshot([alice]), snapshot([], [group('web', { members: ['alice'] })]));
    expect(sortedNames(membership.members(groupName('web')))).toEqual(['alice']);
  });

  test('may hold a group of another source', () => {
    const ops = group('ops', { members: ['alice'] });
    const membership = membershipOf(snapshot([alice], [ops]), snapshot([], [group('web', { nested: ['ops'] })]));
    expect(sortedNames(membership.members(groupName('web')))).toEqual(['alice']);
    expect(membership.rejections).toEqual([]);
  });

  test("means its own source's person, and not the one whom another source has under that name", () => {
    const membership = membershipOf(snapshot([bob]), snapshot([otherBob], [group('web', { members: ['bob'] })]));
    expect(sortedNames(membership.members(groupName('web')))).toEqual([]);
    expect(membership.listed(groupName('web'))).toEqual([]);
    expect(membership.rejections).toMatchObject([
      {
        source: 'b',
        key: 'web',
        code: 'member-unknown',
        reason: 'members left out, whose names people of another source have here: "bob"',
      },
    ]);
  });

  test('keeps both of them out, where it is denied', () => {
    const membership = membershipOf(snapshot([bob]), snapshot([otherBob], [group('left', { members: ['bob'] })]));
    expect(sortedNames(membership.everybody(groupName('left')))).toEqual(['bob']);
  });

  test.each([
    ['as a group', { nested: ['ops'] }],
    ['as a member', { members: ['ops'] }],
  ])("does not take another source's group for its own of the same name, given %s", (_how, members) => {
    const ops = group('ops', { members: ['alice'] });
    const membership = membershipOf(snapshot([alice], [ops]), snapshot([], [group('ops'), group('web', members)]));
    expect(sortedNames(membership.members(groupName('web')))).toEqual([]);
    expect(membership.rejections).toMatchObject([{ source: 'b', key: 'web', code: 'member-unknown' }]);
  });

  test('gets nobody from a group of another source with the same name', () => {
    const web = group('web', { members: ['bob'] });
    const membership = membershipOf(snapshot([alice, bob], [group('web', { members: ['alice'] })]), snapshot([], [web]));
    expect(sortedNames(membership.members(groupName('web')))).toEqual(['alice']);
  });

  test('has nobody by a primary gid that another source gives, but keeps them out', () => {
    const intruder = person('mallory', { uid: 2003, gid: 5001 });
    const own = person('alice', { uid: 2001, gid: 5001 });
    const membership = membershipOf(snapshot([own], [group('sre', { gid: 5001 })]), snapshot([intruder]));
    expect(sortedNames(membership.members(groupName('sre')))).toEqual(['alice']);
    expect([...membership.ways(groupName('sre'))].map(({ primary }) => primary)).toEqual([['alice']]);
    expect(sortedNames(membership.everybody(groupName('sre')))).toEqual(['alice', 'mallory']);
  });

  test('says which groups inside it nobody has', () => {
    const membership = membershipOf(snapshot([alice]), snapshot([], [group('web', { members: ['alice'], nested: ['typo'] })]));
    expect(membership.rejections).toMatchObject([
      { key: 'web', code: 'member-unknown', reason: expect.stringContaining('"typo"') as string },
    ]);
  });
});
