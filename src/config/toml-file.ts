/**
 * A TOML text as one of our schemas reads it: whole, or every mistake of it at its line.
 */
import { isUtf8 } from 'node:buffer';
import { parse as parseToml, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { ConfigurationError, type ConfigProblem, formatPath, type LocatedProblem } from './config-problem.ts';
import { describeIssues, ISSUES_MAX, unknownKey } from './describe-issue.ts';
import { positionOf, type TomlPath, TomlPositions } from './toml-positions.ts';
import { describeSyntaxError } from './toml-syntax.ts';

export interface TomlText {
  readonly path: string;
  readonly text: string;
  /** That the file has already, whatever its text. */
  readonly problems: readonly ConfigProblem[];
}

export interface TomlShape<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Between several keys, which the schema cannot say. */
  readonly check: (value: z.output<Schema>) => readonly ConfigProblem[];
  readonly hint: string;
}

export interface TomlValue<Value> {
  readonly value: Value;
  /** Where in the file a further problem is. */
  readonly locate: (problem: ConfigProblem) => LocatedProblem;
}

/** @throws HoldfastError `configuration`, with a line for each problem */
export function parseTomlAs<Schema extends z.ZodType>(
  { schema, check, hint }: TomlShape<Schema>,
  { path, text: withMark, problems }: TomlText,
): TomlValue<z.output<Schema>> {
  // A byte order mark is in no column.
  const text = withMark.replace(/^\uFEFF/, '');
  const toml = readToml(path, text, problems);
  const positions = new TomlPositions(text);
  const locate = (problem: ConfigProblem): LocatedProblem => locateIn(path, positions, problem);
  const result = schema.safeParse(toml, { reportInput: true });
  const found = [
    ...problems,
    ...findUnseen(toml)
      .slice(0, ISSUES_MAX)
      .map((place) => unknownKey(schema, place)),
    ...(result.success ? check(result.data) : describeIssues(schema, result.error.issues)),
  ];
  if (result.success && found.length === 0) return { value: result.data, locate };
  throw new ConfigurationError(found.map(locate).toSorted(byLine), [hint]);
}

function locateIn(file: string, positions: TomlPositions, { path, text }: ConfigProblem): LocatedProblem {
  return path.length === 0 ? { file, text } : { file, position: positions.nearest(path), key: formatPath(path), text };
}

function byLine(a: LocatedProblem, b: LocatedProblem): number {
  return (a.position?.line ?? 0) - (b.position?.line ?? 0);
}

/** TOML is UTF-8; anything else would be read as other names than those that stand there. */
export function decodeToml(path: string, bytes: Buffer): string {
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

/** Where they are. */
function findUnseen(value: unknown, path: TomlPath = []): TomlPath[] {
  if (typeof value !== 'object' || value === null) return [];
  if (path.length > DEPTH_MAX) return [path.slice(0, DEPTH_MAX)];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === UNSEEN ? [[...path, key]] : []),
    ...findUnseen(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  ]);
}
