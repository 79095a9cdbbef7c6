/**
 * What `config check` warns of: the configuration's own oddities, and what of this host does not go with it (any more).
 */
import type { ConfigProblem } from '../config/config-problem.ts';
import type { Config } from '../config/schema.ts';
import type { SourceConfig } from '../config/source-schema.ts';
import { warningsOf } from '../config/warnings.ts';
import { readLocalAccounts } from '../host/local-accounts.ts';
import type { HostPaths } from '../host/paths.ts';
import { warningsOfSource } from './open-sources.ts';
import type { SecretReader } from './secrets.ts';
import { checkSshdWiring } from './sshd-wiring.ts';

export interface ReadableSource {
  readonly source: SourceConfig;
  readonly readSecret: SecretReader;
}

/** For a configuration whose sources are known to pass their checks. */
export function configWarnings(config: Config, sources: readonly ReadableSource[], paths: HostPaths, now: Date): ConfigProblem[] {
  return [
    ...warningsOf(config, readLocalAccounts(paths).shells),
    ...sources.flatMap(({ source, readSecret }, index) =>
      warningsOfSource(source, readSecret, now).map(({ path, text }) => ({ path: ['source', index, ...path], text })),
    ),
    ...checkSshdWiring(config, paths).map(({ text, hint }) => ({ path: [], text: `${text} (${hint})` })),
  ];
}
