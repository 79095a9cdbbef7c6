/**
 * Programs that Debian has from trixie on, in the folder that test/install-servers.sh fills once.
 */
import { type RunningProgram, startProgram } from '../running-program.ts';

export const TRIXIE = '/var/cache/holdfast-tests/trixie';

/** It dies with the process that started it, and inherits nothing of its environment: that may name another AWS. */
export function startInTrixie(command: readonly string[], environment: Readonly<Record<string, string>> = {}): RunningProgram {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return startProgram([
    ...['setpriv', '--pdeathsig', 'KILL', '--'],
    ...['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...variables],
    ...['chroot', TRIXIE, ...command],
  ]);
}
