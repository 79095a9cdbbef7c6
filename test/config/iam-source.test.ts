import { describe, expect, test } from 'vitest';
import { linuxGroups, type IamSourceConfig } from '../../src/config/iam-source-schema.ts';
import { showConfig } from '../../src/config/show.ts';
import { warningsOf } from '../../src/config/warnings.ts';
import { effectiveSource } from '../../src/sync/sources/open-sources.ts';
import { type Changes, configOf, problemsOf } from './configuration.ts';

const SMALLEST = { name: 'iam', type: 'iam', groups: ['ops'], primary_group: { name: 'people', gid: 5000 } };
const USER = 'AIDACKCEVSQ6C2EXAMPLE';
const OTHER = 'AIDAI44QH8DHBEXAMPLEX';

function iam(settings: Readonly<Record<string, unknown>> = {}, others: Changes = {}): Changes {
  const kept = Object.entries({ ...SMALLEST, ...settings }).filter(([, value]) => value !== undefined);
  return { 'source[0]': Object.fromEntries(kept), 'access.always': { users: ['root-of-all'] }, ...others };
}

function sourceOf(settings: Readonly<Record<string, unknown>>): IamSourceConfig {
  const [source] = configOf(iam(settings)).source;
  if (source?.type !== 'iam') throw new Error('no IAM source');
  return source;
}

describe('a source of type "iam"', () => {
  test('has these defaults', () => {
    expect(configOf(iam()).source).toEqual([
      {
        ...SMALLEST,
        linux_groups: {},
        uid_range: [1_879_048_192, 2_147_352_575],
        users: {},
        name_characters: { '+': '.plus.', '=': '.equal.', ',': '.comma.', '.': '.', '@': '.at.' },
        max_entries: 20_000,
        timeout: 300_000,
      },
    ]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['a role', { assume_role: 'arn:aws:iam::123456789012:role/path/holdfast', external_id: 'fleet-1' }],
    ['a role of China', { assume_role: 'arn:aws-cn:iam::123456789012:role/holdfast' }],
    ['groups beside those of its people', { linux_groups: { 'Web+Prod': { name: 'web-prod', gid: 5001 }, ops: {} } }],
    ['names and uids of its own', { users: { [USER]: { name: 'alice', uid: 1_900_000_000 }, [OTHER]: { uid: 1234 } } }],
  ])('may have %s', (_what, settings) => {
    expect(problemsOf(iam(settings))).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['no groups', { groups: [] }, 'source[0].groups: [] wants at least one IAM group'],
    ['no primary group', { primary_group: undefined }, 'source[0].primary_group: is missing; wanted: a table'],
    ['a group twice', { groups: ['ops', 'Ops'] }, 'source[0].groups[1]: "ops" is that of groups[0], too; wanted: another'],
    ['a group that IAM cannot have', { groups: ['o ps'] }, 'source[0].groups[0]: "o ps" is no name of an IAM group'],
    [
      'a group whose name will not do here',
      { groups: ['+'] },
      'source[0].linux_groups."+".name: is missing, and the IAM group\'s own will not do: group name ".plus." has characters other than A-Z a-z 0-9 . _ @ - $; wanted: a name',
    ],
    [
      'two groups that would be one',
      { groups: ['a@b', 'a.at.b'] },
      'source[0].linux_groups."a.at.b".name: "a.at.b" is that of linux_groups."a@b".name, too; wanted: another',
    ],
    [
      'a group that is the primary one',
      { groups: ['People'] },
      'source[0].linux_groups.People.name: "people" is that of primary_group.name, too; wanted: another',
    ],
    [
      'a gid twice',
      { linux_groups: { ops: { gid: 5000 } } },
      'source[0].linux_groups.ops.gid: 5000 is that of primary_group.gid, too; wanted: another',
    ],
    [
      'a gid out of range',
      { primary_group: { name: 'people', gid: 100 } },
      'source[0].primary_group.gid: 100 is outside policy.gid_range = [1000, 60000]; wanted: a number inside',
    ],
    ['an external id alone', { external_id: 'x1' }, 'source[0].external_id: is for assume_role, which is missing; wanted: both or none'],
    ['a role that is none', { assume_role: 'holdfast' }, 'source[0].assume_role: "holdfast" is no ARN of a role'],
    [
      'a name for two',
      { users: { [USER]: { name: 'a' }, [OTHER]: { name: 'a' } } },
      `source[0].users.${OTHER}.name: "a" is that of users.${USER}.name, too; wanted: another`,
    ],
    [
      'a uid out of both ranges',
      { users: { [USER]: { uid: 70_000 } } },
      `source[0].users.${USER}.uid: 70000 is outside uid_range = [1879048192, 2147352575] and policy.uid_range = [1000, 60000]; wanted: a number inside`,
    ],
    [
      'a login in the place of a UserId',
      { users: { alice: { uid: 5000 } } },
      'source[0].users.alice: "alice" is no UserId such as "AIDACKCEVSQ6C2EXAMPLE"',
    ],
    [
      'a character that cannot be in a name',
      { name_characters: { '@': ':' } },
      'source[0].name_characters."@": ":" has other characters than A-Z a-z 0-9 . _ @ -, or more than 16',
    ],
    [
      'a key of LDAP',
      { base: 'dc=x' },
      'source[0].base: is no key that holdfast knows; it is one of [[source]] with type = "ldap", [source.users], [source.groups]',
    ],
  ])('is refused with %s', (_what, settings, problem) => {
    expect(problemsOf(iam(settings))).toEqual([problem]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      'narrow',
      { uid_range: [100_000, 199_999] },
      'has 100000 uids, and two of a few hundred people may well get one; wanted: 10000000 or more',
    ],
    [
      'of containers',
      { uid_range: [600_000_000, 700_000_000] },
      "[600000000, 700000000] overlaps 524288 to 1879048191, which belong to systemd's containers; wanted: a range without them",
    ],
  ])('is warned of when its range is %s', (_what, settings, text) => {
    expect(warningsOf(configOf(iam(settings)), undefined)).toEqual([{ path: ['source', 0, 'uid_range'], text }]);
  });

  test('is warned of when its range is that of other sources', () => {
    const file = { 'source[1]': { name: 'glass', type: 'file', path: '/a.toml' }, 'policy.uid_range': [1000, 20_000_000] };
    const texts = warningsOf(configOf(iam({ uid_range: [1000, 20_000_000] }, file)), undefined).map(({ text }) => text);
    expect(texts).toContain('[1000, 20000000] overlaps policy.uid_range, from which other sources give uids; wanted: a range of its own');
    expect(warningsOf(configOf(iam({}, { 'source[1]': file['source[1]'] })), undefined)).toEqual([]);
  });

  test('shows which Linux group each IAM group is', () => {
    const source = sourceOf({ groups: ['Ops'], linux_groups: { ops: { gid: 5001 }, 'Web+Prod': {} } });
    expect(linuxGroups(source)).toEqual([
      { iamName: 'Ops', name: 'ops', gid: 5001 },
      { iamName: 'Web+Prod', name: 'web.plus.prod', gid: undefined },
    ]);
    const shown = showConfig({ ...configOf(iam()), source: [effectiveSource(source)] });
    expect(shown).toMatchObject({
      source: [{ timeout: '5m', linux_groups: { Ops: { name: 'ops', gid: 5001 }, 'Web+Prod': { name: 'web.plus.prod' } } }],
    });
  });
});
