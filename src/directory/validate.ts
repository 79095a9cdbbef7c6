/**
 * The border between what a directory says and what holdfast believes: raw entries go in, a validated snapshot comes out.
 *
 * An entry that breaks a rule is quarantined with its reason and the rest goes on; the source decides whether the directory
 * is complete, and only a complete one is finished into a snapshot.
 */
import { type AccountLimit, parseAccountLimits, type RawAccount } from './account-limits.ts';
import { type AuthorizedKey, parseAuthorizedKey } from './authorized-key.ts';
import { canonicalDn } from './dn.ts';
import { labelKey } from './key-label.ts';
import { type KeyLines, packKeys } from './key-lines.ts';
import { LeftOut } from './left-out.ts';
import { type GroupName, parseGid, parseGroupName, parseHome, parseLoginName, parseShell, parseUid } from './names.ts';
import { checkLabels, firstHash, labelOf, notUtf8, optional, type RawValue, type RawValues, single, singleName } from './raw-values.ts';
import {
  DN_SHOWN,
  Invalid,
  type MapName,
  printable,
  quote,
  type Rejection,
  type RejectionCode,
  rejectionOf,
  type RejectionPlace,
  type Verdict,
} from './rejection.ts';
import { REMEMBERED_LENGTH, REMEMBERED_MAX, remember } from './remember.ts';
import { AGING_FIELDS, type AgingField, type PasswordAging, parseAgingNumber } from './shadow.ts';
import type { DirectoryGroup, DirectorySnapshot, DirectoryUser } from './snapshot.ts';
import { safeText } from './text.ts';

export type { RawValue, RawValues };

export interface RawUser {
  readonly dn: string;
  readonly id: RawValues;
  readonly name: RawValues;
  /** The attribute type that `name` came from, to find the one in the RDN when there are several. */
  readonly nameType: string;
  readonly uid: RawValues;
  readonly gid: RawValues;
  readonly gecos: RawValues;
  readonly home: RawValues;
  readonly shell: RawValues;
  readonly password: RawValues;
  readonly aging: Readonly<Record<AgingField, RawValues>>;
  readonly keys: RawValues;
  /** Absent when the entry has none of the attributes that the source's rules ask for. */
  readonly account?: RawAccount;
}

export interface RawGroup {
  readonly dn: string;
  readonly id: RawValues;
  readonly name: RawValues;
  readonly nameType: string;
  readonly gid: RawValues;
  readonly memberNames: RawValues;
  readonly memberDns: RawValues;
  /** Groups that nest here, where a source names them apart from people. They may be another source's. */
  readonly groupNames?: RawValues;
}

const GECOS_MAX_LENGTH = 128;
/** More values than any person has; the rest is dropped with a reason, so that one entry cannot fill the cache. */
const KEYS_PER_USER_MAX = 100;
/** pam_unix takes it for the past, SSSD for never. */
const EXPIRE_ZERO = new Invalid(
  'shadow-expire-zero',
  'shadow expire 0 could mean "never" or "expired" (shadow(5)): taken as never, and left empty',
);
/** Of one person's keys, and then one more that counts the rest. */
const KEY_FINDINGS_MAX = 10;

/** Group members by DN can be resolved only when every entry is known. */
interface PendingGroup {
  readonly group: DirectoryGroup;
  readonly memberDns: RawValues;
}

export class SnapshotBuilder {
  readonly #source: string;
  readonly #users: DirectoryUser[] = [];
  readonly #groups: PendingGroup[] = [];
  readonly #rejections: Rejection[] = [];
  /** Of the entry that is being read. */
  #entryDn = '';
  /** Thousands share a shell and the same seven numbers: each is parsed, and kept in memory, once. */
  readonly #parseShell = remember(parseShell);
  readonly #knownAging = new Map<string, PasswordAging>();
  readonly #knownLimits = new Map<string, readonly AccountLimit[] | undefined>();

  constructor(source: string) {
    this.#source = source;
  }

  addUser(raw: RawUser): void {
    this.#entryDn = raw.dn;
    const name = checkLabels(raw) ?? singleName(raw, parseLoginName);
    if (name instanceof Invalid) return this.#quarantine('passwd', labelOf(raw), name);
    const uid = single(raw.uid, 'uid', parseUid);
    const gid = single(raw.gid, 'gid', parseGid);
    const home = optional(raw.home, 'home directory', parseHome);
    const shell = optional(raw.shell, 'shell', this.#parseShell);
    if (uid instanceof Invalid) return this.#quarantine('passwd', name, uid);
    if (gid instanceof Invalid) return this.#quarantine('passwd', name, gid);
    if (home instanceof Invalid) return this.#quarantine('passwd', name, home);
    if (shell instanceof Invalid) return this.#quarantine('passwd', name, shell);
    const user: DirectoryUser = {
      source: this.#source,
      id: raw.id[0] ?? raw.dn,
      dn: raw.dn,
      name,
      uid,
      gid,
      gecos: safeText(raw.gecos.find((value) => value !== undefined && value !== '') ?? '', GECOS_MAX_LENGTH),
      home,
      shell,
      passwordHash: firstHash(raw.password),
      aging: this.#aging(name, raw.aging),
      keys: this.#keys(name, raw.keys),
    };
    const limits = raw.account && this.#limits(raw.account);
    this.#users.push(limits === undefined ? user : { ...user, limits });
  }

  addGroup(raw: RawGroup): void {
    this.#entryDn = raw.dn;
    const name = checkLabels(raw) ?? singleName(raw, parseGroupName);
    if (name instanceof Invalid) return this.#quarantine('group', labelOf(raw), name);
    const gid = raw.gid.length === 0 ? undefined : single(raw.gid, 'gid', parseGid);
    if (gid instanceof Invalid) return this.#quarantine('group', name, gid);
    const members = this.#memberNames(name, raw.memberNames);
    const group = {
      source: this.#source,
      id: raw.id[0] ?? raw.dn,
      dn: raw.dn,
      name,
      gid,
      members,
      nested: this.#groupNames(name, raw.groupNames),
    };
    this.#groups.push({ group, memberDns: raw.memberDns });
  }

  /** Call it only when the source has said that this was all. */
  finish(fetchedAt: number): DirectorySnapshot {
    return {
      source: this.#source,
      fetchedAt,
      users: this.#users,
      groups: this.#resolveMemberDns(),
      rejections: this.#rejections,
    };
  }

  #resolveMemberDns(): DirectoryGroup[] {
    if (this.#groups.every(({ memberDns }) => memberDns.length === 0)) return this.#groups.map(({ group }) => group);
    const users = new Map(this.#users.map((user) => [canonicalDn(user.dn), user.name]));
    const groups = new Map(this.#groups.map(({ group }) => [canonicalDn(group.dn), group.name]));
    return this.#groups.map(({ group, memberDns }) => {
      const members = new Set(group.members);
      const nested = new Set(group.nested);
      const unknown = new LeftOut();
      for (const dn of memberDns) {
        const canonical = dn === undefined ? undefined : canonicalDn(dn);
        const user = canonical === undefined ? undefined : users.get(canonical);
        const inner = canonical === undefined ? undefined : groups.get(canonical);
        if (user !== undefined) members.add(user);
        else if (inner !== undefined) nested.add(inner);
        else unknown.add(() => (dn === undefined ? notUtf8('member').reason : `${quote(dn)} is neither a person nor a group shown here`));
      }
      this.#leaveOut(group.name, 'member-unknown', unknown);
      return { ...group, members: [...members].sort(), nested: [...nested].sort() };
    });
  }

  #memberNames(group: GroupName, values: RawValues): string[] {
    const members = new Set<string>();
    const refused = new LeftOut();
    for (const value of values) {
      const member = value === undefined ? notUtf8('member') : parseLoginName(value);
      if (member instanceof Invalid) refused.add(() => member.reason);
      else members.add(member);
    }
    this.#leaveOut(group, 'member-invalid', refused);
    return [...members].sort();
  }

  #groupNames(group: GroupName, values: RawValues = []): GroupName[] {
    const names = values.map((value) => (value === undefined ? notUtf8('group') : parseGroupName(value)));
    const refused = new LeftOut();
    for (const name of names) if (name instanceof Invalid) refused.add(() => name.reason);
    this.#leaveOut(group, 'member-invalid', refused);
    return [...new Set(names.filter((name): name is GroupName => !(name instanceof Invalid)))].sort();
  }

  /** One finding a group: somebody may fill one with a hundred thousand members that are none. */
  #leaveOut(group: GroupName, code: RejectionCode, leftOut: LeftOut): void {
    if (leftOut.count > 0) this.#report('adjusted', 'group', group, new Invalid(code, leftOut.describe()));
  }

  /** Thousands end on the same day, or say that they never do. */
  #limits(raw: RawAccount): readonly AccountLimit[] | undefined {
    const spelling = JSON.stringify(raw);
    if (this.#knownLimits.has(spelling)) return this.#knownLimits.get(spelling);
    const limits = parseAccountLimits(raw);
    if (spelling.length <= REMEMBERED_LENGTH && this.#knownLimits.size < REMEMBERED_MAX) this.#knownLimits.set(spelling, limits);
    return limits;
  }

  #aging(name: string, raw: RawUser['aging']): PasswordAging {
    let spelling = '';
    for (const field of AGING_FIELDS) spelling += `${raw[field][0] ?? ''} `;
    const known = this.#knownAging.get(spelling);
    if (known !== undefined) return known;
    const findings = this.#rejections.length;
    const aging = this.#parseAging(name, raw);
    if (this.#rejections.length === findings && this.#knownAging.size < REMEMBERED_MAX) this.#knownAging.set(spelling, aging);
    return aging;
  }

  #parseAging(name: string, raw: RawUser['aging']): PasswordAging {
    const aging: { -readonly [Field in AgingField]?: number } = {};
    for (const field of AGING_FIELDS) {
      const [text] = raw[field];
      if (text === undefined) continue;
      const number = parseAgingNumber(field, text);
      if (number instanceof Invalid) this.#report('adjusted', 'shadow', name, number);
      else if (field === 'expire' && number === 0) this.#report('adjusted', 'shadow', name, EXPIRE_ZERO);
      else if (number !== undefined) aging[field] = number;
    }
    return aging;
  }

  #keys(name: string, values: RawValues): KeyLines {
    const keys: AuthorizedKey[] = [];
    let refused = 0;
    for (const [index, value] of values.slice(0, KEYS_PER_USER_MAX).entries()) {
      const key = value === undefined ? notUtf8('key') : parseAuthorizedKey(value);
      if (!(key instanceof Invalid)) keys.push(key);
      else if ((refused += 1) <= KEY_FINDINGS_MAX) {
        this.#quarantine('keys', name, labelKey(`key ${index + 1} of ${values.length}`, value, key));
      }
    }
    if (refused > KEY_FINDINGS_MAX) {
      this.#quarantine('keys', name, new Invalid('key-malformed', `and ${refused - KEY_FINDINGS_MAX} more keys that are none`));
    }
    if (values.length > KEYS_PER_USER_MAX) {
      this.#quarantine('keys', name, new Invalid('key-malformed', `${values.length} keys, only the first ${KEYS_PER_USER_MAX} are read`));
    }
    return packKeys(keys);
  }

  #quarantine(map: MapName, key: string, invalid: Invalid): void {
    const place: RejectionPlace = { verdict: 'quarantined', source: this.#source, map, key };
    // Whoever loses a key has an entry that can be seen; an entry that is lost itself has not.
    const where = map === 'keys' ? {} : { dn: printable(this.#entryDn, DN_SHOWN) };
    this.#rejections.push(rejectionOf({ ...place, ...where }, invalid));
  }

  #report(verdict: Verdict, map: MapName, key: string, invalid: Invalid): void {
    this.#rejections.push(rejectionOf({ verdict, source: this.#source, map, key }, invalid));
  }
}
