/**
 * Syncs of the whole directory over mutual TLS: the first one, one that changes nothing, and one after a single change, each
 * beside ldapsearch of the same, run right before it.
 */
import { generatePeople } from '../support/people.ts';
import type { DirectoryServer } from './directory-server.ts';
import { newFiles, touchedFiles } from './file-tree.ts';
import type { BenchOptions } from './options.ts';
import { loginOf, pickEvenly } from './people-sample.ts';
import { Samples } from './samples.ts';
import type { ScratchHost } from './scratch-host.ts';
import type { Comparison, Row, Section } from './table.ts';
import type { Cost } from './timed-program.ts';

const LIMIT_RATIO = 4;
const LIMIT_MEGABYTES = 250;
const LIMITED_FROM = 100_000;

/** One kind of sync, and ldapsearch right before it. */
class Series {
  readonly seconds: Samples = new Samples();
  readonly megabytes: Samples = new Samples();
  readonly floor: Samples = new Samples();

  add(floor: Cost, { seconds, peakMegabytes }: Cost): void {
    this.floor.add(floor.seconds);
    this.seconds.add(seconds);
    this.megabytes.add(peakMegabytes);
  }
}

interface Results {
  readonly first: Series;
  readonly unchanged: Series;
  readonly changed: Series;
  readonly touched: Samples;
  readonly caches: Writes;
  readonly snapshot: Writes;
}

/** What a sync after a single change writes. */
class Writes {
  readonly files: Samples = new Samples();
  readonly kilobytes: Samples = new Samples();

  add(files: readonly { readonly size: number }[]): void {
    this.files.add(files.length);
    this.kilobytes.add(files.reduce((sum, { size }) => sum + size, 0) / 1000);
  }
}

export interface SyncSetting {
  readonly options: BenchOptions;
  readonly directory: DirectoryServer;
  /** Is left with the caches of the last sync. */
  readonly host: ScratchHost;
  readonly signal: AbortSignal;
}

export async function measureSync({ options, directory, host, signal }: SyncSetting): Promise<Section> {
  const results: Results = {
    ...{ first: new Series(), unchanged: new Series(), changed: new Series() },
    ...{ touched: new Samples(), caches: new Writes(), snapshot: new Writes() },
  };
  await directory.pullByLdapsearch(); // brings the database into memory
  const logins = pickEvenly(directory.company, options.repeat).map(loginOf);
  for (const login of logins) await measureTurn(results, { directory, host, login, signal });
  return { title: `Sync of ${options.users.toLocaleString('en-US')} people, mutual TLS`, rows: describe(results, options) };
}

interface Turn {
  readonly directory: DirectoryServer;
  readonly host: ScratchHost;
  /** Whose keys change. */
  readonly login: string;
  readonly signal: AbortSignal;
}

async function measureTurn({ first, unchanged, changed, ...files }: Results, { directory, host, login, signal }: Turn): Promise<void> {
  const measure = async (series: Series): Promise<void> => {
    signal.throwIfAborted();
    series.add(await directory.pullByLdapsearch(), await host.sync());
  };
  await host.renew();
  await measure(first);
  const committed = host.files();
  await measure(unchanged);
  files.touched.add(touchedFiles(committed, host.files()).length);
  await directory.addKey(login, newKey());
  await measure(changed);
  const written = newFiles(committed, host.files());
  files.caches.add(written.filter(({ name }) => name.startsWith('generations/')));
  files.snapshot.add(written.filter(({ name }) => name.startsWith('state/snapshot-')));
}

/** Any 32 bytes are a key. */
function newKey(): string {
  const [person] = generatePeople({ count: 1, seed: Date.now() }).people;
  return `${person?.sshPublicKeys[0]}`;
}

function describe({ first, unchanged, changed, touched, caches, snapshot }: Results, { users }: BenchOptions): Row[] {
  // What costs the same whatever the size is most of a small sync.
  const isLimited = users >= LIMITED_FROM;
  return [
    { what: 'ldapsearch', unit: 's', samples: first.floor },
    { what: 'first sync', unit: 's', samples: first.seconds, beside: besideFloor(first, isLimited ? LIMIT_RATIO : undefined) },
    { what: '  peak memory', unit: 'MB', samples: first.megabytes, limit: LIMIT_MEGABYTES },
    { what: 'unchanged sync', unit: 's', samples: unchanged.seconds, beside: besideFloor(unchanged) },
    { what: '  peak memory', unit: 'MB', samples: unchanged.megabytes },
    { what: '  caches and state touched', unit: 'files', samples: touched, limit: 0 },
    { what: 'sync after one key is added', unit: 's', samples: changed.seconds, beside: besideFloor(changed) },
    { what: '  peak memory', unit: 'MB', samples: changed.megabytes },
    { what: '  caches written', unit: 'files', samples: caches.files },
    { what: '  caches written', unit: 'kB', samples: caches.kilobytes },
    { what: '  last good snapshot written', unit: 'files', samples: snapshot.files },
    { what: '  last good snapshot written', unit: 'kB', samples: snapshot.kilobytes },
  ];
}

function besideFloor({ floor }: Series, limit?: number): Comparison {
  return { what: 'ldapsearch', samples: floor, ...(limit === undefined ? {} : { limit: { ratio: limit, kind: 'at-most' } }) };
}
