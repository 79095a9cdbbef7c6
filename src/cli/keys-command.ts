/**
 * `holdfast keys LOGIN`: the bytes that the lookup command gives to sshd.
 */
import { quote } from '../directory/rejection.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { isLookupName, lookUpKeys } from '../sync/lookup.ts';
import { type GlobalOptions, outputOf } from './invocation.ts';
import { stateDirectory } from './state-directory.ts';

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
