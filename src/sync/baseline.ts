/**
 * What the host shows now, as far as it can be trusted: the current generation, or else the newest whole one.
 */
import type { Generation, GenerationStore } from '../caches/generation.ts';
import { emptyView, type PublishedView } from '../directory/host-view.ts';

export interface Baseline {
  readonly generation: Generation | undefined;
  /** Why `current` cannot serve; undefined when it can, or when nothing was ever committed. */
  readonly fault: string | undefined;
  /** Parsed once, when first asked for. */
  readonly view: () => PublishedView;
}

export function readBaseline(store: GenerationStore): Baseline {
  const current = store.current();
  switch (current.state) {
    case 'none':
      return { generation: undefined, fault: undefined, view: () => emptyView };
    case 'damaged':
      return { generation: current.lastWhole, fault: current.fault, view: parseOnce(store, current.lastWhole) };
    case 'whole':
      return { generation: current.generation, fault: undefined, view: parseOnce(store, current.generation) };
  }
}

function parseOnce(store: GenerationStore, generation: Generation | undefined): () => PublishedView {
  let parsed: PublishedView | undefined;
  return () => {
    parsed ??= generation === undefined ? emptyView : store.view(generation);
    return parsed;
  };
}
