/**
 * `holdfast config check | show | schema`.
 */
import { stringify } from 'smol-toml';
import { z } from 'zod';
import { type ConfigProblem, ConfigurationError } from '../config/config-problem.ts';
import { loadConfig, loadConfigFile } from '../config/load.ts';
import { reportAll } from '../config/report-all.ts';
import { configSchema } from '../config/schema.ts';
import { showConfig } from '../config/show.ts';
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { configWarnings } from '../sync/config-warnings.ts';
import { configPath, pathsOf } from '../sync/context.ts';
import { checkAccessMapFiles } from '../sync/access-map.ts';
import { checkHostGroupFiles } from '../sync/host-groups.ts';
import { hostPolicy } from '../sync/host-policy.ts';
import { checksOf, effectiveSource } from '../sync/open-sources.ts';
import { Secrets } from '../sync/secrets.ts';
import type { SourceCheck } from '../sync/source-check.ts';
import { formatProblem, type LocatedProblem } from '../toml/problem.ts';
import { problemJson } from './failure-json.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';

/** Warnings leave the status 0. Reads certificates and secrets too: a file that is missing at three in the morning is missing now. */
export async function runConfigCheck(options: GlobalOptions & JsonOption, signal: AbortSignal): Promise<ExitStatus> {
  const output = outputOf(options);
  const path = configPath(options);
  const { config, locate } = loadConfigFile(path);
  const paths = pathsOf(options, config);
  const { now } = invocationOf(options);
  // Whether they can be fetched is the question, and a copy is no answer.
  const secrets = new Secrets({ config: { ...config, secrets: { cache: false } }, paths, now });
  const readable = await Promise.all(
    config.source.map(async (source) => ({ source, readSecret: await secrets.readerFor(source, signal) })),
  );
  const checks = readable.flatMap(({ source, readSecret }, index) =>
    checksOf(source, readSecret).map((check) =>
      locatedCheck(source.name, check, (below) => locate({ path: ['source', index, ...below], text: '' })),
    ),
  );
  reportAll([() => hostPolicy(config), () => checkHostGroupFiles(config.access.host_groups), () => checkAccessMapFiles(config), ...checks]);
  const warnings = [...configWarnings(config, readable, paths, now()), ...secretsWarnings(secrets)].map(locate);
  if (output.json) output.resultJson({ file: path, ok: true, warnings: warnings.map(problemJson) });
  else output.result(`${path}: ok\n`);
  for (const warning of warnings) output.event('warning', warningText(warning), 'configuration', { text: warningText(warning) });
  return exitStatus.ok;
}

function secretsWarnings(secrets: Secrets): ConfigProblem[] {
  return secrets.warnings().map(({ text, hint }) => ({ path: [], text: `${text} (${hint})` }));
}

/** The message names the key in its own way, and has source and place put before it. */
function locatedCheck(source: string, { path, check }: SourceCheck, locate: (path: readonly string[]) => LocatedProblem): () => unknown {
  return () => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      const text = `source "${source}": ${error.message}`;
      // What is wrong as a whole may be what a check of one key has said with its place before.
      if (path.length === 0) throw new HoldfastError('configuration', text, { hints: error.hints });
      const { file, position } = locate(path);
      throw new ConfigurationError([{ file, ...(position === undefined ? {} : { position }), text }], error.hints);
    }
  };
}

/** What concerns no line of the file names the file that it does concern. */
function warningText(warning: LocatedProblem): string {
  return warning.position === undefined ? warning.text : formatProblem(warning);
}

export function runConfigShow(options: GlobalOptions & JsonOption): ExitStatus {
  const output = outputOf(options);
  const config = loadConfig(configPath(options));
  const shown = showConfig({ ...config, source: config.source.map(effectiveSource) });
  if (output.json) output.resultJson(shown);
  else output.result(`${stringify(shown)}\n`);
  return exitStatus.ok;
}

export function runConfigSchema(): ExitStatus {
  outputOf({}).resultJson(z.toJSONSchema(configSchema, { io: 'input' }));
  return exitStatus.ok;
}
