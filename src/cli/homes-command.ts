/**
 * `holdfast homes`: homes that nobody is left for, and what a person could do with each. It does none of it.
 */
import { formatDay } from '../directory/day.ts';
import { printable } from '../directory/rejection.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { openHost } from '../sync/context.ts';
import { findOrphanedHomes, type HomesReport, type OrphanedHome } from '../sync/homes.ts';
import { count } from '../sync/phrases.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';
import { shellWord } from './shell-words.ts';

const PATH_SHOWN = 300;
const ARCHIVES = '/var/backups';

interface Commands {
  readonly archive: string;
  readonly remove: string;
}

export function runHomes(options: GlobalOptions & JsonOption): ExitStatus {
  const output = outputOf(options);
  const report = findOrphanedHomes(openHost(invocationOf(options)));
  const archives = new ArchiveNames();
  const homes = report.homes.map((home) => ({ home, commands: commandsFor(home, archives) }));
  if (output.json) output.resultJson({ ...report, homes: homes.map(({ home, commands }) => homeJson(home, commands)) });
  else output.result([summarize(report), ...homes.map(({ home, commands }) => renderHome(home, commands))].join('\n'));
  return homes.length === 0 ? exitStatus.ok : exitStatus.no;
}

function summarize({ homes, parents, ledgerFault }: HomesReport): string {
  const what = homes.length === 0 ? 'every home has somebody here' : `${count(homes.length, 'home', 'homes')} of people who are gone`;
  const fault = ledgerFault === undefined ? '' : `  who had a uid is not known: ${ledgerFault}\n`;
  return `${what}; looked in ${parents.map((path) => printable(path, PATH_SHOWN)).join(', ')}\n${fault}`;
}

function renderHome(home: OrphanedHome, { archive, remove }: Commands): string {
  const { path, modifiedAt } = home.folder;
  return [
    `${printable(path.toString('latin1'), PATH_SHOWN)}  ${describeOwner(home)}; changed ${modifiedAt.toISOString().slice(0, 10)}`,
    `  archive  ${archive}`,
    `  remove   ${remove}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function describeOwner({ folder: { uid }, was, passedTo }: OrphanedHome): string {
  const former = was === undefined ? 'of nobody whom this host remembers' : `was ${was.name}'s, gone since ${formatDay(was.goneSince)}`;
  return passedTo === undefined ? `uid ${uid}, ${former}` : `uid ${uid}, ${former}, and is ${passedTo}'s now, who can read it`;
}

function commandsFor({ folder: { parent, path, name, uid } }: OrphanedHome, archives: ArchiveNames): Commands {
  const archive = archives.next(name, uid);
  const member = shellWord(Buffer.concat([Buffer.from('./'), name]));
  return {
    archive: `(umask 077; tar --create --gzip --one-file-system --numeric-owner --file ${archive} --directory ${shellWord(parent)} -- ${member})`,
    remove: `rm --recursive --one-file-system -- ${shellWord(path)}`,
  };
}

/** One name is not given twice: the second archive would replace the first. */
class ArchiveNames {
  readonly #given = new Set<string>();

  next(name: Buffer, uid: number): string {
    const base = `home-${name.toString('latin1').replaceAll(/[^A-Za-z0-9._-]/g, '_')}-${uid}`.slice(0, 200);
    let archive = base;
    for (let number = 2; this.#given.has(archive); number += 1) archive = `${base}-${number}`;
    this.#given.add(archive);
    return `${ARCHIVES}/${archive}.tar.gz`;
  }
}

function homeJson({ folder: { path, uid, modifiedAt }, was, passedTo }: OrphanedHome, commands: Commands): unknown {
  const former = was && { name: was.name, goneSince: formatDay(was.goneSince) };
  return { path: path.toString(), uid, was: former, passedTo, modifiedAt: modifiedAt.toISOString(), ...commands };
}
