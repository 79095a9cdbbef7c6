import { expect, test } from 'vitest';
import { Membership } from '../../../src/policy/membership/membership.ts';
import { findSharers } from '../../../src/policy/keys/sharers.ts';
import { login } from '../../directory/valid.ts';
import { access, claimsOf, crowd, group, people, snapshot } from '../sample-directory.ts';

const directory = snapshot(crowd('alice', 'bob', 'carol'), [
  group('web', { members: ['alice', 'ops'] }),
  group('ops', { members: ['bob'] }),
  group('all', { members: ['alice', 'bob', 'carol'] }),
]);
const membership = new Membership(claimsOf(directory), [directory]);

test.each([
  ['by name', people({ users: ['bob'] }), [{ name: 'bob' }]],
  [
    'by group, nested too',
    people({ groups: ['web'] }),
    [
      { name: 'alice', group: 'web' },
      { name: 'bob', group: 'web' },
    ],
  ],
  [
    'each once, by name before the first of the groups',
    people({ users: ['alice'], groups: ['ops', 'all'] }),
    [{ name: 'alice' }, { name: 'bob', group: 'ops' }, { name: 'carol', group: 'all' }],
  ],
  ['by a group that is not there: nobody', people({ groups: ['gone'] }), []],
])('an account is shared %s', (_how, sharers, expected) => {
  expect(findSharers(login('deploy'), access({ accounts: { deploy: sharers } }), membership)).toEqual(expected);
});

test("an account that no rule names is nobody else's", () => {
  expect(findSharers(login('alice'), access({ accounts: { deploy: people({ groups: ['all'] }) } }), membership)).toEqual([]);
});
