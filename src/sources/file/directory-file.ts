/**
 * What a file of people and groups gives, whatever it is written in.
 */
import type { RawGroup, RawUser } from '../../directory/validate.ts';
import type { TomlFile } from '../../toml/document.ts';
import type { LocatedProblem } from '../../toml/problem.ts';

export interface DirectoryFile {
  readonly users: readonly RawUser[];
  readonly groups: readonly RawGroup[];
}

/** The whole file, or all that is wrong with it. */
export type DirectoryFileReader = (file: TomlFile) => DirectoryFile | readonly LocatedProblem[];
