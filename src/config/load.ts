/**
 * Reads the configuration file, and reports everything that is wrong with it in one run.
 */
import { errnoOf, HoldfastError } from '../errors.ts';
import { readToml, type TomlFile } from '../toml/document.ts';
import type { LocatedProblem } from '../toml/problem.ts';
import { type ConfigParts, readParts } from './config-parts.ts';
import { ConfigurationError, type ConfigProblem } from './config-problem.ts';
import { faultOfOwner } from './file-owner.ts';
import { readRegularFile, type RegularFile } from './regular-file.ts';
import { checkRules } from './rules.ts';
import { type Config, configSchema } from './schema.ts';

export interface ConfigFile {
  /** Absent when there is a problem. */
  readonly config?: Config;
  readonly problems: readonly LocatedProblem[];
  /** What is right by itself, whatever else is wrong. */
  readonly parts: ConfigParts;
  /** Where in the file a further problem is. */
  readonly locate: (problem: ConfigProblem) => LocatedProblem;
}

/**
 * @throws HoldfastError `configuration`; its message has one line a problem, each naming file, line, column and key
 */
export function loadConfig(path: string): Config {
  return configOf(inspectConfigFile(path));
}

/** @throws HoldfastError `configuration` for a file that cannot be read */
export function inspectConfigFile(path: string): ConfigFile {
  const { bytes, stats } = readFile(path);
  const fault = faultOfOwner(stats, 'write');
  const hints = [`chown root:root ${path} && chmod go-w ${path}`];
  return parse({ path, bytes }, fault === undefined ? [] : [{ path: [], text: fault, hints }]);
}

export function parseConfig(path: string, text: string): Config {
  return configOf(parse({ path, bytes: Buffer.from(text) }, []));
}

function configOf({ config, problems }: ConfigFile): Config {
  if (config === undefined) throw new ConfigurationError(problems);
  return config;
}

/** @param problems that the file has already, whatever its text */
function parse(file: TomlFile, problems: readonly ConfigProblem[]): ConfigFile {
  const check = (_config: Config | undefined, toml: unknown): readonly ConfigProblem[] => checkRules(readParts(toml));
  const { content: config, toml, ...read } = readToml(file, { schema: configSchema, check, problems });
  return { ...read, ...(config === undefined ? {} : { config }), parts: readParts(toml) };
}

function readFile(path: string): RegularFile {
  try {
    return readRegularFile(path, 'configuration');
  } catch (error) {
    if (!(error instanceof HoldfastError) || errnoOf(error.cause) !== 'ENOENT') throw error;
    throw new HoldfastError('configuration', error.message, {
      hints: ['make one: holdfast init; or name yours with --config'],
      cause: error,
    });
  }
}
