/**
 * `npm run example`: packaging/examples/holdfast-full.toml, every option of the configuration with its explanation, made of the manual
 * holdfast.toml(5), so that it says what that says.
 *
 * What a configuration wants stands there as it is; every other option is a line that begins with `#` and no space: its default, or an example
 * where it has none.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folder = import.meta.dirname;

const HEADER = `# holdfast.toml(5) with every option. Made by "npm run example" of the manual. To begin with, take the small one: holdfast.toml
#
# A line that begins with "#" and no space is an option that is not set: its default, or an example where it has none. A table whose options you
# set wants its line in brackets as well. SECRETS and FILES OF PEOPLE are sections of the manual. Then: holdfast config check && holdfast diff
`;

/** What is set in the example, by table and key. */
const SET: Readonly<Record<string, string>> = {
  'TOP LEVEL version': '1',
  '[[source]] of type ldap name': '"corp"',
  '[[source]] of type ldap type': '"ldap"',
  '[[source]] of type ldap uris': '["ldaps://ldap-1.example.org", "ldaps://ldap-2.example.org"]',
  '[[source]] of type ldap base': '"dc=example,dc=org"',
  '[source.tls] of type ldap ca': '"file:/etc/holdfast/tls/ca.pem"',
  '[source.tls] of type ldap cert': '"file:/etc/holdfast/tls/client.crt"',
  '[source.tls] of type ldap key': '"file:/etc/holdfast/tls/client.key"',
  '[access] groups': '["web-prod"]',
  '[access.always] groups': '["sre"]',
};

/** Examples for what is not set and has no default. */
const EXAMPLES: Readonly<Record<string, string>> = {
  '[source.tls] of type ldap mode': '"ldaps"',
  '[source.tls] of type ldap server_name': '"ldap.example.org"',
  '[source.bind] of type ldap method': '"simple"',
  '[source.bind] of type ldap dn': '"cn=host,dc=example,dc=org"',
  '[source.bind] of type ldap password': '"credential:bind-password"',
  '[source.users] of type ldap base': '"ou=people,dc=example,dc=org"',
  '[source.users] of type ldap filter': '"(objectClass=posixAccount)"',
  '[source.users] of type ldap account_rules': '["shadow", "ppolicy"]',
  '[source.users.attributes] of type ldap name': '"uid"',
  '[source.users.attributes] of type ldap uid': '"uidNumber"',
  '[source.users.attributes] of type ldap gid': '"gidNumber"',
  '[source.users.attributes] of type ldap gecos': '"gecos"',
  '[source.users.attributes] of type ldap home': '"homeDirectory"',
  '[source.users.attributes] of type ldap shell': '"loginShell"',
  '[source.users.attributes] of type ldap id': '"entryUUID"',
  '[source.users.attributes] of type ldap key': '"sshPublicKey"',
  '[source.users.attributes] of type ldap password': '"userPassword"',
  '[source.users.attributes] of type ldap last_change': '"shadowLastChange"',
  '[source.users.attributes] of type ldap min': '"shadowMin"',
  '[source.users.attributes] of type ldap max': '"shadowMax"',
  '[source.users.attributes] of type ldap warning': '"shadowWarning"',
  '[source.users.attributes] of type ldap inactive': '"shadowInactive"',
  '[source.users.attributes] of type ldap expire': '"shadowExpire"',
  '[source.users.attributes] of type ldap flag': '"shadowFlag"',
  '[source.groups] of type ldap base': '"ou=group,dc=example,dc=org"',
  '[source.groups] of type ldap filter': '"(objectClass=posixGroup)"',
  '[source.groups.attributes] of type ldap name': '"cn"',
  '[source.groups.attributes] of type ldap gid': '"gidNumber"',
  '[source.groups.attributes] of type ldap id': '"entryUUID"',
  '[source.groups.attributes] of type ldap member_name': '"memberUid"',
  '[source.groups.attributes] of type ldap member_dn': '"member"',
  '[[source]] of type file name': '"break-glass"',
  '[[source]] of type file type': '"file"',
  '[[source]] of type file path': '"/etc/holdfast/break-glass.ldif"',
  '[[source]] of type file format': '"ldif"',
  '[[source]] of type file schema': '"rfc2307"',
  '[[source]] of type iam name': '"iam"',
  '[[source]] of type iam type': '"iam"',
  '[[source]] of type iam groups': '["ops", "dev"]',
  '[[source]] of type iam assume_role': '"arn:aws:iam::123456789012:role/holdfast-directory"',
  '[[source]] of type iam external_id': '"example"',
  '[source.primary_group] of type iam name': '"iam-people"',
  '[source.primary_group] of type iam gid': '5000',
  '[source.linux_groups] of type iam NAME.name': '"operators"',
  '[source.linux_groups] of type iam NAME.gid': '5001',
  '[source.users] of type iam NAME.name': '"jane"',
  '[source.users] of type iam NAME.uid': '20001',
  '[access] users': '["alice"]',
  '[access] map_file': '"s3://example-access/prod/map.toml"',
  '[access] map_public_key': '"file:/etc/holdfast/access-map.pub"',
  '[access.always] users': '["alice"]',
  '[access.deny] users': '["eve"]',
  '[access.deny] groups': '["left"]',
  '[access.accounts] NAME.users': '["alice"]',
  '[access.accounts] NAME.groups': '["deployers"]',
  '[access.map] NAME.users': '["alice"]',
  '[access.map] NAME.groups': '["web-admins"]',
  '[policy] override_shell': '"/usr/lib/holdfast/nologin"',
  '[policy] home': '"/home/{name}"',
  '[aws] region': '"eu-central-1"',
  '[metrics] textfile': '"/var/lib/prometheus/node-exporter/holdfast.prom"',
  '[emergency] users': '["emergency"]',
  '[emergency] objects': '["s3://example-break-glass/keys"]',
};

/** What stands for NAME in a table of names. */
const NAMES: Readonly<Record<string, string>> = {
  '[source.linux_groups] of type iam': 'ops',
  '[source.users] of type iam': 'AIDACKCEVSQ6C2EXAMPLE',
  '[access.accounts]': 'deploy',
  '[access.map]': 'web-prod',
};

interface Option {
  readonly key: string;
  readonly signature: string;
  readonly text: readonly string[];
}

interface Table {
  readonly heading: string;
  readonly text: readonly string[];
  readonly options: readonly Option[];
}

export function renderFullExample(): string {
  const manual = readFileSync(join(folder, 'man/holdfast.toml.5.scd'), 'utf8');
  return `${HEADER}\n${tablesOf(manual).map(renderTable).join('\n')}`;
}

/** `# TOP LEVEL` and all of `## [table]`. */
function tablesOf(manual: string): Table[] {
  const parts = manual.split(/^#{1,2} /m).map((part) => part.split('\n'));
  return parts.filter(([heading = '']) => heading === 'TOP LEVEL' || heading.startsWith('[')).map(tableOf);
}

function tableOf([heading = '', ...lines]: readonly string[]): Table {
  const text: string[] = [];
  const options: Option[] = [];
  for (const line of withoutExamples(lines)) {
    const [, key, signature] = /^\*(\S+)\* \((.*)\)$/.exec(line) ?? [];
    const option = options.at(-1);
    if (key !== undefined && signature !== undefined) options.push({ key, signature, text: [] });
    else if (option === undefined) text.push(line);
    else if (line.startsWith('\t')) options.splice(-1, 1, { ...option, text: [...option.text, line.slice(1)] });
  }
  return { heading, text, options };
}

function withoutExamples(lines: readonly string[]): string[] {
  return lines
    .join('\n')
    .replaceAll(/^```\n[^`]*^```$/gm, '')
    .split('\n');
}

/** Without what scdoc takes for bold, italic and escaped; bold may go on in the next line. */
function plain(lines: readonly string[]): string {
  const text = lines.join('\n').trim();
  const bare = text.replaceAll(/(?<=^|[\s(])\*([^*]+)\*(?=$|[\s.,:;)])/g, '$1').replaceAll(/(?<=^|[\s(])_([^_]+)_(?=$|[\s.,:;)])/g, '$1');
  return bare.replaceAll(/\\(.)/g, '$1');
}

function renderTable({ heading, text, options }: Table): string {
  const isSet = options.some(({ key }) => `${heading} ${key}` in SET);
  const inner = NAMES[heading];
  const name = heading.replace(/ of type .*/, '');
  const line = inner === undefined ? name : name.replace(']', `.${inner}]`);
  const title = heading === 'TOP LEVEL' ? [] : [`# ${'-'.repeat(40)} ${heading}`, ...comment(text), `${isSet ? '' : '#'}${line}`, ''];
  return [...title, ...options.map((option) => renderOption(heading, option))].join('\n');
}

function renderOption(heading: string, { key, signature, text }: Option): string {
  const place = `${heading} ${key}`;
  const name = key.replace(/^NAME\./, '');
  const shown = /^\w+$/.test(name) ? name : `"${name}"`;
  return [...comment(text), `# (${signature})`, `${place in SET ? '' : '#'}${shown} = ${valueOf(place, signature)}`, ''].join('\n');
}

function valueOf(place: string, signature: string): string {
  const value = SET[place] ?? EXAMPLES[place] ?? /; default (.*)$/.exec(signature)?.[1];
  if (value === undefined) throw new Error(`packaging/full-example.ts: EXAMPLES wants a value for "${place}", which has no default`);
  return value;
}

function comment(lines: readonly string[]): string[] {
  const text = plain(lines);
  return text === '' ? [] : text.split('\n').map((line) => `# ${line}`.trimEnd());
}

if (import.meta.main) writeFileSync(join(dirname(folder), 'packaging/examples/holdfast-full.toml'), renderFullExample());
