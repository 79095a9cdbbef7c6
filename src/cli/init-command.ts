/**
 * `holdfast init`: what was found, ten people as they would appear, and the configuration.
 */
import { resolve } from 'node:path';
import { countKeyLines } from '../directory/key-lines.ts';
import { formatPasswd } from '../directory/passwd.ts';
import { printable } from '../directory/rejection.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { discoverConfiguration, type InitResult, refuseOverwriting, writeConfiguration } from '../sync/init/init.ts';
import type { InitOptions } from '../sync/init/answers.ts';
import { count, groups, people } from '../sync/phrases.ts';
import { type GlobalOptions, invocationOf, outputOf } from './invocation.ts';
import { openTerminal } from './terminal.ts';

export interface InitCommandOptions
  extends GlobalOptions,
    Pick<InitOptions, 'tls' | 'serverName' | 'bind' | 'bindDn' | 'base' | 'schema' | 'everyone'> {
  readonly uri?: readonly string[];
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passwordFile?: string;
  readonly accessGroup?: readonly string[];
  readonly print?: boolean;
  readonly force?: boolean;
}

const PEOPLE_SHOWN = 10;

export async function runInit(options: InitCommandOptions, signal: AbortSignal): Promise<ExitStatus> {
  const output = outputOf({});
  const invocation = invocationOf(options);
  if (!options.print) refuseOverwriting(invocation, options.force ?? false);
  using terminal = openTerminal(output, signal);
  const result = await discoverConfiguration(invocation, {
    options: initOptions(options),
    ask: terminal?.ask,
    onProgress: ({ entries, from }) => output.progress(`${entries.toLocaleString('en-US')} entries from ${from}`),
    signal,
  });
  if (options.print) {
    output.event('info', renderFindings(result).trimEnd(), 'init', {});
    output.result(result.text);
    return exitStatus.ok;
  }
  for (const group of result.view.unknownGroups)
    output.event('warning', `the directory has no group "${group}", which lets nobody in`, 'init-group', { group });
  writeConfiguration(result, options.force ?? false);
  output.result(`${renderFindings(result)}\nwritten: ${result.path}\n`);
  output.hint('next: holdfast config check, holdfast diff, holdfast sync, holdfast setup');
  return exitStatus.ok;
}

/** The service has another working folder than whoever types this. */
function initOptions({ uri, ca, cert, key, passwordFile, accessGroup, ...others }: InitCommandOptions): InitOptions {
  const absolute = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path));
  return {
    ...others,
    uris: uri,
    ca: absolute(ca),
    cert: absolute(cert),
    key: absolute(key),
    passwordFile: absolute(passwordFile),
    groups: accessGroup,
  };
}

function renderFindings({ server, first, snapshot, view }: InitResult): string {
  const keys = new Map(snapshot.users.map(({ name, keys: lines }) => [name, countKeyLines(lines)]));
  const shown = [...view.passwd]
    .sort((one, other) => Number(view.keys.has(other.name)) - Number(view.keys.has(one.name)))
    .slice(0, PEOPLE_SHOWN);
  const withheld =
    view.rejections.filter(({ verdict }) => verdict === 'quarantined').length +
    snapshot.rejections.filter(({ verdict }) => verdict === 'quarantined').length;
  const lines = [
    `server   ${first.connecting.uris.join(', ')}${server.vendor === undefined ? '' : ` (${server.vendor})`}`,
    `bind     ${first.connecting.bind.method}`,
    `base     ${printable(first.base, 200)}`,
    `schema   ${first.schema}${first.keyAttribute === undefined ? '' : `, keys in ${first.keyAttribute}`}`,
    `paging   ${server.pages ? 'yes' : 'not announced, and it came whole nevertheless'}`,
    `syncrepl ${server.syncs ? 'offered' : 'not offered'}; each run pulls everything`,
    `has      ${people(snapshot.users.length)}, ${groups(snapshot.groups.length)}; ${count(withheld, 'entry or key', 'entries and keys')} quarantined here`,
    `shown    ${people(view.passwd.length)}, of whom ${view.keys.size.toLocaleString('en-US')} may log in with a key`,
    '',
    ...shown.map(
      (entry) => `${formatPasswd(entry)}   ${keysOf(keys.get(entry.name) ?? 0)}${view.keys.has(entry.name) ? ', may log in' : ''}`,
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function keysOf(number: number): string {
  return number === 0 ? 'no key' : count(number, 'key', 'keys');
}
