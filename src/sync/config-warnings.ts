/**
 * What `config check` warns of: the configuration's own oddities, and what of this host does not go with it (any more).
 */
import { DAY } from '../directory/day.ts';
import { X509Certificate } from 'node:crypto';
import type { ConfigProblem } from '../config/config-problem.ts';
import type { Config, LdapSourceConfig } from '../config/schema.ts';
import { readSecret } from '../config/secrets.ts';
import { warningsOf } from '../config/warnings.ts';
import { readLocalAccounts } from '../host/local-accounts.ts';
import type { HostPaths } from '../host/paths.ts';
import { formatTime } from '../sources/ldap/certificate-text.ts';
import { checkEmergencyUsers } from './emergency-status.ts';
import { checkSshdWiring } from './sshd-wiring.ts';

/** Time enough to notice and to have a new one issued, holidays included. */
const EXPIRES_SOON_DAYS = 21;

/** For a configuration whose certificates are known to be readable. */
export function configWarnings(config: Config, paths: HostPaths, now: Date): ConfigProblem[] {
  return [
    ...warningsOf(config, readLocalAccounts(paths).shells),
    ...config.source.flatMap((source, index) => warnOfCertificate(source, index, now)),
    ...[...checkSshdWiring(config, paths), ...checkEmergencyUsers(config, paths)].map(({ text, hint }) => ({
      path: [],
      text: `${text} (${hint})`,
    })),
  ];
}

function warnOfCertificate({ tls }: LdapSourceConfig, index: number, now: Date): ConfigProblem[] {
  if (tls.cert === undefined) return [];
  const { validToDate } = new X509Certificate(readSecret(tls.cert, 'tls.cert', 'public').reveal());
  const days = Math.floor((validToDate.getTime() - now.getTime()) / DAY);
  if (days >= EXPIRES_SOON_DAYS) return [];
  const when = days < 0 ? `expired on ${formatTime(validToDate)}` : `expires on ${formatTime(validToDate)}, in ${days} days`;
  return [{ path: ['source', index, 'tls', 'cert'], text: `the client certificate ${when}; wanted: a new one, in time` }];
}
