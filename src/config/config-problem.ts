/**
 * The error that carries all that is wrong with a configuration at once.
 */
import { HoldfastError } from '../errors.ts';
import { formatProblems, type LocatedProblem, type TomlProblem } from '../toml/problem.ts';

export type ConfigProblem = TomlProblem;

export class ConfigurationError extends HoldfastError {
  readonly problems: readonly LocatedProblem[];

  constructor(problems: readonly LocatedProblem[], hints: readonly string[] = []) {
    super('configuration', formatProblems(problems), { hints });
    this.problems = problems;
  }
}
