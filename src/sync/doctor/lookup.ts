/**
 * Whether the lookup command, run as sshd runs it, prints what was committed.
 */
import { quote } from '../../directory/rejection.ts';
import type { ProgramOutcome } from '../../host/program.ts';
import { count } from '../phrases.ts';
import { type Finding, finding, found, type Verdict } from './finding.ts';

export interface LookupRun {
  readonly login: string;
  /** As it was run. */
  readonly command: readonly string[];
  readonly user: string;
  readonly outcome: ProgramOutcome;
  /** What `holdfast keys` prints. */
  readonly committed: Buffer;
  /** It is the lookup command alone: what asks others as well may print more. */
  readonly isExact: boolean;
}

export function judgeLookup(runs: readonly LookupRun[]): Verdict {
  const [first, ...others] = runs.flatMap(judgeRun);
  if (first === undefined) return found();
  // The same for everybody, mostly.
  return found(others.length === 0 ? first : { ...first, what: `${first.what}; and so for ${others.length} more` });
}

function judgeRun(run: LookupRun): Finding[] {
  const { login, command, user, outcome, committed, isExact } = run;
  const shown = `${quote(command.join(' '))} as ${user}`;
  const again = `runuser -u ${user} -- ${command.join(' ')}   # see what it says`;
  switch (outcome.kind) {
    case 'absent':
      return [];
    case 'late':
      return [finding('lookup-fails', `${shown} gave no answer within ${outcome.seconds} s`, again)];
    case 'failed':
      return [finding('lookup-fails', `${shown}: ${outcome.reason}`, again)];
    case 'ended':
      break;
  }
  if (outcome.status !== 0) return [finding('lookup-fails', `${shown} ended with status ${outcome.status}`, again)];
  const isSame = isExact ? outcome.stdout.equals(committed) : outcome.stdout.includes(committed);
  if (isSame) return [];
  const what = `${shown} printed ${keys(outcome.stdout)} for "${login}", where ${keys(committed)} of other bytes stand in the cache`;
  return [finding('lookup-differs', what, `diff <(${again.replace(/ {3}#.*$/, '')}) <(holdfast keys ${login})`)];
}

function keys(bytes: Buffer): string {
  return count(bytes.toString('latin1').split('\n').length - 1, 'key', 'keys');
}
