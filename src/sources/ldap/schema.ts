/**
 * Attribute maps: which LDAP attribute holds what, per schema (SSSD `ldap_opts.c` and `ipa_opts.c` agree).
 */
import type { AccountRule } from '../../directory/account-rules.ts';
import type { RawGroup, RawUser, RawValue, RawValues } from '../../directory/validate.ts';
import { AccountReader, accountAttributes } from './account-reader.ts';
import type { AttributeRange } from './attribute-range.ts';
import { type DecodedEntry, EntryDecoder } from './entry-decoder.ts';
import type { BerReader } from './message-reader.ts';
import { formatGuid } from './object-guid.ts';

export type SchemaName = 'rfc2307' | 'rfc2307bis' | 'ipa' | 'ad';

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
  /** By which an account has ended or is locked, unless configured. */
  readonly accountRules: readonly AccountRule[];
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
  // The overlay is common with OpenLDAP; where it is not loaded, nobody has the attribute.
  accountRules: ['shadow', 'ppolicy'],
};

export const schemas: Readonly<Record<SchemaName, Schema>> = {
  rfc2307,
  rfc2307bis: { ...rfc2307, groupFilter: '(|(objectClass=posixGroup)(objectClass=groupOfNames))' },
  ipa: {
    user: { ...rfc2307.user, id: 'ipaUniqueID', key: 'ipaSshPubKey' },
    group: { ...rfc2307.group, id: 'ipaUniqueID' },
    userFilter: '(objectClass=posixAccount)',
    groupFilter: '(|(objectClass=ipaUserGroup)(objectClass=posixGroup))',
    // As SSSD does for FreeIPA: the lock of 389-ds, on which it stands, then the rule of Active Directory, which it may be synchronized
    // with. shadowExpire is nothing that `ipa` sets, but people moved from an older directory carry it.
    accountRules: ['389ds', 'ad', 'shadow'],
  },
  // With the numbers of RFC 2307, which an administrator gives: who has no uidNumber is nobody here.
  ad: {
    user: {
      ...rfc2307.user,
      name: 'sAMAccountName',
      home: 'unixHomeDirectory',
      id: 'objectGUID',
      password: 'unixUserPassword',
    },
    group: { ...rfc2307.group, name: 'sAMAccountName', id: 'objectGUID' },
    userFilter: '(&(objectCategory=person)(objectClass=user)(uidNumber=*))',
    groupFilter: '(objectClass=group)',
    accountRules: ['ad'],
  },
};

/** Bytes that are no text. */
const OBJECT_GUID = 'objectguid';
export const BINARY = [OBJECT_GUID, 'loginallowedtimemap'];

/** What GECOS falls back to. */
const COMMON_NAME = 'cn';

/** Exactly what is read below: a pull moves no byte that nobody needs. */
export function requestedUserAttributes(
  { password, ...others }: UserAttributes,
  passwordHashes: boolean,
  rules: readonly AccountRule[] = [],
): readonly string[] {
  const account = accountAttributes(rules, others.expire);
  return [...new Set([...Object.values<string>(others), COMMON_NAME, ...account, ...(passwordHashes ? [password] : [])])];
}

export function requestedGroupAttributes(attributes: GroupAttributes): readonly string[] {
  return [...new Set(Object.values({ ...attributes }))];
}

/** Makes raw users of search entries, as one attribute map says. */
export class UserReader {
  readonly #decoder: EntryDecoder;
  readonly #map: UserAttributes;
  readonly #account: AccountReader;

  constructor(attributes: UserAttributes, rules: readonly AccountRule[] = []) {
    this.#map = lowerCase(attributes);
    this.#account = new AccountReader(rules, this.#map.expire);
    const wanted = [...Object.values<string>({ ...this.#map }), COMMON_NAME, ...this.#account.attributes];
    this.#decoder = new EntryDecoder(wanted, { binary: BINARY });
  }

  read(message: BerReader): RawUser {
    return this.userOf(this.#decoder.decode(message));
  }

  userOf(entry: DecodedEntry): RawUser {
    const map = this.#map;
    const gecos = entry.values(map.gecos);
    const account = this.#account.read(entry);
    const user = {
      dn: entry.dn,
      id: idsOf(entry, map.id),
      name: entry.values(map.name),
      nameType: map.name,
      uid: entry.values(map.uid),
      gid: entry.values(map.gid),
      gecos: gecos.some(isText) ? gecos : entry.values(COMMON_NAME),
      home: entry.values(map.home),
      shell: entry.values(map.shell),
      password: entry.values(map.password),
      aging: {
        lastChange: entry.values(map.last_change),
        min: entry.values(map.min),
        max: entry.values(map.max),
        warning: entry.values(map.warning),
        inactive: entry.values(map.inactive),
        expire: entry.values(map.expire),
        flag: entry.values(map.flag),
      },
      keys: entry.values(map.key),
    };
    return account === undefined ? user : { ...user, account };
  }
}

export interface ReadGroup {
  readonly group: RawGroup;
  /** Which of its members these are, when the server sends them in parts. */
  readonly members?: AttributeRange;
}

/** Makes raw groups of search entries, as one attribute map says. */
export class GroupReader {
  readonly #decoder: EntryDecoder;
  readonly #map: GroupAttributes;

  constructor(attributes: GroupAttributes) {
    this.#map = lowerCase(attributes);
    this.#decoder = new EntryDecoder(Object.values({ ...this.#map }), { binary: BINARY, inParts: [this.#map.member_dn] });
  }

  /** In lower case. */
  get memberAttribute(): string {
    return this.#map.member_dn;
  }

  read(message: BerReader): ReadGroup {
    return this.groupOf(this.#decoder.decode(message));
  }

  groupOf(entry: DecodedEntry): ReadGroup {
    const map = this.#map;
    const group = {
      dn: entry.dn,
      id: idsOf(entry, map.id),
      name: entry.values(map.name),
      nameType: map.name,
      gid: entry.values(map.gid),
      memberNames: entry.values(map.member_name),
      memberDns: entry.values(map.member_dn),
    };
    const members = entry.range(map.member_dn);
    return members === undefined ? { group } : { group, members };
  }
}

function idsOf(entry: DecodedEntry, attribute: string): RawValues {
  const ids = entry.values(attribute);
  return attribute === OBJECT_GUID ? ids.map((id) => (id === undefined ? undefined : formatGuid(id))) : ids;
}

function isText(value: RawValue): boolean {
  return value !== undefined && value !== '';
}

function lowerCase<Attributes extends object>(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).map(([key, value]) => [key, String(value).toLowerCase()] as const);
  return Object.fromEntries(entries) as Attributes;
}
