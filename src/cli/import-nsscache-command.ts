/**
 * `holdfast import-nsscache`: the configuration on stdout, so that it can be piped, and what is to be done with it beside it.
 */
import { join, resolve } from 'node:path';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { importNsscache } from '../sync/nsscache/import.ts';
import { count } from '../sync/phrases.ts';
import { type GlobalOptions, outputOf } from './invocation.ts';

export function runImportNsscache(file: string | undefined, { root }: GlobalOptions): ExitStatus {
  const output = outputOf({});
  const { text, looks } = importNsscache(file === undefined ? join(root, 'etc/nsscache.conf') : resolve(file));
  output.result(text);
  output.aside(`${count(looks, 'line begins', 'lines begin')} with "# LOOK": read them before it is used`);
  output.aside('hint: into /etc/holdfast/holdfast.toml, then: holdfast config check, holdfast diff, holdfast sync, holdfast setup');
  return exitStatus.ok;
}
