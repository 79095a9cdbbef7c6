/**
 * An export as LDIF in the terms of RFC 2307 and openssh-lpk, for a directory of its own or the file source.
 *
 * An account is one entry, with its keys and its shadow in it; people are below `ou=people`, groups below `ou=group`. Read by holdfast again, it gives
 * the same host.
 */
import { type AttributeValue, firstRdn } from '../../directory/dn.ts';
import type { GroupEntry } from '../../directory/group.ts';
import { type KeyLines, NO_KEYS, splitKeyLines } from '../../directory/key-lines.ts';
import type { LoginName } from '../../directory/names.ts';
import type { PasswdEntry } from '../../directory/passwd.ts';
import { NO_PASSWORD, type ShadowEntry } from '../../directory/shadow.ts';
import { HoldfastError } from '../../errors.ts';
import type { ExportedMap, ServedView } from './export.ts';
import { formatLdifEntry, type LdifAttribute } from './ldif-entry.ts';

export interface LdifExport {
  readonly entries: Iterable<string>;
  /** Logins with keys that have no entry: accounts of the host itself. */
  readonly withoutEntry: readonly LoginName[];
}

/** What an account has beside its passwd entry. */
interface AccountMaps {
  readonly keys: ReadonlyMap<LoginName, KeyLines>;
  readonly shadow: ReadonlyMap<LoginName, ShadowEntry>;
}

const PEOPLE = 'people';
const GROUPS = 'group';
const ASCII = /^[\x20-\x7e]*$/;

/** The naming attributes of the entry at the base that core.schema has a class for. */
const BASE_CLASSES: Readonly<Record<string, (value: string) => readonly LdifAttribute[]>> = {
  dc: (dc) => [...classes('dcObject', 'organization'), ['dc', dc], ['o', dc]],
  o: (o) => [...classes('organization'), ['o', o]],
  ou: (ou) => [...classes('organizationalUnit'), ['ou', ou]],
};

const SHADOW_ATTRIBUTES = {
  lastChange: 'shadowLastChange',
  min: 'shadowMin',
  max: 'shadowMax',
  warning: 'shadowWarning',
  inactive: 'shadowInactive',
  expire: 'shadowExpire',
  flag: 'shadowFlag',
} as const satisfies Record<keyof ShadowEntry['aging'], string>;

/** Names that differ in case only would be one entry, but no host shows two of them. @throws HoldfastError `usage` */
export function exportLdif({ maps }: ServedView, wanted: readonly ExportedMap[], base: string): LdifExport {
  const baseEntry = formatBase(base);
  if (!wanted.includes('passwd') && wanted.some((map) => map !== 'group')) throw withoutPeople();
  const logins = new Set<LoginName>();
  if (wanted.includes('passwd')) for (const { name } of maps.passwd()) logins.add(name);
  const accounts: AccountMaps = {
    keys: wanted.includes('keys') ? maps.keys() : new Map(),
    shadow: wanted.includes('shadow') ? new Map([...maps.shadow()].map((entry) => [entry.name, entry])) : new Map(),
  };
  const withoutEntry = [...accounts.keys.keys()].filter((login) => !logins.has(login)).sort();
  return { entries: formatEntries(), withoutEntry };

  function* formatEntries(): Generator<string> {
    // Without "version: 1": slapadd(8) takes it for an entry.
    yield baseEntry;
    if (wanted.includes('passwd')) {
      yield formatUnit(PEOPLE, base);
      for (const entry of maps.passwd()) yield formatAccount(entry, accounts, base);
    }
    if (wanted.includes('group')) {
      yield formatUnit(GROUPS, base);
      for (const entry of maps.group()) yield formatGroupEntry(entry, base);
    }
  }
}

function formatBase(base: string): string {
  const rdn = firstRdn(base);
  if (rdn === undefined) throw badBase(base, 'is no DN');
  const [{ type, value }, ...others] = rdn as readonly [AttributeValue, ...AttributeValue[]];
  const attributes = Object.hasOwn(BASE_CLASSES, type) && value !== '' && others.length === 0 ? BASE_CLASSES[type]?.(value) : undefined;
  if (attributes === undefined) throw badBase(base, 'does not begin with dc=, o= or ou=');
  return formatLdifEntry(base, attributes);
}

function formatUnit(ou: string, base: string): string {
  return formatLdifEntry(`ou=${ou},${base}`, [...classes('organizationalUnit'), ['ou', ou]]);
}

function formatAccount(entry: PasswdEntry, { keys, shadow }: AccountMaps, base: string): string {
  const { name, uid, gid, home, shell } = entry;
  const lines = splitKeyLines(keys.get(name) ?? NO_KEYS);
  const aging = shadow.get(name);
  return formatLdifEntry(`uid=${name},ou=${PEOPLE},${base}`, [
    ...classes(
      'account',
      'posixAccount',
      ...(aging === undefined ? [] : ['shadowAccount']),
      ...(lines.length === 0 ? [] : ['ldapPublicKey']),
    ),
    ['uid', name],
    ...formatNames(entry),
    ['uidNumber', uid],
    ['gidNumber', gid],
    ['homeDirectory', home],
    ['loginShell', shell],
    ...(aging === undefined ? [] : formatShadowAttributes(aging)),
    ...lines.map((line): LdifAttribute => ['sshPublicKey', line]),
  ]);
}

/**
 * `cn` has to be there and is what readers take for a GECOS that is not. So it has what `gecos` may not have, which is ASCII alone in
 * nis.schema; and where there is no GECOS, `gecos` has one space, since the schema wants one character.
 */
function formatNames({ name, gecos }: PasswdEntry): readonly LdifAttribute[] {
  const cn: LdifAttribute = ['cn', gecos === '' ? name : gecos];
  return ASCII.test(gecos) ? [cn, ['gecos', gecos === '' ? ' ' : gecos]] : [cn];
}

function formatShadowAttributes({ password, aging }: ShadowEntry): readonly LdifAttribute[] {
  const numbers = Object.entries(SHADOW_ATTRIBUTES).flatMap(([field, attribute]): LdifAttribute[] => {
    const value = aging[field as keyof typeof SHADOW_ATTRIBUTES];
    return value === undefined ? [] : [[attribute, value]];
  });
  return password === NO_PASSWORD ? numbers : [['userPassword', `{CRYPT}${password}`], ...numbers];
}

function formatGroupEntry({ name, gid, members }: GroupEntry, base: string): string {
  return formatLdifEntry(`cn=${name},ou=${GROUPS},${base}`, [
    ...classes('posixGroup'),
    ['cn', name],
    ['gidNumber', gid],
    ...members.map((member): LdifAttribute => ['memberUid', member]),
  ]);
}

function classes(...names: readonly string[]): readonly LdifAttribute[] {
  return names.map((name) => ['objectClass', name] as const);
}

function badBase(base: string, fault: string): HoldfastError {
  return new HoldfastError('usage', `--base ${JSON.stringify(base)} ${fault}`, { hints: ['such as --base dc=example,dc=org'] });
}

function withoutPeople(): HoldfastError {
  return new HoldfastError('usage', 'keys and shadow are parts of an account in LDIF; wanted: --map passwd as well', {
    hints: ['holdfast export --format ldif --base dc=example,dc=org --map passwd keys'],
  });
}
