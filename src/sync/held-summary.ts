/**
 * How many people and groups the removals concern that a guard holds.
 */
import type { HeldRemovals } from '../state/held-removals.ts';
import { secondsSince } from './phrases.ts';
import { isOfPeople } from './served.ts';
import type { StatusProblem } from './status/problem.ts';

export interface HeldSummary {
  readonly ageSeconds: number;
  /** Somebody whose account, membership and keys are held is one. */
  readonly people: number;
  readonly groups: number;
  /** The commands that show and release them, if they can be released now. */
  readonly hint: string;
}

export function summarizeHeld(held: HeldRemovals | undefined, [problem]: readonly StatusProblem[], now: Date): HeldSummary | undefined {
  if (held === undefined || problem === undefined) return undefined;
  const { since, findings } = held;
  const namesOf = (ofGuard: (guard: string) => boolean): Set<string> =>
    new Set(findings.filter(({ guard }) => ofGuard(guard)).flatMap(({ names }) => names));
  return {
    ageSeconds: secondsSince(since, now),
    people: namesOf(isOfPeople).size,
    groups: new Set([...namesOf((guard) => !isOfPeople(guard) && guard !== 'source-empty')].map(groupOf)).size,
    hint: problem.hint,
  };
}

/** Of a group that goes to another source, or to other people, it is said to whom. */
function groupOf(name: string): string {
  return name.split(' ', 1).join('');
}
