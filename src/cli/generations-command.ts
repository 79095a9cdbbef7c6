/**
 * `holdfast generations`.
 */
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { openHost } from '../sync/context.ts';
import { age, count, groups, people } from '../sync/phrases.ts';
import { type GenerationsReport, type ListedGeneration, listGenerations, type MapChange } from '../sync/rollback/generations.ts';
import { describePin } from '../sync/rollback/pinned.ts';
import { type GlobalOptions, invocationOf, type JsonOption, outputOf } from './invocation.ts';
import { type Row, renderRows } from './rows.ts';

export function runGenerations(options: GlobalOptions & JsonOption): ExitStatus {
  const output = outputOf(options);
  const host = openHost(invocationOf(options));
  const report = listGenerations(host);
  if (output.json) output.resultJson({ generations: report.generations, ...(report.pin === undefined ? {} : { pin: report.pin }) });
  else output.result(renderGenerations(report, host.now()));
  return exitStatus.ok;
}

function renderGenerations({ generations, pin }: GenerationsReport, now: Date): string {
  if (generations.length === 0) return 'nothing was ever committed here\n';
  const rows = generations.map((one): Row => [`${one.generation}${markOf(one)}`, describe(one)]);
  return `${pin === undefined ? '' : `PINNED: this host is ${describePin(pin, now)}\n\n`}${renderRows(rows)}`;
}

function markOf({ serves, pinned }: ListedGeneration): string {
  return `${serves ? ' serves' : ''}${pinned ? ' pinned' : ''}`;
}

function describe({ fault, createdAt = '', ageSeconds = 0, why = '', counts, changes }: ListedGeneration): string[] {
  if (fault !== undefined || counts === undefined) return [`damaged: ${fault ?? 'nothing is known of it'}`];
  const shown = `${people(counts.passwd)}, ${groups(counts.group)}, ${count(counts.keyLines, 'key', 'keys')} for ${count(counts.keys, 'login', 'logins')}`;
  const changed = changes === undefined ? [] : [`changed: ${describeChanges(changes)}`];
  return [`${createdAt.slice(0, 19)}Z, ${age(ageSeconds)} ago (${why})`, shown, ...changed];
}

function describeChanges(changes: readonly MapChange[]): string {
  if (changes.length === 0) return 'only what is recorded of groups and accounts';
  return changes.map(({ map, difference }) => `${map} ${difference === 0 ? '(as many)' : signed(difference)}`).join(', ');
}

function signed(difference: number): string {
  return difference > 0 ? `+${difference}` : String(difference);
}
