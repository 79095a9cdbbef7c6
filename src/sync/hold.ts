/**
 * Held removals from run to run: since when, approved or not, and what went without a question.
 */
import { isDeepStrictEqual } from 'node:util';
import { isOfRefusals } from '../policy/guards/access-guards.ts';
import { isCovered, listNamed, type Named, toBeApproved } from '../policy/guards/approval.ts';
import type { GuardFinding } from '../policy/guards/guards.ts';
import { type Removal, removalsOf, withoutTallies, withRemovals } from '../policy/guards/removals.ts';
import { clearHeldRemovals, digestRemovals, type HeldRemovals, readHeldRemovals, writeHeldRemovals } from '../state/held-removals.ts';
import { readPastRemovals, writePastRemovals } from '../state/past-removals.ts';
import type { SyncContext } from './context.ts';
import type { Found, Judgement } from './judge.ts';
import type { Hold } from './report.ts';
import { isPlausible } from './status/staleness.ts';

/** The files of state, and the time. */
export interface HoldContext {
  readonly paths: Pick<SyncContext['paths'], 'heldRemovals' | 'pastRemovals'>;
  readonly now: SyncContext['now'];
}

/** Undefined when no guard objects, or when a person has approved what the guards name. */
export function hold({ paths, now }: HoldContext, judgement: Judgement, isApproved: boolean): Hold | undefined {
  const { findings, removals } = judgement;
  if (findings.length === 0) return undefined;
  const earlier = readHeldRemovals(paths.heldRemovals);
  if (isApproved && wasShown(toBeApproved(findings, removals.keysRefused), earlier)) return undefined;
  const since = heldSince(earlier, now());
  const held: HeldRemovals = {
    version: 1,
    digest: digestOf(findings),
    since: since.toISOString(),
    findings: findings.map(toRecord),
    refused: [...judgement.refused].map(toRefused).sort(byName),
  };
  if (!isDeepStrictEqual(held, earlier)) writeHeldRemovals(paths.heldRemovals, held);
  return { findings, since, approvalRefused: isApproved };
}

/** A record that does not say what its digest does is of another version, and was shown otherwise. */
function wasShown(findings: readonly Named[], earlier: HeldRemovals | undefined): boolean {
  return earlier !== undefined && earlier.digest === digestOf(earlier.findings) && isCovered(findings, earlier.findings);
}

/** What is held changes with the directory. Its age does not: somebody could keep it young. */
function heldSince(earlier: HeldRemovals | undefined, now: Date): Date {
  return earlier !== undefined && isPlausible(earlier.since, now) ? new Date(earlier.since) : now;
}

function digestOf(findings: readonly Named[]): string {
  return digestRemovals(listNamed(findings).join('\n'));
}

/** An older snapshot, shown while the directory is down, settles nothing. */
export function forgetHeld({ paths }: HoldContext, { sources }: Pick<Found, 'sources'>): void {
  if (sources.every(({ fresh }) => fresh)) clearHeldRemovals(paths.heldRemovals);
}

/** What is about to go counts for a day, except what a person has approved. */
export function rememberRemovals({ paths, now }: HoldContext, { findings, removals }: Judgement): void {
  const going = removalsOf(removals);
  if (going.length === 0) return;
  const past = readPastRemovals(paths.pastRemovals);
  const isApproved = findings.length > 0;
  const settled = new Set(findings.map(({ tally }) => tally));
  const next = isApproved ? withoutTallies(past, settled) : withRemovals(past, going, now().getTime());
  if (!isApproved || next.length < past.length) writePastRemovals(paths.pastRemovals, next);
}

/** Who is refused while something else is held loses access at once, and counts for a day like everybody else. */
export function rememberRefusals(context: HoldContext, { findings, removals }: Judgement): void {
  const { withKeys: before, keysRefused: names } = removals;
  if (names.length === 0 || findings.some(isOfRefusals)) return;
  const going: Removal[] = [
    { tally: 'refused', before, names },
    { tally: 'access', before, names },
  ];
  rememberGoing(context, going);
}

/** Without a question: these count for a day. */
export function rememberGoing({ paths, now }: HoldContext, going: readonly Removal[]): void {
  writePastRemovals(paths.pastRemovals, withRemovals(readPastRemovals(paths.pastRemovals), going, now().getTime()));
}

function toRefused([name, source]: readonly [string, string | undefined]): HeldRemovals['refused'][number] {
  return source === undefined ? { name } : { name, source };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function toRecord({ guard, text, names, tally }: GuardFinding): HeldRemovals['findings'][number] {
  return { guard, text, names: [...names], ...(tally === undefined ? {} : { tally }) };
}
