/**
 * A bound LDAP connection to one server: transport, bind, and the searches on it.
 */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Client, InvalidCredentialsError, ResultCodeError } from 'ldapts';
import { errnoOf, messageOf } from '../../errors.ts';
import { SourceError } from '../source.ts';
import { isRefusal, resultHints, resultName } from './result-codes.ts';
import { Searcher } from './search.ts';
import { describeAlert, type Endpoint, openTransport, type TlsMaterial, untilAborted } from './transport.ts';

export type BindMethod =
  | { readonly method: 'external' }
  | { readonly method: 'anonymous' }
  | { readonly method: 'simple'; readonly dn: string; readonly password: () => string };

export interface ConnectionSettings {
  readonly tls: TlsMaterial;
  readonly tlsContext: SecureContext;
  readonly bind: BindMethod;
  /** Milliseconds for TCP, TLS and bind together. */
  readonly connectTimeout: number;
}

export class LdapConnection implements Disposable {
  readonly #socket: Socket;
  readonly #stopWatching: () => void;
  readonly searcher: Searcher;

  private constructor(socket: Socket, stopWatching: () => void) {
    this.#socket = socket;
    this.#stopWatching = stopWatching;
    this.searcher = new Searcher(socket);
  }

  /**
   * @param signal ends the connection whenever it is aborted, with its reason as the error
   * @throws SourceError
   */
  static async open(endpoint: Endpoint, settings: ConnectionSettings, signal: AbortSignal): Promise<LdapConnection> {
    const deadline = deadlineSignal(settings.connectTimeout, `no answer within ${settings.connectTimeout / 1000} s`);
    const both = AbortSignal.any([deadline.signal, signal]);
    try {
      const socket = await openTransport(endpoint, settings.tlsContext, settings.tls, both);
      await bind(endpoint, socket, settings, both);
      return new LdapConnection(socket, destroyOnAbort(socket, signal));
    } finally {
      deadline.clear();
    }
  }

  [Symbol.dispose](): void {
    this.#stopWatching();
    this.#socket.on('error', () => undefined);
    // UnbindRequest with message id 1: a server logs it as an orderly end.
    if (!this.#socket.destroyed) this.#socket.end(Buffer.from([0x30, 0x05, 0x02, 0x01, 0x01, 0x42, 0x00]));
    this.#socket.destroySoon();
  }
}

export function deadlineSignal(milliseconds: number, text: string): { readonly signal: AbortSignal; readonly clear: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new SourceError('source-unavailable', text)), milliseconds);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

function destroyOnAbort(socket: Socket, signal: AbortSignal): () => void {
  const onAbort = (): void => {
    socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

async function bind(endpoint: Endpoint, socket: Socket, settings: ConnectionSettings, signal: AbortSignal): Promise<void> {
  let failure: Error | undefined;
  const noteError = (error: Error): void => {
    failure = error;
  };
  socket.on('error', noteError);
  const client = new Client({ url: `ldap://${endpoint.host}`, createConnection: () => socket });
  try {
    await untilAborted(sendBind(client, settings.bind), signal);
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw describeBindError(endpoint, settings, error, failure ?? (signal.reason as Error | undefined));
  }
  // From here on the answers are ours to read, and the socket's errors ours to report.
  socket.removeAllListeners();
}

function sendBind(client: Client, bindMethod: BindMethod): Promise<void> {
  switch (bindMethod.method) {
    case 'external':
      return client.bind('EXTERNAL');
    case 'anonymous':
      return client.bind('', '');
    case 'simple':
      return client.bind(bindMethod.dn, bindMethod.password());
  }
}

function describeBindError(endpoint: Endpoint, settings: ConnectionSettings, error: unknown, failure: Error | undefined): SourceError {
  if (error instanceof ResultCodeError) return describeResult(endpoint, settings.bind, error);
  const alert = errnoOf(failure) ?? '';
  if (failure !== undefined && /ALERT/.test(alert)) return describeAlert(endpoint.uri, failure, alert);
  if (failure instanceof SourceError)
    return new SourceError('source-unavailable', `${endpoint.uri}: bind: ${failure.message}`, { cause: error });
  return new SourceError('source-unavailable', `${endpoint.uri}: bind failed: ${messageOf(failure ?? error)}`, { cause: error });
}

function describeResult({ uri }: Endpoint, { method }: BindMethod, error: ResultCodeError): SourceError {
  const code = error instanceof InvalidCredentialsError ? 49 : error.code;
  return new SourceError(
    isRefusal(code) ? 'source-refused' : 'source-unavailable',
    `${uri}: ${method} bind was answered ${resultName(code)}: ${error.message}`,
    { hints: resultHints(code), cause: error },
  );
}
