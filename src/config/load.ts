/**
 * Reads the configuration file, and reports everything that is wrong with it in one run.
 */
import { readFileSync } from 'node:fs';
import { parse as parseToml, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { checkRules, type ConfigProblem } from './rules.ts';
import { type Config, configSchema } from './schema.ts';

/**
 * @throws HoldfastError `configuration`; its message has one line a problem, each naming file and key
 */
export function loadConfig(path: string): Config {
  return parseConfig(path, readConfig(path));
}

export function parseConfig(path: string, text: string): Config {
  const toml = readToml(path, text);
  const result = configSchema.safeParse(toml, { reportInput: true });
  const problems = [...findUnseen(toml), ...(result.success ? checkRules(result.data) : describeIssues(result.error.issues))];
  if (result.success && problems.length === 0) return result.data;
  throw new HoldfastError(
    'configuration',
    [...new Set(problems.map((problem) => `${path}: ${problem.path}: ${problem.text}`))].join('\n'),
    {
      hints: ['"holdfast config schema" prints every key with its type and default'],
    },
  );
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const hints =
      errnoOf(error) === 'ENOENT'
        ? ['write one, starting from /usr/share/doc/holdfast/examples/holdfast.toml, or name yours with --config']
        : [];
    throw new HoldfastError('configuration', `cannot read the configuration "${path}": ${messageOf(error)}`, { hints, cause: error });
  }
}

function readToml(path: string, text: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = 'is no TOML'] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw new HoldfastError('configuration', `${path}:${error.line}:${error.column}: ${reason}`);
  }
}

const UNKNOWN_KEY = 'is no key that holdfast knows';
/** The one key that zod passes over, here and there, without a word. */
const UNSEEN = '__proto__';

function findUnseen(value: unknown, path: readonly PropertyKey[] = []): ConfigProblem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === UNSEEN ? [{ path: formatPath([...path, key]), text: UNKNOWN_KEY }] : []),
    ...findUnseen(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  ]);
}

function describeIssues(issues: readonly z.core.$ZodIssue[]): ConfigProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: formatPath(issue.path), text: describeIssue(issue) }];
    return issue.keys.map((key) => ({ path: formatPath([...issue.path, key]), text: UNKNOWN_KEY }));
  });
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const current = describeInput(issue);
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? `is missing; wanted: a ${issue.expected}` : `${current}is not a ${issue.expected}`;
    case 'invalid_value':
      return issue.message.startsWith('is ')
        ? `${current}${issue.message}`
        : `${current}is not one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_union':
      return `${current}does not fit; ${issue.message}`;
    default:
      return `${current}${issue.message}`;
  }
}

/** What stands there now, for the beginning of the sentence. Somebody may have put a secret itself in the place of a reference to it. */
function describeInput({ input, path }: z.core.$ZodIssue): string {
  if (input === undefined || isSecretPlace(path)) return '';
  if (typeof input === 'string') return `${JSON.stringify(input.replace(/\/\/.*@/, '//…@'))} `;
  if (typeof input !== 'object' || input === null) return `${JSON.stringify(input)} `;
  // Tables, and lists of anything but numbers, may hold secrets further in.
  if (Object.values(input).every((value) => typeof value === 'number')) return `${JSON.stringify(input)} `;
  return Array.isArray(input) ? 'a list ' : 'a table ';
}

function isSecretPlace(path: readonly PropertyKey[]): boolean {
  const place = path.slice(-2).map(String).join('.');
  return place === 'bind.password' || place === 'tls.key';
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
