/**
 * What the host shows now, beside what it is going to show.
 */
import type { RenderedView } from '../caches/generation-files.ts';
import type { PublishedView } from '../directory/host-view.ts';
import type { Baseline } from './baseline.ts';
import type { HostContext } from './context.ts';

/** Of a whole generation, only what differs is read. */
export function readShown({ store }: HostContext, { generation, fault, view }: Baseline, next: RenderedView): PublishedView {
  return generation === undefined || fault !== undefined ? view() : store.view(generation, next);
}
