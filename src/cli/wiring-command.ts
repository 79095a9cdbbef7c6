/**
 * `holdfast wiring sshd`: what other programs of this host have to be told of holdfast.
 */
import { loadConfig } from '../config/load.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { configPath, pathsOf } from '../sync/context.ts';
import { printSshdWiring } from '../sync/sshd-wiring.ts';
import { type GlobalOptions, outputOf } from './invocation.ts';

export function runWiringSshd(options: GlobalOptions): ExitStatus {
  const config = loadConfig(configPath(options));
  outputOf({}).result(printSshdWiring(config, pathsOf(options, config)));
  return exitStatus.ok;
}
