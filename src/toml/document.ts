/**
 * A TOML file read by a schema, or all that is wrong with it in one go.
 */
import { parse as parseToml, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { once } from '../directory/once.ts';
import { describeIssues, unknownKey, type Writing } from './describe-issue.ts';
import { DEPTH_MAX, type TomlPath, TomlPositions } from './positions.ts';
import { formatPath, type LocatedProblem, type TomlProblem } from './problem.ts';
import { describeSyntaxError } from './syntax.ts';
import { decodeUtf8 } from './utf8.ts';

export interface TomlFile {
  readonly path: string;
  readonly bytes: Buffer;
}

export interface TomlDocument<T> {
  /** Absent when there is a problem. */
  readonly content?: T;
  /** In the order of the file. */
  readonly problems: readonly LocatedProblem[];
  /** All that was written, right or wrong; undefined for what is no TOML. */
  readonly toml: unknown;
  /** Where in the file a further problem is. */
  readonly locate: (problem: TomlProblem) => LocatedProblem;
}

export interface TomlReading<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Rules between several values. @param content absent for what the schema has not let through; of that, `toml` may be right in parts */
  readonly check: (content: z.output<Schema> | undefined, toml: unknown) => readonly TomlProblem[];
  /** What is wrong with the file already, whatever its text. */
  readonly problems?: readonly TomlProblem[];
}

/** More than anybody mends before looking again; where a file was named by mistake or is somebody else's, each line may have one. */
const PROBLEMS_MAX = 100;

export function readToml<Schema extends z.ZodType>(
  { path, bytes }: TomlFile,
  { schema, check, problems = [] }: TomlReading<Schema>,
): TomlDocument<z.output<Schema>> {
  const text = decodeUtf8(bytes);
  if (typeof text !== 'string') return noToml(path, [{ file: path, ...text }]);
  const toml = parse(text);
  if (toml instanceof TomlError) {
    const { line, column } = toml;
    const syntax = { file: path, position: { line, column }, text: describeSyntaxError(toml, text) };
    return noToml(path, [...problems.map(({ path: _all, ...problem }) => ({ file: path, ...problem })), syntax]);
  }
  const positions = once(() => new TomlPositions(text));
  const locate = (problem: TomlProblem): LocatedProblem => locateIn(path, positions, problem);
  const result = schema.safeParse(toml, { reportInput: true });
  const writing: Writing = { toml, schema };
  const issues = result.success ? [] : describeIssues(result.error.issues, writing);
  const wrong = [...inTurn(findUnseen(writing, toml), issues, check(result.data, toml)).take(PROBLEMS_MAX + 1)];
  const listed = [...problems, ...wrong.slice(0, PROBLEMS_MAX)].map(locate).toSorted(byLine);
  const more = wrong.length > PROBLEMS_MAX ? [{ file: path, text: 'has more mistakes than those that are listed' }] : [];
  return { ...(result.success && listed.length === 0 ? { content: result.data } : {}), problems: [...listed, ...more], toml, locate };
}

function noToml(file: string, problems: readonly LocatedProblem[]): TomlDocument<never> {
  return { problems, toml: undefined, locate: ({ path: _none, ...problem }) => ({ file, ...problem }) };
}

function* inTurn(...all: readonly Iterable<TomlProblem>[]): Generator<TomlProblem> {
  for (const problems of all) yield* problems;
}

function parse(text: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    if (error instanceof TomlError) return error;
    throw error;
  }
}

function locateIn(file: string, positions: () => TomlPositions, { path, ...problem }: TomlProblem): LocatedProblem {
  return path.length === 0 ? { file, ...problem } : { file, position: positions().nearest(path), key: formatPath(path), ...problem };
}

export function byLine(a: LocatedProblem, b: LocatedProblem): number {
  return (a.position?.line ?? 0) - (b.position?.line ?? 0);
}

/** The one key that zod passes over, here and there, without a word. */
const UNSEEN = '__proto__';

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
