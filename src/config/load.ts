/**
 * Reads the configuration file, and reports everything that is wrong with it in one run.
 */
import { errnoOf, HoldfastError } from '../errors.ts';
import { readToml, type TomlDocument, type TomlFile } from '../toml/document.ts';
import type { LocatedProblem } from '../toml/problem.ts';
import { ConfigurationError, type ConfigProblem } from './config-problem.ts';
import { faultOfOwner } from './file-owner.ts';
import { readRegularFile, type RegularFile } from './regular-file.ts';
import { checkRules } from './rules.ts';
import { type Config, configSchema } from './schema.ts';

export interface ConfigFile {
  readonly config: Config;
  /** Where in the file a further problem is. */
  readonly locate: (problem: ConfigProblem) => LocatedProblem;
}

/**
 * @throws HoldfastError `configuration`; its message has one line a problem, each naming file, line, column and key
 */
export function loadConfig(path: string): Config {
  return loadConfigFile(path).config;
}

/** @throws HoldfastError `configuration`, as above */
export function loadConfigFile(path: string): ConfigFile {
  const { bytes, stats } = readFile(path);
  const fault = faultOfOwner(stats, 'write');
  const { content: config, locate } = parse({ path, bytes }, fault === undefined ? [] : [{ path: [], text: fault }]);
  return { config, locate };
}

export function parseConfig(path: string, text: string): Config {
  return parse({ path, bytes: Buffer.from(text) }, []).content;
}

/** @param problems that the file has already, whatever its text */
function parse(file: TomlFile, problems: readonly ConfigProblem[]): TomlDocument<Config> {
  const read = readToml(file, { schema: configSchema, check: checkRules, problems });
  if ('content' in read) return read;
  throw new ConfigurationError(read, ['"holdfast config schema" prints every key with its type and default']);
}

function readFile(path: string): RegularFile {
  try {
    return readRegularFile(path, 'configuration');
  } catch (error) {
    if (!(error instanceof HoldfastError) || errnoOf(error.cause) !== 'ENOENT') throw error;
    throw new HoldfastError('configuration', error.message, {
      hints: ['write one, starting from /usr/share/doc/holdfast/examples/holdfast.toml, or name yours with --config'],
      cause: error,
    });
  }
}
