/**
 * Where commands look for the caches that everybody may run.
 */
import { stateDirectoryOf } from '../sync/lookup.ts';
import type { GlobalOptions } from './invocation.ts';

/** Where the lookup command looks: HOLDFAST_STATE_DIR as written, else the default; a configuration counts when it is named. */
export async function stateDirectory({ root, config }: GlobalOptions): Promise<string> {
  const named = process.env['HOLDFAST_STATE_DIR'];
  if (named !== undefined && named !== '') return named;
  if (config === undefined) return stateDirectoryOf(root);
  const { loadConfig } = await import('../config/load.ts');
  return stateDirectoryOf(root, loadConfig(config).state.dir);
}
