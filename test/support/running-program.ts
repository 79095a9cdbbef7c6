/**
 * Programs that tests start: their output as text, their end as a result, whatever way they end.
 */

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProgramResult {
  /** `null` when a signal ended the program. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly input?: string | Buffer;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** After that the program is killed (SIGKILL). Default 60 seconds. */
  readonly timeoutMs?: number;
}

/** Runs a program on this machine; any way for it to end is a result. */
export async function runProgram(command: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return await finish(startProgram(command, options), options);
}

/** Starts a program on this machine. Its stdin stays open unless `input` is given. */
export function startProgram([file = '', ...args]: readonly string[], { input, env, cwd }: ProgramOptions = {}): RunningProgram {
  const child = spawn(file, args, { env: { ...process.env, ...env }, cwd });
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  return new RunningProgram(child);
}

/** A program that has been started and what it has written until now. */
export class RunningProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #output = { stdout: '', stderr: '' };
  /** The process is over; a child that it left behind may still hold its output open. */
  readonly exited: Promise<void>;
  /** The process is over and its output complete. */
  readonly ended: Promise<ProgramResult>;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text: string) => (this.#output[name] += text));
    }
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve({ status, signal, ...this.#output }));
    });
    // Not everyone who starts a program waits for its end.
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`could not start "${this.#child.spawnfile}"`);
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#output.stdout;
  }

  get stderr(): string {
    return this.#output.stderr;
  }

  closeInput(): void {
    this.#child.stdin.end();
  }

  /** Signals the program itself; for one on a host that is only nsenter(1). */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Signals the program that nsenter(1) runs on a host; nsenter then ends as it does. */
  signalInside(name: NodeJS.Signals): void {
    for (const pid of childrenOf(this.pid)) sendSignal(pid, name);
  }

  /** Waits until stdout or stderr matches; throws when the program ends before that. */
  async waitFor(pattern: RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (pattern.test(this.stdout) || pattern.test(this.stderr)) resolve();
    };
    const streams = [this.#child.stdout, this.#child.stderr];
    for (const stream of streams) stream.on('data', look);
    look();
    this.ended.then((result) => reject(new Error(`"${this.#child.spawnfile}" ended before ${pattern}: ${describe(result)}`)), reject);
    try {
      await promise;
    } finally {
      for (const stream of streams) stream.off('data', look);
    }
  }
}

/** Closes the program's input and waits for its end, or brings it about. */
export async function finish(program: RunningProgram, { timeoutMs = 60_000 }: ProgramOptions): Promise<ProgramResult> {
  program.closeInput();
  const timer = setTimeout(() => {
    program.signalInside('SIGKILL');
    program.signal('SIGKILL');
  }, timeoutMs);
  try {
    return await program.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** From /proc/PID/stat: not every kernel has /proc/PID/task/TID/children. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
}

/** The second field, the program's name, may hold spaces and parentheses; the parent is the second field after it. */
function parentOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // ended meanwhile
  }
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // ended meanwhile
  }
}

export function expectSuccess(result: ProgramResult, command: readonly string[]): void {
  if (result.status !== 0) throw new Error(`"${command.join(' ')}" failed: ${describe(result)}`);
}

function describe({ status, signal, stdout, stderr }: ProgramResult): string {
  return `${signal ?? `status ${status}`}\n${stdout}${stderr}`;
}
