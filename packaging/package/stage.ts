/**
 * A package's tree on disk, with the modes and the one time that its files have in it.
 */
import { chmodSync, copyFileSync, lutimesSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FOLDERS, type PackedFile } from './contents.ts';
import type { Build } from './release.ts';

export const BINARY = 'usr/bin/holdfast';

export function stageTree(tree: string, files: readonly PackedFile[], { binary, time }: Build): void {
  for (const { path, content, mode } of files) {
    makeFolders(tree, dirname(path));
    writeFileSync(join(tree, path), content);
    chmodSync(join(tree, path), mode);
  }
  makeFolders(tree, dirname(BINARY));
  copyFileSync(binary, join(tree, BINARY));
  chmodSync(join(tree, BINARY), 0o755);
  for (const { path } of FOLDERS) makeFolders(tree, path);
  for (const { path, mode } of FOLDERS) chmodSync(join(tree, path), mode);
  setTimes(tree, time);
}

/** 0755 whatever the umask is. */
function makeFolders(tree: string, path: string): void {
  mkdirSync(join(tree, path), { recursive: true });
  for (let folder = path; folder !== '.'; folder = dirname(folder)) chmodSync(join(tree, folder), 0o755);
  chmodSync(tree, 0o755);
}

export function setTimes(tree: string, time: number): void {
  const paths = readdirSync(tree, { recursive: true, encoding: 'utf8' }).map((path) => join(tree, path));
  for (const path of [...paths, tree]) lutimesSync(path, time, time);
}
