/**
 * What the sources say, as far as this host shows it: fetched or last good, validated, and under this host's policy.
 *
 * The snapshots are let go when this is known, since they are most of a run's memory. One that is new is staged before.
 */
import type { ManifestSource } from '../caches/manifest.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import type { HostView } from '../directory/host-view.ts';
import { collectGarbage } from '../host/memory.ts';
import type { Incumbents } from '../policy/claims.ts';
import { applyPolicy, type Host } from '../policy/policy.ts';
import { digestSnapshot, dropStaged, stageSnapshot, storedDigest } from '../state/snapshot-file.ts';
import type { Baseline, BaselineContext } from './baseline.ts';
import type { DirectoryContext } from './context.ts';
import { type GatheredSource, gather } from './gather.ts';
import type { SourceReport } from './report.ts';

export interface Directory<Staged> {
  /** Absent when a source failed that has nothing to fall back on and whose people are shown here. */
  readonly view: HostView | undefined;
  readonly sources: readonly SourceReport[];
  /** What `stage` returned. */
  readonly staged: Staged;
}

export interface StagedSources {
  /** Where the view comes from. */
  readonly origins: readonly ManifestSource[];
  /** The sources whose new snapshot is staged. */
  readonly names: readonly string[];
}

/** Sees the sources while their snapshots are there. Not asked when there is no view. */
type Stage<Staged> = (context: DirectoryContext, gathered: readonly GatheredSource[]) => Staged;

export async function readDirectory<Staged>(
  context: DirectoryContext,
  baseline: Baseline,
  stage: Stage<Staged>,
): Promise<Directory<Staged | undefined>> {
  const { sources, paths, signal, onProgress } = context;
  const gathered = await gather(sources, paths.snapshot, signal, onProgress);
  signal.throwIfAborted();
  collectGarbage();
  const reports = gathered.map(reportSource);
  if (!canRender(gathered, baseline)) return { view: undefined, sources: reports, staged: undefined };
  const staged = stage(context, gathered);
  return { view: renderView(context, gathered, baseline), sources: reports, staged };
}

/** Only what a source has just given, and what is not kept already, whole. */
export function stageNew({ paths }: DirectoryContext, gathered: readonly GatheredSource[]): StagedSources {
  const origins: ManifestSource[] = [];
  const names: string[] = [];
  for (const { name, snapshot, digest: lastGood } of gathered) {
    // A run that was killed may have left one.
    dropStaged(paths.snapshot(name));
    if (snapshot === undefined) continue;
    const { digest, isStaged } =
      lastGood === undefined ? stageIfNew(paths.snapshot(name), snapshot) : { digest: lastGood, isStaged: false };
    origins.push({ name, fetchedAt: new Date(snapshot.fetchedAt).toISOString(), snapshot: digest });
    if (isStaged) names.push(name);
  }
  return { origins, names };
}

/** Where nothing is kept yet, the digest is a by-product of writing. */
function stageIfNew(path: string, snapshot: DirectorySnapshot): { readonly digest: string; readonly isStaged: boolean } {
  const stored = storedDigest(path);
  const digest = stored === undefined ? undefined : digestSnapshot(snapshot);
  if (digest !== undefined && digest === stored) return { digest, isStaged: false };
  return { digest: stageSnapshot(path, snapshot), isStaged: true };
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

function renderView(context: DirectoryContext, gathered: readonly GatheredSource[], baseline: Baseline): HostView {
  const snapshots = gathered.map(({ snapshot }) => snapshot).filter((snapshot) => snapshot !== undefined);
  return applyPolicy(snapshots, context.policy, hostOf(context, baseline));
}

/** What policy has to know of the host, beside its configuration. */
export function hostOf({ local, now, sshdClock }: BaselineContext, baseline: Baseline): Host {
  const incumbents = (): Incumbents => {
    const { passwd, group } = baseline.view();
    return {
      users: new Map(passwd.map(({ name, uid }) => [name, uid])),
      groups: new Map(group.map(({ name, gid }) => [name, gid])),
    };
  };
  return { local, incumbents, now: now(), sshdClock };
}

function reportSource({ name, fresh, snapshot, failure }: GatheredSource): SourceReport {
  return {
    name,
    fresh,
    ...(snapshot === undefined ? {} : { users: snapshot.users.length, groups: snapshot.groups.length }),
    ...(failure === undefined ? {} : { failure }),
  };
}
