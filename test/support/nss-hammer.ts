/**
 * Readers for the stress tests: processes on a namespace host that look people up through NSS as fast as they can.
 *
 * A wrong answer is one thing to look for and a reader that dies the other: with a mismatched map and index glibc
 * aborts the calling process.
 */

import { join } from 'node:path';
import type { NamespaceHost } from './namespace-host.ts';
import type { ProgramResult, RunningProgram } from './running-program.ts';

const SCRIPT = join(import.meta.dirname, 'nss-hammer.pl');

export interface ExpectedUser {
  readonly name: string;
  readonly uid: number;
}

export interface NssHammerOptions {
  readonly host: NamespaceHost;
  readonly processes?: number;
  /** Must be found at every lookup, by name and by uid. */
  readonly stable: readonly ExpectedUser[];
  /** May be found or not; when found, the answer must have this name and this uid. */
  readonly absentOk?: readonly ExpectedUser[];
  /** Readers run as this uid; as root (the default) every lookup reads the shadow map too. */
  readonly uid?: number;
}

export interface NssHammerReport {
  readonly lookups: number;
  readonly found: number;
  /** Lookups of stable users that found nobody. */
  readonly missing: number;
  /** Answers with another name or uid than expected. */
  readonly wrong: number;
  /** Up to ten of each kind from each process, as `wrong: getpwuid(1001) answered ice:1001, not alice:1001`. */
  readonly examples: readonly string[];
  /** Readers that died (SIGABRT, SIGSEGV, SIGBUS or an error of their own); their counts are lost. */
  readonly aborted: readonly ProgramResult[];
}

type Counts = Omit<NssHammerReport, 'aborted'>;

/** Starts the readers, and returns when all of them are reading. */
export async function startNssHammer(options: NssHammerOptions): Promise<NssHammer> {
  const { host, processes = 2, stable, absentOk = [], uid } = options;
  const input = [...lines('stable', stable), ...lines('absent-ok', absentOk)].join('');
  const readers = Array.from({ length: processes }, () => host.start(['perl', SCRIPT], { input, ...(uid === undefined ? {} : { uid }) }));
  const hammer = new NssHammer(readers);
  await hammer.reading();
  return hammer;
}

export class NssHammer {
  readonly #readers: readonly RunningProgram[];

  constructor(readers: readonly RunningProgram[]) {
    this.#readers = readers;
  }

  /** Waits until every reader has begun, dead ones aside: the report tells of those. */
  async reading(): Promise<void> {
    await Promise.allSettled(this.#readers.map((reader) => reader.waitFor(/^ready$/m)));
  }

  /** Ends the readers and adds up what they saw. */
  async stop(): Promise<NssHammerReport> {
    for (const reader of this.#readers) reader.signalInside('SIGTERM');
    return report(await Promise.all(this.#readers.map((reader) => reader.ended)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function lines(rule: string, users: readonly ExpectedUser[]): string[] {
  return users.map(({ name, uid }) => `${rule} ${name} ${uid}\n`);
}

function report(results: readonly ProgramResult[]): NssHammerReport {
  const counts = results.filter(({ status }) => status === 0).map(countsOf);
  return {
    lookups: sum(counts.map(({ lookups }) => lookups)),
    found: sum(counts.map(({ found }) => found)),
    missing: sum(counts.map(({ missing }) => missing)),
    wrong: sum(counts.map(({ wrong }) => wrong)),
    examples: counts.flatMap(({ examples }) => examples),
    aborted: results.filter(({ status }) => status !== 0),
  };
}

function countsOf({ stdout }: ProgramResult): Counts {
  return JSON.parse(stdout.replace(/^ready\n/, '')) as Counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
