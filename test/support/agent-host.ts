/**
 * A namespace host with holdfast on it: configuration in its /etc, the real command from its sources, and a state folder that
 * outlives the host, as a disk outlives a reboot.
 */

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Changes, configText } from '../config/configuration.ts';
import { type NamespaceHost, startNamespaceHost } from './namespace-host.ts';
import type { ProgramResult } from './running-program.ts';

const root = join(import.meta.dirname, '../..');

/** `holdfast`, from its sources. */
export const HOLDFAST: readonly string[] = [process.execPath, join(root, 'src/main.ts')];

/** Sources stripped of their types once, not at every start. */
export const HOLDFAST_ENV: Readonly<Record<string, string>> = { NODE_COMPILE_CACHE: join(root, '.build/compile-cache') };

/** A folder as /var/lib/holdfast is: open to all. */
export class StateDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<StateDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-disk-'));
    await chmod(folder, 0o755);
    const path = join(folder, 'state');
    await mkdir(path);
    return new StateDisk(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(join(this.path, '..'), { recursive: true });
  }
}

export class AgentHost {
  readonly host: NamespaceHost;

  private constructor(host: NamespaceHost) {
    this.host = host;
  }

  static async boot(disk: StateDisk, config: Changes): Promise<AgentHost> {
    const host = await startNamespaceHost({ stateDir: disk.path });
    await host.writeEtc('holdfast/holdfast.toml', configText(config), 0o640);
    return new AgentHost(host);
  }

  async holdfast(...args: readonly string[]): Promise<ProgramResult> {
    return await this.host.run([...HOLDFAST, ...args], { env: HOLDFAST_ENV });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.stop();
  }
}
