/**
 * The configuration as it would have to be written to mean what it means now, defaults included. References to secrets are
 * shown, never what they lead to.
 */
import { formatDuration } from './duration.ts';
import type { LdapSourceConfig } from './ldap-source-schema.ts';
import type { Config } from './schema.ts';
import { formatSecretReference } from './secret-reference.ts';
import type { SourceConfig } from './source-schema.ts';

const DURATIONS: ReadonlySet<string> = new Set(['connect_timeout', 'timeout', 'warn_after', 'deny_after', 'max_age']);

export function showConfig(config: Config): Record<string, unknown> {
  return { ...showTable(config), source: config.source.map(showSource) };
}

function showSource(source: SourceConfig): Record<string, unknown> {
  switch (source.type) {
    case 'ldap':
      return showLdapSource(source);
    case 'file':
      return showTable(source);
  }
}

function showLdapSource({ tls, bind, ...source }: LdapSourceConfig): Record<string, unknown> {
  return {
    ...showTable(source),
    tls: showTable({
      // Where none is said, all URIs are ldaps://: the rules want it said for ldap://.
      mode: tls.mode ?? 'ldaps',
      server_name: tls.server_name,
      min_version: tls.min_version,
      ca: tls.ca && formatSecretReference(tls.ca),
      cert: tls.cert && formatSecretReference(tls.cert),
      key: tls.key && formatSecretReference(tls.key),
    }),
    bind: showBind(bind),
  };
}

/** Without a word the client certificate is the bind: the rules want it said where there is none. */
function showBind(bind: LdapSourceConfig['bind']): Record<string, unknown> {
  if (bind?.method === 'simple') return { ...bind, password: formatSecretReference(bind.password) };
  return bind ?? { method: 'external' };
}

function showTable(table: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, showValue(key, value)]));
}

function showValue(key: string, value: unknown): unknown {
  if (typeof value === 'number' && DURATIONS.has(key)) return formatDuration(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return showTable(value as Record<string, unknown>);
}
