/**
 * An LDAP directory as a source: servers in order, one bound connection, one pass over people and one over groups.
 */
import type { SecureContext } from 'node:tls';
import { type Filter, FilterParser } from 'ldapts';
import type { DirectorySnapshot } from '../../directory/snapshot.ts';
import { SnapshotBuilder } from '../../directory/validate.ts';
import { HoldfastError, messageOf } from '../../errors.ts';
import { type FetchProgress, type Source, SourceError } from '../source.ts';
import { type BindMethod, deadlineSignal, LdapConnection } from './connection.ts';
import { GroupReader, requestedGroupAttributes, requestedUserAttributes, type Schema, UserReader } from './schema.ts';
import type { SearchPass } from './search.ts';
import { confirmsRefusal } from './refusal-probe.ts';
import { createTlsContext, type Endpoint, type TlsMaterial } from './transport.ts';

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
  readonly schema: Pick<Schema, 'user' | 'group'>;
  readonly users: SearchSettings & { readonly passwordHashes: boolean };
  readonly groups: SearchSettings;
}

interface Passes {
  readonly users: SearchPass;
  readonly groups: SearchPass;
}

export class LdapSource implements Source {
  readonly name: string;
  readonly #settings: LdapSourceSettings;
  readonly #tlsContext: SecureContext;
  readonly #passes: Passes;
  readonly #now: () => number;

  /** @throws HoldfastError `configuration` for certificates or filters that cannot be used */
  constructor(settings: LdapSourceSettings, now: () => number) {
    this.name = settings.name;
    this.#settings = settings;
    this.#now = now;
    this.#tlsContext = createTlsContext(settings.tls, `source "${settings.name}"`);
    this.#passes = planPasses(settings);
  }

  /** Tries every server, and only when none gave the whole directory throws what each of them said. */
  async fetch(signal: AbortSignal, onProgress: (progress: FetchProgress) => void): Promise<DirectorySnapshot> {
    const deadline = deadlineSignal(this.#settings.timeout, `not done within ${this.#settings.timeout / 1000} s (timeout)`);
    const both = AbortSignal.any([deadline.signal, signal]);
    const failures: SourceError[] = [];
    try {
      for (const endpoint of this.#settings.endpoints) {
        if (both.aborted) break;
        try {
          return await this.#fetchFrom(endpoint, both, onProgress);
        } catch (error) {
          if (!(error instanceof SourceError)) throw error;
          failures.push(withUri(error, endpoint));
        }
      }
    } finally {
      deadline.clear();
    }
    throw summarize(failures);
  }

  async #fetchFrom(endpoint: Endpoint, signal: AbortSignal, onProgress: (progress: FetchProgress) => void): Promise<DirectorySnapshot> {
    using connection = await this.#connect(endpoint, signal);
    const { schema } = this.#settings;
    const people = new UserReader(schema.user);
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
    await connection.searcher.search(this.#passes.groups, (message) => {
      builder.addGroup(groups.read(message));
      received();
    });
    return builder.finish(this.#now());
  }

  /** With TLS 1.3 a server refuses a client certificate after the handshake, by closing: worth a second look. */
  async #connect(endpoint: Endpoint, signal: AbortSignal): Promise<LdapConnection> {
    const settings = { ...this.#settings, tlsContext: this.#tlsContext };
    try {
      return await LdapConnection.open(endpoint, settings, signal);
    } catch (error) {
      const isRefused =
        error instanceof SourceError && error.code === 'source-unavailable' && (await confirmsRefusal(endpoint, settings, error, signal));
      throw isRefused ? refusedCertificate(endpoint, this.#settings.tls, error) : error;
    }
  }
}

function planPasses({ users, groups, schema, pageSize, name }: LdapSourceSettings): Passes {
  return {
    users: {
      ...users,
      filter: parseFilter(users.filter, `source "${name}": users.filter`),
      attributes: requestedUserAttributes(schema.user, users.passwordHashes),
      pageSize,
    },
    groups: {
      ...groups,
      filter: parseFilter(groups.filter, `source "${name}": groups.filter`),
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

function refusedCertificate(endpoint: Endpoint, tls: TlsMaterial, cause: SourceError): SourceError {
  const hint =
    tls.cert === undefined
      ? 'the server may demand a client certificate: name cert and key in [source.tls]'
      : "the server may not trust the client certificate: check its CA, its dates (openssl x509 -noout -issuer -dates) and the server's log";
  return new SourceError(
    'source-refused',
    `${endpoint.uri}: the server closed the connection right after the TLS handshake, before any request: it refuses ${
      tls.cert === undefined ? 'a client without certificate' : 'our client certificate'
    }`,
    { hints: [hint], cause },
  );
}

function withUri(error: SourceError, { uri }: Endpoint): SourceError {
  if (error.message.startsWith(uri)) return error;
  return new SourceError(error.code, `${uri}: ${error.message}`, { hints: error.hints, cause: error.cause });
}

/** Refused only when every server refused: as long as one was just not there, trying again may help. */
function summarize(failures: readonly SourceError[]): SourceError {
  const [first] = failures;
  if (first === undefined) return new SourceError('source-unavailable', 'no server was asked: the time was over before');
  const refused = failures.every(({ code }) => code === 'source-refused');
  return new SourceError(refused ? 'source-refused' : 'source-unavailable', failures.map(({ message }) => message).join('\n'), {
    hints: [...new Set(failures.flatMap(({ hints }) => hints))],
    cause: first,
  });
}
