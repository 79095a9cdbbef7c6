/**
 * `npm run bench`: what a lookup and a sync cost, beside what they are compared with, in one table.
 *
 * Everything is measured several times, and what is compared is measured in turns: on a busy machine the ratios say more than
 * the times.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareMachine, runAsProgram } from '../demo/entry-point.ts';
import { type Company, generatePeople } from '../support/people.ts';
import { DirectoryServer } from './directory-server.ts';
import { measureEmergency } from './emergency.ts';
import { measureGetent } from './getent.ts';
import { measureIam } from './iam.ts';
import { measureKeyLookup } from './key-lookup.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { type BenchOptions, readOptions, repeatOf } from './options.ts';
import { measurePeers } from './peers.ts';
import { ScratchHost } from './scratch-host.ts';
import { measureSync } from './sync.ts';
import { renderTable, type Section } from './table.ts';

const EXPLANATION = `
Ratios are medians of the ratios of each turn, so that a machine that is busy for a while does not shift them.
A busy disk does: a sync waits for it, and ldapsearch writes nothing (TMPDIR=/dev/shm leaves the disk out).
Lookups: milliseconds for one call from a loop of sh, with the fork and exec of all that it starts; nothing is subtracted.
Syncs: the process dist/holdfast from its start to its end, flushed to the disk. Its peak memory is the kernel's VmHWM; received is what the
server has sent, TLS and all; written are files of caches and state that are new on the disk, without the record of the run.
IAM: moto on this machine, behind a proxy that counts; the time says nothing of AWS.
ldapsearch: the same entries and attributes in the same pages over the same mutual TLS, people and then groups, to /dev/null.
`;

async function bench(signal: AbortSignal): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  prepareMachine();
  const load = describeLoad();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  stack.defer(async () => await rm(folder, { recursive: true }));
  const sections = await measure(options, folder, signal);
  process.stdout.write(`${renderTable(sections)}${EXPLANATION}${await describeMachine(load)}`);
}

async function measure(options: BenchOptions, folder: string, signal: AbortSignal): Promise<Section[]> {
  announce(`key lookup at ${options.lookupUsers.map(String).join(' and ')} people`);
  const lookup = await measureKeyLookup(options, folder, signal);

  announce('emergency run');
  const emergency = await measureEmergency(options, folder, signal);

  const syncs: Section[] = [];
  for (const size of options.sizes.slice(0, -1)) syncs.push(await withDirectory(size, options, folder, signal, ({ sync }) => sync));
  return await withDirectory(options.users, options, folder, signal, async ({ sync, company, directory, host }) => {
    announce('NSS lookup');
    const getent = await measureGetent({ options, folder, company, stateDir: host.stateDir, signal });
    announce('IAM');
    const iam = await measureIam(folder, signal);
    announce('others');
    return [lookup, ...syncs, sync, getent, iam, emergency, await measurePeers({ options, folder, directory, host, signal })];
  });
}

interface Synced {
  readonly company: Company;
  readonly directory: DirectoryServer;
  readonly host: ScratchHost;
  readonly sync: Section;
}

/** Of so many people, gone when `use` is done. */
async function withDirectory<T>(
  size: number,
  options: BenchOptions,
  folder: string,
  signal: AbortSignal,
  use: (synced: Synced) => T | Promise<T>,
): Promise<T> {
  announce(`syncs of ${size} people`);
  const company = generatePeople({ count: size, keysPerPerson: options.keysPerPerson });
  const own = join(folder, `sync-${size}`);
  await mkdir(own);
  await using directory = await DirectoryServer.start(own, company);
  const config = join(own, 'holdfast.toml');
  await directory.writeConfig(config);
  const host = new ScratchHost(own, config);
  const sync = await measureSync({ directory, host, repeat: repeatOf(size, options), signal });
  return await use({ company, directory, host, sync });
}

/** On stderr: the table may go into a file. */
function announce(what: string): void {
  process.stderr.write(`bench: ${what}\n`);
}

await runAsProgram('bench', bench);
