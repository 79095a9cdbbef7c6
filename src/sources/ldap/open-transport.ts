/**
 * The connection below LDAP: TCP, then TLS at once or after StartTLS.
 */
import { connect, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { type ErrorDetail, errnoOf, HoldfastError } from '../../errors.ts';
import { SourceError } from '../source.ts';
import { MessageChannel } from './channel.ts';
import { describeEnd } from './connection-end.ts';
import { Handshake } from './handshake.ts';
import { requestByLdapts } from './ldapts-client.ts';
import { describeResult } from './result-codes.ts';
import { untilEvent } from './socket-event.ts';
import type { TlsContext } from './tls-context.ts';
import { explainHandshake } from './tls-failure.ts';
import type { Endpoint } from './transport.ts';

const STARTTLS = '1.3.6.1.4.1.1466.20037';

export interface TransportSettings {
  readonly tlsContext: TlsContext;
  /** The name that the server's certificate must have, when it is not the endpoint's. */
  readonly serverName: string | undefined;
  readonly now: () => number;
}

export interface Transport {
  readonly socket: Socket;
  /** Absent without TLS. */
  readonly handshake?: Handshake;
}

/**
 * An open socket, inside TLS where the endpoint wants it, with the server's certificate verified.
 *
 * @param signal covers connecting and the handshake
 * @throws SourceError
 */
export async function openTransport(
  endpoint: Endpoint,
  settings: TransportSettings,
  signal: AbortSignal,
  secure: () => SecureContext = () => settings.tlsContext.secure(),
): Promise<Transport> {
  const tcp = await openTcp(endpoint, signal);
  if (endpoint.mode === 'off') return { socket: tcp };
  if (endpoint.mode === 'starttls') await requestStartTls(tcp, signal);
  const name = settings.serverName ?? endpoint.host;
  const handshake = new Handshake(tcp, secure(), name);
  try {
    return { socket: await handshake.complete(signal), handshake };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw explainHandshake(error, handshake, { context: settings.tlsContext, name, now: new Date(settings.now()) });
  }
}

async function openTcp({ host, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  try {
    await untilEvent(socket, 'connect', signal);
    return socket;
  } catch (error) {
    const text = error instanceof Error ? describeTcpError(host, error) : String(error);
    throw new SourceError('source-unavailable', `cannot connect: ${text}`, { detail: tcpDetail(error), cause: error });
  }
}

function tcpDetail(error: unknown): ErrorDetail | undefined {
  if (error instanceof HoldfastError) return error.detail;
  return isUnresolved(errnoOf(error)) ? 'name-unresolved' : 'connect-failed';
}

function isUnresolved(code: string | undefined): boolean {
  return code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}

function describeTcpError(host: string, error: Error): string {
  const code = errnoOf(error);
  if (error instanceof HoldfastError) return error.message;
  return isUnresolved(code) ? `the name "${host}" does not resolve (${code})` : describeEnd(error);
}

async function requestStartTls(socket: Socket, signal: AbortSignal): Promise<void> {
  const channel = new MessageChannel(socket, signal);
  try {
    const result = await requestByLdapts(channel, (client) => client.exop(STARTTLS));
    if (result.code !== 0) throw new SourceError('source-unavailable', `answered ${describeResult(result)}`, { detail: 'tls-failed' });
    channel.release();
  } catch (error) {
    socket.destroy();
    if (!(error instanceof HoldfastError)) throw error;
    throw new SourceError('source-unavailable', `StartTLS: ${error.message}`, {
      hints: [...error.hints, 'the server may offer no StartTLS on this port: ldaps:// in uris does without'],
      cause: error,
    });
  }
}
