/**
 * A generation store in a scratch folder, and its tree as an operator would see it.
 */
import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommitDetails, type Generation, GenerationStore } from '../../src/caches/generation.ts';
import { type RenderedGeneration, renderGeneration } from '../../src/caches/generation-files.ts';
import type { PublishedView } from '../../src/directory/host-view.ts';

/** Any group but root's, so that a test sees who owns what. */
const SHADOW_GID = 42;
export const isRoot = process.geteuid?.() === 0;

export const CLOCK = new Date('2026-01-02T03:04:05.678Z');

export class ScratchStore {
  readonly path: string;
  readonly store: GenerationStore;

  private constructor(path: string) {
    this.path = path;
    this.store = new GenerationStore(path, { shadowGid: SHADOW_GID, isRoot });
  }

  static async create(): Promise<ScratchStore> {
    return new ScratchStore(await mkdtemp(join(tmpdir(), 'holdfast-store-')));
  }

  /** Another folder with the same content, links among files included: quicker than to commit it again. */
  async copy(): Promise<ScratchStore> {
    const copy = await ScratchStore.create();
    spawnSync('cp', ['-a', `${this.path}/.`, copy.path], { stdio: 'inherit' });
    return copy;
  }

  in(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  /** Commits as `sync` does: after the current generation, when it is whole. */
  commit(view: PublishedView, now: Date = CLOCK): Generation {
    const current = this.store.current();
    const rendered = renderGeneration(view, this.store.minLastOffsets());
    return this.commitRendered(rendered, view, now, current.state === 'whole' ? current.generation : undefined);
  }

  commitRendered(rendered: RenderedGeneration, view: PublishedView, now: Date = CLOCK, previous?: Generation): Generation {
    const { accessGroups, groupOrigins, accountKeys } = view;
    const details: CommitDetails = { why: 'a test', holdfast: '0.0.0', now, sources: [], accessGroups, groupOrigins, accountKeys };
    return this.store.commit(rendered, details, previous);
  }

  /** Every name below the state folder with its mode: `0644 generations/1/passwd.cache`. */
  tree(): string[] {
    return this.#below('').toSorted((a, b) => (a.slice(5) < b.slice(5) ? -1 : 1));
  }

  inode(...names: readonly string[]): number {
    return lstatSync(this.in(...names)).ino;
  }

  #below(folder: string): string[] {
    return readdirSync(this.in(folder)).flatMap((entry) => {
      const name = join(folder, entry);
      const status = lstatSync(this.in(name));
      if (status.isSymbolicLink()) return [`link ${name} -> ${readlinkSync(this.in(name))}`];
      const mode = (status.mode & 0o7777).toString(8).padStart(4, '0');
      if (status.isDirectory()) return [`${mode} ${name}/`, ...this.#below(name)];
      return [`${mode} ${name}${status.gid === SHADOW_GID ? ' (shadow)' : ''}`];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
