/**
 * Rules between several settings, which a schema of single values cannot say.
 */
import type { Config, LdapSourceConfig } from './schema.ts';

export interface ConfigProblem {
  /** Dotted, as the file spells it: `source[0].tls.key`. */
  readonly path: string;
  readonly text: string;
}

export function checkRules(config: Config): readonly ConfigProblem[] {
  return [...checkAccess(config), ...checkSourceNames(config.source), ...config.source.flatMap(checkSource)];
}

/** Whether anybody may log in must be said: silence is not "everyone", and a host that nobody can enter is a mistake. */
function checkAccess({ access }: Config): ConfigProblem[] {
  const { everyone, users, groups, always, accounts, host_groups: hostGroups } = access;
  const lists = [users, groups, always.users, always.groups, Object.keys(accounts)];
  if (everyone || hostGroups !== 'none' || lists.some((list) => list.length > 0)) return [];
  return [
    {
      path: 'access',
      text: 'says nothing of who may log in; wanted: groups or users, or "everyone = true" when that is meant',
    },
  ];
}

function checkSourceNames(sources: readonly LdapSourceConfig[]): ConfigProblem[] {
  return sources.flatMap(({ name }, index) =>
    sources.findIndex((other) => other.name === name) === index
      ? []
      : [{ path: `source[${index}].name`, text: `"${name}" is the name of an earlier source; wanted: another` }],
  );
}

function checkSource({ uris, tls, bind }: LdapSourceConfig, index: number): ConfigProblem[] {
  const at = `source[${index}]`;
  const problems: ConfigProblem[] = [];
  const plain = uris.filter((uri) => uri.startsWith('ldap://'));
  const secure = uris.filter((uri) => uri.startsWith('ldaps://'));
  if (tls.mode === undefined && plain.length > 0) {
    const text = `"${plain[0]}" is without TLS; wanted: "ldaps://…", or mode = "starttls" in [source.tls] (mode = "off" sends all in the clear)`;
    problems.push({ path: `${at}.uris`, text });
  }
  if (tls.mode !== undefined && tls.mode !== 'ldaps' && secure.length > 0) {
    problems.push({ path: `${at}.tls.mode`, text: `is "${tls.mode}", but "${secure[0]}" speaks TLS from the first byte; wanted: "ldap://…"` });
  }
  if (tls.mode === 'ldaps' && plain.length > 0) {
    problems.push({ path: `${at}.tls.mode`, text: `is "ldaps", but "${plain[0]}" is no ldaps:// URI` });
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const [missing, present] = tls.cert === undefined ? ['cert', 'key'] : ['key', 'cert'];
    problems.push({ path: `${at}.tls.${missing}`, text: `is missing, but ${present} is there; wanted: both or none` });
  }
  if (bind === undefined && tls.cert === undefined) {
    problems.push({ path: `${at}.bind`, text: 'is missing; wanted: method = "external", "simple" or "anonymous"' });
  }
  if (bind?.method === 'external' && tls.cert === undefined) {
    problems.push({ path: `${at}.bind.method`, text: 'is "external", but [source.tls] names no client certificate (cert and key)' });
  }
  if (bind?.method === 'external' && tls.mode === 'off') {
    problems.push({ path: `${at}.bind.method`, text: 'is "external", but tls.mode is "off": there is no client certificate without TLS' });
  }
  return problems;
}
