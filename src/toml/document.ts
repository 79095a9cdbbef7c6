/**
 * A TOML file read by a schema, or all that is wrong with it in one go.
 */
import { parse as parseToml, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { once } from '../directory/once.ts';
import { describeIssues, unknownKey, type Writing } from './describe-issue.ts';
import { type TomlPath, TomlPositions } from './positions.ts';
import { formatPath, type LocatedProblem, type TomlProblem } from './problem.ts';
import { describeSyntaxError } from './syntax.ts';
import { decodeUtf8 } from './utf8.ts';

export interface TomlFile {
  readonly path: string;
  readonly bytes: Buffer;
}

export interface TomlDocument<T> {
  readonly content: T;
  /** Where in the file a further problem is. */
  readonly locate: (problem: TomlProblem) => LocatedProblem;
}

export interface TomlReading<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Rules between several values, for what the schema has let through. */
  readonly check: (content: z.output<Schema>) => readonly TomlProblem[];
  /** What is wrong with the file already, whatever its text. */
  readonly problems?: readonly TomlProblem[];
}

/** More than anybody mends before looking again; where a file was named by mistake, each line has one. */
const PROBLEMS_MAX = 100;

/** @returns the problems in the order of the file, if there is any */
export function readToml<Schema extends z.ZodType>(
  { path, bytes }: TomlFile,
  { schema, check, problems = [] }: TomlReading<Schema>,
): TomlDocument<z.output<Schema>> | readonly LocatedProblem[] {
  const text = decodeUtf8(bytes);
  if (typeof text !== 'string') return [{ file: path, ...text }];
  const toml = parse(text);
  if (toml instanceof TomlError) {
    const { line, column } = toml;
    const syntax = { file: path, position: { line, column }, text: describeSyntaxError(toml, text) };
    return [...problems.map((problem) => ({ file: path, text: problem.text })), syntax];
  }
  const positions = once(() => new TomlPositions(text));
  const locate = (problem: TomlProblem): LocatedProblem => locateIn(path, positions, problem);
  const result = schema.safeParse(toml, { reportInput: true });
  const writing: Writing = { toml, schema };
  const wrong = Iterator.from(result.success ? check(result.data) : describeIssues(result.error.issues, writing));
  const found = [...problems, ...findUnseen(writing, toml).take(PROBLEMS_MAX), ...wrong.take(PROBLEMS_MAX)];
  return result.success && found.length === 0 ? { content: result.data, locate } : found.map(locate).toSorted(byLine);
}

function parse(text: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    if (error instanceof TomlError) return error;
    throw error;
  }
}

function locateIn(file: string, positions: () => TomlPositions, { path, text }: TomlProblem): LocatedProblem {
  return path.length === 0 ? { file, text } : { file, position: positions().nearest(path), key: formatPath(path), text };
}

function byLine(a: LocatedProblem, b: LocatedProblem): number {
  return (a.position?.line ?? 0) - (b.position?.line ?? 0);
}

/** The one key that zod passes over, here and there, without a word. */
const UNSEEN = '__proto__';

/** More than any key of ours has, by far. */
const DEPTH_MAX = 20;

function* findUnseen(writing: Writing, value: unknown, path: TomlPath = []): Generator<TomlProblem> {
  if (typeof value !== 'object' || value === null) return;
  if (path.length > DEPTH_MAX) {
    yield unknownKey(path.slice(0, DEPTH_MAX), writing);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === UNSEEN) yield unknownKey([...path, key], writing);
    yield* findUnseen(writing, inner, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}
