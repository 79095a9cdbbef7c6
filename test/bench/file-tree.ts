/**
 * The files of a folder as the file system knows them: which are new on the disk.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface FileStatus {
  readonly size: number;
  /** The same for all links to one file. Not its inode alone: that of a file which is removed goes to the next one. */
  readonly identity: string;
}

/** By path below the folder; symlinks are files, folders are not. */
export type FileTree = ReadonlyMap<string, FileStatus>;

/** @param without paths that do not count */
export function readTree(folder: string, without: ReadonlySet<string>): FileTree {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => {
      const status = lstatSync(join(folder, name), { bigint: true });
      if (status.isDirectory() || without.has(name)) return [];
      const { ino, size, mtimeNs } = status;
      const identity = [ino, size, mtimeNs].join(' ');
      return [[name, { size: Number(size), identity }] as const];
    }),
  );
}

/** All but the links to what was there. */
export function newFiles(before: FileTree, after: FileTree): { readonly name: string; readonly size: number }[] {
  const known = new Set([...before.values()].map(({ identity }) => identity));
  return [...after].filter(([, { identity }]) => !known.has(identity)).map(([name, { size }]) => ({ name, size }));
}
