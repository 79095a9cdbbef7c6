/**
 * `holdfast keys LOGIN`: the bytes that the lookup command gives to sshd.
 */
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { lookUpKeys, stateDirectoryOf } from '../sync/lookup.ts';
import { type GlobalOptions, outputOf } from './invocation.ts';

export async function runKeys(login: string, options: GlobalOptions): Promise<ExitStatus> {
  const keys = lookUpKeys(await stateDirectory(options), login);
  outputOf({}).result(keys);
  return exitStatus.ok;
}

/** Where the lookup command looks: HOLDFAST_STATE_DIR as written, else the default; a configuration counts when it is named. */
async function stateDirectory({ root, config }: GlobalOptions): Promise<string> {
  const named = process.env['HOLDFAST_STATE_DIR'];
  if (named !== undefined && named !== '') return named;
  if (config === undefined) return stateDirectoryOf(root);
  const { loadConfig } = await import('../config/load.ts');
  return stateDirectoryOf(root, loadConfig(config).state.dir);
}
