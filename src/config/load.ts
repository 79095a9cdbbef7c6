/**
 * Reads the configuration file, and reports everything that is wrong with it in one run.
 */
import { errnoOf, HoldfastError } from '../errors.ts';
import type { ConfigProblem, LocatedProblem } from './config-problem.ts';
import { faultOfOwner } from './file-owner.ts';
import { readRegularFile, type RegularFile } from './regular-file.ts';
import { checkRules } from './rules.ts';
import { type Config, configSchema } from './schema.ts';
import { decodeToml, parseTomlAs } from './toml-file.ts';

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
  const file = readFile(path);
  const fault = faultOfOwner(file.stats, 'write');
  return parse(path, decodeToml(path, file.bytes), fault === undefined ? [] : [{ path: [], text: fault }]);
}

export function parseConfig(path: string, text: string): Config {
  return parse(path, text, []).config;
}

function parse(path: string, text: string, problems: readonly ConfigProblem[]): ConfigFile {
  const hint = '"holdfast config schema" prints every key with its type and default';
  const { value, locate } = parseTomlAs({ schema: configSchema, check: checkRules, hint }, { path, text, problems });
  return { config: value, locate };
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
