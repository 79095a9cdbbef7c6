/**
 * A company as LDIF (RFC 2849), for slapadd(8): below the search base, in `ou=people` and `ou=group`.
 */

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Company, Group, Person } from './people.ts';

export const SEARCH_BASE = 'dc=example,dc=org';

/** `memberUid` (rfc2307) or, for groups that have members, `member` with their DNs (rfc2307bis). */
export type LdifSchema = 'rfc2307' | 'rfc2307bis';

/** Attribute and value; one that is `undefined` is left out. */
type Line = readonly [attribute: string, value: string | number | undefined];

/** RFC 2849's SAFE-STRING; anything else goes as base64. */
const SAFE = /^[\x21-\x39\x3b\x3d-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Large enough that the stream is not busy with pieces. */
const PIECE_LENGTH = 1 << 18;

export async function writeLdif(path: string, company: Company, schema: LdifSchema = 'rfc2307'): Promise<void> {
  await pipeline(Readable.from(toLdif(company, schema)), createWriteStream(path));
}

/** The entries in pieces of some hundred kilobytes. */
export function* toLdif(company: Company, schema: LdifSchema = 'rfc2307'): Generator<string> {
  let piece = organizationalUnit('people') + organizationalUnit('group');
  for (const entry of entries(company, schema)) {
    piece += entry;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function* entries({ people, groups }: Company, schema: LdifSchema): Generator<string> {
  for (const person of people) yield personEntry(person);
  const toEntry = schema === 'rfc2307' ? groupEntry : groupOfNamesEntry(new Set([...groups].map(({ cn }) => cn)));
  for (const group of groups) yield toEntry(group);
}

export function personDn(uid: string): string {
  return `uid=${uid},ou=people,${SEARCH_BASE}`;
}

export function groupDn(cn: string): string {
  return `cn=${cn},ou=group,${SEARCH_BASE}`;
}

function organizationalUnit(name: string): string {
  return ldifEntry(`ou=${name},${SEARCH_BASE}`, [
    ['objectClass', 'organizationalUnit'],
    ['ou', name],
  ]);
}

/** Of an id that is no secret, the shape is all that counts. */
function entryUuidOf(uid: string): string {
  const digits = createHash('sha256').update(uid).digest('hex');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20, 32)].join('-');
}

function personEntry({ sshPublicKeys, ...attributes }: Person): string {
  return ldifEntry(personDn(attributes.uid), [
    ...['inetOrgPerson', 'posixAccount', 'shadowAccount', 'ldapPublicKey'].map((name): Line => ['objectClass', name]),
    ...Object.entries({ entryUUID: entryUuidOf(attributes.uid), ...attributes }),
    ...sshPublicKeys.map((key): Line => ['sshPublicKey', key]),
  ]);
}

function groupEntry({ cn, gidNumber, memberUid }: Group): string {
  return ldifEntry(groupDn(cn), [
    ['objectClass', 'posixGroup'],
    ['cn', cn],
    ['gidNumber', gidNumber],
    ...memberUid.map((uid): Line => ['memberUid', uid]),
  ]);
}

/** groupOfNames must have a member; a group without any is a namedObject. */
function groupOfNamesEntry(groupNames: ReadonlySet<string>): (group: Group) => string {
  return ({ cn, gidNumber, memberUid }) =>
    ldifEntry(groupDn(cn), [
      ['objectClass', memberUid.length === 0 ? 'namedObject' : 'groupOfNames'],
      ['objectClass', 'posixGroup'],
      ['cn', cn],
      ['gidNumber', gidNumber],
      ...memberUid.map((name): Line => ['member', groupNames.has(name) ? groupDn(name) : personDn(name)]),
    ]);
}

export function ldifEntry(dn: string, lines: readonly Line[]): string {
  let text = line('dn', dn);
  for (const [attribute, value] of lines) if (value !== undefined) text += line(attribute, String(value));
  return `${text}\n`;
}

function line(attribute: string, value: string): string {
  return SAFE.test(value) ? `${attribute}: ${value}\n` : `${attribute}:: ${Buffer.from(value).toString('base64')}\n`;
}
