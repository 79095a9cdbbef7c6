/**
 * `holdfast init`: a first configuration, made of what the directory says of itself, and tried before it is written.
 */
import { dirname } from 'node:path';
import { mkdirSync } from 'node:fs';
import { ConfigurationError } from '../../config/config-problem.ts';
import { parseConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import type { HostView } from '../../directory/host-view.ts';
import type { DirectorySnapshot } from '../../directory/snapshot.ts';
import { printable } from '../../directory/rejection.ts';
import { HoldfastError } from '../../errors.ts';
import { readFileState, replaceFile } from '../../host/file-state.ts';
import { readLocalAccounts } from '../../host/local-accounts.ts';
import { applyPolicy } from '../../policy/policy.ts';
import { describeServer, detectKeyAttribute, detectSchema, type ServerDescription } from '../../sources/ldap/discovery.ts';
import { LdapSource } from '../../sources/ldap/ldap-source.ts';
import type { FetchProgress } from '../../sources/source.ts';
import { configPath, type Invocation, pathsOf, refuseOthers } from '../context.ts';
import { hostPolicy } from '../host-policy.ts';
import { fingerprintOf } from '../keys/key-fingerprint.ts';
import { readLocalSecret } from '../secrets/secrets.ts';
import { ldapSettings } from '../sources/ldap-settings.ts';
import { readSshdClock } from '../sshd-clock.ts';
import { askForAccess, askForConnection, chooseBase, type InitOptions, type MaybeAsk } from './answers.ts';
import { configurationText, type FirstConfiguration } from './configuration-text.ts';

export interface InitResult {
  readonly path: string;
  readonly text: string;
  readonly server: ServerDescription;
  readonly first: FirstConfiguration;
  /** What the directory has, and what this host would show of it. */
  readonly snapshot: DirectorySnapshot;
  readonly view: HostView;
}

export interface InitRun {
  readonly options: InitOptions;
  /** Undefined without a terminal. */
  readonly ask: MaybeAsk;
  readonly onProgress: (progress: FetchProgress) => void;
  readonly signal: AbortSignal;
}

const MODE = 0o640;
/** Of configuration and certificates. */
const FOLDER_MODE = 0o750;
const DEFAULT_RANGE = [1000, 60_000] as const;
const ID_MAX = 4_294_967_294;
/** For the time before the directory has said which it has. */
const SOME_BASE = 'dc=example,dc=org';

/** @throws HoldfastError `usage` for a file that is there, without `force` */
export function refuseOverwriting(invocation: Invocation, force: boolean): void {
  refuseOthers(invocation);
  const path = configPath(invocation);
  if (force || readFileState(path).kind === 'absent') return;
  throw new HoldfastError('usage', `init: "${path}" is there already, and is not overwritten`, {
    hints: ['to look at another one first: holdfast init --print', 'to replace it: holdfast init --force'],
  });
}

/** Writes nothing. @throws HoldfastError */
export async function discoverConfiguration(invocation: Invocation, run: InitRun): Promise<InitResult> {
  const { options, ask, signal } = run;
  // Without a terminal, what is missing is said before anybody is asked anything.
  const early = ask === undefined ? await askForAccess(options, ask, []) : undefined;
  const connecting = await askForConnection(options, invocation.root, ask);
  const day = invocation.now().toISOString().slice(0, 10);
  const draft: FirstConfiguration = {
    connecting,
    base: options.base ?? SOME_BASE,
    schema: options.schema ?? 'rfc2307',
    keyAttribute: undefined,
    uidRange: undefined,
    gidRange: undefined,
    access: { everyone: true },
    found: connecting.uris.join(', '),
    day,
  };
  const source = openSource(parse(configurationText(draft)), invocation);
  const server = await source.ask(signal, describeServer);
  const base = await chooseBase(options, server.contexts, server.defaultContext, ask);
  const schema = options.schema ?? (await source.ask(signal, async (connection) => await detectSchema(connection, base, server)));
  const keyAttribute = await source.ask(signal, async (connection) => await detectKeyAttribute(connection, base, schema));
  const known = { ...draft, base, schema, keyAttribute };
  const snapshot = await openSource(parse(configurationText(known)), invocation).fetch(signal, run.onProgress);
  if (snapshot.users.length === 0) throw nobody(base, known, snapshot);
  const ranges = rangesOf(snapshot);
  const first: FirstConfiguration = {
    ...known,
    ...ranges,
    access:
      early ??
      (await askForAccess(
        options,
        ask,
        snapshot.groups.map(({ name }) => name),
      )),
  };
  const text = configurationText(first);
  return { path: configPath(invocation), text, server, first, snapshot, view: viewOf(parse(text), snapshot, invocation) };
}

/** @throws HoldfastError `cache-failed`, also for a file that has appeared meanwhile, without `force` */
export function writeConfiguration({ path, text }: Pick<InitResult, 'path' | 'text'>, force: boolean): void {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  replaceFile(path, force ? readFileState(path) : { kind: 'absent' }, { kind: 'text', text, mode: MODE });
}

/** What was typed is judged as the configuration itself would be, whose lines nobody has seen yet. @throws HoldfastError `usage` */
function parse(text: string): Config {
  try {
    return parseConfig('the configuration', text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const told = error.problems.map(({ key = '', text: problem }) => `init: ${key.replace(/^source\[0\]\./, '')}: ${problem}`);
    throw new HoldfastError('usage', told.join('\n'), { hints: ['holdfast init --help shows what it takes'], cause: error });
  }
}

function openSource({ source: [source] }: Config, { now }: Invocation): LdapSource {
  if (source?.type !== 'ldap') throw new Error('the first configuration has no LDAP source');
  return new LdapSource(ldapSettings(source, readLocalSecret), () => now().getTime());
}

/** As a first sync would show it on this host. */
function viewOf(config: Config, snapshot: DirectorySnapshot, invocation: Invocation): HostView {
  const paths = pathsOf(invocation, config);
  return applyPolicy([snapshot], hostPolicy(config), {
    local: readLocalAccounts(paths),
    incumbents: () => ({ users: new Map(), groups: new Map() }),
    now: invocation.now(),
    sshdClock: () => readSshdClock({ config, paths }),
    fingerprint: fingerprintOf,
  });
}

/** FreeIPA and Active Directory give numbers far above what adduser(8) does; those below 1000 are of systems, and stay refused. */
function rangesOf({ users, groups }: DirectorySnapshot): Pick<FirstConfiguration, 'uidRange' | 'gidRange'> {
  return {
    uidRange: rangeOf(users.map(({ uid }) => uid)),
    gidRange: rangeOf([...users.map(({ gid }) => gid), ...groups.flatMap(({ gid }) => gid ?? [])]),
  };
}

function rangeOf(ids: readonly number[]): readonly [number, number] | undefined {
  const [first, last] = DEFAULT_RANGE;
  const highest = ids.reduce((most, id) => Math.max(most, id), 0);
  return highest <= last ? undefined : [first, Math.min(ID_MAX, Math.ceil(highest / 100_000) * 100_000)];
}

function nobody(base: string, { schema }: FirstConfiguration, { rejections }: DirectorySnapshot): HoldfastError {
  const refused = rejections.length === 0 ? '' : `; ${rejections.length} entries were refused, such as: ${rejections[0]?.reason ?? ''}`;
  return new HoldfastError(
    'data-refused',
    `init: there is nobody of schema "${schema}" below "${printable(base)}", or nobody whom this identity may see${refused}`,
    {
      hints: ['another search base: --base', 'another schema: --schema rfc2307, rfc2307bis, ipa or ad'],
    },
  );
}
