/**
 * Rules between the settings of an IAM source, and between them and the policy.
 */
import { Invalid, quote } from '../directory/rejection.ts';
import { formatPath } from '../toml/problem.ts';
import type { ConfigProblem } from './config-problem.ts';
import { type IamSourceConfig, linuxGroups } from './iam-source-schema.ts';
import type { Config } from './schema.ts';

/** Their paths are below the source. */
export function checkIamSource(source: IamSourceConfig, { policy }: Pick<Config, 'policy'>): ConfigProblem[] {
  return [
    ...checkRole(source),
    ...findRepeated(source.groups.map((name, index) => [['groups', index], name.toLowerCase()])),
    ...findRepeated(Object.keys(source.linux_groups).map((name) => [['linux_groups', name], name.toLowerCase()])),
    ...checkGroups(source, policy.gid_range),
    ...checkUsers(source, policy.uid_range),
  ];
}

function checkRole({ assume_role: role, external_id: externalId }: IamSourceConfig): ConfigProblem[] {
  if (externalId === undefined || role !== undefined) return [];
  return [{ path: ['external_id'], text: 'is for assume_role, which is missing; wanted: both or none' }];
}

function checkGroups(source: IamSourceConfig, range: readonly [number, number]): ConfigProblem[] {
  const groups = [...new Map(linuxGroups(source).map((group) => [group.iamName.toLowerCase(), group])).values()];
  const own = Object.keys(source.linux_groups);
  const numbered = groups.flatMap(({ iamName, gid }) => {
    const key = own.find((name) => name.toLowerCase() === iamName.toLowerCase());
    return gid === undefined || key === undefined ? [] : [[['linux_groups', key, 'gid'], gid] as const];
  });
  const gids: Valued[] = [[['primary_group', 'gid'], source.primary_group.gid], ...numbered];
  const names = groups.flatMap(({ iamName, name }): Valued[] =>
    name instanceof Invalid ? [] : [[['linux_groups', iamName, 'name'], name]],
  );
  return [
    ...groups.flatMap(({ iamName, name }) =>
      name instanceof Invalid
        ? [
            {
              path: ['linux_groups', iamName, 'name'],
              text: `is missing, and the IAM group's own will not do: ${name.reason}; wanted: a name`,
            },
          ]
        : [],
    ),
    ...findRepeated([[['primary_group', 'name'], source.primary_group.name], ...names]),
    ...findRepeated(gids),
    ...gids.flatMap(([path, gid]) => checkRange(path, Number(gid), [['policy.gid_range', range]])),
  ];
}

function checkUsers({ users, uid_range: own }: IamSourceConfig, range: readonly [number, number]): ConfigProblem[] {
  const given = Object.entries(users);
  const names = given.flatMap(([id, { name }]): Valued[] => (name === undefined ? [] : [[['users', id, 'name'], name]]));
  const uids = given.flatMap(([id, { uid }]): Valued[] => (uid === undefined ? [] : [[['users', id, 'uid'], uid]]));
  const ranges = [['uid_range', own] as const, ['policy.uid_range', range] as const];
  return [...findRepeated(names), ...findRepeated(uids), ...uids.flatMap(([path, uid]) => checkRange(path, Number(uid), ranges))];
}

/** What is where, below the source. */
type Valued = readonly [path: readonly (string | number)[], value: string | number];
type NamedRange = readonly [name: string, range: readonly [number, number]];

/** One name for two would make one of them, or of one person two. */
function findRepeated(values: readonly Valued[]): ConfigProblem[] {
  const first = new Map<string | number, string>();
  return values.flatMap(([path, value]) => {
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, formatPath(path));
    const shown = typeof value === 'number' ? String(value) : quote(value);
    return earlier === undefined ? [] : [{ path, text: `${shown} is that of ${earlier}, too; wanted: another` }];
  });
}

function checkRange(path: Valued[0], id: number, ranges: readonly NamedRange[]): ConfigProblem[] {
  if (ranges.some(([, [first, last]]) => id >= first && id <= last)) return [];
  const wanted = ranges.map(([name, [first, last]]) => `${name} = [${first}, ${last}]`).join(' and ');
  return [{ path, text: `${id} is outside ${wanted}; wanted: a number inside` }];
}
