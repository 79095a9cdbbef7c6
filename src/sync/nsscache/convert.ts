/**
 * From the options of nsscache's maps to the tables of holdfast.toml.
 */
import { HoldfastError } from '../../errors.ts';
import { printable } from '../../directory/rejection.ts';
import type { IniValue, Section } from './ini.ts';
import { isTrue, type MapOptions, type NsscacheConfig, readsAsNo } from './map-options.ts';
import { noteOptions } from './notes.ts';
import { toml } from './toml-text.ts';

export interface Converted {
  /** TOML that passes `config check`, as far as the files are there that it names. */
  readonly text: string;
  /** What a person has to look at: marked "LOOK" in the text. */
  readonly looks: number;
}

const PASSWORD_FILE = '/etc/holdfast/tls/bind-password';
const NO_OPTIONS: MapOptions = { source: '', options: new Map() };

/** @throws HoldfastError `configuration` where no map comes from LDAP, or an option is missing without which nsscache does nothing */
export function convert(path: string, { maps, others }: NsscacheConfig): Converted {
  const people = maps.get('passwd') ?? maps.get('sshkey') ?? maps.get('shadow');
  const groups = maps.get('group');
  const main = people ?? groups;
  if (main?.source !== 'ldap') throw noLdap(path, main?.source);
  const lines = [
    `# Made by "holdfast import-nsscache" of ${printable(path)}. Every key: holdfast.toml(5).`,
    '# LOOK: where nsscache does something else than its file says, or this host would do something else than before.',
    'version = 1',
    '',
    '[[source]]',
    'name = "corp"',
    'type = "ldap"',
    ...serverLines(path, main.options),
    ...schemaLines(groups?.options ?? NO_OPTIONS.options),
    '',
    ...tlsLines(main.options),
    ...bindLines(main.options),
    ...searchLines('users', people ?? NO_OPTIONS, main),
    ...searchLines('groups', groups ?? NO_OPTIONS, main),
    ...accessLines(),
    ...policyLines(main.options),
    ...noteOptions(maps, others),
  ];
  return {
    text: `${lines
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trimEnd()}\n`,
    looks: lines.filter((line) => line.includes('LOOK:')).length - 1,
  };
}

function noLdap(path: string, source: string | undefined): HoldfastError {
  const what =
    source === undefined
      ? 'has no maps of people or groups'
      : `takes its people from ${JSON.stringify(printable(source))}, and only "ldap" has an equal here`;
  return new HoldfastError('configuration', `${path}: ${what}`, {
    hints: ['people in a file that something else brings to the host: [[source]] of type "file", see holdfast.toml(5)'],
  });
}

function serverLines(path: string, options: Section): string[] {
  const uris = required(path, options, 'uri')
    .split(/[\s,]+/)
    .filter((uri) => uri !== '');
  return [
    '# Tried in this order, each from the start: name a second server, so that one may be down.',
    `uris = [${uris.map(toml).join(', ')}]`,
    `base = ${toml(required(path, options, 'base'))}`,
    ...timeLines(options.get('timelimit')),
  ];
}

/** Of a search there; here of the whole fetch. */
function timeLines(limit: IniValue | undefined): string[] {
  const seconds = Number(limit?.value ?? '-1');
  return seconds > 0 ? [`# ldap_timelimit was ${seconds} s for each search; this is for all of them together.`, 'timeout = "5m"'] : [];
}

function required(path: string, options: Section, name: string): string {
  const value = options.get(name)?.value ?? '';
  if (value !== '') return value;
  throw new HoldfastError('configuration', `${path}: has no ldap_${name}, without which nsscache does nothing`, {});
}

function schemaLines(groups: Section): string[] {
  const isBis = ['rfc2307bis', 'rfc2307bis_alt', 'nested_groups'].some((name) => isTrue(groups.get(name)));
  return [
    isBis ? '# Groups name their members by DN; nested ones are followed.' : '# Groups name their members by login (memberUid).',
    `schema = ${toml(isBis ? 'rfc2307bis' : 'rfc2307')}`,
  ];
}

const STARTTLS = new Set(['1', 'on', 'yes', 'true']);

function tlsLines(options: Section): string[] {
  const file = (name: string): string | undefined => options.get(name)?.value;
  const [ca, cert, key] = [file('tls_cacertfile'), file('tls_certfile'), file('tls_keyfile')];
  const lines = [...modeLines(options), ...verifyLines(options)];
  if (ca !== undefined) lines.push(`ca = ${toml(`file:${ca}`)}`);
  if (cert !== undefined && key !== undefined) lines.push(`cert = ${toml(`file:${cert}`)}`, `key = ${toml(`file:${key}`)}`);
  if (options.has('tls_cacertdir') && ca === undefined)
    lines.push('# LOOK: ldap_tls_cacertdir has no equal: put its certificates into one file.', '# ca = "file:/etc/holdfast/tls/ca.pem"');
  return lines.length === 0 ? [] : ['[source.tls]', ...lines, ''];
}

/** Whoever wrote anything but no wanted StartTLS; nsscache takes four spellings for it, and says nothing of the others. */
function modeLines(options: Section): string[] {
  if (!(options.get('uri')?.value ?? '').includes('ldap://')) return [];
  const wanted = options.get('tls_starttls')?.value ?? '';
  if (STARTTLS.has(wanted)) return ['mode = "starttls"'];
  if (isTrue(options.get('tls_starttls')) && !readsAsNo(wanted)) {
    return [
      `# LOOK: nsscache takes ldap_tls_starttls = ${printable(wanted)} for no (it knows 1, on, yes, true, in lower case): it has sent everything in the clear.`,
      'mode = "starttls"',
    ];
  }
  return [
    '# LOOK: as before, everything goes over the network in the clear, and anybody on it may answer in place of the directory.',
    '# Wanted: ldaps:// in uris, or mode = "starttls".',
    'mode = "off"',
  ];
}

function verifyLines(options: Section): string[] {
  const wanted = options.get('tls_require_cert')?.value;
  if (wanted === undefined || wanted === 'demand' || wanted === 'hard') return [];
  return [`# LOOK: ldap_tls_require_cert = ${printable(wanted)} has no equal: the certificate of the server is always verified.`];
}

function bindLines(options: Section): string[] {
  const dn = options.get('bind_dn')?.value ?? '';
  const sasl = options.get('use_sasl');
  if (isTrue(sasl)) {
    const trap = readsAsNo(sasl?.value ?? '') ? ` ("${printable(sasl?.value ?? '')}" is true for nsscache)` : '';
    return [
      `# LOOK: ldap_use_sasl${trap}: nsscache knows GSSAPI alone, which has no equal. Give the host a client certificate, and:`,
      '# method = "external"   (with cert and key in [source.tls])',
      ...(dn === '' ? anonymous() : simple(dn)),
    ];
  }
  return dn === '' ? anonymous() : simple(dn);
}

function anonymous(): string[] {
  return [
    '[source.bind]',
    '# As before, also where there is a client certificate: with method = "external" it would be the bind.',
    'method = "anonymous"',
    '',
  ];
}

function simple(dn: string): string[] {
  return [
    '[source.bind]',
    'method = "simple"',
    `dn = ${toml(dn)}`,
    `# LOOK: put what is in ldap_bind_password there: install -m 0600 /dev/stdin ${PASSWORD_FILE}`,
    `password = ${toml(`file:${PASSWORD_FILE}`)}`,
    '',
  ];
}

/** Only what is not as in the source as a whole; the scope is always said, for nsscache's default is another. */
function searchLines(table: 'users' | 'groups', { options }: MapOptions, main: MapOptions): string[] {
  if (options.size === 0) return [];
  const base = options.get('base')?.value;
  const filter = options.get('filter')?.value;
  return [
    `[source.${table}]`,
    ...(base === undefined || base === main.options.get('base')?.value ? [] : [`base = ${toml(base)}`]),
    ...scopeLines(options.get('scope')?.value ?? 'one'),
    ...(filter === undefined ? [] : [`filter = ${toml(filter)}`]),
    ...(table === 'users' ? userAttributes(options) : groupAttributes(options)),
    '',
  ];
}

function scopeLines(scope: string): string[] {
  const isDeep = scope === 'sub' || scope === 'subtree';
  const odd = scope === 'base' ? ['# LOOK: ldap_scope = base, which finds one entry, has no equal.'] : [];
  return [...odd, `scope = ${toml(isDeep ? 'sub' : 'one')}`];
}

function userAttributes(options: Section): string[] {
  const name = options.get('uidattr')?.value;
  return name === undefined ? [] : [`attributes = { name = ${toml(name)} }`];
}

function groupAttributes(options: Section): string[] {
  return isTrue(options.get('rfc2307bis_alt')) ? ['attributes = { member_dn = "uniqueMember" }'] : [];
}

function accessLines(): string[] {
  return [
    '[access]',
    '# LOOK: nsscache gives keys to everybody whom it copies, and so does this. Better is: groups = ["web-prod"]',
    'everyone = true',
    '',
  ];
}

function policyLines(options: Section): string[] {
  const shell = options.get('override_shell')?.value;
  const home = options.get('home_dir');
  return [
    '[policy]',
    '# LOOK: nsscache copies any number; here people and groups with others than these are withheld.',
    'uid_range = [1000, 60000]',
    'gid_range = [1000, 60000]',
    ...(shell === undefined ? [] : [`override_shell = ${toml(shell)}`]),
    ...(isTrue(home) ? [...trapOf('ldap_home_dir', home), 'home = "/home/{name}"'] : []),
    '',
  ];
}

function trapOf(name: string, one: IniValue | undefined): string[] {
  return readsAsNo(one?.value ?? '') ? [`# LOOK: ${name} = ${printable(one?.value ?? '')} is true for nsscache, as every text is.`] : [];
}
