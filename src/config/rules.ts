/**
 * Rules between several settings, which a schema of single values cannot say.
 */
import type { ConfigProblem } from './config-problem.ts';
import { formatDuration } from './duration.ts';
import { checkFileSource } from './file-source-rules.ts';
import { checkLdapSource } from './ldap-source-rules.ts';
import type { Config } from './schema.ts';
import type { SourceConfig } from './source-schema.ts';

export function checkRules(config: Config): readonly ConfigProblem[] {
  return [...checkAccess(config), ...checkStaleness(config), ...checkSourceNames(config.source), ...config.source.flatMap(checkSource)];
}

/** Whether anybody may log in must be said: silence is not "everyone", and a host that nobody can enter is a mistake. */
function checkAccess({ access }: Config): ConfigProblem[] {
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

/** Whoever is denied because a source is silent should have been warned of it before. */
function checkStaleness({ staleness: { warn_after: warnAfter, deny_after: denyAfter } }: Config): ConfigProblem[] {
  if (denyAfter === 0 || denyAfter >= warnAfter) return [];
  const [deny, warn] = [formatDuration(denyAfter), formatDuration(warnAfter)];
  const text = `is "${deny}", before warn_after = "${warn}": people would be denied before anybody is warned; wanted: "${warn}" or more, or "0"`;
  return [{ path: ['staleness', 'deny_after'], text }];
}

function checkSourceNames(sources: readonly SourceConfig[]): ConfigProblem[] {
  return sources.flatMap(({ name }, index) =>
    sources.findIndex((other) => other.name === name) === index
      ? []
      : [{ path: ['source', index, 'name'], text: `"${name}" is the name of an earlier source; wanted: another` }],
  );
}

function checkSource(source: SourceConfig, index: number): ConfigProblem[] {
  return rulesOfType(source).map(({ path, text }) => ({ path: ['source', index, ...path], text }));
}

function rulesOfType(source: SourceConfig): ConfigProblem[] {
  switch (source.type) {
    case 'ldap':
      return checkLdapSource(source);
    case 'file':
      return checkFileSource(source);
  }
}
