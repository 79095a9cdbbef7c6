/**
 * Generations: complete sets of cache files, of which `current` names the one that NSS and sshd read.
 *
 * A generation is staged in a folder of its own, read back with the reader's algorithm, made durable, and then switched to by
 * the rename of one symlink. Whatever interrupts that, `current` is the old generation or the new one, whole.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import type { PublishedView } from '../directory/host-view.ts';
import { syncPath } from '../fsync.ts';
import { orCacheFailure, sumOf, syncFiles } from './durable-file.ts';
import {
  type GenerationMaps,
  KEYS_DIRECTORY,
  listOrigins,
  parseChanged,
  parseGeneration,
  type ReadFile,
  readMaps,
  type RenderedGeneration,
  type RenderedView,
  sumsOf,
} from './generation-files.ts';
import { boundLastOffsets, type Extent, findGenerationFault } from './integrity.ts';
import { CURRENT, GenerationFolder, GENERATIONS } from './generation-folder.ts';
import { formatManifest, type Manifest, MANIFEST_FILE, type ManifestSource } from './manifest.ts';
import { stageFile, stageFiles, type StagingFolder } from './staging.ts';
import { findReaderFault } from './verify.ts';

export interface Generation {
  readonly number: number;
  readonly path: string;
  readonly manifest: Manifest;
}

export type CurrentGeneration =
  /** Nothing was ever committed here. */
  | { readonly state: 'none' }
  /** `current` is there but cannot be trusted; `lastWhole` is the newest older generation that can. */
  | { readonly state: 'damaged'; readonly fault: string; readonly lastWhole: Generation | undefined }
  | { readonly state: 'whole'; readonly generation: Generation };

export interface CommitDetails {
  readonly why: string;
  readonly holdfast: string;
  readonly now: Date;
  readonly sources: readonly ManifestSource[];
  readonly accessGroups: PublishedView['accessGroups'];
  readonly groupOrigins: PublishedView['groupOrigins'];
  readonly accountKeys: PublishedView['accountKeys'];
}

export interface CacheOwner {
  /** The group of shadow.cache; undefined where the host has no group `shadow`. */
  readonly shadowGid: number | undefined;
  /** False for a run that is not root's: files keep the owner they are born with. */
  readonly isRoot: boolean;
}

const CURRENT_STAGED = 'current.new';
const STAGING = '.staging';

export class GenerationStore {
  readonly #stateDirectory: string;
  readonly #owner: CacheOwner;
  readonly #folder: GenerationFolder;

  constructor(stateDirectory: string, owner: CacheOwner) {
    this.#stateDirectory = stateDirectory;
    this.#folder = new GenerationFolder(stateDirectory);
    this.#owner = owner;
  }

  /** Reads and sums every file of the current generation, or all that everybody may read. */
  current(extent: Extent = 'all'): CurrentGeneration {
    return orCacheFailure(`read ${join(this.#stateDirectory, CURRENT)}`, () => {
      const number = this.#folder.current();
      if (number === undefined && this.#folder.numbers().length === 0) return { state: 'none' };
      if (number === undefined) return { state: 'damaged', fault: `${CURRENT} is gone`, lastWhole: this.#newestWhole(extent) };
      const generation = typeof number === 'string' ? number : this.#load(number, extent);
      if (typeof generation !== 'string') return { state: 'whole', generation };
      return { state: 'damaged', fault: generation, lastWhole: this.#newestWhole(extent) };
    });
  }

  /** The manifest of the current generation, without reading the files it names; a text says why there is none. */
  currentManifest(): Manifest | string | undefined {
    try {
      const number = this.#folder.current();
      return typeof number === 'number' ? this.#folder.manifest(number) : number;
    } catch (error) {
      if (error instanceof HoldfastError || errnoOf(error) !== undefined) return messageOf(error);
      throw error;
    }
  }

  /** @param next reads only what differs from it */
  view({ path, manifest }: Generation, next?: RenderedView): PublishedView {
    const read: ReadFile = (file) => readFileSync(join(path, file));
    return orCacheFailure(`read ${path}`, () =>
      next === undefined ? parseGeneration(manifest, read) : parseChanged(manifest, next, read),
    );
  }

  /** The same, a map at a time. */
  maps({ path, manifest }: Generation): GenerationMaps {
    return readMaps(manifest, (file) => orCacheFailure(`read ${path}`, () => readFileSync(join(path, file))));
  }

  /** The least start of each map's last record: no reader may hold an index that reaches beyond it. */
  minLastOffsets(): Record<string, number> {
    const least: Record<string, number> = {};
    for (const number of this.#folder.numbers()) {
      const manifest = this.#folder.manifest(number);
      const offsets = typeof manifest === 'string' ? boundLastOffsets(this.#folder.path(number)) : manifest.lastOffsets;
      for (const [map, offset] of Object.entries(offsets)) least[map] = Math.max(least[map] ?? 0, offset);
    }
    return least;
  }

  /** The current generation and older ones that are still there, the newest first, without reading the files that they name. */
  kept(): Generation[] {
    return orCacheFailure('list the generations', () => {
      const current = this.#folder.current();
      if (typeof current !== 'number') return [];
      const numbers = this.#folder.numbers().filter((number) => number <= current);
      return numbers
        .sort((a, b) => b - a)
        .flatMap((number) => {
          const manifest = this.#folder.manifest(number);
          return typeof manifest === 'string' ? [] : [{ number, path: this.#folder.path(number), manifest }];
        });
    });
  }

  /** All that are there, the newest first, readable or not: a text says what is wrong with a manifest. */
  list(): readonly { readonly number: number; readonly manifest: Manifest | string }[] {
    return orCacheFailure('list the generations', () =>
      this.#folder
        .numbers()
        .sort((a, b) => b - a)
        .map((number) => ({ number, manifest: this.#folder.manifest(number) })),
    );
  }

  /** Every file as its manifest says, and maps and indexes as libnss-cache reads them; a text says what is wrong. */
  verified(number: number): Generation | string {
    return orCacheFailure(`read generation ${number}`, () => {
      const generation = this.#load(number, 'all');
      if (typeof generation === 'string') return generation;
      const fault = findReaderFault(generation.path, generation.manifest.files);
      return fault === undefined ? generation : `generation ${number}: ${fault}`;
    });
  }

  /** Of the generation that the next commit makes. */
  nextNumber(): number {
    return Math.max(0, ...this.#folder.numbers()) + 1;
  }

  /**
   * Stages, verifies, makes durable and switches. Files that `previous` has already are hard-linked from it, a map together
   * with its indexes or not at all.
   *
   * @throws HoldfastError `cache-failed`; the current generation is then what it was
   */
  commit(rendered: RenderedGeneration, details: CommitDetails, previous: Generation | undefined): Generation {
    return orCacheFailure('write the caches', () => {
      this.#removeLitter();
      const number = this.nextNumber();
      try {
        const manifest = this.#stage(number, rendered, details, previous);
        this.#switchTo(number);
        return { number, path: this.#folder.path(number), manifest };
      } catch (error) {
        // On a full disk, what was staged would keep it full.
        this.#removeLitter();
        if (!this.#leadsTo(number)) rmSync(this.#folder.path(number), { recursive: true, force: true });
        throw error;
      }
    });
  }

  /** Removes all but the newest `keep` generations; never the current one, nor one that is spared. */
  prune(keep: number, spared?: number): void {
    orCacheFailure('remove old generations', () => {
      const current = this.#folder.current();
      const old = this.#folder
        .numbers()
        .sort((a, b) => b - a)
        .slice(keep);
      for (const number of old) {
        if (number !== current && number !== spared) rmSync(this.#folder.path(number), { recursive: true, force: true });
      }
    });
  }

  /** Everything in its place under a name that nobody reads, and on the disk. */
  #stage(number: number, rendered: RenderedGeneration, details: CommitDetails, previous: Generation | undefined): Manifest {
    const staging = join(this.#stateDirectory, GENERATIONS, STAGING);
    mkdirSync(join(staging, KEYS_DIRECTORY), { recursive: true, mode: 0o755 });
    const folder: StagingFolder = { path: staging, now: details.now, gidOf: (secret) => this.#gid(secret) };
    const written = stageFiles(folder, rendered, previous);
    const manifest = this.#manifest(number, rendered, details);
    const text = formatManifest(manifest);
    written.push(stageFile(folder, { name: MANIFEST_FILE, content: text, sum: sumOf(text), secret: false }));
    syncFiles(staging, written);
    syncPath(join(staging, KEYS_DIRECTORY));
    syncPath(staging);
    renameSync(staging, this.#folder.path(number));
    syncPath(join(this.#stateDirectory, GENERATIONS));
    return manifest;
  }

  #switchTo(number: number): void {
    const staged = join(this.#stateDirectory, CURRENT_STAGED);
    rmSync(staged, { force: true });
    symlinkSync(`${GENERATIONS}/${number}`, staged);
    renameSync(staged, join(this.#stateDirectory, CURRENT));
    syncPath(this.#stateDirectory);
  }

  /** What a killed run left behind: it was never visible. */
  #removeLitter(): void {
    const generations = join(this.#stateDirectory, GENERATIONS);
    mkdirSync(generations, { recursive: true });
    chmodSync(generations, 0o755);
    rmSync(join(this.#stateDirectory, GENERATIONS, STAGING), { recursive: true, force: true });
    rmSync(join(this.#stateDirectory, CURRENT_STAGED), { force: true });
  }

  #gid(secret: boolean): number | undefined {
    if (!this.#owner.isRoot) return undefined;
    return secret ? (this.#owner.shadowGid ?? 0) : 0;
  }

  #manifest(number: number, rendered: RenderedGeneration, details: CommitDetails): Manifest {
    return {
      version: 1,
      generation: number,
      createdAt: details.now.toISOString(),
      holdfast: details.holdfast,
      why: details.why,
      sources: [...details.sources],
      counts: rendered.counts,
      lastOffsets: { ...rendered.lastOffsets() },
      accessGroups: Object.fromEntries([...details.accessGroups].map(([name, members]) => [name, [...members]])),
      groupOrigins: listOrigins(details.groupOrigins),
      accountKeys: details.accountKeys.map((one) => ({ ...one, fingerprints: [...one.fingerprints] })),
      files: Object.fromEntries(sumsOf(rendered)),
    };
  }

  /** In doubt, yes: what may be served is not removed. */
  #leadsTo(number: number): boolean {
    try {
      return this.#folder.current() === number;
    } catch (error) {
      return !(error instanceof HoldfastError);
    }
  }

  #newestWhole(extent: Extent): Generation | undefined {
    for (const number of this.#folder.numbers().sort((a, b) => b - a)) {
      const generation = this.#load(number, extent);
      if (typeof generation !== 'string') return generation;
    }
    return undefined;
  }

  /** A generation whose every file is as its manifest says, or what is wrong with it. */
  #load(number: number, extent: Extent): Generation | string {
    const manifest = this.#folder.manifest(number);
    if (typeof manifest === 'string') return manifest;
    const path = this.#folder.path(number);
    const fault = findGenerationFault(path, manifest, (secret) => this.#gid(secret), extent);
    return fault === undefined ? { number, path, manifest } : `generation ${number}: ${fault}`;
  }
}
