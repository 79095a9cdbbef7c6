/**
 * Programs whose time and memory are measured.
 */
import { readFileSync } from 'node:fs';
import { expectSuccess, finish, type ProgramOptions, type RunningProgram, startProgram } from '../support/running-program.ts';

export interface Cost {
  /** From the start to the end of its output. */
  readonly seconds: number;
  /** The most memory that it ever had (resident, 10^6 bytes), of its first process alone. */
  readonly peakMegabytes: number;
}

/** The kernel keeps the peak (VmHWM), so that only what comes in the last of these milliseconds can be missed. */
const POLL_INTERVAL = 10;
const TIMEOUT = 600_000;

/** @throws a plain Error for any status but 0: a failure is no measurement */
export async function timeProgram(command: readonly string[], options: ProgramOptions = {}): Promise<Cost> {
  const started = performance.now();
  const program = startProgram(command, options);
  const peak = watchPeak(program);
  const seconds = await secondsToEnd(program, command, started);
  return { seconds, peakMegabytes: peak.stop() / 1e6 };
}

async function secondsToEnd(program: RunningProgram, command: readonly string[], started: number): Promise<number> {
  const result = await finish(program, { timeoutMs: TIMEOUT });
  const seconds = (performance.now() - started) / 1000;
  expectSuccess(result, command);
  return seconds;
}

/** `stop` returns the bytes. */
function watchPeak({ pid }: RunningProgram): { readonly stop: () => number } {
  let bytes = 0;
  const timer = setInterval(() => {
    bytes = Math.max(bytes, readPeak(pid));
  }, POLL_INTERVAL);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      return bytes;
    },
  };
}

function readPeak(pid: number): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0; // ended meanwhile
  }
}

export interface Loop {
  /** A line of sh, in which `$argument` is one of `args`. */
  readonly call: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** @returns milliseconds for one call, with the fork and exec of all that it starts */
export async function timeCalls(
  { call, args, env = {} }: Loop,
  commandLine = (command: readonly string[]) => [...command],
): Promise<number> {
  const command = commandLine(['sh', '-c', `for argument; do ${call} || exit; done >/dev/null`, 'loop', ...args]);
  const started = performance.now();
  const seconds = await secondsToEnd(startProgram(command, { env }), command, started);
  return (seconds * 1000) / args.length;
}
