/**
 * The error that carries all that is wrong with a configuration at once.
 */
import { HoldfastError } from '../errors.ts';
import { formatProblems, type LocatedProblem, type TomlProblem } from '../toml/problem.ts';

export type ConfigProblem = TomlProblem;

export class ConfigurationError extends HoldfastError {
  readonly problems: readonly LocatedProblem[];

  constructor(problems: readonly LocatedProblem[], further: readonly string[] = []) {
    const hints = new Set([...problems.flatMap((problem) => problem.hints ?? []), ...further]);
    super('configuration', formatProblems(problems), { detail: 'config-mistaken', hints: [...hints] });
    this.problems = problems;
  }
}
