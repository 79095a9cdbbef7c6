/**
 * zod's issues in our words: what stands there, what is wrong with it, what is wanted.
 */
import type { z } from 'zod';
import { quote } from '../directory/rejection.ts';
import { suggestKey } from './known-keys.ts';
import { nearest } from './nearest.ts';
import type { TomlPath } from './positions.ts';
import { formatPath, type TomlProblem } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** zod's names of types, as TOML calls them. */
const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a table',
  record: 'a table',
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  date: 'a date such as 2026-12-31, without quotes',
};

/** All that was written, and the schema that it should follow. */
export interface Writing {
  readonly toml: unknown;
  readonly schema: z.ZodType;
}

/** Lazily: each takes milliseconds to describe, and a file may have a hundred thousand. */
export function* describeIssues(issues: readonly Issue[], writing: Writing): Generator<TomlProblem> {
  const described = new Set<string>();
  for (const issue of issues) {
    const path = tomlPath(issue.path);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) yield unknownKey([...path, key], writing);
      continue;
    }
    // Of a value of the wrong type zod goes on to say that it is too small as well.
    const shown = formatPath(path);
    if (!described.has(shown)) yield { path, text: describeIssue(issue) };
    described.add(shown);
  }
}

export function unknownKey(path: TomlPath, { toml, schema }: Writing): TomlProblem {
  const suggestion = suggestKey(path, toml, schema);
  return { path, text: `is no key that holdfast knows${suggestion === undefined ? '' : `; ${suggestion}`}` };
}

/** What a list has too few or too many of, and a number that is too small or too big, are the same codes of zod. */
function describeIssue(issue: Issue): string {
  if (issue.input === undefined && issue.code !== 'custom') return `is missing; wanted: ${wantedOf(issue)}`;
  const current = describeInput(issue);
  switch (issue.code) {
    case 'invalid_type':
      return `${current}is not ${wantedOf(issue)}`;
    case 'invalid_value':
      return `${current}${ownText(issue) ?? `is not ${wantedOf(issue)}`}${suggestValue(issue)}`;
    case 'too_small':
      return `${current}${ownText(issue) ?? `is too small; wanted: at least ${issue.minimum}${unitOf(issue)}`}`;
    case 'too_big':
      return `${current}${ownText(issue) ?? `is too big; wanted: at most ${issue.maximum}${unitOf(issue)}`}`;
    case 'invalid_key':
      return `${quote(String(issue.path.at(-1)))} ${issue.issues.map(({ message }) => message).join('; ')}`;
    case 'invalid_union':
      return describeUnion(issue, current);
    default:
      return `${current}${issue.message}`;
  }
}

/** A table is told apart by one of its values, its `type` or `method`; what another union wants is in its own message. */
function describeUnion(issue: Issue & { readonly code: 'invalid_union' }, current: string): string {
  if (ownText(issue) !== undefined) return `${current}does not fit; ${issue.message}`;
  const { discriminator = '', options = [] } = issue as { readonly discriminator?: string; readonly options?: readonly unknown[] };
  const names = options.map(String);
  const mark = (issue.input as Readonly<Record<string, unknown>>)[discriminator];
  if (mark === undefined) return `is missing; wanted: ${oneOf(names)}`;
  return typeof mark === 'string' ? `${quote(mark)} is not ${oneOf(names)}${meant(nearest(mark, names))}` : `is not ${oneOf(names)}`;
}

function wantedOf(issue: Issue): string {
  if (issue.code === 'invalid_type') return TYPES[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value')
    return oneOf(
      issue.values.map(String),
      issue.values.map((value) => JSON.stringify(value)),
    );
  return issue.message;
}

function oneOf(values: readonly string[], shown = values.map((value) => `"${value}"`)): string {
  return values.length > 1 ? `one of ${shown.join(', ')}` : shown.join('');
}

function suggestValue({ input, values }: Issue & { readonly code: 'invalid_value' }): string {
  return typeof input === 'string' && values.length > 1
    ? meant(
        nearest(
          input,
          values.filter((value) => typeof value === 'string'),
        ),
      )
    : '';
}

function meant(value: string | undefined): string {
  return value === undefined ? '' : `; did you mean "${value}"?`;
}

/** A message of our schema's own begins in the middle of a sentence, zod's with a capital. */
function ownText({ message }: Issue): string | undefined {
  return /^[a-z]/.test(message) ? message : undefined;
}

function unitOf({ origin }: { readonly origin: string }): string {
  if (origin === 'array') return ' elements';
  return origin === 'string' ? ' characters' : '';
}

/** What stands there now, for the beginning of the sentence. Somebody may have put a secret itself in the place of a reference to it. */
function describeInput({ input, path }: Issue): string {
  if (input === undefined || isSecretPlace(path)) return '';
  if (typeof input === 'string') return `${quote(input.replace(/\/\/.*@/s, '//…@'))} `;
  if (typeof input !== 'object' || input === null) return `${JSON.stringify(input)} `;
  // Tables, and lists of anything but numbers, may hold secrets further in.
  if (Object.values(input).every((value) => typeof value === 'number')) return `${JSON.stringify(input)} `;
  return Array.isArray(input) ? 'a list ' : 'a table ';
}

function isSecretPlace(path: readonly PropertyKey[]): boolean {
  const place = path.slice(-2).map(String).join('.');
  return place === 'bind.password' || place === 'tls.key' || path.at(-1) === 'password_hash';
}

function tomlPath(path: readonly PropertyKey[]): TomlPath {
  return path.map((part) => (typeof part === 'number' ? part : String(part)));
}
