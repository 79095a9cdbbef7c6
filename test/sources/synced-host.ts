/**
 * A host with one good generation, and the real command on it: what does a run that fails leave of the caches?
 */
import { createHash } from 'node:crypto';
import { cp, lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, holdfast } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
/** What every run writes, whatever comes of it: its record for `status`. */
const RECORD = 'last-run.json';

export class SyncedHost {
  readonly #root: string;
  #before: ReadonlySet<string> = new Set();

  private constructor(root: string) {
    this.#root = root;
  }

  /** Syncs with this configuration, from a directory that is as it should be. */
  static async create(changes: Changes): Promise<SyncedHost> {
    const host = new SyncedHost(await mkdtemp(join(tmpdir(), 'holdfast-host-')));
    const { status, stderr } = await host.sync(changes);
    if (status !== 0) throw new Error(`the first sync failed: ${stderr}`);
    host.#before = new Set(await host.#listState());
    return host;
  }

  /** Another host in the same state: runs on one host wait for each other. */
  async copy(): Promise<SyncedHost> {
    const host = new SyncedHost(await mkdtemp(join(tmpdir(), 'holdfast-host-')));
    await cp(this.#root, host.#root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    host.#before = new Set(await host.#listState());
    return host;
  }

  /** The options of a command that runs on this host with this configuration. */
  async configure(changes: Changes): Promise<readonly string[]> {
    const path = join(this.#root, 'run.toml');
    await writeFile(path, configText(changes));
    return ['--root', this.#root, '--config', path];
  }

  async sync(changes: Changes, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return await holdfast([...(await this.configure(changes)), 'sync'], { env });
  }

  /** A sync that is still running. */
  start(options: readonly string[]): RunningProgram {
    return startProgram([process.execPath, MAIN, ...options, 'sync']);
  }

  async keys(login: string): Promise<string> {
    return (await holdfast(['--root', this.#root, '--config', join(this.#root, 'run.toml'), 'keys', login])).stdout;
  }

  /** Which files of the good generation and of its snapshot differ in content, mode or time, are gone, or are new. */
  async touched(): Promise<string[]> {
    const now = new Set(await this.#listState());
    return [...now.symmetricDifference(this.#before)];
  }

  async #listState(): Promise<string[]> {
    const state = join(this.#root, 'var/lib/holdfast');
    const entries = await readdir(state, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory() && entry.name !== RECORD);
    return await Promise.all(files.map(async ({ parentPath, name }) => await describeFile(join(parentPath, name))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true });
  }
}

async function describeFile(path: string): Promise<string> {
  const { mode, mtimeMs } = await lstat(path);
  const content =
    (mode & 0o170000) === 0o120000
      ? await readlink(path)
      : createHash('sha256')
          .update(await readFile(path))
          .digest('hex');
  return `${path} ${mode.toString(8)} ${mtimeMs} ${content}`;
}
