/**
 * Rules between several settings, which a schema of single values cannot say.
 */
import type { ConfigParts } from './config-parts.ts';
import type { ConfigProblem } from './config-problem.ts';
import { formatDuration } from './duration.ts';
import { quote } from '../directory/rejection.ts';
import { checkFileSource } from './file-source-rules.ts';
import { checkIamSource } from './iam-source-rules.ts';
import { checkLdapSource } from './ldap-source-rules.ts';
import type { Config, EmergencyConfig } from './schema.ts';
import type { SourceConfig } from './source-schema.ts';

/** As far as the tables are right in themselves. */
export function checkRules({ access, emergency, policy, staleness, sources }: ConfigParts): readonly ConfigProblem[] {
  return [
    ...(access === undefined ? [] : [...checkAccess(access), ...checkAccessMap(access)]),
    ...(staleness === undefined ? [] : checkStaleness(staleness)),
    ...checkSourceNames(sources),
    ...sources.flatMap(({ whole }, index) => (whole === undefined ? [] : checkSource(whole, index, policy))),
    ...(emergency === undefined ? [] : [...checkEmergencyUsers(emergency, access), ...checkEmergencyObjects(emergency)]),
  ];
}

/** Whether anybody may log in must be said: silence is not "everyone", and a host that nobody can enter is a mistake. */
function checkAccess(access: Config['access']): ConfigProblem[] {
  const { everyone, users, groups, always, accounts, host_groups: hostGroups } = access;
  const lists = [users, groups, always.users, always.groups, Object.keys(accounts)];
  if (everyone || hostGroups !== 'none' || lists.some((list) => list.length > 0)) return [];
  return [
    {
      path: ['access'],
      text: 'says nothing of who may log in; wanted: groups or users, or "everyone = true" when that is meant',
    },
  ];
}

/** A map that nothing looks into, or two of them: somebody relies on what does not count. */
function checkAccessMap({ host_groups: hostGroups, map, map_file: file, map_public_key: key }: Config['access']): ConfigProblem[] {
  const isNeedless = hostGroups === 'none' && (map !== undefined || file !== undefined);
  return [
    ...(map !== undefined && file !== undefined
      ? [{ path: ['access', 'map_file'], text: 'is there, and [access.map] as well; wanted: one of them' }]
      : []),
    ...(isNeedless
      ? [
          {
            path: ['access', map === undefined ? 'map_file' : 'map'],
            text: 'is there, but no access groups to look up in it; wanted: host_groups = "imds-tag:NAME" or the like',
          },
        ]
      : []),
    ...(key !== undefined && file === undefined
      ? [
          {
            path: ['access', 'map_public_key'],
            text: 'is there, but no map_file, which alone has a signature; wanted: map_file = "s3://bucket/key" or "file:…"',
          },
        ]
      : []),
  ];
}

/** Whoever is denied because a source is silent should have been warned of it before. */
function checkStaleness({ warn_after: warnAfter, deny_after: denyAfter }: Config['staleness']): ConfigProblem[] {
  if (denyAfter === 0 || denyAfter >= warnAfter) return [];
  const [deny, warn] = [formatDuration(denyAfter), formatDuration(warnAfter)];
  const text = `is "${deny}", before warn_after = "${warn}": people would be denied before anybody is warned; wanted: "${warn}" or more, or "0"`;
  return [{ path: ['staleness', 'deny_after'], text }];
}

function checkSourceNames(sources: ConfigParts['sources']): ConfigProblem[] {
  return sources.flatMap(({ name }, index) =>
    name === undefined || sources.findIndex((other) => other.name === name) === index
      ? []
      : [{ path: ['source', index, 'name'], text: `"${name}" is the name of an earlier source; wanted: another` }],
  );
}

function checkSource(source: SourceConfig, index: number, policy: ConfigParts['policy']): ConfigProblem[] {
  return rulesOfType(source, policy).map(({ path, text }) => ({ path: ['source', index, ...path], text }));
}

function rulesOfType(source: SourceConfig, policy: ConfigParts['policy']): ConfigProblem[] {
  switch (source.type) {
    case 'ldap':
      return checkLdapSource(source);
    case 'file':
      return checkFileSource(source);
    case 'iam':
      return policy === undefined ? [] : checkIamSource(source, { policy });
  }
}

/** sshd asks for one account's keys in one place, and root's own are the way in when all else fails. */
function checkEmergencyUsers(emergency: EmergencyConfig, access: ConfigParts['access']): ConfigProblem[] {
  const users: readonly string[] = emergency.users;
  const problemOf = (name: string, index: number): string | undefined => {
    if (name === 'root') return 'is "root", who would lose the keys of its own; wanted: an account that may use sudo';
    if (users.indexOf(name) !== index) return `${quote(name)} is there twice; wanted: once`;
    return Object.hasOwn(access?.accounts ?? {}, name) ? `${quote(name)} is also in [access.accounts]; wanted: in one of them` : undefined;
  };
  return users.flatMap((name, index) => {
    const text = problemOf(name, index);
    return text === undefined ? [] : [{ path: ['emergency', 'users', index], text }];
  });
}

function checkEmergencyObjects({ objects }: EmergencyConfig): ConfigProblem[] {
  return objects.flatMap((location, index) =>
    objects.indexOf(location) === index
      ? []
      : [{ path: ['emergency', 'objects', index], text: `${quote(location)} is there twice; wanted: once` }],
  );
}
