/**
 * slapd.conf(5) and schema files for a throwaway OpenLDAP with the people of `people.ts` in it.
 *
 * Who may do what: root on the machine is the directory's administrator over ldapi. A client certificate with the subject
 * `O=Example, OU=hosts, CN=name` becomes `cn=name,ou=hosts,<base>`, and those may read everything in pages without end.
 * So may the service account `sync`; `limited` gets no more than anybody (500 entries).
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ldifEntry, SEARCH_BASE } from './ldif.ts';

const SCHEMA_FOLDER = '/etc/ldap/schema';

/** An upper limit for a sparse file: a million people take less than a tenth. */
const DATABASE_MAX_SIZE = 64 * 1024 ** 3;

export type SlapdSchema = 'rfc2307' | 'rfc2307bis';

export interface SlapdTls {
  readonly cert: string;
  readonly key: string;
  /** The CA that client certificates must be from. */
  readonly clientCa: string;
  /** As `TLSVerifyClient`; default `demand`. */
  readonly verifyClient?: 'never' | 'allow' | 'try' | 'demand';
  /** Default: both. */
  readonly versions?: readonly ('1.2' | '1.3')[];
}

export interface Limit {
  readonly dn: string;
  /** As `limits` in slapd.conf(5): `size=100 size.prtotal=100`. */
  readonly allow: string;
}

export interface SlapdConfig {
  readonly schema?: SlapdSchema | undefined;
  /** `ASCII`: as nis.schema has it, unchanged. Default: any text. */
  readonly gecos?: 'ASCII' | 'any text' | undefined;
  readonly tls?: SlapdTls | undefined;
  /** Default `allowed`: anybody may bind anonymously and read. */
  readonly anonymous?: 'allowed' | 'refused' | undefined;
  /** Looked at before those of the hosts and of `sync`. */
  readonly limits?: readonly Limit[] | undefined;
  /** Lines for the database, before our access rules: more `access`, `overlay`, `readonly on`. */
  readonly extraConfig?: string | undefined;
}

export interface ServiceAccount {
  readonly dn: string;
  readonly password: string;
}

const ADMIN_DN = `cn=admin,${SEARCH_BASE}`;

/** For simple binds. */
export const SERVICE_ACCOUNTS = {
  sync: { dn: `cn=sync,ou=services,${SEARCH_BASE}`, password: 'correct horse battery staple' },
  limited: { dn: `cn=limited,ou=services,${SEARCH_BASE}`, password: 'as-much-as-anybody' },
} satisfies Record<string, ServiceAccount>;

/** Who a client certificate with this common name is. */
export function hostDn(commonName: string): string {
  return `cn=${commonName},ou=hosts,${SEARCH_BASE}`;
}

/** The entry at the search base and the accounts that slapd must look up itself. */
export const FIRST_ENTRIES =
  ldifEntry(SEARCH_BASE, [...classes('dcObject', 'organization'), ['dc', 'example'], ['o', 'Example']]) +
  ldifEntry(`ou=services,${SEARCH_BASE}`, [...classes('organizationalUnit'), ['ou', 'services']]) +
  Object.entries(SERVICE_ACCOUNTS)
    .map(([cn, { dn, password }]) =>
      ldifEntry(dn, [...classes('organizationalRole', 'simpleSecurityObject'), ['cn', cn], ['userPassword', password]]),
    )
    .join('');

function classes(...names: readonly string[]): (readonly ['objectClass', string])[] {
  return names.map((name) => ['objectClass', name] as const);
}

/** @returns the path of the slapd.conf */
export async function writeSlapdConfig(folder: string, config: SlapdConfig): Promise<string> {
  await writeFile(join(folder, 'accounts.schema'), await accountsSchema(config));
  await writeFile(join(folder, 'openssh-lpk.schema'), OPENSSH_LPK);
  const path = join(folder, 'slapd.conf');
  await writeFile(path, slapdConfig(folder, config));
  return path;
}

function slapdConfig(folder: string, { tls, anonymous = 'allowed', limits = [], extraConfig = '' }: SlapdConfig): string {
  return `
include ${SCHEMA_FOLDER}/core.schema
include ${SCHEMA_FOLDER}/cosine.schema
include ${SCHEMA_FOLDER}/inetorgperson.schema
include ${SCHEMA_FOLDER}/namedobject.schema
include ${join(folder, 'accounts.schema')}
include ${join(folder, 'openssh-lpk.schema')}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${join(folder, 'slapd.pid')}
${tls ? tlsLines(tls) : ''}
${anonymous === 'refused' ? 'disallow bind_anon\nrequire authc' : ''}
authz-regexp "^gidNumber=[0-9]+\\\\+uidNumber=${process.getuid?.()},cn=peercred,cn=external,cn=auth$" "${ADMIN_DN}"
authz-regexp "^cn=([^,]+),ou=([^,]+),o=example$" "cn=$1,ou=$2,${SEARCH_BASE}"
sizelimit 500

database mdb
suffix "${SEARCH_BASE}"
rootdn "${ADMIN_DN}"
directory ${join(folder, 'database')}
maxsize ${DATABASE_MAX_SIZE}
dbnosync
index objectClass,uid,uidNumber,gidNumber,memberUid eq
${limits.map(({ dn, allow }) => `limits dn.exact="${dn}" ${allow}`).join('\n')}
limits dn.onelevel="ou=hosts,${SEARCH_BASE}" size.pr=unlimited size.prtotal=unlimited
limits dn.exact="${SERVICE_ACCOUNTS.sync.dn}" size.pr=unlimited size.prtotal=unlimited
${extraConfig}
access to attrs=userPassword by anonymous auth by * none
access to * by * read
`;
}

/** Debian's slapd is linked with GnuTLS, whose "cipher suite" is a priority string. */
function tlsLines({ cert, key, clientCa, verifyClient = 'demand', versions = ['1.2', '1.3'] }: SlapdTls): string {
  return `
TLSCertificateFile ${cert}
TLSCertificateKeyFile ${key}
TLSCACertificateFile ${clientCa}
TLSVerifyClient ${verifyClient}
TLSCipherSuite NORMAL:-VERS-ALL:${versions.map((version) => `+VERS-TLS${version}`).join(':')}
`;
}

/**
 * OpenLDAP's nis.schema with two changes. GECOS may be any text, as in 389-ds: names are. And for rfc2307bis a posixGroup
 * is auxiliary, so that a groupOfNames can be one.
 */
async function accountsSchema({ schema = 'rfc2307', gecos = 'any text' }: SlapdConfig): Promise<string> {
  const nis = await readFile(join(SCHEMA_FOLDER, 'nis.schema'), 'utf8');
  if (gecos === 'ASCII') return nis;
  const international = replaceOnce(
    nis,
    /(NAME 'gecos'[^)]*?)EQUALITY \w+\s+SUBSTR \w+\s+SYNTAX [\d.]+/,
    '$1EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15',
  );
  if (schema === 'rfc2307') return international;
  return replaceOnce(international, /(NAME 'posixGroup'[^)]*?)STRUCTURAL\s+MUST \( cn \$ gidNumber \)/, '$1AUXILIARY MUST gidNumber');
}

function replaceOnce(text: string, pattern: RegExp, replacement: string): string {
  if (!pattern.test(text)) throw new Error(`nis.schema has no ${pattern}`);
  return text.replace(pattern, replacement);
}

const OPENSSH_LPK = `
attributetype ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey'
  DESC 'OpenSSH public key'
  EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
objectclass ( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY
  DESC 'OpenSSH public keys of a person'
  MUST uid
  MAY sshPublicKey )
`;
