/**
 * Reads the configuration file, and reports everything that is wrong with it in one run.
 */
import { isUtf8 } from 'node:buffer';
import { parse as parseToml, TomlError } from 'smol-toml';
import { errnoOf, HoldfastError } from '../errors.ts';
import { ConfigurationError, type ConfigProblem, formatPath, type LocatedProblem } from './config-problem.ts';
import { describeIssues, unknownKey } from './describe-issue.ts';
import { faultOfOwner } from './file-owner.ts';
import { readRegularFile, type RegularFile } from './regular-file.ts';
import { checkRules } from './rules.ts';
import { type Config, configSchema } from './schema.ts';
import { positionOf, type TomlPath, TomlPositions } from './toml-positions.ts';
import { describeSyntaxError } from './toml-syntax.ts';

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
  return parse(path, decode(path, file.bytes), fault === undefined ? [] : [{ path: [], text: fault }]);
}

export function parseConfig(path: string, text: string): Config {
  return parse(path, text, []).config;
}

/** @param problems that the file has already, whatever its text */
function parse(path: string, withMark: string, problems: readonly ConfigProblem[]): ConfigFile {
  // A byte order mark is in no column.
  const text = withMark.replace(/^\uFEFF/, '');
  const toml = readToml(path, text, problems);
  const positions = new TomlPositions(text);
  const locate = (problem: ConfigProblem): LocatedProblem => locateIn(path, positions, problem);
  const result = configSchema.safeParse(toml, { reportInput: true });
  const found = [
    ...problems,
    ...findUnseen(toml, toml),
    ...(result.success ? checkRules(result.data) : describeIssues(result.error.issues, toml)),
  ];
  if (result.success && found.length === 0) return { config: result.data, locate };
  throw new ConfigurationError(found.map(locate).toSorted(byLine), ['"holdfast config schema" prints every key with its type and default']);
}

function locateIn(file: string, positions: TomlPositions, { path, text }: ConfigProblem): LocatedProblem {
  return path.length === 0 ? { file, text } : { file, position: positions.nearest(path), key: formatPath(path), text };
}

function byLine(a: LocatedProblem, b: LocatedProblem): number {
  return (a.position?.line ?? 0) - (b.position?.line ?? 0);
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

/** TOML is UTF-8; anything else would be read as other names than those that stand there. */
function decode(path: string, bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  const offset = Buffer.from(text).findIndex((byte, index) => byte !== bytes[index]);
  const before = bytes.subarray(0, offset).toString('utf8');
  const byte = `byte 0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')}`;
  throw new ConfigurationError([
    { file: path, position: positionOf(before, before.length), text: `is not UTF-8 (${byte}); wanted: UTF-8` },
  ]);
}

function readToml(path: string, text: string, problems: readonly ConfigProblem[]): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const syntax = { file: path, position: { line, column }, text: describeSyntaxError(error, text) };
    throw new ConfigurationError([...problems.map((problem) => ({ file: path, text: problem.text })), syntax]);
  }
}

/** The one key that zod passes over, here and there, without a word. */
const UNSEEN = '__proto__';

/** More than any key of ours has, by far. */
const DEPTH_MAX = 20;

function findUnseen(toml: unknown, value: unknown, path: TomlPath = []): ConfigProblem[] {
  if (typeof value !== 'object' || value === null) return [];
  if (path.length > DEPTH_MAX) return [unknownKey(path.slice(0, DEPTH_MAX), toml)];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === UNSEEN ? [unknownKey([...path, key], toml)] : []),
    ...findUnseen(toml, inner, [...path, Array.isArray(value) ? Number(key) : key]),
  ]);
}
