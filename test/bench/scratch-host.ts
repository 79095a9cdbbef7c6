/**
 * A host that is nothing but a folder, for syncs.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT } from '../demo/entry-point.ts';
import { type FileTree, readTree } from './file-tree.ts';
import { type Cost, timeProgram } from './timed-program.ts';

/** Written by every run, whatever it does. */
const RUN_FILES: ReadonlySet<string> = new Set(['state/last-run.json', 'state/lock']);

export class ScratchHost {
  readonly #folder: string;
  readonly #config: string;
  readonly #env: Readonly<Record<string, string>>;
  #age = 0;

  /** @param env of its syncs */
  constructor(folder: string, config: string, env: Readonly<Record<string, string>> = {}) {
    this.#env = env;
    this.#folder = folder;
    this.#config = config;
  }

  get stateDir(): string {
    return join(this.#root, 'var/lib/holdfast');
  }

  /**
   * A host before its first sync: another folder. Were the last one emptied instead, ext4 would search for an inode that was
   * not in use a minute ago, for each of a thousand new files: 0.4 s, which no new host has.
   */
  async renew(): Promise<void> {
    this.#age += 1;
    await mkdir(this.#root);
  }

  async sync(): Promise<Cost> {
    return await timeProgram([BUILT.holdfast, '--root', this.#root, '--config', this.#config, 'sync'], { env: this.#env });
  }

  get #root(): string {
    return join(this.#folder, `root-${this.#age}`);
  }

  /** Caches and state; none before the first sync. */
  files(): FileTree {
    return existsSync(this.stateDir) ? readTree(this.stateDir, RUN_FILES) : new Map();
  }
}
