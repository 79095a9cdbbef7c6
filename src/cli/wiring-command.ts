/**
 * `holdfast wiring sshd` and `holdfast wiring ssh-config`: what other programs have to be told of holdfast.
 */
import { loadConfig } from '../config/load.ts';
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { configPath, pathsOf } from '../sync/context.ts';
import { printSshConfig, type SshRoute } from '../sync/ssh-config.ts';
import { printSshdWiring } from '../sync/sshd-wiring.ts';
import { type GlobalOptions, outputOf } from './invocation.ts';

export interface SshConfigOptions {
  readonly via: 'bastion' | 'ssm';
  readonly bastion?: string;
  readonly hosts?: readonly string[];
  readonly region?: string;
  readonly profile?: string;
}

export function runWiringSshd(options: GlobalOptions): ExitStatus {
  const config = loadConfig(configPath(options));
  outputOf({}).result(printSshdWiring(config, pathsOf(options, config)));
  return exitStatus.ok;
}

/** Wants no configuration: it is for the machines of people. @throws HoldfastError `usage` */
export function runWiringSshConfig(options: SshConfigOptions): ExitStatus {
  outputOf({}).result(printSshConfig(routeOf(options)));
  return exitStatus.ok;
}

function routeOf({ via, bastion, hosts, region, profile }: SshConfigOptions): SshRoute {
  if (via === 'ssm') {
    if (bastion !== undefined) throw wrongOptions('--bastion goes with --via bastion');
    return { via, hosts, region, profile };
  }
  if (region !== undefined || profile !== undefined) throw wrongOptions('--region and --profile go with --via ssm');
  if (bastion === undefined) throw wrongOptions('--via bastion wants --bastion HOST');
  if (hosts === undefined) throw wrongOptions('--via bastion wants --hosts PATTERN: which hosts are behind it');
  return { via, bastion, hosts };
}

function wrongOptions(text: string): HoldfastError {
  return new HoldfastError('usage', `wiring ssh-config: ${text}`, {
    hints: [
      "holdfast wiring ssh-config --via bastion --bastion bastion.example.org --hosts '*.internal'",
      'holdfast wiring ssh-config --via ssm',
    ],
  });
}
