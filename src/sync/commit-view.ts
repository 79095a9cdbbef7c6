/**
 * A view of this host, made the current generation.
 */
import type { CommitDetails } from '../caches/generation.ts';
import { listOrigins, type RenderedGeneration, sumsOf } from '../caches/generation-files.ts';
import type { Manifest, ManifestSource } from '../caches/manifest.ts';
import type { HostView } from '../directory/host-view.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import { VERSION } from '../version.ts';
import type { AuditedCommit, AuditTrail } from './audit/audit.ts';
import type { Baseline } from './baseline.ts';
import { isDamaged, readPin } from '../state/pin.ts';
import type { HostContext, NamedSources } from './context.ts';

/** What is to be shown, and the files that show it. */
export interface Commission extends Pick<AuditedCommit, 'plan' | 'judged' | 'decision'> {
  readonly view: HostView;
  readonly policy: HostPolicy;
  readonly trail: AuditTrail;
  readonly rendered: RenderedGeneration;
  readonly origins: readonly ManifestSource[];
  /** In a few words, for the manifest. */
  readonly why: string;
}

/** @throws HoldfastError `cache-failed`; the current generation is then what it was */
export function commitView(context: HostContext & NamedSources, baseline: Baseline, commission: Commission): Manifest {
  const { rendered, view, policy, origins, why, trail } = commission;
  const { accessGroups, groupOrigins, accountKeys } = view;
  const recorded = { accessGroups, groupOrigins, accountKeys };
  const details: CommitDetails = { why, holdfast: VERSION, now: context.now(), ...recorded, sources: origins };
  trail.stage(context, { ...commission, baseline, access: policy.access, now: details.now });
  const { manifest } = context.store.commit(rendered, details, wholeGeneration(baseline));
  const pin = readPin(context.paths.pin);
  context.store.prune(context.config.state.keep_generations, pin !== undefined && !isDamaged(pin) ? pin.target : undefined);
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
  const { accessGroups, groupOrigins, accountKeys } = view;
  if (!isSame(listOrigins(groupOrigins), manifest.groupOrigins)) return false;
  return isSame(Object.fromEntries(accessGroups), manifest.accessGroups) && isSame(accountKeys, manifest.accountKeys);
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
