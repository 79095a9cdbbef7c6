/**
 * A file of this host as a source: people who get in when no directory answers.
 */
import type { DirectorySnapshot } from '../../directory/snapshot.ts';
import { SnapshotBuilder } from '../../directory/validate.ts';
import type { TomlFile } from '../../toml/document.ts';
import { formatProblems, type LocatedProblem } from '../../toml/problem.ts';
import { type Source, SourceError } from '../source.ts';
import type { DirectoryFile, DirectoryFileReader } from './directory-file.ts';

export interface FileSourceSettings {
  readonly name: string;
  /** @throws SourceError for a file that cannot be read or must not be believed */
  readonly open: () => TomlFile;
  readonly reader: DirectoryFileReader;
}

/** A disk image that was named by mistake has more lines than anybody reads. */
const PROBLEMS_SHOWN = 20;

export class FileSource implements Source {
  readonly name: string;
  readonly #settings: FileSourceSettings;
  readonly #now: () => number;

  constructor(settings: FileSourceSettings, now: () => number) {
    this.name = settings.name;
    this.#settings = settings;
    this.#now = now;
  }

  // oxlint-disable-next-line typescript/require-await -- a source is asked asynchronously, whatever it does
  async fetch(): Promise<DirectorySnapshot> {
    const { users, groups } = this.read();
    const builder = new SnapshotBuilder(this.name);
    for (const user of users) builder.addUser(user);
    for (const group of groups) builder.addGroup(group);
    return builder.finish(this.#now());
  }

  /** @throws SourceError */
  read(): DirectoryFile {
    const { open, reader } = this.#settings;
    const read = reader(open());
    if ('users' in read) return read;
    throw new SourceError('data-refused', describe(read), { detail: 'file-mistaken' });
  }
}

function describe(problems: readonly LocatedProblem[]): string {
  const lines = formatProblems(problems.slice(0, PROBLEMS_SHOWN));
  const more = problems.length - PROBLEMS_SHOWN;
  return more > 0 ? `${lines}\nand at least ${more} more mistakes` : lines;
}
