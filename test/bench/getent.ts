/**
 * NSS lookups on a host with the caches of the last sync: as holdfast writes them, and without their indexes, so that
 * libnss-cache reads passwd.cache from its beginning.
 */
import { chmod, link, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type NamespaceHost, startNamespaceHost } from '../support/namespace-host.ts';
import type { Company } from '../support/people.ts';
import type { BenchOptions } from './options.ts';
import { loginOf, pickEvenly, uidOf } from './people-sample.ts';
import type { Row, Section } from './table.ts';
import { type Loop, timeCalls } from './timed-program.ts';
import { measureInTurns } from './turns.ts';

const CALLS = 250;
const LINEAR_CALLS = 40;
const MAPS = ['passwd.cache', 'group.cache', 'shadow.cache'];

export interface GetentSetting {
  readonly options: BenchOptions;
  readonly folder: string;
  readonly company: Company;
  /** With the caches of a sync. */
  readonly stateDir: string;
  readonly signal: AbortSignal;
}

export async function measureGetent({ options, folder, company, stateDir, signal }: GetentSetting): Promise<Section> {
  const linearDir = join(folder, 'linear');
  await leaveOutIndexes(stateDir, linearDir);
  await using indexed = await startNamespaceHost({ stateDir });
  await using linear = await startNamespaceHost({ stateDir: linearDir });
  const people = pickEvenly(company, CALLS);
  const [logins, uids] = [people.map(loginOf), people.map(uidOf)];
  const getent = async (host: NamespaceHost, keys: readonly string[]): Promise<number> =>
    await timeCalls(loop(keys), (command) => host.commandLine(command));
  const samples = await measureInTurns(
    {
      name: async () => await getent(indexed, logins),
      uid: async () => await getent(indexed, uids),
      linearName: async () => await getent(linear, thinOut(logins)),
      linearUid: async () => await getent(linear, thinOut(uids)),
    },
    options.repeat,
    signal,
  );
  const rows: Row[] = [
    { what: 'getent passwd NAME', unit: 'ms', samples: samples.name },
    { what: 'getent passwd UID', unit: 'ms', samples: samples.uid },
    { what: 'NAME, without index', unit: 'ms', samples: samples.linearName, beside: { what: 'with index', samples: samples.name } },
    { what: 'UID, without index', unit: 'ms', samples: samples.linearUid, beside: { what: 'with index', samples: samples.uid } },
  ];
  return { title: `NSS, ${options.users.toLocaleString('en-US')} people`, rows };
}

function loop(keys: readonly string[]): Loop {
  return { call: 'getent passwd "$argument"', args: keys };
}

async function leaveOutIndexes(stateDir: string, linearDir: string): Promise<void> {
  const generation = join(linearDir, 'generations/1');
  await mkdir(generation, { recursive: true });
  for (const path of [linearDir, join(linearDir, 'generations'), generation]) await chmod(path, 0o755);
  await symlink('generations/1', join(linearDir, 'current'));
  for (const map of MAPS) await link(join(stateDir, 'current', map), join(generation, map));
}

function thinOut(keys: readonly string[]): string[] {
  return keys.filter((_, index) => index % Math.ceil(keys.length / LINEAR_CALLS) === 0);
}
