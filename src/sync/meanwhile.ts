/**
 * What serves while nothing newer may, since a guard holds it, or can, since neither a source nor its last good snapshot can be read.
 *
 * Neither holds up a refusal. What this host decides (a denial, a revoked key, silence for too long) acts, and so does what the
 * directory says of a few people.
 */
import { type RenderedGeneration, renderGeneration } from '../caches/generation-files.ts';
import type { HostView, PublishedView } from '../directory/host-view.ts';
import type { LoginName } from '../directory/names.ts';
import { checkAlwaysRefused, checkNobodyLeft } from '../policy/guards/access-guards.ts';
import { checkRemoval } from '../policy/guards/guards.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import { type Plan, planSync } from '../policy/plan.ts';
import { lettingIn, type RecordedFacts, reduceRecorded } from '../policy/guards/recorded.ts';
import { goneToday, type Removal } from '../policy/guards/removals.ts';
import { readPastRemovals } from '../state/past-removals.ts';
import type { AuditTrail } from './audit/audit.ts';
import type { Baseline } from './baseline.ts';
import { commitView, shows, wholeGeneration } from './commit-view.ts';
import type { SyncContext } from './context.ts';
import type { Gap } from './directory.ts';
import { rememberGoing } from './hold.ts';
import type { Judgement } from './judge.ts';
import { fingerprintOf } from './keys/key-fingerprint.ts';
import { readShown } from './read-shown.ts';
import type { Reduced } from './report.ts';

/** On which ground, and under which rules. */
export interface Standpoint {
  readonly baseline: Baseline;
  readonly policy: HostPolicy;
}

/** Of a run that may write. */
export interface Ground extends Standpoint {
  readonly trail: AuditTrail;
}

/**
 * While a guard holds the new directory: the last good one under today's rules. Where that cannot serve, since it would leave nobody or
 * there is none, what the host shows now, less those who are refused.
 */
export function serveHeld(
  context: SyncContext,
  ground: Ground & { readonly view: HostView },
  { accepted, refused }: Judgement,
): Reduced | undefined {
  const { baseline, policy, view: judged } = ground;
  if (isNew(baseline)) return undefined;
  const why = 'held: the last good directory, less who is refused';
  if (accepted !== undefined) {
    const next = rendered(context, accepted);
    if (isServed(baseline, next)) return undefined;
    const plan = planSync(readShown(context, baseline, next), accepted);
    if (checkNobodyLeft(plan, policy.access, accepted).length === 0)
      return commitMeanwhile(context, ground, { ...next, plan, judged, why });
  }
  const view = reduceRecorded(
    baseline.view(),
    lettingIn(policy),
    factsOf(undefined, (name) => refused.has(name)),
  );
  return commitUnlessServed(context, ground, { view, judged, why });
}

/** While a source has nothing to give, and neither has its last good snapshot: what the host shows now, under today's rules. */
export function serveRecorded(context: SyncContext, ground: Ground, gap: Gap): Recorded {
  const { view, going } = judgeRecorded(context, ground, gap);
  if (isNew(ground.baseline)) return { view };
  const why = 'kept: what served before, less who is refused';
  // Before they go: a run that is killed in between has counted them, rather than forgotten them.
  if (going !== undefined) rememberGoing(context, [going, asAccess(going)]);
  const reduced = commitUnlessServed(context, ground, { view, judged: view, why });
  return reduced === undefined ? { view } : { view, reduced };
}

export interface Recorded {
  readonly view: HostView;
  /** Absent when just that serves already. */
  readonly reduced?: Reduced;
}

/** What would serve then. */
export function viewRecorded(context: GapContext, standpoint: Standpoint, gap: Gap): HostView {
  return judgeRecorded(context, standpoint, gap).view;
}

type GapContext = Pick<SyncContext, 'guards' | 'paths' | 'now'>;

interface RecordedJudgement {
  readonly view: HostView;
  /** Whom a source refuses now, where these are few; they count for a day. */
  readonly going: Removal | undefined;
}

function judgeRecorded(context: GapContext, { baseline, policy }: Standpoint, gap: Gap): RecordedJudgement {
  const shown = baseline.view();
  const refusedNow = refusedByReadable(shown, gap);
  const isAlwaysOut = (name: LoginName): boolean => policy.refused?.has(name) === true || !mayBeThere(baseline, gap, name);
  const heeding = factsOf(gap, (name) => refusedNow.has(name) || isAlwaysOut(name));
  const going: Removal = { tally: 'refused', before: shown.keys.size, names: [...refusedNow] };
  const isHeeded = refusedNow.size > 0 && areFew(context, going, { shown, policy, view: reduceRecorded(shown, policy, heeding) });
  const facts = isHeeded ? heeding : factsOf(gap, isAlwaysOut);
  const view = reduceRecorded(shown, policy, facts);
  const isMeant = checkNobodyLeft(planSync(shown, view), policy.access, view).length === 0;
  return { view: isMeant ? view : reduceRecorded(shown, lettingIn(policy), facts), going: isHeeded ? going : undefined };
}

interface Heeding {
  readonly shown: PublishedView;
  readonly policy: HostPolicy;
  /** Without those who are refused now. */
  readonly view: HostView;
}

/** Counted over the day, as where nothing is amiss: what serves is less after each run, and small steps would empty it. */
function areFew({ guards, paths, now }: GapContext, going: Removal, { shown, policy, view }: Heeding): boolean {
  const gone = goneToday(readPastRemovals(paths.pastRemovals), now().getTime(), shown);
  const plan = planSync(shown, view);
  const keysRefused = plan.keysRefused.filter((name) => going.names.includes(name));
  const always = checkAlwaysRefused({ ...plan, keysRefused }, policy.access, view, gone.get('refused')?.names);
  return [...checkRemoval(going, guards, gone), ...checkRemoval(asAccess(going), guards, gone), ...always].length === 0;
}

/** Whoever is refused loses access, among others. */
function asAccess(going: Removal): Removal {
  return { ...going, tally: 'access' };
}

/** Of the sources that can be read: whom they lock or end, and who is no more in one that has just answered. */
function refusedByReadable({ keys, accountKeys }: PublishedView, { judgement, fresh, sourceByName }: Gap): ReadonlySet<LoginName> {
  const withKeys = new Set([...keys.keys(), ...accountKeys.map(({ person }) => person)]);
  const isGone = (name: LoginName): boolean => fresh.has(sourceByName.get(name) ?? '') && judgement?.claims.users.has(name) !== true;
  return new Set([...withKeys].filter((name) => judgement?.view.refused.has(name) === true || isGone(name)));
}

/** An older generation, shown since the current one is damaged, may have people who have gone since. */
function mayBeThere({ fault }: Baseline, { sourceByName }: Gap, name: LoginName): boolean {
  return fault === undefined || sourceByName.has(name);
}

function factsOf(gap: Gap | undefined, isOut: RecordedFacts['isOut']): RecordedFacts {
  return { isOut, sourceOf: (name) => gap?.sourceByName.get(name), fingerprint: fingerprintOf };
}

/** Nothing was ever committed. */
function isNew({ generation, fault }: Baseline): boolean {
  return generation === undefined && fault === undefined;
}

interface Reason {
  /** What this run has found, whatever is shown of it. */
  readonly judged: HostView;
  readonly why: string;
}

interface Next {
  readonly view: HostView;
  readonly rendered: RenderedGeneration;
}

function rendered({ store }: SyncContext, view: HostView): Next {
  return { view, rendered: renderGeneration(view, store.minLastOffsets()) };
}

/** What is damaged is made anew in any case: its files can make a reader abort. */
function isServed(baseline: Baseline, next: Next): boolean {
  const current = wholeGeneration(baseline);
  return current !== undefined && shows(current.manifest, next);
}

export function commitUnlessServed(
  context: SyncContext,
  ground: Ground,
  { view, ...reason }: Reason & { readonly view: HostView },
): Reduced | undefined {
  const next = rendered(context, view);
  if (isServed(ground.baseline, next)) return undefined;
  return commitMeanwhile(context, ground, { ...next, ...reason, plan: planSync(ground.baseline.view(), view) });
}

/** The sources are those of before: nothing that they give now is shown. */
function commitMeanwhile(
  context: SyncContext,
  { baseline, policy, trail }: Ground,
  next: Next & Reason & { readonly plan: Plan },
): Reduced {
  const isConfigured = (name: string): boolean => context.sources.some((source) => source.name === name);
  const origins = baseline.generation?.manifest.sources.filter(({ name }) => isConfigured(name)) ?? [];
  return { manifest: commitView(context, baseline, { ...next, origins, policy, trail }), plan: next.plan };
}
