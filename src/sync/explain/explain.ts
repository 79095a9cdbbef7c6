/**
 * `holdfast explain`: what a code means, why it matters, and what to do.
 */
import { nearest } from '../../directory/nearest.ts';
import { quote } from '../../directory/rejection.ts';
import { HoldfastError } from '../../errors.ts';
import { CATALOGUE, type ExplainGroup } from './catalogue.ts';
import type { Explanation } from './explanation.ts';

export interface Explained extends Explanation {
  readonly code: string;
  readonly group: ExplainGroup['name'];
  readonly exitStatus: string;
}

export interface ExplainedGroup {
  readonly title: string;
  readonly explained: readonly Explained[];
}

/** All there are, by group. */
export function explainAll(): ExplainedGroup[] {
  return CATALOGUE.map((group) => ({
    title: group.title,
    explained: Object.entries(group.explanations).map(([code, explanation]) => describe(group, code, explanation)),
  }));
}

/** @throws HoldfastError `usage` for what is no code, with the nearest ones */
export function explain(code: string): Explained {
  for (const group of CATALOGUE) {
    const explanation = Object.hasOwn(group.explanations, code) ? group.explanations[code] : undefined;
    if (explanation !== undefined) return describe(group, code, explanation);
  }
  const guesses = similarCodes(code.slice(0, CODE_MAX));
  throw new HoldfastError('usage', `${quote(code)} is no code that holdfast prints`, {
    hints: [...(guesses.length === 0 ? [] : [`did you mean ${guesses.join(' or ')}?`]), 'holdfast explain lists them all'],
  });
}

/** Longer ones are compared for as long as the longest code is, and then are none. */
const CODE_MAX = 64;
const GUESSES_MAX = 3;

/** Also those that have a part of what was asked for in them: "tls" stands for all of them. */
function similarCodes(wanted: string): string[] {
  const codes = CATALOGUE.flatMap(({ explanations }) => Object.keys(explanations));
  const near = nearest(wanted.toLowerCase().replaceAll(/[_ ]/g, '-'), codes);
  const containing = wanted.length < 3 ? [] : codes.filter((code) => code.includes(wanted.toLowerCase()));
  return [...new Set([...(near === undefined ? [] : [near]), ...containing])].slice(0, GUESSES_MAX);
}

function describe(group: ExplainGroup, code: string, { means, matters, remedies }: Explanation): Explained {
  return { code, group: group.name, means, matters, remedies, exitStatus: group.exitStatusOf(code) };
}
