import { expect, test } from 'vitest';
import { applyPolicy } from '../../src/policy/policy.ts';
import { groupName } from '../directory/valid.ts';
import { access, crowd, group, host, people, policy, snapshot } from './sample-directory.ts';

const directory = snapshot(
  crowd('alice'),
  [group('web-prod'), group('sre')],
  [{ verdict: 'quarantined', source: 'corp', map: 'group', key: 'huge', code: 'group-too-large', reason: 'has 50,000 members' }],
);

test.each([
  ['by one rule', { allow: people({ groups: ['gone'] }) }, 'gone', 'named in access.groups, but the directory has no such group'],
  [
    'by several',
    { always: people({ groups: ['gone'] }), deny: people({ groups: ['gone'] }) },
    'gone',
    'named in access.always.groups and access.deny.groups, but the directory has no such group',
  ],
  [
    'by the file of the host, which is added to the others',
    {
      allow: people({ groups: ['sre'] }),
      hostGrants: [{ accessGroup: groupName('gone'), reference: 'file:/groups', people: people({ groups: ['gone'] }) }],
    },
    'gone',
    'named in access group gone of this host (file:/groups), but the directory has no such group',
  ],
  [
    'by accounts, whose names are spelt as in the file',
    { accounts: { deploy: people({ groups: ['gone'] }), 'svc.web': people({ groups: ['gone'] }) } },
    'gone',
    'named in access.accounts.deploy.groups and access.accounts."svc.web".groups, but the directory has no such group',
  ],
  [
    'and misspelt',
    { allow: people({ groups: ['web-pord'] }) },
    'web-pord',
    'named in access.groups, but the directory has no such group; did you mean "web-prod"?',
  ],
  [
    'and quarantined',
    { deny: people({ groups: ['huge'] }) },
    'huge',
    'named in access.deny.groups, but the group of source "corp" is quarantined (group-too-large)',
  ],
])('a group that is named %s', (_how, rules, key, reason) => {
  const { rejections, unknownGroups } = applyPolicy([directory], policy({ access: access({ everyone: true, ...rules }) }), host());
  expect([...unknownGroups]).toEqual([key]);
  expect(rejections.filter(({ code }) => code === 'access-group-unknown')).toEqual([
    { verdict: 'adjusted', source: 'corp', map: 'group', key, code: 'access-group-unknown', reason },
  ]);
});

test('of groups that are there nothing is said', () => {
  const view = applyPolicy([directory], policy({ access: access({ allow: people({ groups: ['sre'] }) }) }), host());
  expect(view.rejections.filter(({ code }) => code === 'access-group-unknown')).toEqual([]);
});

test('a suggestion is made for the first few alone', () => {
  const groups = Array.from({ length: 7 }, (_, at) => `web-prod${at}`);
  const { rejections } = applyPolicy([directory], policy({ access: access({ allow: people({ groups }) }) }), host());
  const suggested = rejections.filter(({ reason }) => reason.endsWith('did you mean "web-prod"?'));
  expect(suggested.map(({ key }) => key)).toEqual(groups.slice(0, 5));
});
