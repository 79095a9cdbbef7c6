import { describe, expect, test } from 'vitest';
import { formatPath } from '../../src/toml/problem.ts';
import { warningsOf } from '../../src/config/warnings.ts';
import { type Changes, configOf } from './configuration.ts';

const SHELLS = new Set(['/bin/sh', '/bin/bash']);
const sound: Changes = { 'access.always': { users: ['alice'] } };

describe('warningsOf', () => {
  test.each<[string, Changes]>([
    ['somebody is always let in', {}],
    ['a group is', { 'access.always': { groups: ['sre'] } }],
    ['people without access are hidden', { 'access.everyone': false, 'policy.hidden': true }],
    ['somebody is denied', { 'access.deny': { users: ['mallory'], groups: ['suspended'] } }],
    ['a range ends before the next one that is taken', { 'policy.uid_range': [1000, 61_183], 'policy.gid_range': [65_520, 65_533] }],
    ['a range lies between those taken', { 'policy.uid_range': [65_536, 524_287] }],
    ['a shell is listed', { 'policy.override_shell': '/bin/sh' }],
    ['a shell ends every session', { 'policy.override_shell': '/usr/sbin/nologin' }],
    ['a file says the access groups of the host', { 'access.host_groups': 'file:/etc/groups' }],
    ['a map says what a tag means', { 'access.host_groups': 'imds-tag:A', 'access.map': { web: { groups: ['web'] } } }],
    ['a guard has a limit', { 'guards.max_removed_percent': 99.9 }],
  ])('are none when %s', (_when, changes) => {
    expect(warnings({ ...sound, ...changes })).toEqual([]);
  });

  test.each<[string, Changes, string]>([
    ['nobody is always let in', { 'access.always': undefined }, 'access.always: names nobody: when the directory loses'],
    ['hidden hides nobody', { 'policy.hidden': true }, 'policy.hidden: is true and hides nobody, since access.everyone is true'],
    [
      'deny takes away what always gives',
      { 'access.deny': { users: ['bob', 'alice'] } },
      'access.deny.users[1]: "alice" is also in access.always.users',
    ],
    [
      'deny takes away an access group',
      { 'access.groups': ['web'], 'access.deny': { groups: ['web'] } },
      'access.deny.groups[0]: "web" is also in access.groups',
    ],
    [
      'a range begins among system accounts',
      { 'policy.uid_range': [999, 60_000] },
      'policy.uid_range: [999, 60000] overlaps 0 to 999, which',
    ],
    [
      'a range ends among dynamic users',
      { 'policy.gid_range': [1000, 61_184] },
      'policy.gid_range: [1000, 61184] overlaps 61184 to 65519, which',
    ],
    ['a range has nobody', { 'policy.uid_range': [65_520, 65_534] }, 'policy.uid_range: [65520, 65534] overlaps 65534 to 65535, which'],
    [
      'a range lies among containers',
      { 'policy.uid_range': [600_000, 700_000] },
      'policy.uid_range: [600000, 700000] overlaps 524288 to 1879048191',
    ],
    ['a shell is not listed', { 'policy.default_shell': '/bin/zsh' }, 'policy.default_shell: "/bin/zsh" is not in /etc/shells'],
    [
      'a tag chooses among the groups of the directory',
      { 'access.host_groups': ['file:/etc/groups', 'imds-tag:A'] },
      'access.host_groups: "imds-tag:A" without a map: whoever may write it chooses which group',
    ],
    ['a guard is off', { 'guards.max_removed_percent': 100 }, 'guards.max_removed_percent: 100 switches this guard off'],
  ])('say that %s', (_what, changes, warning) => {
    const found = warnings({ ...sound, ...changes });
    expect(found).toHaveLength(1);
    expect(found[0]?.slice(0, warning.length)).toBe(warning);
  });

  test('say nothing of shells on a host that lists none', () => {
    expect(warningsOf(configOf({ ...sound, 'policy.default_shell': '/bin/zsh' }), undefined)).toEqual([]);
  });
});

function warnings(changes: Changes): string[] {
  return warningsOf(configOf(changes), SHELLS).map(({ path, text }) => `${formatPath(path)}: ${text}`);
}
