/**
 * What is wrong with a TOML file that somebody has written: where, what, and what was wanted.
 */
import { quote } from '../directory/rejection.ts';
import type { TomlPath, TomlPosition } from './positions.ts';

export interface TomlProblem {
  /** Empty: the file as a whole. */
  readonly path: TomlPath;
  /** What is wrong and what is wanted, as the rest of a sentence that begins with the key. */
  readonly text: string;
}

export interface LocatedProblem {
  readonly file: string;
  /** Absent for the file as a whole. */
  readonly position?: TomlPosition;
  /** Dotted, as the file spells it: `source[0].tls.key`. */
  readonly key?: string;
  readonly text: string;
}

/** `FILE:LINE:COLUMN: key: text`, as compilers write it and editors jump to it. */
export function formatProblem({ file, position, key, text }: LocatedProblem): string {
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return key === undefined ? `${place}: ${text}` : `${place}: ${key}: ${text}`;
}

/** One line each, none of them twice. */
export function formatProblems(problems: readonly LocatedProblem[]): string {
  return [...new Set(problems.map(formatProblem))].join('\n');
}

/** A key that is not bare comes in quotes: it may hold dots, and anything that a terminal should not see. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = /^[A-Za-z0-9_-]+$/.test(String(part)) ? String(part) : quote(String(part));
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
