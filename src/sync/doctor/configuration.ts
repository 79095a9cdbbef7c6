/**
 * Whether the configuration is right, with the files that it names.
 */
import { formatProblem, type LocatedProblem } from '../../toml/problem.ts';
import { type Finding, type FindingCode, finding, found, type Verdict } from './finding.ts';

export interface ConfigurationFacts {
  readonly problems: readonly LocatedProblem[];
  readonly warnings: readonly LocatedProblem[];
}

/** A file that was named by mistake has thousands. */
const SHOWN = 5;
const CHECK = 'holdfast config check';

export function judgeConfiguration({ problems, warnings }: ConfigurationFacts): Verdict {
  return found(...asFindings('configuration-wrong', problems), ...asFindings('configuration-odd', warnings));
}

function asFindings(code: FindingCode, problems: readonly LocatedProblem[]): Finding[] {
  const left = problems.length - SHOWN;
  const shown = problems
    .slice(0, SHOWN)
    .map((problem) => finding(code, formatProblem(problem), problem.hints?.join('; ') ?? `${CHECK}   # after a change to it`));
  return left <= 0 ? shown : [...shown, finding(code, `and ${left} more in the configuration`, CHECK)];
}
