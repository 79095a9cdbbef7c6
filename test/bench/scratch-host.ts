/**
 * A host that is nothing but a folder, for syncs.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT } from '../demo/entry-point.ts';
import { type FileTree, readTree } from './file-tree.ts';
import { type Cost, timeProgram } from './timed-program.ts';

/** Written by every run, whatever it does. */
const RUN_FILES: ReadonlySet<string> = new Set(['state/last-run.json', 'state/lock']);

export class ScratchHost {
  readonly #root: string;
  readonly #config: string;
  readonly stateDir: string;

  constructor(folder: string, config: string) {
    this.#root = join(folder, 'root');
    this.#config = config;
    this.stateDir = join(this.#root, 'var/lib/holdfast');
  }

  /** As it was before its first sync. */
  async wipe(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
    await mkdir(this.#root);
  }

  async sync(): Promise<Cost> {
    return await timeProgram([BUILT.holdfast, '--root', this.#root, '--config', this.#config, 'sync']);
  }

  /** Caches and state. */
  files(): FileTree {
    return readTree(this.stateDir, RUN_FILES);
  }
}
