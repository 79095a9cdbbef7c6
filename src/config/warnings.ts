/**
 * What is allowed and hardly meant: combinations that lock people out, let them in, or do nothing. Said by `config check`, not at each run.
 */
import { quote } from '../directory/rejection.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { IamSourceConfig } from './iam-source-schema.ts';
import { hostGroupReferences } from './host-group-reference.ts';
import type { Config } from './schema.ts';

/** 500 people: about 1 in 100 that two of them have one uid. */
const WIDE_ENOUGH = 10_000_000;

/** systemd's UIDS-GIDS.md, and Debian policy 9.2.2 for what is below 1000. */
const TAKEN: readonly { readonly first: number; readonly last: number; readonly whose: string }[] = [
  { first: 0, last: 999, whose: "the system's own accounts" },
  { first: 61_184, last: 65_519, whose: "systemd's dynamic users" },
  { first: 65_534, last: 65_535, whose: 'nobody, and -1 in 16 bits' },
  { first: 524_288, last: 1_879_048_191, whose: "systemd's containers" },
];

/** @param shells of the host's /etc/shells; undefined when it has none */
export function warningsOf(config: Config, shells: ReadonlySet<string> | undefined): ConfigProblem[] {
  return [
    ...warnOfAccess(config),
    ...warnOfUnmapped(config),
    ...warnOfDenied(config),
    ...warnOfRange(['policy', 'uid_range'], config.policy.uid_range),
    ...warnOfRange(['policy', 'gid_range'], config.policy.gid_range),
    ...config.source.flatMap((source, index) => (source.type === 'iam' ? warnOfDerivedUids(source, index, config) : [])),
    ...warnOfShells(config, shells),
    ...warnOfGuards(config),
  ];
}

function warnOfAccess({ access, policy }: Config): ConfigProblem[] {
  const { always, everyone } = access;
  const nobody = always.users.length === 0 && always.groups.length === 0;
  return [
    ...(nobody
      ? [
          {
            path: ['access', 'always'],
            text: 'names nobody: when the directory loses an access group, nobody is left who may log in to mend it; wanted: groups or users who administer the hosts',
          },
        ]
      : []),
    ...(policy.hidden && everyone
      ? [{ path: ['policy', 'hidden'], text: 'is true and hides nobody, since access.everyone is true; wanted: one of them' }]
      : []),
  ];
}

/** Of a file, root decides; of an instance's tag or user data, somebody in AWS. */
function warnOfUnmapped({ access }: Config): ConfigProblem[] {
  const remote = hostGroupReferences(access.host_groups).find((reference) => !reference.startsWith('file:'));
  if (remote === undefined || access.map !== undefined || access.map_file !== undefined) return [];
  const text = `${quote(remote)} without a map: whoever may write it chooses which group of the directory may log in here; wanted: [access.map], or map_file`;
  return [{ path: ['access', 'host_groups'], text }];
}

/** A warning and no error: in an emergency somebody is denied first, and taken out of the other lists later. */
function warnOfDenied({ access }: Config): ConfigProblem[] {
  const lists = [
    ['always', access.always],
    ['access', access],
  ] as const;
  return (['users', 'groups'] as const).flatMap((kind) =>
    access.deny[kind].flatMap((name, index) => {
      const other = lists.find(([, list]) => (list[kind] as readonly string[]).includes(name));
      if (other === undefined) return [];
      const where = other[0] === 'always' ? `access.always.${kind}` : `access.${kind}`;
      return [{ path: ['access', 'deny', kind, index], text: `${quote(name)} is also in ${where}, and deny wins; wanted: in one of them` }];
    }),
  );
}

function warnOfRange(path: ConfigProblem['path'], [first, last]: readonly [number, number]): ConfigProblem[] {
  return TAKEN.filter((taken) => first <= taken.last && taken.first <= last).map((taken) => ({
    path,
    text: `[${first}, ${last}] overlaps ${taken.first} to ${taken.last}, which belong to ${taken.whose}; wanted: a range without them`,
  }));
}

/** A range that is used up by hundreds of people gives two of them one uid, and one of these goes without. */
function warnOfDerivedUids({ uid_range: range }: IamSourceConfig, index: number, { source: sources, policy }: Config): ConfigProblem[] {
  const path = ['source', index, 'uid_range'];
  const [first, last] = range;
  const [firstGiven, lastGiven] = policy.uid_range;
  const isNarrow = last - first + 1 < WIDE_ENOUGH;
  const overlaps = sources.length > 1 && first <= lastGiven && firstGiven <= last;
  return [
    ...warnOfRange(path, range),
    ...(isNarrow
      ? [{ path, text: `has ${last - first + 1} uids, and two of a few hundred people may well get one; wanted: ${WIDE_ENOUGH} or more` }]
      : []),
    ...(overlaps
      ? [{ path, text: `[${first}, ${last}] overlaps policy.uid_range, from which other sources give uids; wanted: a range of its own` }]
      : []),
  ];
}

/** nologin and false are for keeping people out, and are unlisted so that other programs keep them out as well (shells(5)). */
function warnOfShells({ policy }: Config, shells: ReadonlySet<string> | undefined): ConfigProblem[] {
  if (shells === undefined) return [];
  return (['default_shell', 'override_shell'] as const).flatMap((key) => {
    const shell = policy[key];
    if (shell === undefined || shells.has(shell) || /\/(?:nologin|false)$/.test(shell)) return [];
    return [{ path: ['policy', key], text: `${quote(shell)} is not in /etc/shells; wanted: a line there, or another shell` }];
  });
}

function warnOfGuards({ guards }: Config): ConfigProblem[] {
  if (guards.max_removed_percent < 100) return [];
  return [
    {
      path: ['guards', 'max_removed_percent'],
      text: `${guards.max_removed_percent} switches this guard off: a whole directory of up to max_removed = ${guards.max_removed} may vanish at once; wanted: less, such as 10`,
    },
  ];
}
