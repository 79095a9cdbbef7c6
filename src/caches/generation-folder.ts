/**
 * The folder of generations: which are there, where each is, and what its manifest says.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, HoldfastError, messageOf } from '../errors.ts';
import { type Manifest, MANIFEST_FILE, parseManifest } from './manifest.ts';

export const CURRENT = 'current';
export const GENERATIONS = 'generations';

export class GenerationFolder {
  readonly #stateDirectory: string;

  constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory;
  }

  numbers(): number[] {
    const folder = join(this.#stateDirectory, GENERATIONS);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => /^[1-9][0-9]*$/.test(name))
      .map(Number);
  }

  path(number: number): string {
    return join(this.#stateDirectory, GENERATIONS, String(number));
  }

  /** A manifest that cannot be read is as bad as none: a text says why. */
  manifest(number: number): Manifest | string {
    try {
      return parseManifest(readFileSync(join(this.path(number), MANIFEST_FILE), 'utf8'));
    } catch (error) {
      const why = errnoOf(error);
      if (why === undefined) throw error;
      return `generation ${number} has no ${MANIFEST_FILE}${why === 'ENOENT' ? '' : `: ${messageOf(error)}`}`;
    }
  }

  /** Where `current` leads; a text when it is something else than a symlink to a generation. */
  current(): number | string | undefined {
    const path = join(this.#stateDirectory, CURRENT);
    let target: string;
    try {
      target = readlinkSync(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      if (errnoOf(error) !== 'EINVAL') throw error;
      throw new HoldfastError('cache-failed', `${path} is no symlink`, {
        hints: [`holdfast makes it a link to a generation; move it away: mv ${path} ${path}.moved`],
      });
    }
    const match = /^generations\/([1-9][0-9]*)$/.exec(target);
    return match === null ? `${CURRENT} leads to "${target}", which is no generation` : Number(match[1]);
  }
}
