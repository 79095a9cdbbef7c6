/**
 * An LDAP directory as a source: servers in order, one bound connection, one pass over people and one over groups.
 */
import { type Filter, FilterParser } from 'ldapts';
import type { DirectorySnapshot } from '../../directory/snapshot.ts';
import { SnapshotBuilder } from '../../directory/validate.ts';
import { HoldfastError, messageOf } from '../../errors.ts';
import { type CertificateEnd, type FetchProgress, type ServerProbe, type Source, SourceError } from '../source.ts';
import { certificateEnds } from './certificate-ends.ts';
import { type BindMethod, type ConnectionSettings, LdapConnection } from './connection.ts';
import { Deadline } from '../deadline.ts';
import type { FetchLimits } from './fetch-budget.ts';
import { fetchGroups } from './group-fetch.ts';
import { explainHangUp } from './refusal-probe.ts';
import { readServerClock } from './server-clock.ts';
import { GroupReader, requestedGroupAttributes, requestedUserAttributes, type Schema, UserReader } from './schema.ts';
import type { SearchPass } from './search.ts';
import { TlsContext } from './tls-context.ts';
import { UnansweredCertificate } from './tls-failure.ts';
import type { Endpoint, TlsMaterial } from './transport.ts';

export interface SearchSettings {
  readonly searchBase: string;
  readonly scope: 'one' | 'sub';
  readonly filter: string;
}

export interface LdapSourceSettings {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  readonly tls: TlsMaterial;
  readonly bind: BindMethod;
  /** Milliseconds: to be connected and bound, and for the whole fetch with all its attempts. */
  readonly connectTimeout: number;
  readonly timeout: number;
  readonly pageSize: number;
  readonly limits: FetchLimits;
  readonly schema: Pick<Schema, 'user' | 'group' | 'accountRules'>;
  readonly users: SearchSettings & { readonly passwordHashes: boolean };
  readonly groups: SearchSettings;
}

/** Milliseconds for TCP, TLS and bind, whatever `connect_timeout` says: somebody waits. */
const PROBE_PATIENCE = 5000;

/** The same for a few questions to one server. */
const QUESTION_PATIENCE = 60_000;

type ProgressListener = (progress: FetchProgress) => void;

interface Passes {
  readonly users: SearchPass;
  readonly groups: SearchPass;
}

export class LdapSource implements Source {
  readonly name: string;
  readonly certificates: readonly CertificateEnd[];
  readonly #settings: LdapSourceSettings;
  readonly #connection: ConnectionSettings;
  readonly #passes: Passes;
  readonly #now: () => number;

  /** @throws HoldfastError `configuration` for certificates or filters that cannot be used */
  constructor(settings: LdapSourceSettings, now: () => number) {
    this.name = settings.name;
    this.#settings = settings;
    this.#now = now;
    const { endpoints, tls, bind, connectTimeout, limits } = settings;
    const tlsContext = new TlsContext(tls);
    this.certificates = certificateEnds(tlsContext, new Date(now()));
    if (endpoints.some(({ mode }) => mode !== 'off')) tlsContext.secure();
    this.#connection = { tlsContext, serverName: tls.serverName, bind, connectTimeout, limits, now };
    this.#passes = planPasses(settings);
  }

  /** Tries every server, and only when none gave the whole directory throws what each of them said. */
  async fetch(signal: AbortSignal, onProgress: ProgressListener): Promise<DirectorySnapshot> {
    const { timeout, endpoints } = this.#settings;
    using deadline = new Deadline(timeout, `not done within ${timeout / 1000} s (timeout)`);
    const both = deadline.within(signal);
    const failures: SourceError[] = [];
    for (const endpoint of endpoints) {
      if (both.aborted) break;
      const outcome = await this.#attempt(endpoint, both, onProgress);
      if (!(outcome instanceof SourceError)) return outcome;
      failures.push(outcome);
    }
    signal.throwIfAborted();
    throw summarize(failures);
  }

  /** Connects and binds to every server at the same time, and asks each for its time; for a look that commits nothing. */
  async probe(signal: AbortSignal): Promise<readonly ServerProbe[]> {
    return await Promise.all(this.#settings.endpoints.map(async (endpoint) => await this.#probe(endpoint, signal)));
  }

  /** Of the first server that can be asked, in the order of `uris`: for what is no fetch. @throws SourceError */
  async ask<Answer>(signal: AbortSignal, question: (connection: LdapConnection) => Promise<Answer>): Promise<Answer> {
    const failures: SourceError[] = [];
    for (const endpoint of this.#settings.endpoints) {
      try {
        using deadline = new Deadline(QUESTION_PATIENCE, `no answer within ${QUESTION_PATIENCE / 1000} s`);
        using connection = await this.#connect(endpoint, deadline.within(signal));
        return await question(connection);
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        signal.throwIfAborted();
        failures.push(failureAt(endpoint, error));
      }
    }
    throw summarize(failures);
  }

  async #probe(endpoint: Endpoint, signal: AbortSignal): Promise<ServerProbe> {
    using deadline = new Deadline(PROBE_PATIENCE, `no answer within ${PROBE_PATIENCE / 1000} s`);
    try {
      using connection = await this.#connect(endpoint, deadline.within(signal));
      return { server: endpoint.uri, clock: await readServerClock(connection, this.#now) };
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      return { server: endpoint.uri, failure: error };
    }
  }

  async #attempt(endpoint: Endpoint, signal: AbortSignal, onProgress: ProgressListener): Promise<DirectorySnapshot | SourceError> {
    try {
      return await this.#fetchFrom(endpoint, signal, onProgress);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      return failureAt(endpoint, error);
    }
  }

  async #fetchFrom(endpoint: Endpoint, signal: AbortSignal, onProgress: ProgressListener): Promise<DirectorySnapshot> {
    using connection = await this.#connect(endpoint, signal);
    const { schema } = this.#settings;
    const people = new UserReader(schema.user, schema.accountRules);
    const groups = new GroupReader(schema.group);
    const builder = new SnapshotBuilder(this.name);
    let entries = 0;
    const received = (): void => {
      entries += 1;
      if (entries % 1000 === 0) onProgress({ entries, from: endpoint.uri });
    };
    await connection.searcher.search(this.#passes.users, (message) => {
      builder.addUser(people.read(message));
      received();
    });
    await fetchGroups(connection.searcher, this.#passes.groups, groups, (group) => {
      builder.addGroup(group);
      received();
    });
    return builder.finish(this.#now());
  }

  async #connect(endpoint: Endpoint, signal: AbortSignal): Promise<LdapConnection> {
    try {
      return await LdapConnection.open(endpoint, this.#connection, signal);
    } catch (error) {
      throw error instanceof UnansweredCertificate ? await explainHangUp(error, endpoint, this.#connection, signal) : error;
    }
  }
}

function planPasses({ users, groups, schema, pageSize }: LdapSourceSettings): Passes {
  return {
    users: {
      ...users,
      filter: parseFilter(users.filter, 'users.filter'),
      attributes: requestedUserAttributes(schema.user, users.passwordHashes, schema.accountRules),
      pageSize,
    },
    groups: {
      ...groups,
      filter: parseFilter(groups.filter, 'groups.filter'),
      attributes: requestedGroupAttributes(schema.group),
      pageSize,
    },
  };
}

function parseFilter(filter: string, what: string): Filter {
  try {
    return FilterParser.parseString(filter);
  } catch (error) {
    throw new HoldfastError('configuration', `${what}: ${JSON.stringify(filter)} is no LDAP filter: ${messageOf(error)}`, { cause: error });
  }
}

function failureAt({ uri }: Endpoint, error: HoldfastError): SourceError {
  return new SourceError(error.code, `${uri}: ${error.message}`, { hints: error.hints, cause: error });
}

/** Refused only when every server refused: as long as one was just not there, trying again may help. */
function summarize(failures: readonly SourceError[]): SourceError {
  const [first] = failures;
  if (first === undefined)
    return new SourceError('source-unavailable', 'no server was asked: the time was over before', { detail: 'timed-out' });
  const refused = failures.every(({ code }) => code === 'source-refused');
  return new SourceError(refused ? 'source-refused' : 'source-unavailable', failures.map(({ message }) => message).join('\n'), {
    hints: [...new Set(failures.flatMap(({ hints }) => hints))],
    cause: first,
  });
}
