/**
 * What a host must show of a company, worked out from the company itself and by no code of ours: the lines that getent(1) prints.
 */

import type { Company, Group, Person } from './people.ts';

export interface PasswdRules {
  /** As in /etc/shells. */
  readonly shells: readonly string[];
  readonly defaultShell: string;
}

export function passwdLine(person: Person, { shells, defaultShell }: PasswdRules): string {
  const { uid, uidNumber, gidNumber, gecos, cn, homeDirectory, loginShell } = person;
  const shell = shells.includes(loginShell) ? loginShell : defaultShell;
  return `${uid}:x:${uidNumber}:${gidNumber}:${gecos ?? cn}:${homeDirectory}:${shell}`;
}

/** A group's members, those of the groups that nest in it included, in byte order. */
export function groupLine({ cn, gidNumber, memberUid }: Group, company: Company): string {
  const groups = new Map([...company.groups].map((group) => [group.cn, group.memberUid]));
  const members = memberUid.flatMap((name) => groups.get(name) ?? [name]);
  return `${cn}:x:${gidNumber}:${[...new Set(members)].sort().join(',')}`;
}

/** Without a hash that the directory may show, no password ever matches. */
export function shadowLine(person: Person): string {
  const { uid, userPassword, shadowLastChange, shadowMin, shadowMax, shadowWarning, shadowInactive = '', shadowExpire = '' } = person;
  const password = userPassword?.replace('{CRYPT}', '') ?? '*';
  return `${uid}:${password}:${shadowLastChange}:${shadowMin}:${shadowMax}:${shadowWarning}:${shadowInactive}:${shadowExpire}:`;
}

/**
 * For sshd, in byte order; the keys of an account with an end carry it.
 *
 * @param zone `Z` on a host whose sshd is 9.1 or later, nothing where that is not known
 */
export function keyLines({ sshPublicKeys, shadowExpire }: Person, zone: 'Z' | '' = 'Z'): string[] {
  if (shadowExpire === undefined) return [...sshPublicKeys].sort();
  const day = new Date(shadowExpire * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  return sshPublicKeys.map((key) => `expiry-time="${day}000000${zone}" ${key}`).sort();
}
