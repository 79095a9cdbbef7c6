import { describe, expect, test } from 'vitest';
import type { Rejection } from '../../src/directory/rejection.ts';
import type { RawGroup } from '../../src/directory/validate.ts';
import { rawGroup, rawUser, snapshotOf } from './raw-entries.ts';

const aliceDn = 'uid=alice,ou=people,dc=example,dc=org';
const bobDn = 'uid=bob,ou=people,dc=example,dc=org';
const staffDn = 'cn=staff,ou=group,dc=example,dc=org';
const people = [rawUser('alice'), rawUser('bob')];

describe('a group', () => {
  test('comes through with everything that the directory says', () => {
    const { groups, rejections } = snapshotOf(people, [rawGroup('staff', { memberNames: ['bob', 'alice'] })]);
    expect(rejections).toEqual([]);
    expect(groups).toEqual([
      { source: 'corp', id: 'id-of-staff', dn: staffDn, name: 'staff', gid: 3001, members: ['alice', 'bob'], nested: [] },
    ]);
  });

  test.each<[string, Partial<RawGroup>, object]>([
    ['no gid: it only grants access', { gid: [] }, { gid: undefined }],
    ['no immutable id, the DN in its place', { id: [] }, { id: staffDn }],
    ['no members', {}, { members: [], nested: [] }],
    ['a member named twice, once', { memberNames: ['bob', 'bob'] }, { members: ['bob'] }],
    ['a member whom nobody knows, for policy to judge', { memberNames: ['zoe'] }, { members: ['zoe'] }],
    ['the one of several names that is in the DN', { name: ['crew', 'staff'] }, { name: 'staff' }],
  ])('comes through with %s', (_what, raw, expected) => {
    const { groups, rejections } = snapshotOf(people, [rawGroup('staff', raw)]);
    expect(groups).toMatchObject([expected]);
    expect(rejections).toEqual([]);
  });

  test.each<[string, Partial<RawGroup>, Partial<Rejection>]>([
    ['no name', { name: [] }, { code: 'name-missing', key: staffDn }],
    ['a name that is none', { name: ['st,aff'] }, { code: 'name-invalid', key: 'st,aff' }],
    ['two names that the DN does not decide', { name: ['a', 'b'] }, { code: 'name-ambiguous', key: staffDn }],
    ['the gid of root', { gid: ['0'] }, { code: 'id-invalid', key: 'staff', reason: 'gid 0 is root' }],
    ['two gids', { gid: ['3001', '3002'] }, { code: 'id-invalid' }],
    ['a gid that is no UTF-8', { gid: [undefined] }, { code: 'text-invalid' }],
  ])('with %s is quarantined, and the next one is not', (_what, raw, expected) => {
    const { groups, rejections } = snapshotOf([], [rawGroup('staff', raw), rawGroup('ops')]);
    expect(groups.map(({ name }) => name)).toEqual(['ops']);
    expect(rejections).toMatchObject([{ verdict: 'quarantined', source: 'corp', map: 'group', ...expected }]);
  });

  test('loses a member that is no name, and keeps the others', () => {
    const { groups, rejections } = snapshotOf(people, [rawGroup('staff', { memberNames: ['alice', 'b,ob', undefined] })]);
    expect(groups).toMatchObject([{ members: ['alice'] }]);
    expect(rejections).toMatchObject([{ verdict: 'adjusted', map: 'group', key: 'staff', code: 'member-invalid' }]);
    expect(rejections[0]?.reason).toMatch(/^left out 2 of its members: login name "b,ob" has .*; member holds bytes that are no UTF-8$/);
  });
});

describe.each([
  ['by name', 'memberNames', 'member-invalid'],
  ['by DN', 'memberDns', 'member-unknown'],
] as const)('members %s that are none', (_how, attribute, code) => {
  test.each([
    [3, 3, /^(?!.* more$)/],
    [4, 3, /; and 1 more$/],
    [100_000, 3, /; and 99997 more$/],
  ])('are one finding a group, were they %i: %i of them are named', (count, named, end) => {
    const members = Array.from({ length: count }, (_, index) => `-${index}`);
    const { rejections } = snapshotOf(people, [rawGroup('staff', { [attribute]: members })]);
    expect(rejections).toMatchObject([{ key: 'staff', code }]);
    expect(rejections[0]?.reason).toContain(`left out ${count} of its members: `);
    expect(rejections[0]?.reason.match(/"-\d+"/g)).toHaveLength(named);
    expect(rejections[0]?.reason).toMatch(end);
  });
});

describe('members by DN', () => {
  test.each([
    ['a person', [aliceDn], { members: ['alice'], nested: [] }],
    ['a person, however the DN is written', ['UID=Alice, OU=People, DC=example, DC=org'], { members: ['alice'] }],
    ['a person named twice', [aliceDn, aliceDn.toUpperCase()], { members: ['alice'] }],
    ['people in any order', [bobDn, aliceDn], { members: ['alice', 'bob'] }],
    ['a group that nests', ['cn=ops,ou=group,dc=example,dc=org'], { members: [], nested: ['ops'] }],
    ['the group itself', [staffDn], { members: [], nested: ['staff'] }],
  ])('are resolved for %s', (_what, memberDns, expected) => {
    const { groups, rejections } = snapshotOf(people, [rawGroup('staff', { memberDns }), rawGroup('ops', { gid: ['3002'] })]);
    expect(groups[0]).toMatchObject(expected);
    expect(rejections).toEqual([]);
  });

  test('are resolved to entries that come later', () => {
    const { groups } = snapshotOf(people, [
      rawGroup('staff', { memberDns: ['cn=ops,ou=group,dc=example,dc=org'] }),
      rawGroup('ops', { gid: ['3002'], memberDns: [aliceDn] }),
    ]);
    expect(groups).toMatchObject([{ nested: ['ops'] }, { members: ['alice'] }]);
  });

  test('add to the members by name, each once', () => {
    const { groups } = snapshotOf(people, [rawGroup('staff', { memberNames: ['bob'], memberDns: [bobDn, aliceDn] })]);
    expect(groups).toMatchObject([{ members: ['alice', 'bob'] }]);
  });

  test('are the person when one entry is both person and group', () => {
    const { groups } = snapshotOf(people, [rawGroup('staff', { memberDns: [aliceDn] }), rawGroup('ops', { dn: aliceDn, gid: ['3002'] })]);
    expect(groups[0]).toMatchObject({ members: ['alice'], nested: [] });
  });

  test.each([
    ['an entry that is not there', 'uid=zoe,ou=people,dc=example,dc=org'],
    ['an entry below another base', 'uid=alice,ou=people,dc=other,dc=org'],
    ['a text that is no DN', 'alice'],
    ['a DN with an escape sequence', 'uid=\u001b[2J,dc=org'],
    ['a DN that is no UTF-8', undefined],
  ])('are left out with a reason for %s', (_what, dn) => {
    const { groups, rejections } = snapshotOf(people, [rawGroup('staff', { memberDns: [dn, bobDn] })]);
    expect(groups).toMatchObject([{ members: ['bob'] }]);
    expect(rejections).toMatchObject([{ verdict: 'adjusted', map: 'group', key: 'staff', code: 'member-unknown' }]);
    expect(rejections[0]?.reason).toMatch(/^left out 1 of its members: [\x20-\x7e]+$/);
  });

  test('are left out when the person was quarantined', () => {
    const { groups, rejections } = snapshotOf([rawUser('alice', { uid: ['0'] })], [rawGroup('staff', { memberDns: [aliceDn] })]);
    expect(groups).toMatchObject([{ members: [], nested: [] }]);
    expect(rejections.map(({ code }) => code)).toEqual(['id-invalid', 'member-unknown']);
  });

  test('never reach a person through a DN that only reads alike', () => {
    const mallory = rawUser('mallory', { dn: 'cn=x\\00ou=people,dc=example,dc=org' });
    const { groups } = snapshotOf(
      [rawUser('alice', { dn: 'cn=x,ou=people,dc=example,dc=org' }), mallory],
      [rawGroup('admins', { memberDns: ['cn=x,ou=people,dc=example,dc=org'] })],
    );
    expect(groups).toMatchObject([{ members: ['alice'] }]);
  });
});
