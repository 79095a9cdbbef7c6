/**
 * A drop-in of sshd's unit that says on sshd's command line which command it asks for keys, as the package ec2-instance-connect has one: what
 * stands there wins over every file of sshd's configuration.
 *
 * @see systemd.unit(5): of two drop-ins of one name that in /etc counts, and one that leads to /dev/null is as good as none
 */
import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { HostPaths } from './paths.ts';
import { readReadableFile } from './readable-file.ts';
import type { KeysCommand } from './sshd-drop-in.ts';

export interface UnitCommand extends KeysCommand {
  readonly file: string;
  /** Where a link to /dev/null switches it off; undefined for a file that is the operator's own. */
  readonly mask: string | undefined;
}

const FOLDERS = ['usr/lib/systemd/system', 'lib/systemd/system', 'etc/systemd/system'];
const UNITS = ['ssh.service.d', 'sshd.service.d', 'ssh@.service.d', 'sshd@.service.d'];

export function readUnitCommands({ root, etc }: Pick<HostPaths, 'root' | 'etc'>): UnitCommand[] {
  const found = new Map<string, UnitCommand>();
  // In the order of precedence: a later folder has the last word about a name.
  const files = UNITS.flatMap((unit) => FOLDERS.flatMap((folder) => globSync(join(root, folder, unit, '*.conf')).sort()));
  for (const file of files) {
    const mask = join(etc, 'systemd/system', basename(dirname(file)), basename(file));
    found.delete(mask);
    const command = commandIn(file);
    if (command !== undefined) found.set(mask, { ...command, file, mask: file === mask ? undefined : mask });
  }
  return [...found.values()];
}

function commandIn(file: string): KeysCommand | undefined {
  const read = readReadableFile(file);
  if (read.kind !== 'text') return undefined;
  const start = read.text
    .split('\n')
    .findLast((line) => line.startsWith('ExecStart=') && line.length > 'ExecStart='.length)
    ?.replaceAll('%%', '%');
  const command = optionIn(start ?? '', 'AuthorizedKeysCommand');
  if (command === undefined || command === 'none') return undefined;
  return { command, user: optionIn(start ?? '', 'AuthorizedKeysCommandUser') ?? 'nobody' };
}

/** `-o "Keyword value"`, `-oKeyword=value` */
function optionIn(line: string, keyword: string): string | undefined {
  const at = new RegExp(`-o[ ]?(?:"${keyword}[ =]([^"]*)"|'${keyword}[ =]([^']*)'|${keyword}=(\\S+))`, 'i').exec(line);
  return at?.[1] ?? at?.[2] ?? at?.[3];
}
