/**
 * sshd's drop-in, with whom sshd asks for keys today behind ours, and what has to go out of its way: sshd goes by the first value that it reads.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { readReadableFile } from '../../host/readable-file.ts';
import { readSshdConfigFiles, type SshdLine } from '../../host/sshd-config-files.ts';
import type { KeysCommand } from '../../host/sshd-drop-in.ts';
import { readUnitCommands, type UnitCommand } from '../../host/sshd-unit.ts';
import type { HostContext } from '../context.ts';
import { isOurLookup } from '../doctor/sshd.ts';
import { chainOf, DROP_IN, wantedDropIn } from '../sshd-wiring.ts';
import type { PartPlan, Wanted } from './part-plan.ts';

const SLOT: ReadonlySet<string> = new Set(['authorizedkeyscommand', 'authorizedkeyscommanduser']);
const INCLUDE = /^[ \t]*include[ \t=].*sshd_config\.d\/(?:\*|10-holdfast)\.conf/i;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/;

/** @throws HoldfastError `configuration` */
export function planSshd({ config, paths }: Pick<HostContext, 'config' | 'paths'>, chains: boolean): PartPlan {
  const main = join(paths.etc, 'ssh/sshd_config');
  const dropIn = join(paths.etc, DROP_IN);
  const file = readReadableFile(main);
  if (file.kind === 'absent') return { wanted: [], left: [`there is no "${main}": sshd is not set up`] };
  if (file.kind === 'unreadable') throw new HoldfastError('configuration', `"${main}" cannot be read: ${file.reason}`);
  const lines = readSshdConfigFiles(paths).lines.filter(({ file: from, match }) => from !== dropIn && match === undefined);
  const units = readUnitCommands(paths);
  const own = units.find(({ mask }) => mask === undefined);
  if (own !== undefined) throw isInUnit(own);
  const installed = readReadableFile(dropIn);
  const others = chains ? othersOf(chainOf(installed.kind === 'text' ? installed.text : undefined), lines, units) : [];
  const present = others.filter(({ command }) => existsSync(join(paths.root, programOf(command))));
  const text = wantedDropIn(config, paths, present);
  return {
    // Ours is there before others go: a run that is killed between takes nobody's keys away.
    wanted: [
      ...(text === undefined ? [] : [{ path: dropIn, replacement: { kind: 'text', text } } as const]),
      ...makeRoom(lines, dropIn, main, file.text),
      ...units.flatMap(({ mask }): Wanted[] =>
        mask === undefined ? [] : [{ path: mask, replacement: { kind: 'link', target: '/dev/null' } }],
      ),
    ],
    left: [],
  };
}

/** Whom the installed drop-in asks already, and who has sshd's slot now, or had it before ours came. */
function othersOf(chained: readonly KeysCommand[], lines: readonly SshdLine[], units: readonly UnitCommand[]): KeysCommand[] {
  const isForeign = ({ keyword, value }: SshdLine): boolean =>
    keyword === 'authorizedkeyscommand' && value !== '' && value.toLowerCase() !== 'none' && !isOurLookup(value);
  const first = lines.find(isForeign);
  const user = lines.find(({ keyword }) => keyword === 'authorizedkeyscommanduser')?.value ?? 'nobody';
  const found = [
    ...units.map(({ command, user: one }) => ({ command, user: one })),
    ...(first === undefined ? [] : [{ command: first.value, user }]),
  ];
  const all = [...chained];
  for (const one of found.map(checked)) if (!all.some(({ command }) => command === one.command)) all.push(one);
  return all;
}

function checked({ user, command }: KeysCommand): KeysCommand {
  const words = command.trim().replaceAll(/\s+/g, ' ');
  if (USER.test(user) && words.startsWith('/') && !words.includes(' -- ')) return { user, command: words };
  throw new HoldfastError(
    'configuration',
    `sshd asks "${command}" (as "${user}") for keys, which cannot be asked behind holdfast's lookup command`,
    {
      hints: ['to do without it: holdfast setup --no-chain'],
    },
  );
}

function programOf(command: string): string {
  return command.split(' ', 1)[0] ?? '';
}

/** What is read before our drop-in becomes a comment, where it would win. */
function makeRoom(lines: readonly SshdLine[], dropIn: string, main: string, mainText: string): Wanted[] {
  const texts = mainText.split('\n');
  const include = texts.findIndex((text) => INCLUDE.test(text)) + 1;
  const isBefore = ({ file, line }: SshdLine): boolean =>
    file === main ? line < include : file < dropIn || !file.startsWith(`${dropIn.slice(0, dropIn.lastIndexOf('/'))}/`);
  const inTheWay = lines.filter((line) => SLOT.has(line.keyword) && isBefore(line));
  const files = [...new Set(inTheWay.map(({ file }) => file))];
  const commented = files.map(
    (file): Wanted => ({
      path: file,
      replacement: {
        kind: 'text',
        text: comment(
          file === main ? mainText : textOf(file),
          inTheWay.filter((line) => line.file === file),
        ),
      },
    }),
  );
  if (include > 0) return commented;
  // Our own alone: other drop-ins that nobody reads today shall not begin to count.
  const included = `Include ${relative(dropIn)}\n${mainText}`;
  return [...commented.filter(({ path }) => path !== main), { path: main, replacement: { kind: 'text', text: included } }];
}

/** As sshd itself sees it, below whatever root. */
function relative(dropIn: string): string {
  return `/etc/${dropIn.slice(-DROP_IN.length)}`;
}

function comment(text: string, lines: readonly SshdLine[]): string {
  const numbers = new Set(lines.map(({ line }) => line));
  return text
    .split('\n')
    .map((one, index) => (numbers.has(index + 1) ? `# holdfast setup: 10-holdfast.conf has this now: ${one.trim()}` : one))
    .join('\n');
}

function textOf(file: string): string {
  const found = readReadableFile(file);
  if (found.kind === 'text') return found.text;
  throw new HoldfastError('configuration', `"${file}" cannot be read`);
}

function isInUnit({ file, command }: UnitCommand): HoldfastError {
  return new HoldfastError(
    'configuration',
    `"${file}" tells sshd on its command line to ask "${command}" for keys, and that wins over every file`,
    {
      hints: [`take -o AuthorizedKeysCommand out of it, then: systemctl daemon-reload && systemctl restart ssh && holdfast setup`],
    },
  );
}
