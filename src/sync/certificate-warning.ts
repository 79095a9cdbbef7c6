/**
 * Warns of a client certificate that ends soon.
 */
import { X509Certificate } from 'node:crypto';
import type { ConfigProblem } from '../config/config-problem.ts';
import type { LdapSourceConfig } from '../config/ldap-source-schema.ts';
import { readSecret } from '../config/secrets.ts';
import { DAY } from '../directory/day.ts';
import { formatTime } from '../sources/ldap/certificate-text.ts';

/** Time enough to notice and to have a new one issued, holidays included. */
const EXPIRES_SOON_DAYS = 21;

/** For a source whose certificate is known to be readable. The path is below the source. */
export function warnOfCertificate({ tls }: LdapSourceConfig, now: Date): ConfigProblem[] {
  if (tls.cert === undefined) return [];
  const { validToDate } = new X509Certificate(readSecret(tls.cert, 'tls.cert', 'public').reveal());
  const days = Math.floor((validToDate.getTime() - now.getTime()) / DAY);
  if (days >= EXPIRES_SOON_DAYS) return [];
  const when = days < 0 ? `expired on ${formatTime(validToDate)}` : `expires on ${formatTime(validToDate)}, in ${days} days`;
  return [{ path: ['tls', 'cert'], text: `the client certificate ${when}; wanted: a new one, in time` }];
}
