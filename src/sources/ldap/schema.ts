/**
 * Attribute maps: which LDAP attribute holds what, per schema (SSSD `ldap_opts.c` and `ipa_opts.c` agree).
 */
import { isUtf8 } from 'node:buffer';
import type { RawGroup, RawUser, RawValue, RawValues } from '../../directory/validate.ts';
import type { LdapEntry } from './search.ts';

export type SchemaName = 'rfc2307' | 'rfc2307bis' | 'ipa';

export interface UserAttributes {
  readonly name: string;
  readonly uid: string;
  readonly gid: string;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
  readonly id: string;
  readonly key: string;
  /** Only asked for when hashes are wanted. */
  readonly password: string;
  readonly last_change: string;
  readonly min: string;
  readonly max: string;
  readonly warning: string;
  readonly inactive: string;
  readonly expire: string;
  readonly flag: string;
}

export interface GroupAttributes {
  readonly name: string;
  readonly gid: string;
  readonly id: string;
  readonly member_name: string;
  readonly member_dn: string;
}

export interface Schema {
  readonly user: UserAttributes;
  readonly group: GroupAttributes;
  readonly userFilter: string;
  readonly groupFilter: string;
}

const rfc2307: Schema = {
  user: {
    name: 'uid',
    uid: 'uidNumber',
    gid: 'gidNumber',
    gecos: 'gecos',
    home: 'homeDirectory',
    shell: 'loginShell',
    id: 'entryUUID',
    key: 'sshPublicKey',
    password: 'userPassword',
    last_change: 'shadowLastChange',
    min: 'shadowMin',
    max: 'shadowMax',
    warning: 'shadowWarning',
    inactive: 'shadowInactive',
    expire: 'shadowExpire',
    flag: 'shadowFlag',
  },
  group: { name: 'cn', gid: 'gidNumber', id: 'entryUUID', member_name: 'memberUid', member_dn: 'member' },
  userFilter: '(objectClass=posixAccount)',
  groupFilter: '(objectClass=posixGroup)',
};

export const schemas: Readonly<Record<SchemaName, Schema>> = {
  rfc2307,
  rfc2307bis: { ...rfc2307, groupFilter: '(|(objectClass=posixGroup)(objectClass=groupOfNames))' },
  ipa: {
    user: { ...rfc2307.user, id: 'ipaUniqueID', key: 'ipaSshPubKey' },
    group: { ...rfc2307.group, id: 'ipaUniqueID' },
    userFilter: '(objectClass=posixAccount)',
    groupFilter: '(|(objectClass=ipaUserGroup)(objectClass=posixGroup))',
  },
};

/** What GECOS falls back to. */
const COMMON_NAME = 'cn';

/** Exactly what is read below: a pull moves no byte that nobody needs. */
export function requestedUserAttributes({ password, ...others }: UserAttributes, passwordHashes: boolean): readonly string[] {
  return [...new Set([...Object.values<string>(others), COMMON_NAME, ...(passwordHashes ? [password] : [])])];
}

export function requestedGroupAttributes(attributes: GroupAttributes): readonly string[] {
  return [...new Set(Object.values({ ...attributes }))];
}

/** Reads entries as one attribute map says; names are put into lower case once, as servers may answer in any. */
export class EntryReader {
  readonly #user: UserAttributes;
  readonly #group: GroupAttributes;

  constructor({ user, group }: Pick<Schema, 'user' | 'group'>) {
    this.#user = lowerCase(user);
    this.#group = lowerCase(group);
  }

  user(entry: LdapEntry): RawUser {
    const map = this.#user;
    const values = (attribute: string): RawValues => decodeAll(entry, attribute);
    return {
      dn: decode(entry.dn) ?? entry.dn.toString('latin1'),
      id: values(map.id),
      name: values(map.name),
      nameType: map.name,
      uid: values(map.uid),
      gid: values(map.gid),
      gecos: [...values(map.gecos), ...values(COMMON_NAME)],
      home: values(map.home),
      shell: values(map.shell),
      password: values(map.password),
      aging: {
        lastChange: values(map.last_change),
        min: values(map.min),
        max: values(map.max),
        warning: values(map.warning),
        inactive: values(map.inactive),
        expire: values(map.expire),
        flag: values(map.flag),
      },
      keys: values(map.key),
    };
  }

  group(entry: LdapEntry): RawGroup {
    const map = this.#group;
    return {
      dn: decode(entry.dn) ?? entry.dn.toString('latin1'),
      id: decodeAll(entry, map.id),
      name: decodeAll(entry, map.name),
      nameType: map.name,
      gid: decodeAll(entry, map.gid),
      memberNames: decodeAll(entry, map.member_name),
      memberDns: decodeAll(entry, map.member_dn),
    };
  }
}

const NONE: RawValues = [];

function decodeAll(entry: LdapEntry, attribute: string): RawValues {
  return entry.attributes.get(attribute)?.map(decode) ?? NONE;
}

/** Strict UTF-8: a lenient decoder would make two different names equal. */
function decode(bytes: Buffer): RawValue {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function lowerCase<Attributes extends object>(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).map(([key, value]) => [key, String(value).toLowerCase()] as const);
  return Object.fromEntries(entries) as Attributes;
}
