/**
 * The configuration and the files it names, looked at as `config check` does, as far as this process can.
 *
 * What a source takes from systemd (`credential:`) or from the unit's environment is not there in a person's shell: that says nothing of the source.
 */
import type { ConfigParts, SourceParts } from '../../config/config-parts.ts';
import { ConfigurationError } from '../../config/config-problem.ts';
import { inspectConfigFile } from '../../config/load.ts';
import { formatSecretReference } from '../../config/secret-reference.ts';
import type { SourceConfig } from '../../config/source-schema.ts';
import { warningsOf } from '../../config/warnings.ts';
import { errnoOf, HoldfastError } from '../../errors.ts';
import { byLine } from '../../toml/document.ts';
import type { LocatedProblem } from '../../toml/problem.ts';
import { checkConfigFiles } from '../config-files.ts';
import { configPath } from '../context.ts';
import { inspectSecrets } from '../secrets/inspect-secrets.ts';
import { needsParameterStore, secretReferences } from '../secrets/secrets.ts';
import { judgeConfiguration } from './configuration.ts';
import { both, notChecked, type Verdict } from './finding.ts';
import type { DoctorHost } from './host.ts';

export async function checkConfiguration(host: DoctorHost): Promise<Verdict> {
  const path = configPath(host.invocation);
  try {
    return await inspect(path, host);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (!host.invocation.isRoot && errnoOf(error.cause) === 'EACCES') return notChecked(`only root may read ${path}`);
    return judgeConfiguration({ problems: problemsOf(error, path), warnings: [] });
  }
}

async function inspect(path: string, host: DoctorHost): Promise<Verdict> {
  const { config, problems, parts, locate } = inspectConfigFile(path);
  const unasked = parts.sources.map(({ whole }) => (whole === undefined ? undefined : whyUnasked(whole, host)));
  const looked: ConfigParts = {
    ...parts,
    sources: parts.sources.map((source, index) => (unasked[index] === undefined ? source : nameOf(source))),
  };
  const { readers, failure } = await inspectSecrets(host.invocation, looked, host.signal);
  const found = [...problems, ...checkConfigFiles(looked, readers).map(locate)].toSorted(byLine);
  const shells = typeof host.local === 'object' ? host.local.shells : undefined;
  const warnings = config === undefined ? [] : warningsOf(config, shells).map(locate);
  return both(
    judgeConfiguration({ problems: found, warnings }),
    notChecked(
      ...parts.sources.flatMap(({ name = '' }, index) => (unasked[index] === undefined ? [] : [`source "${name}": ${unasked[index]}`])),
    ),
    notChecked(...(failure === undefined ? [] : [failure.message])),
  );
}

/** Why what a source needs cannot be had here; undefined when it can. */
export function whyUnasked(source: SourceConfig, { offline }: Pick<DoctorHost, 'offline'>): string | undefined {
  if (offline && needsParameterStore(source)) return 'its secrets are in Parameter Store, and --offline was given';
  const elsewhere = secretReferences(source).find(
    (reference) =>
      (reference?.kind === 'credential' && process.env['CREDENTIALS_DIRECTORY'] === undefined) ||
      (reference?.kind === 'env' && process.env[reference.variable] === undefined),
  );
  if (elsewhere === undefined) return undefined;
  return `only holdfast.service has "${formatSecretReference(elsewhere)}": what it met in the last run is told above`;
}

function nameOf({ name }: SourceParts): SourceParts {
  return name === undefined ? {} : { name };
}

function problemsOf(error: HoldfastError, file: string): readonly LocatedProblem[] {
  if (error instanceof ConfigurationError) return error.problems;
  return [{ file, text: error.message, ...(error.hints.length === 0 ? {} : { hints: error.hints }) }];
}
