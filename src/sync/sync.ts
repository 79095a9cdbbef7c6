/**
 * The agent's job: fetch, validate, apply policy, plan, guard, commit.
 *
 * The order of the writes matters. The snapshot is kept before the generation is committed: were it the other way round, a run
 * killed in between would leave caches that are newer than the snapshot, and the next run with the directory down would
 * bring back who had just been removed.
 */
import type { CommitDetails } from '../caches/generation.ts';
import { type RenderedGeneration, renderGeneration } from '../caches/generation-files.ts';
import type { Manifest, ManifestSource } from '../caches/manifest.ts';
import type { HostView } from '../directory/host-view.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { acquireLock } from '../host/lock.ts';
import type { Incumbents } from '../policy/claims.ts';
import { checkGuards, describeRemovals, type GuardFinding, type GuardLimits } from '../policy/guards.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import { type Plan, planSync } from '../policy/plan.ts';
import { applyPolicy } from '../policy/policy.ts';
import type { Source } from '../sources/source.ts';
import { clearHeldRemovals, digestRemovals, readHeldRemovals, writeHeldRemovals } from '../state/held-removals.ts';
import { saveSnapshot, storedDigest } from '../state/snapshot-file.ts';
import { VERSION } from '../version.ts';
import { type Baseline, readBaseline } from './baseline.ts';
import { type HostContext, prepareState } from './context.ts';
import { type GatheredSource, gather, type ProgressListener } from './gather.ts';
import { recordRun } from './record.ts';
import type { DiffReport, SourceReport, SyncOutcome, SyncReport } from './report.ts';

export interface SyncContext extends HostContext {
  readonly sources: readonly Source[];
  readonly policy: HostPolicy;
  readonly guards: GuardLimits;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

export interface SyncOptions {
  /** A person has decided that what is held may go. */
  readonly approveRemovals: boolean;
}

/** Milliseconds that a run waits for another before it gives up with status 75. */
const LOCK_PATIENCE = 3000;

/** @throws HoldfastError for everything but a source that fails while it has something to fall back on */
export async function sync(context: SyncContext, options: SyncOptions): Promise<SyncReport> {
  prepareState(context);
  using _lock = await acquireLock(context.paths.lock, LOCK_PATIENCE);
  return await recordRun(context, async () => {
    const gathered = await gatherAll(context);
    const baseline = readBaseline(context.store);
    if (!canRender(gathered, baseline)) return report({ kind: 'kept' }, gathered);

    const view = renderView(context, gathered, baseline);
    const outcome = publish(context, options, { gathered, baseline, view });
    return report(outcome, gathered, view);
  });
}

/** What a run has to decide on. */
interface Work {
  readonly gathered: readonly GatheredSource[];
  readonly baseline: Baseline;
  readonly view: HostView;
}

function publish(context: SyncContext, options: SyncOptions, { gathered, baseline, view }: Work): SyncOutcome {
  const rendered = renderGeneration(view, context.store.minLastOffsets());
  const current = baseline.fault === undefined ? baseline.generation : undefined;
  const isShown = current !== undefined && shows(current.manifest, rendered, view);

  const plan = isShown ? undefined : planSync(baseline.view(), view);
  const held = plan === undefined ? undefined : hold(context, plan, options);
  if (held !== undefined) return held;

  keepSnapshots(context, gathered);
  clearHeldRemovals(context.paths.heldRemovals);
  if (plan === undefined && current !== undefined) return { kind: 'unchanged', manifest: current.manifest };
  return commit(context, rendered, { gathered, baseline, view }, plan ?? planSync(baseline.view(), view));
}

/** Everything that `sync` does up to the guards, without writing anything. */
export async function diff(context: SyncContext): Promise<DiffReport> {
  const gathered = await gatherAll(context);
  const baseline = readBaseline(context.store);
  const current = baseline.view();
  const view = canRender(gathered, baseline)
    ? renderView(context, gathered, baseline)
    : { ...current, entitled: new Set<never>(), rejections: [] };
  const plan = planSync(current, view);
  return { plan, findings: checkGuards(plan, context.guards), sources: gathered.map(sourceReport), rejections: view.rejections };
}

function gatherAll({ sources, paths, signal, onProgress }: SyncContext): Promise<GatheredSource[]> {
  return gather(sources, paths.snapshot, signal, onProgress);
}

/**
 * A source that failed and has no last good snapshot leaves a gap. That is the truth on a new host; where this host already
 * shows people of that source, rendering without it would remove them.
 */
function canRender(gathered: readonly GatheredSource[], { generation }: Baseline): boolean {
  const missing = gathered.filter(({ snapshot }) => snapshot === undefined).map(({ name }) => name);
  if (missing.length === gathered.length) return false;
  return !generation?.manifest.sources.some(({ name }) => missing.includes(name));
}

function renderView({ policy, local }: SyncContext, gathered: readonly GatheredSource[], baseline: Baseline): HostView {
  const incumbents = (): Incumbents => {
    const { passwd, group } = baseline.view();
    return {
      users: new Map(passwd.map(({ name, uid }) => [name, uid])),
      groups: new Map(group.map(({ name, gid }) => [name, gid])),
    };
  };
  return applyPolicy(snapshotsOf(gathered), policy, { local, incumbents });
}

/** Whether the generation already holds exactly this. */
function shows(manifest: Manifest, { files }: RenderedGeneration, { accessGroups }: HostView): boolean {
  const names = Object.keys(manifest.files);
  if (names.length !== files.size || names.some((name) => files.get(name)?.sum.sha256 !== manifest.files[name]?.sha256)) return false;
  return JSON.stringify(Object.fromEntries(accessGroups)) === JSON.stringify(manifest.accessGroups);
}

/** Undefined when no guard objects, or when a person has approved exactly these removals. */
function hold({ paths, guards, now }: SyncContext, plan: Plan, { approveRemovals }: SyncOptions): SyncOutcome | undefined {
  const findings = checkGuards(plan, guards);
  if (findings.length === 0) return undefined;
  const digest = digestRemovals(describeRemovals(plan));
  const earlier = readHeldRemovals(paths.heldRemovals);
  const isSame = earlier?.digest === digest;
  if (approveRemovals && isSame) return undefined;
  const since = isSame ? new Date(earlier.since) : now();
  if (!isSame) writeHeldRemovals(paths.heldRemovals, { digest, since: since.toISOString(), findings: findings.map(toRecord) });
  return { kind: 'held', plan, findings, since, approvalRefused: approveRemovals };
}

function toRecord({ guard, text, names }: GuardFinding): { guard: string; text: string; names: string[] } {
  return { guard, text, names: [...names] };
}

/** Only what has changed, or is damaged, is written. */
function keepSnapshots({ paths }: SyncContext, gathered: readonly GatheredSource[]): void {
  for (const { name, snapshot, digest, fresh } of gathered) {
    if (!fresh || snapshot === undefined) continue;
    const path = paths.snapshot(name);
    if (storedDigest(path) !== digest) saveSnapshot(path, snapshot);
  }
}

function commit(context: SyncContext, rendered: RenderedGeneration, work: Work, plan: Plan): SyncOutcome {
  const { generation, fault } = work.baseline;
  const details: CommitDetails = {
    why: describeReason(work.baseline),
    holdfast: VERSION,
    now: context.now(),
    accessGroups: work.view.accessGroups,
    sources: work.gathered.flatMap(manifestSource),
  };
  const committed = context.store.commit(rendered, details, fault === undefined ? generation : undefined);
  context.store.prune(context.config.state.keep_generations);
  return { kind: 'committed', manifest: committed.manifest, plan, ...(fault === undefined ? {} : { repaired: fault }) };
}

function manifestSource({ name, snapshot, digest }: GatheredSource): ManifestSource[] {
  if (snapshot === undefined || digest === undefined) return [];
  return [{ name, fetchedAt: new Date(snapshot.fetchedAt).toISOString(), snapshot: digest }];
}

function describeReason({ generation, fault }: Baseline): string {
  if (fault !== undefined) return `rebuilt: ${fault}`;
  return generation === undefined ? 'first sync' : 'changed';
}

function snapshotsOf(gathered: readonly GatheredSource[]): DirectorySnapshot[] {
  return gathered.map(({ snapshot }) => snapshot).filter((snapshot) => snapshot !== undefined);
}

function report(outcome: SyncOutcome, gathered: readonly GatheredSource[], view?: HostView): SyncReport {
  return { outcome, sources: gathered.map(sourceReport), rejections: view?.rejections ?? [] };
}

function sourceReport({ name, fresh, snapshot, failure }: GatheredSource): SourceReport {
  return {
    name,
    fresh,
    ...(snapshot === undefined ? {} : { users: snapshot.users.length, groups: snapshot.groups.length }),
    ...(failure === undefined ? {} : { failure }),
  };
}
