/**
 * `holdfast config check | show | schema`.
 */
import { stringify } from 'smol-toml';
import { z } from 'zod';
import { type ConfigProblem, ConfigurationError } from '../config/config-problem.ts';
import { inspectConfigFile, loadConfig } from '../config/load.ts';
import { configSchema } from '../config/schema.ts';
import { showConfig } from '../config/show.ts';
import type { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { checkConfigFiles } from '../sync/config-files.ts';
import { configWarnings } from '../sync/config-warnings.ts';
import { configPath, pathsOf } from '../sync/context.ts';
import { inspectSecrets } from '../sync/secrets/inspect-secrets.ts';
import { effectiveSource } from '../sync/sources/open-sources.ts';
import { byLine } from '../toml/document.ts';
import { formatProblem, type LocatedProblem } from '../toml/problem.ts';
import { problemJson } from './failure-json.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';

/** Warnings leave the status 0. Reads certificates and secrets too: a file that is missing at three in the morning is missing now. */
export async function runConfigCheck(options: GlobalOptions & JsonOption, signal: AbortSignal): Promise<ExitStatus> {
  const output = outputOf(options);
  const path = configPath(options);
  const { config, problems, parts, locate } = inspectConfigFile(path);
  const invocation = invocationOf(options);
  const { readers, failure, warnings: secretWarnings } = await inspectSecrets(invocation, parts, signal);
  const found = [...problems, ...checkConfigFiles(parts, readers).map(locate)].toSorted(byLine);
  if (config === undefined || found.length > 0) throw new ConfigurationError([...found, ...describeFailure(failure).map(locate)]);
  if (failure !== undefined) throw failure;
  const ofHost = configWarnings(config, readers, pathsOf(options, config), invocation.now());
  const warnings = [...ofHost, ...secretWarnings()].map(locate);
  if (output.json) output.resultJson({ file: path, ok: true, warnings: warnings.map(problemJson) });
  else output.result(`${path}: ok\n`);
  for (const warning of warnings) output.event('warning', warningText(warning), 'configuration', { text: warningText(warning) });
  return exitStatus.ok;
}

/** Alone it is an error of its own kind, which may be gone with the next try. */
function describeFailure(failure: HoldfastError | undefined): ConfigProblem[] {
  return failure === undefined ? [] : [{ path: [], text: failure.message, hints: failure.hints }];
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
