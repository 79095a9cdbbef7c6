/**
 * One hook, run with a limit for everything. Of what it prints the end is kept, and what it has left running ends with it.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { errnoOf, messageOf } from '../errors.ts';
import { abandon, killGroup, startChild } from './program.ts';

export type HookEnd =
  | { readonly kind: 'ended'; readonly status: number }
  | { readonly kind: 'late'; readonly seconds: number }
  /** A clause: `ended by SIGSEGV`. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface HookRun {
  readonly end: HookEnd;
  /** The end of what it printed, on stdout and stderr. */
  readonly output: string;
}

export interface HookOptions {
  readonly input: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const OUTPUT_MAX = 4096;
/** Milliseconds in which what a hook printed has to arrive when it has ended. */
const LAST_WORDS = 500;

export async function runHook(path: string, { input, timeout, signal }: HookOptions): Promise<HookRun> {
  if (signal.aborted) return { end: { kind: 'failed', reason: 'not run: interrupted' }, output: '' };
  const child = startChild(path, []);
  if (child instanceof Error) return { end: failureOf(child), output: '' };
  const output = collectEnd(child);
  const { promise, resolve } = Promise.withResolvers<HookEnd>();
  const timer = setTimeout(() => resolve({ kind: 'late', seconds: timeout / 1000 }), timeout);
  const onAbort = (): void => resolve({ kind: 'failed', reason: 'interrupted' });
  signal.addEventListener('abort', onAbort, { once: true });
  child.once('error', (error) => resolve(failureOf(error)));
  child.once('exit', (status, by) => resolve(status === null ? { kind: 'failed', reason: `ended by ${by}` } : { kind: 'ended', status }));
  // Whether it reads what it is told is its own affair.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  try {
    const end = await promise;
    killGroup(child);
    await closed(child);
    return { end, output: output() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    abandon(child);
  }
}

/** All of it is read, or the hook would wait; where it says why it ends is the end. */
function collectEnd(child: ChildProcessWithoutNullStreams): () => string {
  let kept = Buffer.alloc(0);
  let length = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk.subarray(-OUTPUT_MAX)]).subarray(-OUTPUT_MAX);
      length += chunk.length;
    });
  }
  return () => `${length > OUTPUT_MAX ? '…' : ''}${kept.toString()}`;
}

/** What has left its process group may hold the pipes open for ever. */
async function closed(child: ChildProcessWithoutNullStreams): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LAST_WORDS);
  child.once('close', () => resolve());
  if (child.stdout.destroyed && child.stderr.destroyed) resolve();
  await promise;
  clearTimeout(timer);
}

function failureOf(error: Error): HookEnd {
  return {
    kind: 'failed',
    reason: errnoOf(error) === 'ENOENT' ? 'it is gone, or what its first line names is not there' : messageOf(error),
  };
}
