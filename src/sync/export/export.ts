/**
 * What this host shows, for other programs: the maps of the generation that serves, in the format that they read.
 *
 * It is what NSS and sshd get, and not what a directory says. A generation that is not whole is not exported: with people or keys less
 * it would be taken for all of them.
 */
import { type Generation, GenerationStore } from '../../caches/generation.ts';
import type { GenerationMaps } from '../../caches/generation-files.ts';
import type { KeysMap } from '../../directory/host-view.ts';
import type { KeyLines } from '../../directory/key-lines.ts';
import type { LoginName } from '../../directory/names.ts';
import { HoldfastError } from '../../errors.ts';

export const EXPORTED_MAPS = ['passwd', 'group', 'shadow', 'keys'] as const;
export type ExportedMap = (typeof EXPORTED_MAPS)[number];

/** Password hashes have to be asked for. */
export const DEFAULT_MAPS: readonly ExportedMap[] = ['passwd', 'group', 'keys'];

export interface ServedView {
  readonly generation: Generation;
  readonly maps: GenerationMaps;
}

/** For who is not root. */
export function openPublicStore(stateDirectory: string): GenerationStore {
  return new GenerationStore(stateDirectory, { isRoot: false, shadowGid: undefined });
}

/** @throws HoldfastError `cache-failed` where nothing serves, or not all of it; `not-root` */
export function openServedView(store: GenerationStore, wanted: readonly ExportedMap[], isRoot: boolean): ServedView {
  if (wanted.includes('shadow') && !isRoot) throw mustBeRoot();
  const current = store.current(isRoot ? 'all' : 'without secrets');
  switch (current.state) {
    case 'none':
      throw new HoldfastError('cache-failed', 'there is nothing to export: nothing was ever committed here', {
        hints: ['holdfast sync', 'another state folder? see HOLDFAST_STATE_DIR, and state.dir in the configuration'],
      });
    case 'damaged':
      throw new HoldfastError('cache-failed', `the caches are damaged, and not exported: ${current.fault}`, {
        hints: ['holdfast sync writes them anew'],
      });
    case 'whole':
      return { generation: current.generation, maps: store.maps(current.generation) };
  }
}

/** On the disk they are in the order of a hash. */
export function sortedKeys(keys: KeysMap): (readonly [LoginName, KeyLines])[] {
  return [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
}

function mustBeRoot(): HoldfastError {
  return new HoldfastError('not-root', 'must be run as root to export shadow', {
    hints: ['the other maps are for everybody: --map passwd'],
  });
}
