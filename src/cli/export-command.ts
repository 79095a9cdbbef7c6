/**
 * `holdfast export`: what this host shows, for other programs.
 */
import { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { openHost } from '../sync/context.ts';
import { DEFAULT_MAPS, type ExportedMap, openPublicStore, openServedView, type ServedView } from '../sync/export/export.ts';
import { exportGetent } from '../sync/export/getent.ts';
import { exportJson } from '../sync/export/json.ts';
import { exportLdif } from '../sync/export/ldif.ts';
import { count, some } from '../sync/phrases.ts';
import { type GlobalOptions, invocationOf, outputOf } from './invocation.ts';
import type { Output } from './render.ts';
import { stateDirectory } from './state-directory.ts';

export interface ExportCommandOptions extends GlobalOptions {
  readonly format: 'json' | 'getent' | 'ldif';
  readonly map?: readonly ExportedMap[];
  readonly base?: string;
}

/** Characters that are written at once: an entry at a time would be a system call each. */
const CHUNK = 65_536;
const NAMES_SHOWN = 5;

/** Root's is that of the configuration; others cannot read it. */
export async function runExport(options: ExportCommandOptions): Promise<ExitStatus> {
  checkOptions(options);
  const { isRoot } = invocationOf(options);
  const store = isRoot ? openHost(invocationOf(options)).store : openPublicStore(await stateDirectory(options));
  const output = outputOf({});
  const view = openServedView(store, mapsOf(options), isRoot);
  printAll(output, render(output, view, options));
  return exitStatus.ok;
}

/** @throws HoldfastError `usage` */
function checkOptions({ format, map, base }: ExportCommandOptions): void {
  if (format === 'getent' && map?.length !== 1) {
    throw new HoldfastError('usage', '--format getent is one map at a time', { hints: ['holdfast export --format getent --map passwd'] });
  }
  if (format === 'ldif' && base === undefined) {
    throw new HoldfastError('usage', '--format ldif wants to know below which entry', { hints: ['--base dc=example,dc=org'] });
  }
  if (format !== 'ldif' && base !== undefined) throw new HoldfastError('usage', `--base is for ldif; --format ${format} has no entries`);
}

function mapsOf({ map }: ExportCommandOptions): readonly ExportedMap[] {
  return map ?? DEFAULT_MAPS;
}

function render(output: Output, view: ServedView, options: ExportCommandOptions): Iterable<string> {
  const { format, base = '' } = options;
  const [first = 'passwd'] = mapsOf(options);
  if (format === 'json') return exportJson(view, mapsOf(options));
  if (format === 'getent') return exportGetent(view, first);
  const { entries, withoutEntry } = exportLdif(view, mapsOf(options), base);
  if (withoutEntry.length > 0) {
    const text = `left out are keys of ${count(withoutEntry.length, 'account', 'accounts')} that are the host's own: ${some(withoutEntry, NAMES_SHOWN)}`;
    output.event('warning', text, 'export-left-out', { count: withoutEntry.length, logins: some(withoutEntry, NAMES_SHOWN) });
  }
  return entries;
}

function printAll(output: Output, pieces: Iterable<string>): void {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK) continue;
    output.result(chunk);
    chunk = '';
  }
  output.result(chunk);
}
