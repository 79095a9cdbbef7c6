/**
 * Faults and kills at exact system calls, with strace(1).
 *
 * What works with Node, tried with strace 6.1 and Node 26:
 * - Node itself makes none of rename, link, symlink, unlink, mkdir, rmdir, fsync, fdatasync and ftruncate while it
 *   starts, so a fault in these needs no path. One in write, read, openat, close or stat does: without `path`, it hits
 *   Node's own pipes and modules, and Node aborts.
 * - strace counts `when` for each *thread* apart, and Node's asynchronous file calls run on four. Every command here
 *   therefore runs with UV_THREADPOOL_SIZE=1: all asynchronous calls are on one thread, all synchronous ones on the
 *   main thread. A call's `nth` is its number on its own thread, which is what `when` wants. A program that makes the
 *   same call on both is hit on whichever gets there first: look at the result's `hit`.
 * - `signal=KILL` kills before the call is carried out; to die after a call, die at the next one.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './running-program.ts';
import type { ProgramOptions, ProgramResult } from './running-program.ts';

/** C libraries differ, by architecture, in the call behind a function; `?` lets strace skip what it does not know. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  rename: ['rename', 'renameat', 'renameat2'],
  link: ['link', 'linkat'],
  symlink: ['symlink', 'symlinkat'],
  unlink: ['unlink', 'unlinkat'],
  mkdir: ['mkdir', 'mkdirat'],
};

export interface SyscallCall {
  /** From 0, over all threads and calls listed, in the order in which they began. */
  readonly index: number;
  /** As asked for: `rename` is also a renameat or a renameat2. */
  readonly syscall: string;
  /** The arguments as strace prints them, file descriptors with their path: `21</var/lib/x>`. */
  readonly args: string;
  /** The absolute paths among the arguments. */
  readonly paths: readonly string[];
  readonly thread: number;
  /** From 1, the number of this system call on its thread: the `when` that hits this call. */
  readonly nth: number;
  /** As strace prints it: `0`, `-1 EIO (Input/output error) (INJECTED)`, or `?` when the call never returned. */
  readonly result: string;
}

export interface Injection {
  /** `rename`, `fsync`, …; several as `rename,fsync`, each with its own count. */
  readonly syscall: string;
  /** As strace's -e inject: `signal=KILL`, `error=EIO`, `retval=1`, `delay_enter=100000`. */
  readonly action: string;
  /** Only the nth call on a thread; every call when absent. */
  readonly when?: number;
  /**
   * Only calls on this path, which must be written just so in the call; then only those count for `when`. Of a rename
   * strace looks at the *old* name alone, of a link at both, of a symlink at the new one.
   */
  readonly path?: string;
}

export interface StraceOptions extends ProgramOptions {
  readonly command: readonly string[];
}

export interface InjectOptions extends StraceOptions {
  readonly inject: Injection;
}

export interface InjectResult extends ProgramResult {
  /** The calls of the injected kinds, up to the end. */
  readonly calls: readonly SyscallCall[];
  /** The call that got the error, or in which the program was killed; `undefined` when the fault never struck. */
  readonly hit: SyscallCall | undefined;
}

export interface CountOptions extends StraceOptions {
  readonly syscalls: readonly string[];
  /** Only calls with a path below, or equal to, this one. Numbers (`nth`) count all calls nevertheless. */
  readonly pathPrefix?: string;
}

export interface CountResult extends ProgramResult {
  readonly calls: readonly SyscallCall[];
}

/** Runs a command with a fault in it. A killed command has signal SIGKILL. */
export async function straceInject({ command, inject, ...options }: InjectOptions): Promise<InjectResult> {
  const { syscall, action, when, path } = inject;
  const names = callNames(syscall.split(','));
  const fault = `${names}:${action}${when === undefined ? '' : `:when=${when}`}`;
  const only = path === undefined ? [] : ['-P', path];
  const result = await strace([...only, '-e', `trace=${names}`, '-e', `inject=${fault}`], command, options);
  return { ...result, hit: result.calls.findLast(wasHit) };
}

/** Runs a command and lists its calls of these kinds in order, for a test that then kills it at each. */
export async function countSyscalls({ command, syscalls, pathPrefix, ...options }: CountOptions): Promise<CountResult> {
  const result = await strace(['-e', `trace=${callNames(syscalls)}`], command, options);
  return { ...result, calls: pathPrefix === undefined ? result.calls : below(result.calls, pathPrefix) };
}

async function strace(filters: readonly string[], command: readonly string[], { env, ...options }: ProgramOptions): Promise<CountResult> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-strace-'));
  try {
    const log = join(folder, 'log');
    const result = await runProgram(
      ['strace', '-f', '-qq', '-y', '-s', '4096', '-e', 'signal=none', '-o', log, ...filters, '--', ...command],
      { ...options, env: { ...env, UV_THREADPOOL_SIZE: '1' } },
    );
    return { ...result, calls: parseStrace(await readFile(log, 'utf8')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function callNames(syscalls: readonly string[]): string {
  return syscalls.flatMap((syscall) => FAMILIES[syscall]?.map((name) => `?${name}`) ?? [syscall]).join(',');
}

/**
 * Reads the output of `strace -f -y -o`: `PID call(args) = result`. A call during which another thread's was printed is
 * cut in two, `PID call(args <unfinished ...>` and `PID <... call resumed>rest) = result`.
 */
function parseStrace(text: string): SyscallCall[] {
  const calls: SyscallCall[] = [];
  const open = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, thread = '', resumed, syscall, rest = ''] = /^(\d+) +(?:(<\.\.\.) \w+ resumed>|(\w+)\()(.*)$/.exec(line) ?? [];
    if (syscall !== undefined) {
      if (rest.endsWith('<unfinished ...>')) open.set(thread, calls.length);
      calls.push(begin(calls, Number(thread), syscall, rest));
    } else if (resumed !== undefined) {
      const index = open.get(thread) ?? -1;
      const call = calls[index];
      if (call) calls[index] = resume(call, rest);
    }
  }
  return calls;
}

function begin(earlier: readonly SyscallCall[], thread: number, name: string, rest: string): SyscallCall {
  const syscall = Object.keys(FAMILIES).find((family) => FAMILIES[family]?.includes(name)) ?? name;
  const nth = earlier.filter((call) => call.thread === thread && call.syscall === syscall).length + 1;
  return { index: earlier.length, syscall, thread, nth, ...outcome(rest.replace(/ *<unfinished \.\.\.>$/, '')) };
}

function resume(call: SyscallCall, rest: string): SyscallCall {
  return { ...call, ...outcome(call.args + rest) };
}

function outcome(text: string): Pick<SyscallCall, 'args' | 'paths' | 'result'> {
  const returned = /^(?<args>.*)\) += (?<result>.*)$/.exec(text)?.groups;
  const args = returned?.['args'] ?? text;
  return { args, paths: pathsIn(args), result: returned?.['result'] ?? '?' };
}

/** Strings that begin with a slash and paths of file descriptors; `AT_FDCWD</…>` is neither. */
function pathsIn(args: string): string[] {
  return [...args.matchAll(/"(\/(?:[^"\\]|\\.)*)"|\b\d+<(\/[^>]*)>/g)].map(([, name, open]) => name ?? open ?? '');
}

function below(calls: readonly SyscallCall[], prefix: string): SyscallCall[] {
  const inside = (path: string): boolean => path === prefix || path.startsWith(`${prefix.replace(/\/$/, '')}/`);
  return calls.filter(({ paths }) => paths.some(inside)).map((call, index) => ({ ...call, index }));
}

function wasHit({ result }: SyscallCall): boolean {
  return result.includes('(INJECTED)') || result.startsWith('?');
}
