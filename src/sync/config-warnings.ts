/**
 * What `config check` warns of: the configuration's own oddities, and what of this host does not go with it (any more).
 */
import type { ConfigProblem } from '../config/config-problem.ts';
import type { Config } from '../config/schema.ts';
import { warningsOf } from '../config/warnings.ts';
import { readLocalAccounts } from '../host/local-accounts.ts';
import type { HostPaths } from '../host/paths.ts';
import { warningsOfSource } from './sources/open-sources.ts';
import { checkEmergencyUsers } from './emergency/status.ts';
import { readLocalSecret, type SecretReader } from './secrets/secrets.ts';
import { checkSshdWiring } from './sshd-wiring.ts';

/** For a configuration whose sources are known to pass their checks. @param readers of the secrets of each source */
export function configWarnings(
  config: Config,
  readers: readonly (SecretReader | undefined)[],
  paths: HostPaths,
  now: Date,
): ConfigProblem[] {
  return [
    ...warningsOf(config, readLocalAccounts(paths).shells),
    ...config.source.flatMap((source, index) =>
      warningsOfSource(source, readers[index] ?? readLocalSecret, now).map(({ path, text }) => ({
        path: ['source', index, ...path],
        text,
      })),
    ),
    ...[...checkSshdWiring(config, paths), ...checkEmergencyUsers(config, paths)].map(({ text, hint }) => ({
      path: [],
      text: `${text} (${hint})`,
    })),
  ];
}
