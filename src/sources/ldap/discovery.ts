/**
 * What a directory says of itself, and what a few of its entries show: for a first configuration.
 *
 * @see RFC 4512 section 5.1 (rootDSE); [MS-ADTS] 3.1.1.3.2 for what Active Directory has there
 */
import { printable } from '../../directory/rejection.ts';
import type { LdapConnection } from './connection.ts';
import { type SchemaName, schemas } from './schema.ts';

export interface ServerDescription {
  /** Search bases that the server has, its own administration left out. */
  readonly contexts: readonly string[];
  /** The one that it names first. */
  readonly defaultContext: string | undefined;
  readonly pages: boolean;
  /** RFC 4533. */
  readonly syncs: boolean;
  readonly isActiveDirectory: boolean;
  /** As it calls itself. */
  readonly vendor: string | undefined;
}

const ROOT_ATTRIBUTES = [
  'namingcontexts',
  'defaultnamingcontext',
  'supportedcontrol',
  'supportedcapabilities',
  'vendorname',
  'vendorversion',
  'objectclass',
];
const PAGED_RESULTS = '1.2.840.113556.1.4.319';
const SYNC_REQUEST = '1.3.6.1.4.1.4203.1.9.1.1';
const ACTIVE_DIRECTORY = '1.2.840.113556.1.4.800';
/** What servers keep of themselves. */
const OWN_CONTEXT =
  /^(?:cn=(?:config|schema|monitor|changelog|accesslog|deltalog)|o=(?:ipaca|netscaperoot)|dc=(?:domaindnszones|forestdnszones))(?:,|$)/i;
const CONFIGURATION_CONTEXT = /^cn=(?:configuration|schema),/i;
const CONTEXTS_MAX = 20;
/** By which a person's keys go elsewhere; the first is that of most schemas. */
const KEY_ATTRIBUTES = ['sshPublicKey', 'ipaSshPubKey', 'nsSshPublicKey', 'altSecurityIdentities'];

/** @throws SourceError */
export async function describeServer(connection: Pick<LdapConnection, 'readEntry'>): Promise<ServerDescription> {
  const root = await connection.readEntry('', ROOT_ATTRIBUTES);
  const all = (attribute: string): string[] => root?.values(attribute).flatMap((value) => (value === undefined ? [] : [value])) ?? [];
  const controls = new Set(all('supportedcontrol'));
  const [vendor] = [...all('vendorversion'), ...all('vendorname')];
  const openldap = all('objectclass').some((name) => name === 'OpenLDAProotDSE') ? 'OpenLDAP' : undefined;
  const isActiveDirectory = all('supportedcapabilities').includes(ACTIVE_DIRECTORY);
  const contexts = all('namingcontexts').filter((dn) => dn !== '' && !OWN_CONTEXT.test(dn) && !CONFIGURATION_CONTEXT.test(dn));
  return {
    contexts: contexts.slice(0, CONTEXTS_MAX),
    defaultContext: all('defaultnamingcontext').find((dn) => dn !== ''),
    pages: controls.has(PAGED_RESULTS),
    syncs: controls.has(SYNC_REQUEST),
    isActiveDirectory,
    vendor: vendor === undefined ? (openldap ?? (isActiveDirectory ? 'Active Directory' : undefined)) : printable(vendor),
  };
}

type Searching = Pick<LdapConnection, 'readFew'>;

/** By what people and groups have that only one schema knows. @throws SourceError */
export async function detectSchema(connection: Searching, base: string, server: ServerDescription): Promise<SchemaName> {
  const has = async (filter: string): Promise<boolean> => await hasAny(connection, base, filter);
  if (server.isActiveDirectory) return 'ad';
  if (await has('(&(objectClass=posixAccount)(ipaUniqueID=*))')) return 'ipa';
  if (await has('(&(objectClass=posixGroup)(memberUid=*))')) return 'rfc2307';
  return (await has('(&(|(objectClass=posixGroup)(objectClass=groupOfNames))(member=*))')) ? 'rfc2307bis' : 'rfc2307';
}

/** Undefined where it is the one of the schema, or nobody has a key. @throws SourceError */
export async function detectKeyAttribute(connection: Searching, base: string, schema: SchemaName): Promise<string | undefined> {
  const { userFilter, user } = schemas[schema];
  for (const attribute of [user.key, ...KEY_ATTRIBUTES]) {
    // Active Directory keeps other things there, too.
    const value = attribute === 'altSecurityIdentities' ? 'ssh-*' : '*';
    if (await hasAny(connection, base, `(&${userFilter}(${attribute}=${value}))`)) return attribute === user.key ? undefined : attribute;
  }
  return undefined;
}

async function hasAny(connection: Searching, base: string, filter: string): Promise<boolean> {
  return (await connection.readFew({ base, filter, attributes: ['objectclass'], most: 1 })).length > 0;
}
