/**
 * The real command, from its sources, against a scratch root.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Changes, configText } from '../config/configuration.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
/** Sources that are stripped of their types once, not a hundred times: a command starts in half the time. */
const compileCache = join(import.meta.dirname, '../../.build/compile-cache');

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

/** Runs `holdfast` with these arguments. */
export async function holdfast(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return await run([process.execPath, main, ...args], options);
}

/** Runs a line of sh in which `holdfast` is the command. */
export async function shell(line: string, options: CommandOptions = {}): Promise<CommandResult> {
  return await run(['sh', '-c', `holdfast() { "$NODE" "$MAIN" "$@"; }\n${line}`], {
    ...options,
    env: { ...options.env, NODE: process.execPath, MAIN: main },
  });
}

/** The same with a terminal for its output, of which all is in `stdout` here. */
export async function atTerminal(line: string, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  const script = `holdfast() { "$NODE" "$MAIN" "$@"; }\n${line}`;
  return await run(['script', '--quiet', '--return', '--command', 'exec sh -c "$SCRIPT"', '/dev/null'], {
    env: { ...env, SCRIPT: script, NODE: process.execPath, MAIN: main },
  });
}

async function run([command = '', ...args]: readonly string[], { env = {}, uid }: CommandOptions): Promise<CommandResult> {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** A host's file system, with a configuration in its place; undefined for a host without one. */
export class ScratchRoot {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(changes?: Changes): Promise<ScratchRoot> {
    const root = new ScratchRoot(await mkdtemp(join(tmpdir(), 'holdfast-cli-')));
    if (changes !== undefined) await root.write('etc/holdfast/holdfast.toml', configText(changes));
    return root;
  }

  get config(): string {
    return join(this.path, 'etc/holdfast/holdfast.toml');
  }

  get state(): string {
    return join(this.path, 'var/lib/holdfast');
  }

  async write(name: string, text: string): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  async holdfast(...args: readonly string[]): Promise<CommandResult> {
    return await this.run(args);
  }

  /** @param env variables of its own */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return await holdfast(['--root', this.path, ...args], { env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
