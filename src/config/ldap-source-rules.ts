/**
 * Rules between the settings of an LDAP source.
 */
import type { ConfigProblem } from './config-problem.ts';
import type { LdapSourceConfig } from './ldap-source-schema.ts';

/** Their paths are below the source. */
export function checkLdapSource(source: LdapSourceConfig): ConfigProblem[] {
  return [...checkTransport(source), ...checkClientCertificate(source), ...checkBind(source), ...checkNumbers(source)];
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
