/**
 * A `[[source]]` of type ldap as the LDAP source takes it, with its certificates and secrets read.
 */
import type { LdapSourceConfig } from '../../config/ldap-source-schema.ts';
import { HoldfastError } from '../../errors.ts';
import type { BindMethod } from '../../sources/ldap/connection.ts';
import type { LdapSourceSettings, SearchSettings } from '../../sources/ldap/ldap-source.ts';
import { type Schema, schemas } from '../../sources/ldap/schema.ts';
import { parseEndpoint, type TlsMaterial } from '../../sources/ldap/transport.ts';
import type { SecretReader } from '../secrets/secrets.ts';
import type { SourceCheck } from './source-check.ts';

/** @throws HoldfastError for a secret that cannot be read */
export function ldapSettings(source: LdapSourceConfig, readSecret: SecretReader): LdapSourceSettings {
  const schema = schemas[source.schema];
  return {
    name: source.name,
    endpoints: source.uris.map((uri) => parseEndpoint(uri, source.tls.mode)),
    tls: tlsMaterial(source, readSecret),
    bind: bindMethod(source, readSecret),
    connectTimeout: source.connect_timeout,
    timeout: source.timeout,
    pageSize: source.page_size,
    limits: { entries: source.max_entries, bytes: source.max_bytes },
    schema: attributeMaps(schema, source),
    users: { ...searchSettings(source.users, source.base, schema.userFilter), passwordHashes: source.users.password_hashes },
    groups: searchSettings(source.groups, source.base, schema.groupFilter),
  };
}

/** The source with the search bases and filters that are in effect where none is written. */
export function withSearches(source: LdapSourceConfig): LdapSourceConfig {
  const { userFilter, groupFilter } = schemas[source.schema];
  return {
    ...source,
    users: withSearch(source.users, source.base, userFilter),
    groups: withSearch(source.groups, source.base, groupFilter),
  };
}

function withSearch<Search extends LdapSourceConfig['users' | 'groups']>(search: Search, base: string, filter: string): Search {
  const effective = { base: search.base ?? base, scope: search.scope, filter: search.filter ?? filter };
  // First for the order of the schema, last for the values.
  return { ...effective, ...search, ...effective };
}

/** Every secret of a source, read for its own sake. */
export function secretChecks(source: LdapSourceConfig, readSecret: SecretReader): SourceCheck[] {
  const ofTls = (['ca', 'cert', 'key'] as const).map((part) => ({
    path: ['tls', part],
    check: () => readTlsPart(source.tls, part, readSecret),
  }));
  return [...ofTls, { path: ['bind', 'password'], check: () => bindMethod(source, readSecret) }];
}

function tlsMaterial({ tls }: LdapSourceConfig, readSecret: SecretReader): TlsMaterial {
  const [ca, cert, key] = (['ca', 'cert', 'key'] as const).map((part) => readTlsPart(tls, part, readSecret));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.server_name === undefined ? {} : { serverName: tls.server_name }),
    minVersion: tls.min_version,
  };
}

function readTlsPart(tls: LdapSourceConfig['tls'], part: 'ca' | 'cert' | 'key', readSecret: SecretReader): string | undefined {
  const reference = tls[part];
  if (reference === undefined) return undefined;
  return readSecret(reference, `tls.${part}`, part === 'key' ? 'private' : 'public').reveal();
}

function bindMethod({ bind, tls }: LdapSourceConfig, readSecret: SecretReader): BindMethod {
  if (bind === undefined) return { method: tls.cert === undefined ? 'anonymous' : 'external' };
  if (bind.method !== 'simple') return bind;
  const what = 'bind.password';
  const secret = readSecret(bind.password, what, 'private');
  // RFC 4513 section 5.1.2: a simple bind without a password succeeds, as anonymous.
  if (withoutLineEnd(secret.reveal()) === '')
    throw new HoldfastError('configuration', `${what} is empty, and the bind would be anonymous`, { detail: 'secret-missing' });
  return { method: 'simple', dn: bind.dn, password: () => withoutLineEnd(secret.reveal()) };
}

/** Editors end a file with a newline that is no part of the password. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function attributeMaps(schema: Schema, { users, groups }: LdapSourceConfig): LdapSourceSettings['schema'] {
  return {
    user: { ...schema.user, ...users.attributes },
    group: { ...schema.group, ...groups.attributes },
    accountRules: users.account_rules ?? schema.accountRules,
  };
}

function searchSettings(
  search: { readonly base?: string | undefined; readonly scope: 'one' | 'sub'; readonly filter?: string | undefined },
  base: string,
  filter: string,
): SearchSettings {
  return { searchBase: search.base ?? base, scope: search.scope, filter: search.filter ?? filter };
}
