import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccessDecision, AccessRules, accessGroups } from '../../src/policy/access.ts';
import type { AccessPolicy } from '../../src/policy/host-policy.ts';
import { Membership } from '../../src/policy/membership/membership.ts';
import { groupName, login } from '../directory/valid.ts';
import { access, claimsOf, crowd, group, people, snapshot } from './sample-directory.ts';

/** alice is in web and admins, bob in web, carol in admins and nested in web; dave is in none. */
const directory = snapshot(crowd('alice', 'bob', 'carol', 'dave'), [
  group('admins', { members: ['alice', 'carol'] }),
  group('web', { members: ['alice', 'bob', 'admins'] }),
  group('primary', { gid: 3001 }),
  group('nobody'),
]);
const membership = new Membership(claimsOf(directory), [directory]);

function decide(policy: AccessPolicy, name: string): AccessDecision {
  return new AccessRules(policy, membership).decide(login(name));
}

describe('somebody may log in', () => {
  test.each<[string, AccessPolicy, string, AccessDecision]>([
    ['when everyone may', access({ everyone: true }), 'dave', { granted: true, rule: 'everyone' }],
    ['by name', access({ allow: people({ users: ['dave'] }) }), 'dave', { granted: true, rule: 'allow' }],
    ['by group', access({ allow: people({ groups: ['web'] }) }), 'bob', { granted: true, rule: 'allow', group: groupName('web') }],
    [
      'by a group inside the group',
      access({ allow: people({ groups: ['web'] }) }),
      'carol',
      { granted: true, rule: 'allow', group: groupName('web') },
    ],
    [
      'by primary group',
      access({ allow: people({ groups: ['primary'] }) }),
      'dave',
      { granted: true, rule: 'allow', group: groupName('primary') },
    ],
    [
      'by the first of several groups',
      access({ allow: people({ groups: ['nobody', 'web', 'admins'] }) }),
      'alice',
      { granted: true, rule: 'allow', group: groupName('web') },
    ],
    ['always, by name', access({ always: people({ users: ['dave'] }) }), 'dave', { granted: true, rule: 'always' }],
    [
      'always, by group',
      access({ always: people({ groups: ['admins'] }) }),
      'carol',
      { granted: true, rule: 'always', group: groupName('admins') },
    ],
    [
      'by name before by group',
      access({ allow: people({ users: ['alice'], groups: ['web'] }) }),
      'alice',
      { granted: true, rule: 'allow' },
    ],
    [
      'by always before by allow',
      access({ allow: people({ users: ['alice'] }), always: people({ groups: ['web'] }) }),
      'alice',
      { granted: true, rule: 'always', group: groupName('web') },
    ],
  ])('%s', (_how, policy, name, decision) => {
    expect(decide(policy, name)).toEqual(decision);
  });
});

describe('somebody may not log in', () => {
  const none: AccessDecision = { granted: false, rule: 'none' };

  test.each<[string, AccessPolicy, string, AccessDecision]>([
    ['without any rule', access(), 'alice', none],
    ['when others may by name', access({ allow: people({ users: ['alice'] }) }), 'bob', none],
    ['when others may by group', access({ allow: people({ groups: ['web'] }) }), 'dave', none],
    ['by a group that the directory does not have', access({ allow: people({ groups: ['gone'] }) }), 'alice', none],
    ['by a group that the group is inside of', access({ allow: people({ groups: ['admins'] }) }), 'bob', none],
    ['by the case of another name', access({ allow: people({ users: ['Alice'] }) }), 'alice', none],
    ['by a share in an account', access({ accounts: { deploy: people({ users: ['alice'] }) } }), 'alice', none],
    [
      'when denied by name, though everyone may',
      access({ everyone: true, deny: people({ users: ['alice'] }) }),
      'alice',
      { granted: false, rule: 'deny' },
    ],
    [
      'when denied by name, though allowed by name',
      access({ allow: people({ users: ['alice'] }), deny: people({ users: ['alice'] }) }),
      'alice',
      { granted: false, rule: 'deny' },
    ],
    [
      'when denied by group, though always allowed by name',
      access({ always: people({ users: ['bob'] }), deny: people({ groups: ['web'] }) }),
      'bob',
      { granted: false, rule: 'deny', group: groupName('web') },
    ],
    [
      'when denied by a group inside the group',
      access({ everyone: true, deny: people({ groups: ['web'] }) }),
      'carol',
      { granted: false, rule: 'deny', group: groupName('web') },
    ],
    [
      'when denied by primary group',
      access({ everyone: true, deny: people({ groups: ['primary'] }) }),
      'dave',
      { granted: false, rule: 'deny', group: groupName('primary') },
    ],
  ])('%s', (_how, policy, name, decision) => {
    expect(decide(policy, name)).toEqual(decision);
  });
});

describe('accessGroups', () => {
  test('holds every group that a rule names, by name, with all its members', () => {
    const policy = access({
      allow: people({ groups: ['web'] }),
      always: people({ groups: ['admins', 'web'] }),
      deny: people({ groups: ['nobody'] }),
      accounts: { deploy: people({ groups: ['primary'] }) },
    });
    expect([...accessGroups(policy, membership)]).toEqual([
      ['admins', ['alice', 'carol']],
      ['nobody', []],
      ['primary', ['alice', 'bob', 'carol', 'dave']],
      ['web', ['alice', 'bob', 'carol']],
    ]);
  });

  test('holds a group that the directory does not have as empty, so that a vanished one is noticed', () => {
    expect([...accessGroups(access({ allow: people({ groups: ['gone'] }) }), membership)]).toEqual([['gone', []]]);
  });

  test('holds nothing where no rule names a group', () => {
    expect(accessGroups(access({ everyone: true, allow: people({ users: ['alice'] }) }), membership).size).toBe(0);
  });
});

test('deny wins over every other rule, whatever they are', () => {
  const some = fc.record({
    users: fc.subarray(['alice', 'bob', 'carol', 'dave', 'zoe']),
    groups: fc.subarray(['web', 'admins', 'primary', 'nobody', 'gone']),
  });
  const policies = fc
    .record({ everyone: fc.boolean(), allow: some.map(people), always: some.map(people), deny: some.map(people) })
    .map(access);
  const membersByHand: Readonly<Record<string, readonly string[]>> = {
    web: ['alice', 'bob', 'carol'],
    admins: ['alice', 'carol'],
    primary: ['alice', 'bob', 'carol', 'dave'],
  };
  const names = ({ users, groups }: AccessPolicy['deny'], name: string): boolean =>
    users.some((user) => user === name) || groups.some((one) => membersByHand[one]?.includes(name));
  fc.assert(
    fc.property(policies, fc.constantFrom('alice', 'bob', 'carol', 'dave', 'zoe'), (policy, name) => {
      const mayLogIn = !names(policy.deny, name) && (policy.everyone || names(policy.allow, name) || names(policy.always, name));
      expect(decide(policy, name).granted).toBe(mayLogIn);
    }),
    { numRuns: 500 },
  );
});

describe('a group that this host does not show', () => {
  // Another group has its number.
  const twins = snapshot(crowd('alice'), [group('left', { gid: 3001 }), group('anybody', { gid: 3001 })]);
  const rules = (policy: AccessPolicy): AccessRules => new AccessRules(policy, new Membership(claimsOf(twins), [twins]));

  test('keeps out those whose primary group it is', () => {
    const decision = rules(access({ everyone: true, deny: people({ groups: ['left'] }) })).decide(login('alice'));
    expect(decision).toEqual({ granted: false, rule: 'deny', group: groupName('left') });
  });

  test('lets nobody in by it', () => {
    expect(rules(access({ allow: people({ groups: ['left'] }) })).decide(login('alice')).granted).toBe(false);
  });
});
