/**
 * Held removals from run to run: since when, approved or not, and what went without a question.
 */
import { isDeepStrictEqual } from 'node:util';
import { isOfRefusals } from '../policy/guards/access-guards.ts';
import { arrivalsOf, withArrivals } from '../policy/guards/arrivals.ts';
import { isCovered, listNamed, type Named, settle, toBeApproved } from '../policy/guards/approval.ts';
import type { GuardFinding } from '../policy/guards/guards.ts';
import type { AccessPolicy } from '../policy/host-policy.ts';
import { type Removal, removalsOf, withRemovals } from '../policy/guards/removals.ts';
import { clearHeldRemovals, digestRemovals, type HeldRemovals, readHeldRemovals, writeHeldRemovals } from '../state/held-removals.ts';
import { readPastArrivals, writePastArrivals } from '../state/past-arrivals.ts';
import { readPastRemovals, writePastRemovals } from '../state/past-removals.ts';
import type { SyncContext } from './context.ts';
import type { Found, Judgement } from './judge.ts';
import { fingerprintOf } from './keys/key-fingerprint.ts';
import type { Hold } from './report.ts';
import { isPlausible } from './status/staleness.ts';

/** The files of state, and the time. */
export interface HoldContext {
  readonly paths: Pick<SyncContext['paths'], 'heldRemovals' | 'pastRemovals' | 'pastArrivals'>;
  readonly now: SyncContext['now'];
}

/** A person has decided that what is held may go. */
export interface Approval {
  /** The beginning of the digest of what they have read; absent: whatever the last run has shown. */
  readonly digest?: string;
}

/** Undefined when no guard objects, or when a person has approved what the guards name. */
export function hold({ paths, now }: HoldContext, judgement: Judgement, approval: Approval | undefined): Hold | undefined {
  const { findings, removals } = judgement;
  if (findings.length === 0) return undefined;
  const earlier = readHeldRemovals(paths.heldRemovals);
  if (approval !== undefined && isOf(approval, earlier) && wasShown(toBeApproved(findings, removals.keysRefused), earlier))
    return undefined;
  rememberOut({ paths, now }, judgement, earlier);
  const since = heldSince(earlier, now());
  const held: HeldRemovals = {
    version: 1,
    digest: digestOf(findings),
    since: since.toISOString(),
    findings: findings.map(toRecord),
    refused: [...judgement.refused].map(toRefused).sort(byName),
  };
  if (!isDeepStrictEqual(held, earlier)) writeHeldRemovals(paths.heldRemovals, held);
  return { findings, since, digest: held.digest, approvalRefused: approval !== undefined };
}

/** The timer may have run since they read it. */
function isOf({ digest }: Approval, earlier: HeldRemovals | undefined): boolean {
  return digest === undefined || earlier?.digest.startsWith(digest) === true;
}

/** A record that does not say what its digest does is of another version, and was shown otherwise. */
function wasShown(findings: readonly Named[], earlier: HeldRemovals | undefined): boolean {
  return earlier !== undefined && earlier.digest === digestOf(earlier.findings) && isCovered(findings, earlier.findings);
}

/** What is held changes with the directory. Its age does not: somebody could keep it young. */
function heldSince(earlier: HeldRemovals | undefined, now: Date): Date {
  return earlier !== undefined && isPlausible(earlier.since, now) ? new Date(earlier.since) : now;
}

export function digestOf(findings: readonly Named[]): string {
  return digestRemovals(listNamed(findings).join('\n'));
}

/** An older snapshot, shown while the directory is down, settles nothing. */
export function forgetHeld({ paths }: HoldContext, { sources }: Pick<Found, 'sources'>): void {
  if (sources.every(({ fresh }) => fresh)) clearHeldRemovals(paths.heldRemovals);
}

/** What is about to go counts for a day, except what a person has approved. */
export function rememberRemovals({ paths, now }: HoldContext, { findings, removals }: Judgement, access: AccessPolicy): void {
  const going = removalsOf(removals);
  if (going.length === 0) return;
  const past = readPastRemovals(paths.pastRemovals);
  const at = now().getTime();
  const next = findings.length === 0 ? withRemovals(past, going, at) : settle(past, { findings, access, going, now: at });
  if (past.length + next.length > 0) writePastRemovals(paths.pastRemovals, next);
}

/** What comes is for a day not what was there. */
export function rememberArrivals({ paths, now }: HoldContext, { removals: plan }: Judgement, access: AccessPolicy): void {
  const at = now().getTime();
  const coming = arrivalsOf({ plan, access, fingerprintOf, now: at });
  if (coming.sizes.length + coming.keys.length + coming.joined.length === 0) return;
  writePastArrivals(paths.pastArrivals, withArrivals(readPastArrivals(paths.pastArrivals), coming, at));
}

/**
 * Who loses access at once while something else is held, refused or gone, counts for a day like everybody else. Written before they
 * are on record as out: a run that is killed in between has counted them twice, rather than not at all.
 */
function rememberOut(context: HoldContext, { findings, removals, departed }: Judgement, earlier: HeldRemovals | undefined): void {
  const wasOut = new Set(earlier?.refused.map(({ name }) => name));
  const { withKeys: before, keysRefused } = removals;
  const refused = findings.some(isOfRefusals) ? [] : keysRefused.filter((name) => !wasOut.has(name));
  const gone = [...departed].filter((name) => !wasOut.has(name) && !refused.includes(name));
  const going: Removal[] = [
    { tally: 'refused', before, names: refused },
    { tally: 'access', before, names: [...refused, ...gone] },
  ];
  const counted = going.filter(({ names }) => names.length > 0);
  if (counted.length > 0) rememberGoing(context, counted);
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
