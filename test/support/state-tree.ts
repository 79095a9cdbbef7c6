/**
 * A folder as text, for golden files, and as fingerprints, for tests that nothing in it was touched.
 */

import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join, relative } from 'node:path';

interface Entry {
  readonly path: string;
  readonly stat: Stats;
}

/** One line for each file, folder and link: mode, owner, path; and, of one file under two names, the first name. */
export function renderTree(root: string): string {
  const firstNames = new Map<number, string>();
  return [...walk(root)].map(({ path, stat }) => `${renderEntry(relative(root, path), path, stat, firstNames)}\n`).join('');
}

/** Inode and times of every file and link below, by path. */
export function fingerprints(root: string, except: readonly string[] = []): Map<string, string> {
  const prints = new Map<string, string>();
  for (const { path, stat } of walk(root)) {
    const name = relative(root, path);
    if (!except.includes(name)) prints.set(name, `inode ${stat.ino}, written ${stat.mtimeMs}, changed ${stat.ctimeMs}`);
  }
  return prints;
}

function renderEntry(name: string, path: string, stat: Stats, firstNames: Map<number, string>): string {
  const attributes = `${modeText(stat)} ${stat.uid}:${stat.gid} ${name}`;
  if (stat.isDirectory()) return `${attributes}/`;
  if (stat.isSymbolicLink()) return `${attributes} -> ${readlinkSync(path)}`;
  const first = firstNames.get(stat.ino);
  if (first !== undefined) return `${attributes} = ${first}`;
  firstNames.set(stat.ino, name);
  return attributes;
}

function modeText(stat: Stats): string {
  if (stat.isSymbolicLink()) return 'l.........';
  const kind = stat.isDirectory() ? 'd' : '-';
  const bits = (stat.mode & 0o777).toString(2).padStart(9, '0').split('');
  return kind + bits.map((bit, index) => (bit === '1' ? 'rwx'[index % 3] : '-')).join('');
}

/** Folders before what is in them; names in the order of numbers where they are numbers. */
function* walk(folder: string): Generator<Entry> {
  const names = readdirSync(folder).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  for (const name of names) {
    const path = join(folder, name);
    const stat = lstatSync(path);
    yield { path, stat };
    if (stat.isDirectory()) yield* walk(path);
  }
}
