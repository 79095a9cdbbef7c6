/**
 * Readers for the stress tests beside those of people: of groups through NSS, and of keys through the lookup command.
 */

import { join } from 'node:path';
import type { NamespaceHost } from './namespace-host.ts';
import { NssHammer } from './nss-hammer.ts';
import { HOST_LOOKUP_COMMAND } from './sshd.ts';

const GROUP_SCRIPT = join(import.meta.dirname, 'group-hammer.pl');
const NOBODY = 65_534;

/** Prints what nss-hammer.pl prints. The keys must be found, the same ones at every lookup. */
const KEYS_SCRIPT = `
lookups=0 found=0 missing=0 wrong=0 stopped=
trap 'stopped=yes' TERM
echo ready
while :; do
  keys=$("$1" "$2")
  lookups=$((lookups + 1))
  case $keys in
    "$3") found=$((found + 1)) ;;
    '') missing=$((missing + 1)) ;;
    *) wrong=$((wrong + 1)) ;;
  esac
  [ -z "$stopped" ] || break
done
echo "{\\"lookups\\":$lookups,\\"found\\":$found,\\"missing\\":$missing,\\"wrong\\":$wrong,\\"examples\\":[]}"
`;

export interface ExpectedGroup {
  readonly name: string;
  readonly gid: number;
}

export interface GroupHammerOptions {
  readonly host: NamespaceHost;
  /** Must be found at every lookup, by name and by gid. */
  readonly stable: readonly ExpectedGroup[];
  /** May be found or not; when found, the answer must have this name and this gid. */
  readonly absentOk?: readonly ExpectedGroup[];
}

/** One reader of groups. */
export async function startGroupHammer({ host, stable, absentOk = [] }: GroupHammerOptions): Promise<NssHammer> {
  const lines = (rule: string, groups: readonly ExpectedGroup[]): string[] => groups.map(({ name, gid }) => `${rule} ${name} ${gid}\n`);
  const input = [...lines('stable', stable), ...lines('absent-ok', absentOk)].join('');
  return await reading(new NssHammer([host.start(['perl', GROUP_SCRIPT], { input })]));
}

export interface KeysHammerOptions {
  readonly host: NamespaceHost;
  readonly login: string;
  /** The lines of `login`, which must be found at every lookup. */
  readonly keys: readonly string[];
}

/** One caller of the lookup command, as sshd calls it. The command must be on the host. */
export async function startKeysHammer({ host, login, keys }: KeysHammerOptions): Promise<NssHammer> {
  const command = ['sh', '-c', KEYS_SCRIPT, 'keys-hammer', HOST_LOOKUP_COMMAND, login, keys.join('\n')];
  return await reading(new NssHammer([host.start(command, { uid: NOBODY })]));
}

async function reading(hammer: NssHammer): Promise<NssHammer> {
  await hammer.reading();
  return hammer;
}
