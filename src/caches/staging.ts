/**
 * The files of one generation in a folder that nobody reads yet: linked from the generation before where they are the same, written
 * and read back where they are not.
 */
import { linkSync } from 'node:fs';
import { join } from 'node:path';
import { createFile } from './durable-file.ts';
import { type FileSet, releaseIfLarge, type RenderedGeneration } from './generation-files.ts';
import type { FileSum, Manifest } from './manifest.ts';
import { verifyMap } from './verify.ts';

export interface StagingFolder {
  readonly path: string;
  /** Of all files: an index that is older than its map is ignored by the reader. */
  readonly now: Date;
  /** The owning group; undefined where files keep the one they are born with. */
  readonly gidOf: (secret: boolean) => number | undefined;
}

export interface StagedFile {
  readonly name: string;
  readonly content: Buffer | string;
  readonly sum: FileSum;
  readonly secret: boolean;
}

/** A whole generation on the same file system. */
interface Linkable {
  readonly path: string;
  readonly manifest: Manifest;
}

/** A map together with its indexes is linked or not at all. @returns the paths that were written, not yet durable */
export function stageFiles(folder: StagingFolder, { sets }: RenderedGeneration, previous: Linkable | undefined): string[] {
  const written: string[] = [];
  for (const set of sets) {
    if (previous !== undefined && isUnchanged(set, previous)) linkSet(folder, set, previous);
    else written.push(...writeSet(folder, set));
  }
  return written;
}

/** @returns the file's path */
export function stageFile({ path: folder, now, gidOf }: StagingFolder, { name, content, sum, secret }: StagedFile): string {
  const path = join(folder, name);
  createFile(path, content, sum, { mode: secret ? 0o640 : 0o644, gid: gidOf(secret), time: Math.floor(now.getTime() / 1000) });
  return path;
}

function writeSet(folder: StagingFolder, set: FileSet): string[] {
  const files = set.render();
  verifyMap(files);
  const written: string[] = [];
  for (const [name, sum] of set.sums) {
    written.push(stageFile(folder, { name, content: files.get(name) ?? '', sum, secret: set.secret }));
  }
  releaseIfLarge(set.sums);
  return written;
}

function linkSet({ path }: StagingFolder, { sums }: FileSet, previous: Linkable): void {
  for (const name of sums.keys()) linkSync(join(previous.path, name), join(path, name));
}

function isUnchanged({ sums }: FileSet, { manifest }: Linkable): boolean {
  return [...sums].every(([name, sum]) => sum.sha256 === manifest.files[name]?.sha256);
}
