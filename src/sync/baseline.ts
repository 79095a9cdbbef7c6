/**
 * What the host shows now, as far as it can be trusted: the current generation, or else the newest whole one.
 */
import type { Generation } from '../caches/generation.ts';
import { emptyView, type HostView, type PublishedView } from '../directory/host-view.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import type { Incumbents } from '../policy/claims.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import { applyPolicy, type Host } from '../policy/policy.ts';
import { loadSnapshot } from '../state/snapshot-file.ts';
import type { DirectoryContext } from './context.ts';
import { fingerprintOf } from './key-fingerprint.ts';

export interface Baseline {
  readonly generation: Generation | undefined;
  /** Why `current` cannot serve; undefined when it can, or when nothing was ever committed. */
  readonly fault: string | undefined;
  /** Parsed once, when first asked for. */
  readonly view: () => PublishedView;
}

export function readBaseline(context: DirectoryContext): Baseline {
  const { store } = context;
  const current = store.current();
  switch (current.state) {
    case 'none':
      return { generation: undefined, fault: undefined, view: () => emptyView };
    case 'damaged':
      return { generation: current.lastWhole, fault: current.fault, view: once(() => lastWholeView(context, current.lastWhole)) };
    case 'whole':
      return { generation: current.generation, fault: undefined, view: once(() => store.view(current.generation)) };
  }
}

/**
 * What this host showed before its caches were damaged. Without a whole generation that is what its last good snapshots show: were
 * it nothing, no guard would see a crowd vanish.
 */
function lastWholeView(context: DirectoryContext, lastWhole: Generation | undefined): PublishedView {
  if (lastWhole !== undefined) return context.store.view(lastWhole);
  return renderSnapshots(context, lastGoodSnapshots(context), { policy: context.policy, shown: () => emptyView });
}

/** Under which rules and circumstances a view is made. */
interface Rendering extends Pick<Host, 'agedKeys'> {
  readonly policy: HostPolicy;
  /** Whose names and numbers go before others. */
  readonly shown: () => PublishedView;
}

export function renderSnapshots(
  { local, now, sshdClock }: DirectoryContext,
  snapshots: readonly DirectorySnapshot[],
  { policy, shown, agedKeys }: Rendering,
): HostView {
  return applyPolicy(snapshots, policy, {
    local,
    incumbents: () => incumbentsOf(shown()),
    now: now(),
    sshdClock,
    fingerprint: fingerprintOf,
    ...(agedKeys === undefined ? {} : { agedKeys }),
  });
}

/** Of the configured sources, as far as they are there and whole. */
export function lastGoodSnapshots({ sources, paths }: DirectoryContext): DirectorySnapshot[] {
  const stored = sources.map(({ name }) => loadSnapshot(paths.snapshot(name)));
  return stored.filter((one) => typeof one === 'object').map(({ snapshot }) => snapshot);
}

function incumbentsOf({ passwd, group }: PublishedView): Incumbents {
  return {
    users: new Map(passwd.map(({ name, uid }) => [name, uid])),
    groups: new Map(group.map(({ name, gid }) => [name, gid])),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
