/**
 * Finds out whether a server that hung up at the first bind did so because of our client certificate.
 *
 * With TLS 1.3 the client's handshake is done before the server has looked at the client's certificate. A server that
 * refuses it then just closes the connection, and to a bind sent meanwhile that looks like any cut. So: connect again, send nothing,
 * and see whether the server hangs up on an idle connection. One that was cut by accident is left open.
 */
import type { Socket } from 'node:net';
import type { SourceError } from '../source.ts';
import { type ConnectionSettings, deadlineSignal } from './connection.ts';
import { type Endpoint, openTransport } from './transport.ts';

/** Milliseconds that an idle connection must live to count as accepted. */
const IDLE_TIME = 1000;

/** @param signal ends the probe early; the answer is then no */
export async function confirmsRefusal(
  endpoint: Endpoint,
  settings: ConnectionSettings,
  failure: SourceError,
  signal: AbortSignal,
): Promise<boolean> {
  if (endpoint.mode === 'off' || !/closed|reset|ECONNRESET|EPIPE/i.test(failure.message)) return false;
  const deadline = deadlineSignal(settings.connectTimeout, 'probe took too long');
  try {
    const both = AbortSignal.any([deadline.signal, signal]);
    const socket = await openTransport(endpoint, settings.tlsContext, settings.tls, both);
    return await hangsUp(socket);
  } catch {
    // Whatever fails here says nothing about the certificate; the first failure is what gets reported.
    return false;
  } finally {
    deadline.clear();
  }
}

function hangsUp(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(false), IDLE_TIME);
    const finish = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on('error', () => finish(true));
    socket.on('end', () => finish(true));
    socket.on('close', () => finish(true));
    socket.resume();
  });
}
