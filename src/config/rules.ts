/**
 * Rules between several settings, which a schema of single values cannot say.
 */
import type { ConfigProblem } from './config-problem.ts';
import { formatDuration } from './duration.ts';
import type { Config, LdapSourceConfig } from './schema.ts';

export function checkRules(config: Config): readonly ConfigProblem[] {
  return [
    ...checkAccess(config),
    ...checkAccessMap(config),
    ...checkStaleness(config),
    ...checkSourceNames(config.source),
    ...config.source.flatMap(checkSource),
  ];
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

/** A map that nothing looks into, or two of them: somebody relies on what does not count. */
function checkAccessMap({ access }: Config): ConfigProblem[] {
  const { host_groups: hostGroups, map, map_file: file, map_public_key: key } = access;
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
function checkStaleness({ staleness: { warn_after: warnAfter, deny_after: denyAfter } }: Config): ConfigProblem[] {
  if (denyAfter === 0 || denyAfter >= warnAfter) return [];
  const [deny, warn] = [formatDuration(denyAfter), formatDuration(warnAfter)];
  const text = `is "${deny}", before warn_after = "${warn}": people would be denied before anybody is warned; wanted: "${warn}" or more, or "0"`;
  return [{ path: ['staleness', 'deny_after'], text }];
}

function checkSourceNames(sources: readonly LdapSourceConfig[]): ConfigProblem[] {
  return sources.flatMap(({ name }, index) =>
    sources.findIndex((other) => other.name === name) === index
      ? []
      : [{ path: ['source', index, 'name'], text: `"${name}" is the name of an earlier source; wanted: another` }],
  );
}

function checkSource(source: LdapSourceConfig, index: number): ConfigProblem[] {
  const problems = [...checkTransport(source), ...checkClientCertificate(source), ...checkBind(source), ...checkNumbers(source)];
  return problems.map(({ path, text }) => ({ path: ['source', index, ...path], text }));
}

/** Active Directory's other number: SSSD makes uids of it, holdfast does not. */
function checkNumbers({ users, groups }: LdapSourceConfig): ConfigProblem[] {
  const named = {
    'users.attributes.uid': users.attributes.uid,
    'users.attributes.gid': users.attributes.gid,
    'groups.attributes.gid': groups.attributes.gid,
  };
  return Object.entries(named)
    .filter(([, attribute]) => /^(?:objectsid|primarygroupid)$/i.test(attribute ?? ''))
    .map(([path, attribute]) => ({
      path: path.split('.'),
      text: `"${attribute}" is no number of a Linux account, and this version makes none of it; wanted: uidNumber or gidNumber, or an attribute like them`,
    }));
}

function checkTransport({ uris, tls }: LdapSourceConfig): ConfigProblem[] {
  const plain = uris.find((uri) => uri.startsWith('ldap://'));
  const secure = uris.find((uri) => uri.startsWith('ldaps://'));
  if (tls.mode === undefined && plain !== undefined) {
    const text = `"${plain}" is without TLS; wanted: "ldaps://…", or mode = "starttls" in [source.tls] (mode = "off" sends all in the clear)`;
    return [{ path: ['uris'], text }];
  }
  if (tls.mode === 'ldaps' && plain !== undefined) {
    return [{ path: ['tls', 'mode'], text: `is "ldaps", but "${plain}" is no ldaps:// URI` }];
  }
  if (tls.mode !== undefined && tls.mode !== 'ldaps' && secure !== undefined) {
    return [{ path: ['tls', 'mode'], text: `is "${tls.mode}", but "${secure}" speaks TLS from the first byte; wanted: "ldap://…"` }];
  }
  return [];
}

function checkClientCertificate({ tls: { cert, key } }: LdapSourceConfig): ConfigProblem[] {
  if ((cert === undefined) === (key === undefined)) return [];
  const [missing, present] = cert === undefined ? (['cert', 'key'] as const) : (['key', 'cert'] as const);
  return [{ path: ['tls', missing], text: `is missing, but ${present} is there; wanted: both or none` }];
}

function checkBind({ tls, bind }: LdapSourceConfig): ConfigProblem[] {
  if (bind === undefined && tls.cert === undefined) {
    return [{ path: ['bind'], text: 'is missing; wanted: method = "external", "simple" or "anonymous"' }];
  }
  if (bind !== undefined && bind.method !== 'external') return [];
  if (tls.mode === 'off') {
    return [
      {
        path: bind === undefined ? ['bind'] : ['bind', 'method'],
        text: 'is "external", but tls.mode is "off": there is no client certificate without TLS',
      },
    ];
  }
  if (tls.cert !== undefined) return [];
  return [{ path: ['bind', 'method'], text: 'is "external", but [source.tls] names no client certificate (cert and key)' }];
}
