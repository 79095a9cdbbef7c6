/**
 * What the sources say, as far as this host shows it: fetched or last good, validated, and under this host's policy.
 *
 * The snapshots are let go when this is known, since they are most of a run's memory. One that is new is staged before.
 */
import type { ManifestSource } from '../caches/manifest.ts';
import type { HostView } from '../directory/host-view.ts';
import { releaseMemory } from '../host/memory.ts';
import type { Incumbents } from '../policy/claims.ts';
import { applyPolicy } from '../policy/policy.ts';
import { dropStaged, stageSnapshot, storedDigest } from '../state/snapshot-file.ts';
import type { Baseline } from './baseline.ts';
import type { DirectoryContext } from './context.ts';
import { type GatheredSource, gather } from './gather.ts';
import type { SourceReport } from './report.ts';

export interface Directory {
  /** Absent when a source failed that has nothing to fall back on and whose people are shown here. */
  readonly view: HostView | undefined;
  readonly sources: readonly SourceReport[];
  /** Where the view comes from. */
  readonly origins: readonly ManifestSource[];
  /** The sources whose new snapshot is staged. */
  readonly staged: readonly string[];
}

/** Stages the snapshot of one source if that is due; tells whether it was. */
export type Stage = (path: string, source: GatheredSource) => boolean;

export async function readDirectory(context: DirectoryContext, baseline: Baseline, stage: Stage): Promise<Directory> {
  const { sources, paths, signal, onProgress } = context;
  const gathered = await gather(sources, paths.snapshot, signal, onProgress);
  signal.throwIfAborted();
  releaseMemory();
  const report = { sources: gathered.map(reportSource), origins: gathered.flatMap(originOf) };
  if (!canRender(gathered, baseline)) return { view: undefined, ...report, staged: [] };
  const staged = gathered.filter((source) => stage(paths.snapshot(source.name), source)).map(({ name }) => name);
  return { view: renderView(context, gathered, baseline), ...report, staged };
}

/** Only what the source has just given, and what is not kept already, whole. */
export function stageIfNew(path: string, { snapshot, digest, fresh }: GatheredSource): boolean {
  // A run that was killed may have left one.
  dropStaged(path);
  if (!fresh || snapshot === undefined || digest === undefined || storedDigest(path) === digest) return false;
  stageSnapshot(path, { snapshot, digest });
  return true;
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

function renderView({ policy, local }: DirectoryContext, gathered: readonly GatheredSource[], baseline: Baseline): HostView {
  const incumbents = (): Incumbents => {
    const { passwd, group } = baseline.view();
    return {
      users: new Map(passwd.map(({ name, uid }) => [name, uid])),
      groups: new Map(group.map(({ name, gid }) => [name, gid])),
    };
  };
  const snapshots = gathered.map(({ snapshot }) => snapshot).filter((snapshot) => snapshot !== undefined);
  return applyPolicy(snapshots, policy, { local, incumbents });
}

function originOf({ name, snapshot, digest }: GatheredSource): ManifestSource[] {
  if (snapshot === undefined || digest === undefined) return [];
  return [{ name, fetchedAt: new Date(snapshot.fetchedAt).toISOString(), snapshot: digest }];
}

function reportSource({ name, fresh, snapshot, failure }: GatheredSource): SourceReport {
  return {
    name,
    fresh,
    ...(snapshot === undefined ? {} : { users: snapshot.users.length, groups: snapshot.groups.length }),
    ...(failure === undefined ? {} : { failure }),
  };
}
