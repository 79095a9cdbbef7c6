/**
 * What to measure, and how often.
 */
import { parseArgs } from 'node:util';
import { Refusal } from '../demo/entry-point.ts';

export interface BenchOptions {
  /** People in the directory, for all but the key lookup. */
  readonly users: number;
  readonly keysPerPerson: number;
  /** People in the two keys caches. */
  readonly lookupUsers: readonly [few: number, many: number];
  /** How often everything is measured. */
  readonly repeat: number;
}

const USAGE = `Usage: npm run bench -- [--users N] [--repeat N]
  --users   people in the directory (default 100000); the key lookup is measured at 1000 and at ten times as many
  --repeat  measurements of each thing (default 5)
`;

/** @throws Refusal */
export function readOptions(args: readonly string[]): BenchOptions {
  const { users, repeat } = parseNumbers(args);
  return { users, keysPerPerson: 2, lookupUsers: [1000, users * 10], repeat };
}

function parseNumbers(args: readonly string[]): { readonly users: number; readonly repeat: number } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { users: { type: 'string', default: '100000' }, repeat: { type: 'string', default: '5' } },
    });
    return { users: parseCount('users', values.users, 1000), repeat: parseCount('repeat', values.repeat, 1) };
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function parseCount(name: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= 1_000_000) return number;
  throw new Error(`--${name} is "${text}"; wanted: a number from ${least} to 1000000`);
}
