/**
 * What to measure, and how often.
 */
import { parseArgs } from 'node:util';
import { Refusal } from '../demo/entry-point.ts';

export interface BenchOptions {
  /** People in the directory, for all but syncs and the key lookup. */
  readonly users: number;
  /** People in each of the directories that are synced; the last has `users`. */
  readonly sizes: readonly number[];
  readonly keysPerPerson: number;
  /** People in the two keys caches. */
  readonly lookupUsers: readonly [few: number, many: number];
  /** How often everything is measured; what takes minutes is measured once. */
  readonly repeat: number;
}

const USAGE = `Usage: npm run bench -- [--users N[,N...]] [--repeat N]
  --users   people in the directories that are synced (default 1000,10000,1000000,100000; of a million once); the last is what NSS, SSSD and
            nsscache are measured with; the key lookup is measured at 1000 and at 1000000
  --repeat  measurements of each thing (default 5)
`;

const MANY = 1_000_000;

/** @throws Refusal */
export function readOptions(args: readonly string[]): BenchOptions {
  const { sizes, repeat } = parseNumbers(args);
  return { users: sizes.at(-1) ?? MANY, sizes, keysPerPerson: 2, lookupUsers: [1000, MANY], repeat };
}

/** A sync of a million people takes the better part of a minute. */
export function repeatOf(size: number, { repeat }: BenchOptions): number {
  return size >= MANY ? 1 : repeat;
}

function parseNumbers(args: readonly string[]): Pick<BenchOptions, 'sizes' | 'repeat'> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { users: { type: 'string', default: '1000,10000,1000000,100000' }, repeat: { type: 'string', default: '5' } },
    });
    return {
      sizes: values.users.split(',').map((size) => parseCount('users', size, 1000)),
      repeat: parseCount('repeat', values.repeat, 1),
    };
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function parseCount(name: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= 1_000_000) return number;
  throw new Error(`--${name} is "${text}"; wanted: a number from ${least} to 1000000`);
}
