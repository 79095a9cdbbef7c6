/**
 * What the host shows now, as far as it can be trusted: the current generation, or else the newest whole one.
 */
import { once } from '../directory/once.ts';
import type { Generation } from '../caches/generation.ts';
import { emptyView, type PublishedView } from '../directory/host-view.ts';
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { applyPolicy } from '../policy/policy.ts';
import { loadSnapshot } from '../state/snapshot-file.ts';
import type { DirectoryContext, HostContext } from './context.ts';
import { fingerprintOf } from './keys/key-fingerprint.ts';

/** The sources by name: nobody is asked. */
export type BaselineContext = HostContext &
  Pick<DirectoryContext, 'policy' | 'sshdClock'> & { readonly sources: readonly { readonly name: string }[] };

export interface Baseline {
  readonly generation: Generation | undefined;
  /** Why `current` cannot serve; undefined when it can, or when nothing was ever committed. */
  readonly fault: string | undefined;
  /** Parsed once, when first asked for. */
  readonly view: () => PublishedView;
}

export function readBaseline(context: BaselineContext): Baseline {
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
function lastWholeView(context: BaselineContext, lastWhole: Generation | undefined): PublishedView {
  if (lastWhole !== undefined) return context.store.view(lastWhole);
  return applyPolicy(lastGoodSnapshots(context), context.policy, {
    local: context.local,
    incumbents: () => ({ users: new Map(), groups: new Map() }),
    now: context.now(),
    sshdClock: context.sshdClock,
    fingerprint: fingerprintOf,
  });
}

/** Of the configured sources, as far as they are there and whole. */
export function lastGoodSnapshots({ sources, paths }: Pick<BaselineContext, 'sources' | 'paths'>): DirectorySnapshot[] {
  const stored = sources.map(({ name }) => loadSnapshot(paths.snapshot(name)));
  return stored.filter((one) => typeof one === 'object').map(({ snapshot }) => snapshot);
}
