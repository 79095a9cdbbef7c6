/**
 * How this host's sshd should be wired, and whether it is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { printable } from '../directory/rejection.ts';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { readLoginAccounts } from '../host/login-accounts.ts';
import { DEFAULT_STATE_DIRECTORY, type HostPaths } from '../host/paths.ts';
import { chainedCommands, faultOfDropIn, type KeysCommand, sshdDropIn, type SshdWiring } from '../host/sshd-drop-in.ts';
import type { StatusProblem } from './status/problem.ts';

export const DROP_IN = 'ssh/sshd_config.d/10-holdfast.conf';

/** @throws HoldfastError `configuration` when the host's own accounts cannot be read */
export function printSshdWiring(config: Config, paths: HostPaths): string {
  return sshdDropIn(sshdWiring(config, paths, chainOf(readDropIn(join(paths.etc, DROP_IN)))));
}

/**
 * What the drop-in has to be with these commands behind ours; undefined where the installed one is that already.
 *
 * @throws HoldfastError `configuration`
 */
export function wantedDropIn(config: Config, paths: HostPaths, others: readonly KeysCommand[]): string | undefined {
  const wiring = sshdWiring(config, paths, others);
  const installed = readDropIn(join(paths.etc, DROP_IN));
  const isRight = installed !== undefined && faultOfDropIn(installed, wiring) === undefined;
  return isRight ? undefined : sshdDropIn(wiring);
}

/** Whom an installed drop-in has behind our lookup command. */
export function chainOf(dropIn: string | undefined): KeysCommand[] {
  const [, command = ''] = /^[ \t]*AuthorizedKeysCommand[ \t]+(.*)$/im.exec(dropIn ?? '') ?? [];
  return chainedCommands(command);
}

/** Without a drop-in the lines may stand elsewhere; but what "ignore" wants can only come from us. */
export function checkSshdWiring(config: Config, paths: HostPaths): StatusProblem[] {
  const path = join(paths.etc, DROP_IN);
  const installed = readDropIn(path);
  const hint = 'holdfast wiring sshd prints what it should be; then: sshd -t && systemctl reload ssh';
  if (installed === undefined) {
    const without = [
      ...(config.policy.own_authorized_keys === 'keep' ? [] : ['own_authorized_keys = "ignore" is']),
      ...(config.emergency === undefined ? [] : ['keys of the emergency users are']),
    ];
    return without.map((what) => ({ code: 'sshd-wiring', text: `${what} not in effect: there is no "${path}"`, hint }));
  }
  const fault = faultOfDropIn(installed, sshdWiring(config, paths, chainOf(installed)));
  return fault === undefined ? [] : [{ code: 'sshd-wiring', text: `"${path}" ${shortened(fault)}`, hint }];
}

function sshdWiring({ policy, state, emergency }: Config, paths: HostPaths, others: readonly KeysCommand[]): SshdWiring {
  const ignore = policy.own_authorized_keys === 'ignore';
  return {
    ownAuthorizedKeys: policy.own_authorized_keys,
    ...(emergency === undefined ? {} : { emergency: { users: emergency.users, file: emergency.file } }),
    loginAccounts: ignore ? readLoginAccounts(paths) : [],
    stateDirectory: state.dir === DEFAULT_STATE_DIRECTORY ? undefined : state.dir,
    others,
  };
}

function readDropIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new HoldfastError('configuration', `cannot read sshd's drop-in "${path}": ${messageOf(error)}`, {
      detail: 'file-unreadable',
      cause: error,
    });
  }
}

/** A line with all accounts of a host is long, and what somebody else wrote may hold anything. */
function shortened(fault: string): string {
  return fault.replace(/"(.*)"/s, (_all, line: string) => `"${printable(line)}"`);
}
