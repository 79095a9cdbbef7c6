/**
 * Held removals from run to run: since when, approved or not, and what went without a question.
 */
import { isOfRefusals } from '../policy/guards/access-guards.ts';
import { describeRemovals, type GuardFinding } from '../policy/guards/guards.ts';
import { type Removal, removalsOf, withoutTallies, withRemovals } from '../policy/guards/removals.ts';
import { clearHeldRemovals, digestRemovals, type HeldRemovals, readHeldRemovals, writeHeldRemovals } from '../state/held-removals.ts';
import { readPastRemovals, writePastRemovals } from '../state/past-removals.ts';
import type { SyncContext } from './context.ts';
import type { Found, Judgement } from './judge.ts';
import type { Hold } from './report.ts';

/** Undefined when no guard objects, or when a person has approved exactly these removals. */
export function hold({ paths, now }: SyncContext, judgement: Judgement, isApproved: boolean): Hold | undefined {
  const { findings, removals } = judgement;
  if (findings.length === 0) return undefined;
  const digest = digestRemovals(describeRemovals(removals, findings));
  const earlier = readHeldRemovals(paths.heldRemovals);
  const isSame = earlier?.digest === digest;
  if (isApproved && isSame) return undefined;
  const since = isSame ? new Date(earlier.since) : now();
  const refused = [...judgement.refused].map(toRefused).sort(byName);
  if (!isSame || JSON.stringify(earlier.refused) !== JSON.stringify(refused)) {
    writeHeldRemovals(paths.heldRemovals, { digest, since: since.toISOString(), findings: findings.map(toRecord), refused });
  }
  return { findings, since, approvalRefused: isApproved };
}

/** An older snapshot, shown while the directory is down, settles nothing. */
export function forgetHeld({ paths }: SyncContext, { sources }: Found): void {
  if (sources.every(({ fresh }) => fresh)) clearHeldRemovals(paths.heldRemovals);
}

/** What is about to go counts for a day, except what a person has approved. */
export function rememberRemovals({ paths, now }: SyncContext, { findings, removals }: Judgement): void {
  const going = removalsOf(removals);
  if (going.length === 0) return;
  const past = readPastRemovals(paths.pastRemovals);
  const isApproved = findings.length > 0;
  const settled = new Set(findings.map(({ tally }) => tally));
  const next = isApproved ? withoutTallies(past, settled) : withRemovals(past, going, now().getTime());
  if (!isApproved || next.length < past.length) writePastRemovals(paths.pastRemovals, next);
}

/** Who is refused while something else is held loses access at once, and counts for a day like everybody else. */
export function rememberRefusals(context: SyncContext, { findings, removals }: Judgement): void {
  const { withKeys: before, keysRefused: names } = removals;
  if (names.length === 0 || findings.some(isOfRefusals)) return;
  const going: Removal[] = [
    { tally: 'refused', before, names },
    { tally: 'access', before, names },
  ];
  rememberGoing(context, going);
}

/** Without a question: these count for a day. */
export function rememberGoing({ paths, now }: SyncContext, going: readonly Removal[]): void {
  writePastRemovals(paths.pastRemovals, withRemovals(readPastRemovals(paths.pastRemovals), going, now().getTime()));
}

function toRefused([name, source]: readonly [string, string | undefined]): HeldRemovals['refused'][number] {
  return source === undefined ? { name } : { name, source };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function toRecord({ guard, text, names }: GuardFinding): { guard: string; text: string; names: string[] } {
  return { guard, text, names: [...names] };
}
