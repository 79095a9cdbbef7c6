/**
 * What time a directory server has. LDAP itself does not say: Active Directory does in its rootDSE, 389-ds in `cn=monitor`, and OpenLDAP
 * where the monitor backend is configured and may be read.
 *
 * @see slapd-monitor(5); [MS-ADTS] 3.1.1.3.2.9, currentTime
 */
import { parseGeneralizedTime } from '../../directory/directory-time.ts';
import { clockOf } from '../clock.ts';
import type { ServerClock } from '../source.ts';
import type { LdapConnection } from './connection.ts';

const PLACES = [
  { dn: '', attribute: 'currenttime' },
  { dn: 'cn=Current,cn=Time,cn=Monitor', attribute: 'monitortimestamp' },
  { dn: 'cn=monitor', attribute: 'currenttime' },
] as const;

/** Undefined where the server does not tell. @throws SourceError */
export async function readServerClock(connection: Pick<LdapConnection, 'readEntry'>, now: () => number): Promise<ServerClock | undefined> {
  for (const { dn, attribute } of PLACES) {
    const before = now();
    const entry = await connection.readEntry(dn, [attribute]);
    const after = now();
    const [text] = entry?.values(attribute) ?? [];
    const time = text === undefined ? undefined : parseGeneralizedTime(text);
    if (time !== undefined) return clockOf({ before, after, time });
  }
  return undefined;
}
