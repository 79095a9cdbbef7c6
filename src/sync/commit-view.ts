/**
 * A view of this host, made the current generation.
 */
import type { CommitDetails } from '../caches/generation.ts';
import { type RenderedGeneration, sumsOf } from '../caches/generation-files.ts';
import type { Manifest, ManifestSource } from '../caches/manifest.ts';
import type { HostView } from '../directory/host-view.ts';
import { VERSION } from '../version.ts';
import type { Baseline } from './baseline.ts';
import type { HostContext } from './context.ts';

/** What is to be shown, and the files that show it. */
export interface Commission {
  readonly view: HostView;
  readonly rendered: RenderedGeneration;
  readonly origins: readonly ManifestSource[];
  /** In a few words, for the manifest. */
  readonly why: string;
}

/** @throws HoldfastError `cache-failed`; the current generation is then what it was */
export function commitView(context: HostContext, baseline: Baseline, { rendered, view, origins, why }: Commission): Manifest {
  const { accessGroups, accountKeys } = view;
  const details: CommitDetails = { why, holdfast: VERSION, now: context.now(), accessGroups, accountKeys, sources: origins };
  const { manifest } = context.store.commit(rendered, details, wholeGeneration(baseline));
  context.store.prune(context.config.state.keep_generations);
  return manifest;
}

export function wholeGeneration({ generation, fault }: Baseline): Baseline['generation'] {
  return fault === undefined ? generation : undefined;
}

/** Whether the generation already holds exactly this. */
export function shows(manifest: Manifest, { rendered, view }: Pick<Commission, 'rendered' | 'view'>): boolean {
  const sums = sumsOf(rendered);
  const names = Object.keys(manifest.files);
  if (names.length !== sums.size || names.some((name) => sums.get(name)?.sha256 !== manifest.files[name]?.sha256)) return false;
  const { accessGroups, accountKeys } = view;
  return isSame(Object.fromEntries(accessGroups), manifest.accessGroups) && isSame(accountKeys, manifest.accountKeys);
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
