/**
 * `holdfast keys LOGIN`: the bytes that the lookup command gives to sshd.
 */
import { quote } from '../directory/rejection.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { isLookupName, lookUpKeys, stateDirectoryOf } from '../sync/lookup.ts';
import { type GlobalOptions, outputOf } from './invocation.ts';

export async function runKeys(login: string, options: GlobalOptions): Promise<ExitStatus> {
  const keys = lookUpKeys(await stateDirectory(options), login);
  const output = outputOf({});
  output.result(keys);
  if (keys.length === 0) output.aside(describeNothing(login));
  return exitStatus.ok;
}

/** sshd gets no reason either, but a person who asks wants one. */
function describeNothing(login: string): string {
  if (!isLookupName(login)) return `nothing for ${quote(login)}: it can be no login name`;
  return `nothing for "${login}"; holdfast why ${login} tells why`;
}

/** Where the lookup command looks: HOLDFAST_STATE_DIR as written, else the default; a configuration counts when it is named. */
async function stateDirectory({ root, config }: GlobalOptions): Promise<string> {
  const named = process.env['HOLDFAST_STATE_DIR'];
  if (named !== undefined && named !== '') return named;
  if (config === undefined) return stateDirectoryOf(root);
  const { loadConfig } = await import('../config/load.ts');
  return stateDirectoryOf(root, loadConfig(config).state.dir);
}
