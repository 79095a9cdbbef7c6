/**
 * The host as `doctor` looks at it: what serves, whom to try things with, and what may be done here.
 */
import type { CurrentGeneration } from '../../caches/generation.ts';
import type { PublishedView } from '../../directory/host-view.ts';
import type { LocalAccounts } from '../../directory/local-accounts.ts';
import type { PasswdEntry } from '../../directory/passwd.ts';
import { HoldfastError } from '../../errors.ts';
import { readLocalAccounts } from '../../host/local-accounts.ts';
import { DEFAULT_STATE_DIRECTORY } from '../../host/paths.ts';
import type { Invocation } from '../context.ts';
import { inspectHost, type StatusHost } from '../status/host.ts';

export interface DoctorOptions {
  /** Nobody on the network is asked. */
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

export interface DoctorHost extends DoctorOptions, Pick<StatusHost, 'config' | 'fault' | 'paths' | 'store' | 'now'> {
  readonly invocation: Invocation;
  readonly status: StatusHost;
  /** Programs of the host are run only where it is this one: below another root they may be another machine's. */
  readonly isLive: boolean;
  /** Whether shadow.cache and state may be read. */
  readonly readsAll: boolean;
  /** A text says why it was not looked at. */
  readonly current: CurrentGeneration | string;
  /** What the generation that serves shows; undefined where it is damaged, or cannot be read. */
  readonly view: PublishedView | undefined;
  /** A few who have keys, shared accounts last; nobody of a generation that is damaged. */
  readonly logins: readonly string[];
  /** The first of them whom the caches name. */
  readonly person: PasswdEntry | undefined;
  /** A text says why they cannot be read. */
  readonly local: LocalAccounts | string;
  /** As the host itself names it. */
  readonly stateDirectory: string;
}

const LOGINS_TRIED = 3;

export function openDoctorHost(invocation: Invocation, options: DoctorOptions): DoctorHost {
  const status = inspectHost(invocation);
  const { config, fault, paths, store, now } = status;
  const isLive = invocation.root === '/';
  const readsAll = invocation.isRoot || !isLive;
  const current = readsAll ? readOr(() => store.current()) : 'only root may read all of it';
  const view = typeof current === 'object' && current.state === 'whole' ? readView(status, current) : undefined;
  const people = new Set<string>(view?.passwd.map(({ name }) => name));
  const withKeys = [...(view?.keys.keys() ?? [])];
  const logins = [...withKeys.filter((login) => people.has(login)), ...withKeys.filter((login) => !people.has(login))].slice(
    0,
    LOGINS_TRIED,
  );
  return {
    ...options,
    ...(config === undefined ? {} : { config }),
    ...(fault === undefined ? {} : { fault }),
    paths,
    store,
    now,
    invocation,
    status,
    isLive,
    readsAll,
    current,
    view,
    logins,
    person: view?.passwd.find(({ name }) => name === logins[0]),
    local: readOr(() => readLocalAccounts(paths)),
    stateDirectory: config?.state.dir ?? DEFAULT_STATE_DIRECTORY,
  };
}

function readView({ store }: StatusHost, { generation }: CurrentGeneration & { readonly state: 'whole' }): PublishedView | undefined {
  const view = readOr(() => store.view(generation));
  return typeof view === 'object' ? view : undefined;
}

function readOr<Result extends object>(read: () => Result): Result | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof HoldfastError) return error.message;
    throw error;
  }
}
