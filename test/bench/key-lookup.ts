/**
 * What sshd waits for at each key that is offered: the lookup command, beside a search through one file of all keys.
 *
 * The other one does what the script of nsscache does: awk with the login as a pattern over the whole of sshkey.cache, then
 * tr and sed to make lines of what Python would print for a list.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fillBuckets, renderBucket } from '../../src/caches/keys-cache.ts';
import { joinKeyLines, type KeyLines } from '../../src/directory/key-lines.ts';
import type { LoginName } from '../../src/directory/names.ts';
import { type Company, generatePeople } from '../support/people.ts';
import { expectSuccess, runProgram } from '../support/running-program.ts';
import type { BenchOptions } from './options.ts';
import { loginOf, pickEvenly } from './people-sample.ts';
import type { Samples } from './samples.ts';
import type { Comparison, Row, Section } from './table.ts';
import { type Loop, timeCalls } from './timed-program.ts';
import { measureInTurns } from './turns.ts';

/** As it is installed; `npm run build` copies it. */
export const LOOKUP_COMMAND = join(import.meta.dirname, '../../packaging/authorized-keys');

const ONE_FILE_SCRIPT = `#!/bin/sh
awk -F: -v name="$1" '$0 ~ name { print $2 }' "$SSHKEY_CACHE" | tr -d "[']" | sed -e 's/, /\\n/g'
`;

/** In one loop. A search through a file of a million people takes as long as a hundred of ours. */
const CALLS = 100;
const ONE_FILE_CALLS = 30;
const SLOW_CALLS = 2;
const SLOW_FROM = 100_000;
/** Short loops and many turns: what else the machine does comes and goes within a second. */
const TURNS_PER_REPEAT = 4;

const LIMIT_MS = 3;
const LIMIT_RATIO = 1.3;

interface Caches {
  readonly people: number;
  readonly buckets: Loop;
  readonly oneFile: Loop;
}

export async function measureKeyLookup(options: BenchOptions, folder: string, signal: AbortSignal): Promise<Section> {
  const [few, many] = options.lookupUsers;
  const [small, large] = [await writeCaches(folder, few, options), await writeCaches(folder, many, options)];
  for (const loop of [small.buckets, small.oneFile, large.buckets, large.oneFile]) await check(loop, options.keysPerPerson);
  const samples = await measureInTurns(
    {
      small: async () => await timeCalls(small.buckets),
      large: async () => await timeCalls(large.buckets),
      smallFile: async () => await timeCalls(small.oneFile),
      largeFile: async () => await timeCalls(large.oneFile),
    },
    options.repeat * TURNS_PER_REPEAT,
    signal,
  );
  const name = (what: string, { people }: Caches): string => `${what}, ${people.toLocaleString('en-US')} people`;
  const rows: Row[] = [
    { what: name('authorized-keys', small), unit: 'ms', samples: samples.small, limit: LIMIT_MS },
    {
      what: name('authorized-keys', large),
      unit: 'ms',
      samples: samples.large,
      limit: LIMIT_MS,
      beside: { what: `the same at ${few.toLocaleString('en-US')}`, samples: samples.small, limit: { ratio: LIMIT_RATIO, kind: 'apart' } },
    },
    { what: name('awk over one file', small), unit: 'ms', samples: samples.smallFile, beside: besideOurs(small, samples.small) },
    { what: name('awk over one file', large), unit: 'ms', samples: samples.largeFile, beside: besideOurs(large, samples.large) },
  ];
  return { title: `Key lookup (${options.keysPerPerson} keys a person)`, rows };
}

function besideOurs({ people }: Caches, samples: Samples): Comparison {
  return { what: `authorized-keys at ${people.toLocaleString('en-US')}`, samples };
}

async function writeCaches(folder: string, people: number, { keysPerPerson }: BenchOptions): Promise<Caches> {
  const company = generatePeople({ count: people, keysPerPerson });
  const stateDir = join(folder, `keys-${people}`);
  await writeBuckets(stateDir, company);
  const oneFile = join(folder, `sshkey.cache-${people}`);
  await pipeline(Readable.from(sshkeyCache(company)), createWriteStream(oneFile));
  const script = join(folder, 'one-file-keys');
  await writeFile(script, ONE_FILE_SCRIPT, { mode: 0o755 });

  return {
    people,
    buckets: {
      call: `${LOOKUP_COMMAND} "$argument"`,
      args: pickEvenly(company, CALLS).map(loginOf),
      env: { HOLDFAST_STATE_DIR: stateDir },
    },
    oneFile: {
      call: `${script} "$argument"`,
      args: pickEvenly(company, people < SLOW_FROM ? ONE_FILE_CALLS : SLOW_CALLS).map(loginOf),
      env: { SSHKEY_CACHE: oneFile },
    },
  };
}

async function writeBuckets(stateDir: string, { people }: Company): Promise<void> {
  const folder = join(stateDir, 'current/keys');
  await mkdir(folder, { recursive: true });
  const keys = new Map<LoginName, KeyLines>();
  for (const { uid, sshPublicKeys } of people) keys.set(uid as LoginName, joinKeyLines(sshPublicKeys));
  for (const [bucket, logins] of fillBuckets(keys)) await writeFile(join(folder, String(bucket)), renderBucket(logins, keys));
}

function* sshkeyCache({ people }: Company): Generator<string> {
  let piece = '';
  for (const { uid, sshPublicKeys } of people) {
    piece += `${uid}:[${sshPublicKeys.map((key) => `'${key}'`).join(', ')}]\n`;
    if (piece.length < 1 << 20) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/** Once through all of it, which also brings the files into memory. */
async function check({ call, args, env = {} }: Loop, keysPerPerson: number): Promise<void> {
  const command = ['sh', '-c', `for argument; do ${call}; done`, 'loop', ...args];
  const result = await runProgram(command, { env });
  expectSuccess(result, command);
  // A pattern finds others' keys too: as many as there should be, or more.
  const lines = result.stdout.match(/^ssh-ed25519 /gm)?.length ?? 0;
  if (lines < args.length * keysPerPerson) throw new Error(`"${call}" printed ${lines} keys for ${args.length} people`);
}
