/**
 * Other programs of this host, run with a limit for everything: time, output, and how long anybody waits for their end.
 *
 * One that hangs in the kernel, on a dead network file system say, cannot be killed: then it is left behind, and nobody waits for it.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { errnoOf, messageOf } from '../errors.ts';

export type ProgramOutcome =
  | { readonly kind: 'ended'; readonly status: number; readonly stdout: Buffer; readonly stderr: string }
  | { readonly kind: 'absent' }
  /** Killed, or left behind. */
  | { readonly kind: 'late'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly reason: string };

export interface ProgramOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** As this user, without further groups; else as who runs this. */
  readonly identity?: { readonly uid: number; readonly gid: number } | undefined;
  readonly input?: string;
}

const OUTPUT_MAX = 4 * 1024 * 1024;
/** What sshd gives its commands, and nothing of a person's shell. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export async function runProgram([file = '', ...args]: readonly string[], options: ProgramOptions): Promise<ProgramOutcome> {
  const { promise, resolve } = Promise.withResolvers<ProgramOutcome>();
  const child = startChild(file, args, options);
  if (child instanceof Error) return failureOf(child);
  const output = collect(child, () => {
    abandon(child);
    resolve({ kind: 'failed', reason: `more than ${OUTPUT_MAX} bytes of output` });
  });
  const giveUp = (outcome: ProgramOutcome): void => {
    abandon(child);
    resolve(outcome);
  };
  const timer = setTimeout(() => giveUp({ kind: 'late', seconds: options.timeout / 1000 }), options.timeout);
  const onAbort = (): void => giveUp({ kind: 'failed', reason: 'interrupted' });
  options.signal.addEventListener('abort', onAbort, { once: true });
  child.once('error', (error) => resolve(failureOf(error)));
  child.once('close', (status, signal) => resolve(endOf(status, signal, output())));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', onAbort);
  }
}

/** In a process group of its own, so that what it has started ends with it. It gets no open file of ours, and no lock. */
export function startChild(
  file: string,
  args: readonly string[],
  { identity }: Pick<ProgramOptions, 'identity'> = {},
): ChildProcessWithoutNullStreams | Error {
  try {
    // Uid and gid alone: an account has a shell as well, which spawn() would take for its own option.
    const as = identity === undefined ? {} : { uid: identity.uid, gid: identity.gid };
    return spawn(file, args, { cwd: '/', env: ENVIRONMENT, detached: true, shell: false, ...as });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function collect(child: ChildProcessWithoutNullStreams, onTooMuch: () => void): () => { stdout: Buffer; stderr: string } {
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  let length = 0;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > OUTPUT_MAX) onTooMuch();
      else chunks[name].push(chunk);
    });
  }
  return () => ({ stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr).toString() });
}

function endOf(status: number | null, signal: NodeJS.Signals | null, output: { stdout: Buffer; stderr: string }): ProgramOutcome {
  return status === null ? { kind: 'failed', reason: `ended by ${signal}` } : { kind: 'ended', status, ...output };
}

function failureOf(error: Error): ProgramOutcome {
  return errnoOf(error) === 'ENOENT' ? { kind: 'absent' } : { kind: 'failed', reason: messageOf(error) };
}

/** Its whole process group, where that is still there. */
export function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Nobody waits for it or reads it any more. */
export function abandon(child: ChildProcessWithoutNullStreams): void {
  killGroup(child);
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  child.unref();
}
