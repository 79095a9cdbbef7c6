/**
 * The text of a first configuration: what is set and why, and what is likely to be wanted next.
 */
import type { SchemaName } from '../../sources/ldap/schema.ts';
import type { Access, Connecting } from './answers.ts';

export interface FirstConfiguration {
  readonly connecting: Connecting;
  readonly base: string;
  readonly schema: SchemaName;
  /** Where it is not the schema's. */
  readonly keyAttribute: string | undefined;
  /** Where they are not the default. */
  readonly uidRange: readonly [number, number] | undefined;
  readonly gidRange: readonly [number, number] | undefined;
  readonly access: Access;
  /** What the server is, for a comment. */
  readonly found: string;
  readonly day: string;
}

const SOURCE_NAME = 'corp';

const SCHEMAS: Readonly<Record<SchemaName, string>> = {
  rfc2307: 'groups name their members by login (memberUid)',
  rfc2307bis: 'groups name their members by DN (member)',
  ipa: 'FreeIPA',
  ad: 'Active Directory, with the numbers of RFC 2307: who has no uidNumber is nobody here',
};

export function configurationText(first: FirstConfiguration): string {
  const { connecting, base, schema, keyAttribute, access, found, day } = first;
  return `${[
    `# Made by "holdfast init" on ${day}, of what ${oneLine(found)} says of itself. Every key: holdfast.toml(5).`,
    '# After a change: holdfast config check && holdfast diff',
    'version = 1',
    '',
    '[[source]]',
    `name = ${text(SOURCE_NAME)}`,
    'type = "ldap"',
    '# Tried in this order: name a second server, so that one may be down.',
    `uris = [${connecting.uris.map(text).join(', ')}]`,
    `base = ${text(base)}`,
    `# ${SCHEMAS[schema]}.`,
    `schema = ${text(schema)}`,
    '',
    ...tlsLines(connecting),
    ...bindLines(connecting),
    ...(keyAttribute === undefined
      ? []
      : ['[source.users]', '# Where people here have their keys.', `attributes = { key = ${text(keyAttribute)} }`, '']),
    ...accessLines(access),
    ...rangeLines(first),
  ].join('\n')}\n`;
}

function tlsLines({ tls }: Connecting): string[] {
  if (Object.keys(tls).length === 0)
    return ['# [source.tls]', '# ca = "file:/etc/holdfast/tls/ca.pem"   # without it, every CA counts that the system trusts', ''];
  const { mode, ca, cert, key, server_name: serverName } = tls;
  return [
    '[source.tls]',
    ...(mode === 'off' ? ['# Everything goes over the network in the clear, and anybody on it may answer in place of the directory.'] : []),
    ...(mode === undefined ? [] : [`mode = ${text(mode)}`]),
    ...(ca === undefined ? [] : ['# Nothing else signs certificates of these servers.', `ca = ${text(ca)}`]),
    ...(cert === undefined ? [] : [`cert = ${text(cert)}`]),
    ...(key === undefined ? [] : ["# root's, 0600.", `key = ${text(key)}`]),
    ...(serverName === undefined ? [] : [`server_name = ${text(serverName)}`]),
    '',
  ];
}

function bindLines({ bind }: Connecting): string[] {
  const head = [
    '[source.bind]',
    `method = ${text(bind.method)}${bind.method === 'external' ? '   # the client certificate is the bind: no password is kept here' : ''}`,
  ];
  return bind.method === 'simple' ? [...head, `dn = ${text(bind.dn)}`, `password = ${text(bind.password)}`, ''] : [...head, ''];
}

function accessLines(access: Access): string[] {
  return [
    '[access]',
    '# Who may log in here. The others resolve (ls -l shows their names), and get no keys.',
    'everyone' in access ? 'everyone = true' : `groups = [${access.groups.map(text).join(', ')}]`,
    '# On every host, and when nobody else is left:',
    '# always = { groups = ["sre"] }',
    '# Wins over everything:',
    '# deny = { users = [], groups = [] }',
  ];
}

function rangeLines({ uidRange, gidRange }: FirstConfiguration): string[] {
  if (uidRange === undefined && gidRange === undefined) return [];
  const line = (name: string, range: readonly [number, number] | undefined): string[] =>
    range === undefined ? [] : [`${name} = [${range.join(', ')}]`];
  return [
    '',
    '[policy]',
    '# Numbers outside of these are refused. The default ends at 60000, and this directory has others.',
    ...line('uid_range', uidRange),
    ...line('gid_range', gidRange),
  ];
}

/** JSON's strings are TOML's, but for the character DEL. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', String.raw`\u007f`);
}

function oneLine(value: string): string {
  return value.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ');
}
