/**
 * Whether what would go may go: the guards, over what the directory takes away.
 *
 * What the host's owner takes away by configuring it otherwise is meant. So when a guard objects, it is asked again with the same
 * rules on both sides: between what the last good snapshots show under today's rules, and what the directory shows now.
 */
import type { HostView } from '../directory/host-view.ts';
import type { LoginName } from '../directory/names.ts';
import { checkAccessGuards, checkAlwaysRefused, checkNobodyLeft, checkSources, isOfRefusals } from '../policy/guards/access-guards.ts';
import { joinedToday, recentKeys, smallestSizes } from '../policy/guards/arrivals.ts';
import type { RecentKeys } from '../policy/guards/growth.ts';
import { findDepartures } from '../policy/guards/departures.ts';
import { checkGuards, type GuardFinding } from '../policy/guards/guards.ts';
import type { AccessPolicy, HostPolicy } from '../policy/host-policy.ts';
import { type Plan, planSync } from '../policy/plan.ts';
import { type GoneToday, goneToday } from '../policy/guards/removals.ts';
import { readHeldRemovals } from '../state/held-removals.ts';
import { readPastArrivals } from '../state/past-arrivals.ts';
import { readPastRemovals } from '../state/past-removals.ts';
import { type Baseline, lastGoodSnapshots } from './baseline.ts';
import type { DirectoryContext, SyncContext } from './context.ts';
import type { KeyAgesSeen } from './keys/key-ages.ts';
import { fingerprintOf } from './keys/key-fingerprint.ts';
import { renderSnapshots } from './render-view.ts';
import type { SourceReport } from './report.ts';
import { openLedger, sourcesByName } from './uid-ledger.ts';

/** What a run has found, to be judged. */
export interface Found {
  readonly baseline: Baseline;
  readonly view: HostView;
  /** The rules under which the view was made. */
  readonly policy: HostPolicy;
  readonly sources: readonly SourceReport[];
  readonly keyAges: KeyAgesSeen;
}

/** With the source whose entry says so; undefined for a denial. */
export type Refused = ReadonlyMap<LoginName, string | undefined>;

export interface Judgement {
  /** Empty: nothing is held. */
  readonly findings: readonly GuardFinding[];
  /** What the directory takes away, as far as that was told apart from what the configuration does. */
  readonly removals: Plan;
  /**
   * What the last good snapshots show under today's rules, without those whom the directory refuses now, unless those are a crowd; only
   * looked for when a guard objects.
   */
  readonly accepted: HostView | undefined;
  /** Who is kept out whether or not a guard objects: who is refused, and few who are gone. */
  readonly refused: Refused;
  /** Of these, whom nobody refuses: who is gone, or has left a group that let them in. */
  readonly departed: ReadonlySet<LoginName>;
}

const NOBODY: ReadonlySet<LoginName> = new Set();

/** @param plan from what this host shows now to the view */
export function judge(context: SyncContext, found: Found, plan: Plan): Judgement {
  const { view, policy } = found;
  const first = findAll(context, found, plan);
  const nobody = checkNobodyLeft(plan, policy.access, view);
  if (first.length + nobody.length === 0) {
    return { findings: [], removals: plan, accepted: undefined, refused: refusedBy(view), departed: NOBODY };
  }
  return judgeAgainstLastGood(context, found, plan, [nobody, first]);
}

/** Where what this host shows is none of the directory's doing, since it is pinned: only what that itself takes away is judged. */
export function judgeDirectory(context: SyncContext, found: Found, plan: Plan): Judgement {
  return judgeAgainstLastGood(context, found, plan, [[], findAll(context, found, plan)]);
}

function judgeAgainstLastGood(
  context: SyncContext,
  found: Found,
  plan: Plan,
  [nobody, first]: readonly [readonly GuardFinding[], readonly GuardFinding[]],
): Judgement {
  const { view, policy } = found;
  const before = renderAccepted(context, found, policy);
  if (before === undefined) return judgeAlone(context, found, plan, [...nobody, ...first]);
  const removals = planSync(before, view, keysOfToday(context));
  const findings = [...nobody, ...findAll(context, found, removals)];
  // A crowd keeps its keys, and nobody gets them back who was refused before it.
  const byDirectory = findings.some(isOfRefusals) ? new Map([...refusedBy(before), ...refusedEarlier(context, view)]) : refusedBy(view);
  const departed = findings.length === 0 ? NOBODY : departuresOf(context, found, { removals, findings, before });
  const refused = withDeparted(context, found, { byDirectory, departed });
  return { findings, removals, accepted: renderAccepted(context, found, { ...policy, refused }), refused, departed };
}

interface Departing extends Pick<Judgement, 'removals' | 'findings'> {
  readonly before: HostView;
}

function departuresOf(context: SyncContext, { view, policy: { access } }: Found, held: Departing): ReadonlySet<LoginName> {
  const earlier = namesRefusedEarlier(context);
  return findDepartures({ ...held, view, access, limits: context.guards, gone: goneFrom(context, view), earlier });
}

interface Out extends Pick<Judgement, 'departed'> {
  readonly byDirectory: Refused;
}

function withDeparted(context: SyncContext, { baseline }: Found, { byDirectory, departed }: Out): Refused {
  if (departed.size === 0) return byDirectory;
  const sources = sourcesByName(openLedger(context, baseline));
  return new Map([...[...departed].map((name) => [name, sources.get(name)] as const), ...byDirectory]);
}

function goneFrom({ paths, now }: SyncContext, view: HostView): GoneToday {
  const at = now().getTime();
  return goneToday(readPastRemovals(paths.pastRemovals), at, view, smallestSizes(readPastArrivals(paths.pastArrivals), at));
}

/** Keys that came within the day. */
export function keysOfToday({ paths, now }: Pick<SyncContext, 'paths' | 'now'>): RecentKeys {
  return recentKeys(readPastArrivals(paths.pastArrivals), fingerprintOf, now().getTime());
}

/** Without anything to compare with, what this host decides counts, and a crowd that the directory refuses does not. */
function judgeAlone(context: SyncContext, { view, policy }: Found, plan: Plan, findings: readonly GuardFinding[]): Judgement {
  const all = refusedBy(view);
  const byHost = new Map([...all].filter(([name]) => isDeniedByName(policy.access, name)));
  const few = new Map([...byHost, ...refusedEarlier(context, view)]);
  return { findings, removals: plan, accepted: undefined, refused: findings.some(isOfRefusals) ? few : all, departed: NOBODY };
}

function isDeniedByName({ deny, deniedAs }: AccessPolicy, name: LoginName): boolean {
  return deny.users.includes(name) || deniedAs?.has(name) === true;
}

/** Who was refused already when a guard last held something, and still is. */
function refusedEarlier(context: SyncContext, view: HostView): Refused {
  const earlier = namesRefusedEarlier(context);
  return new Map([...refusedBy(view)].filter(([name]) => earlier.has(name)));
}

function namesRefusedEarlier({ paths }: SyncContext): ReadonlySet<string> {
  return new Set(readHeldRemovals(paths.heldRemovals)?.refused.map(({ name }) => name));
}

function refusedBy({ refused, refusedBySource }: HostView): Refused {
  return new Map([...refused].map((name) => [name, refusedBySource.get(name)]));
}

function findAll(context: SyncContext, { baseline, view, policy, sources }: Found, plan: Plan): GuardFinding[] {
  const gone = goneFrom(context, view);
  return [
    ...checkGuards(plan, context.guards, gone),
    ...checkAccessGuards(plan, policy.access, view, joinedToday(readPastArrivals(context.paths.pastArrivals), context.now().getTime())),
    ...checkAlwaysRefused(plan, policy.access, view, gone.get('refused')?.names),
    ...checkSources(baseline.generation?.manifest.sources ?? [], sources),
  ];
}

/** Undefined when a source whose people are shown here has no last good snapshot. */
function renderAccepted(context: DirectoryContext, { baseline, keyAges }: Found, policy: HostPolicy): HostView | undefined {
  const snapshots = lastGoodSnapshots(context);
  const isMissing = (name: string): boolean => !snapshots.some(({ source }) => source === name);
  const shown = baseline.generation?.manifest.sources.map(({ name }) => name) ?? [];
  if (snapshots.length === 0 || context.sources.some(({ name }) => shown.includes(name) && isMissing(name))) return undefined;
  const ledger = openLedger(context, baseline);
  const onLedgerUpdate = (): void => undefined;
  return renderSnapshots(context, snapshots, { policy, ledger, baseline, agedKeys: keyAges.agedKeys, onLedgerUpdate }).judgement.view;
}
