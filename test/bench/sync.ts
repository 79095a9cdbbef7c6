/**
 * Syncs of whole directories over mutual TLS: the first one, one that changes nothing, one after a single change and one after a change of
 * every hundredth person, each beside ldapsearch of the same, run right before it.
 */
import { generatePeople, type Person } from '../support/people.ts';
import type { DirectoryServer } from './directory-server.ts';
import { newFiles } from './file-tree.ts';
import { loginOf, pickEvenly } from './people-sample.ts';
import { Samples } from './samples.ts';
import type { ScratchHost } from './scratch-host.ts';
import type { Section } from './table.ts';

/** Of so many people and more: what costs the same whatever the size is most of a small sync. */
const LIMITED_FROM = 100_000;
/** Seconds of a first sync to those of ldapsearch. */
const FIRST_MAX = 1.6;
const ONE_CHANGE_MAX = 0.35;
const PEAK_MAX_MB = new Map([
  [100_000, 160],
  [1_000_000, 700],
]);

const KINDS = ['first sync', 'unchanged', 'one change', '1 % changed'] as const;
type Kind = (typeof KINDS)[number];

/** One kind of sync, and ldapsearch right before each. */
class Series {
  readonly floor: Samples = new Samples();
  readonly seconds: Samples = new Samples();
  readonly received: Samples = new Samples();
  readonly files: Samples = new Samples();
  readonly written: Samples = new Samples();
  readonly peak: Samples = new Samples();
}

export interface SyncSetting {
  readonly directory: DirectoryServer;
  /** Is left with the caches of the last sync. */
  readonly host: ScratchHost;
  readonly repeat: number;
  readonly signal: AbortSignal;
}

export async function measureSync({ directory, host, repeat, signal }: SyncSetting): Promise<Section> {
  const series = new Map(KINDS.map((kind) => [kind, new Series()]));
  await directory.pullByLdapsearch(); // brings the database into memory
  for (let turn = 0; turn < repeat; turn += 1) {
    await host.renew();
    for (const kind of KINDS) {
      signal.throwIfAborted();
      await change(directory, kind, turn);
      await measure(series.get(kind) ?? new Series(), directory, host);
    }
  }
  const { count } = directory.company;
  return { title: `Sync of ${count.toLocaleString('en-US')} people, mutual TLS`, rows: describe(count, series) };
}

async function change(directory: DirectoryServer, kind: Kind, turn: number): Promise<void> {
  const { company } = directory;
  const one = (): Person[] => pickEvenly(company, 1);
  const crowd = (): Person[] => pickEvenly(company, company.count / 100);
  if (kind === 'one change') await directory.addKeys(one().map(loginOf), newKey(turn));
  if (kind === '1 % changed') await directory.addKeys(crowd().map(loginOf), newKey(1000 + turn));
}

/** Any 32 bytes are a key. */
function newKey(turn: number): string {
  const [person] = generatePeople({ count: 1, seed: Date.now() + turn }).people;
  return `${person?.sshPublicKeys[0]}`;
}

async function measure(series: Series, directory: DirectoryServer, host: ScratchHost): Promise<void> {
  series.floor.add((await directory.pullByLdapsearch()).seconds);
  const [before, sent] = [host.files(), directory.bytesSent()];
  const { seconds, peakMegabytes } = await host.sync();
  const written = newFiles(before, host.files());
  series.seconds.add(seconds);
  series.peak.add(peakMegabytes);
  series.received.add((directory.bytesSent() - sent) / 1e6);
  series.files.add(written.length);
  series.written.add(written.reduce((sum, { size }) => sum + size, 0) / 1e6);
}

const HEAD = ['', 's', 'least to most', 'to floor', 'received MB', 'written files', 'written MB', 'peak MB', 'limits'] as const;

function describe(count: number, series: ReadonlyMap<Kind, Series>): string[] {
  const floor = series.get('first sync')?.floor ?? new Samples();
  const cells = [
    HEAD,
    ['floor: ldapsearch', floor.median.toFixed(2), spread(floor), '', '', '', '', '', ''],
    ...[...series].map(([kind, one]) => cellsOf(count, kind, one)),
  ];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isText = (column: number): boolean => column === 0 || column === HEAD.length - 1;
  const pad = (text: string, column: number): string =>
    isText(column) ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return cells.map((row) => row.map(pad).join('  ').trimEnd());
}

function cellsOf(count: number, kind: Kind, { floor, seconds, received, files, written, peak }: Series): string[] {
  const ratio = seconds.ratiosTo(floor).median;
  return [
    kind,
    seconds.median.toFixed(2),
    spread(seconds),
    ratio.toFixed(2),
    received.median.toFixed(2),
    files.median.toFixed(0),
    written.median.toFixed(2),
    peak.median.toFixed(0),
    [...ratioLimit(count, kind, ratio), ...peakLimit(count, peak.median)].join(', '),
  ];
}

function spread(samples: Samples): string {
  return samples.min === samples.max ? '' : `${samples.min.toFixed(2)} to ${samples.max.toFixed(2)}`;
}

function ratioLimit(count: number, kind: Kind, ratio: number): string[] {
  if (count < LIMITED_FROM) return [];
  if (kind === 'first sync') return [verdict(String(FIRST_MAX), ratio <= FIRST_MAX)];
  return kind === 'one change' ? [verdict(String(ONE_CHANGE_MAX), ratio <= ONE_CHANGE_MAX)] : [];
}

function peakLimit(count: number, megabytes: number): string[] {
  const most = PEAK_MAX_MB.get(count);
  return most === undefined ? [] : [verdict(`${most} MB`, megabytes <= most)];
}

function verdict(limit: string, isKept: boolean): string {
  return `${limit}: ${isKept ? 'kept' : 'MISSED'}`;
}
