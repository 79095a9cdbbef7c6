/**
 * A bound LDAP connection to one server: transport, bind, and the searches on it.
 */
import type { Client } from 'ldapts';
import { SourceError } from '../source.ts';
import { readBaseEntry } from './base-entry.ts';
import { subjectOf } from './certificate-text.ts';
import { ConnectionLost, MessageChannel } from './channel.ts';
import { isCertificateAlert, refusedClient } from './client-certificate.ts';
import { isHangUp } from './connection-end.ts';
import { Deadline } from '../deadline.ts';
import type { DecodedEntry } from './entry-decoder.ts';
import { FetchBudget, type FetchLimits } from './fetch-budget.ts';
import { type FewEntries, readFewEntries } from './few-entries.ts';
import { requestByLdapts } from './ldapts-client.ts';
import { openTransport, type Transport, type TransportSettings } from './open-transport.ts';
import { describeResult, isRefusal, type LdapResult, resultHints } from './result-codes.ts';
import { Searcher } from './search.ts';
import { UnansweredCertificate } from './tls-failure.ts';
import type { Endpoint } from './transport.ts';

export type BindMethod =
  | { readonly method: 'external' }
  | { readonly method: 'anonymous' }
  | { readonly method: 'simple'; readonly dn: string; readonly password: () => string };

export interface ConnectionSettings extends TransportSettings {
  readonly bind: BindMethod;
  /** Milliseconds for TCP, TLS and bind together. */
  readonly connectTimeout: number;
  /** Of all that is searched for on the connection. */
  readonly limits: FetchLimits;
}

const INVALID_CREDENTIALS = 49;
/** UnbindRequest in message 1, which ldapts never uses: a server logs it as an orderly end. */
const UNBIND = Buffer.from([0x30, 0x05, 0x02, 0x01, 0x01, 0x42, 0x00]);

export class LdapConnection implements Disposable {
  readonly #channel: MessageChannel;
  readonly searcher: Searcher;

  private constructor(channel: MessageChannel, limits: FetchLimits) {
    this.#channel = channel;
    this.searcher = new Searcher(channel, new FetchBudget(limits));
  }

  /**
   * @param signal ends the connection whenever it is aborted, with its reason as the error
   * @throws SourceError
   */
  static async open(endpoint: Endpoint, settings: ConnectionSettings, signal: AbortSignal): Promise<LdapConnection> {
    using deadline = new Deadline(settings.connectTimeout, `no answer within ${settings.connectTimeout / 1000} s (connect_timeout)`);
    const both = deadline.within(signal);
    const transport = await openTransport(endpoint, settings, both);
    const channel = new MessageChannel(transport.socket, both);
    await bind(channel, transport, settings);
    return new LdapConnection(channel, settings.limits);
  }

  /** One entry by its DN, without paging; undefined where there is none, or none that this identity may see. @throws SourceError */
  async readEntry(dn: string, attributes: readonly string[]): Promise<DecodedEntry | undefined> {
    return await readBaseEntry(this.#channel, dn, attributes);
  }

  /** The first few that fit, without paging; that there are more is no failure. @throws SourceError */
  async readFew(few: FewEntries): Promise<DecodedEntry[]> {
    return await readFewEntries(this.#channel, few);
  }

  [Symbol.dispose](): void {
    this.#channel.close(UNBIND);
  }
}

async function bind(channel: MessageChannel, transport: Transport, settings: ConnectionSettings): Promise<void> {
  let result: LdapResult;
  try {
    result = await requestByLdapts(channel, (client) => sendBind(client, settings.bind));
  } catch (error) {
    channel.close(UNBIND);
    throw error instanceof SourceError ? explainFailure(error, transport, settings) : error;
  }
  if (result.code === 0) return;
  channel.close(UNBIND);
  throw new SourceError(
    isRefusal(result) ? 'source-refused' : 'source-unavailable',
    `${nameBind(settings.bind)} was answered ${describeResult(result)}`,
    { detail: isRefusal(result) ? 'bind-refused' : undefined, hints: hintsFor(result, settings) },
  );
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

function nameBind(bindMethod: BindMethod): string {
  return bindMethod.method === 'simple' ? `simple bind as "${bindMethod.dn}"` : `${bindMethod.method} bind`;
}

function hintsFor(result: LdapResult, { bind: { method }, tlsContext: { client } }: ConnectionSettings): readonly string[] {
  if (result.code !== INVALID_CREDENTIALS || method !== 'external' || client === undefined) return resultHints(result);
  return [`the server makes no identity that it knows of the certificate ${subjectOf(client)} (OpenLDAP: authz-regexp)`];
}

/** With TLS 1.3 a server judges the client's certificate after the handshake, so that its refusal comes in answer to the bind. */
function explainFailure(error: SourceError, { handshake }: Transport, { tlsContext, now }: ConnectionSettings): SourceError {
  const { cause } = error;
  const text = `bind: ${error.message}`;
  if (!(error instanceof ConnectionLost && cause instanceof Error)) {
    return new SourceError(error.code, text, { hints: error.hints, cause: error });
  }
  if (handshake?.wantsCertificate) {
    if (isCertificateAlert(cause)) return refusedClient(tlsContext.client, error.message, new Date(now()), cause);
    if (isHangUp(cause) && handshake.isUnanswered) return new UnansweredCertificate('bind', text, cause);
  }
  const hints = handshake === undefined && isHangUp(cause) ? ['this port may want TLS from the first byte: ldaps:// in uris'] : [];
  return new SourceError('source-unavailable', text, { detail: 'answer-cut', hints, cause });
}
