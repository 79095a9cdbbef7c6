/**
 * Finds out whether a server that hung up without a word did so because of our client certificate, or for want of one.
 *
 * OpenLDAP with GnuTLS just closes the connection: with TLS 1.2 and no certificate in the middle of the handshake, in all
 * other cases after it, when a bind may be on its way already. That looks like any cut. So: connect again, send
 * nothing, and see whether the server hangs up again at the same point, before it has said anything. A connection that was
 * cut by accident stays open. The second handshake has another length, so that a fault at one byte of the stream does not
 * strike at the same point again.
 */
import type { Socket } from 'node:net';
import { SourceError } from '../source.ts';
import { isCertificateAlert, refusedClient } from './client-certificate.ts';
import { describeEnd, isHangUp, PeerClosed } from './connection-end.ts';
import type { ConnectionSettings } from './connection.ts';
import { Deadline } from '../deadline.ts';
import { destroyOnAbort } from './destroy-on-abort.ts';
import { openTransport, type Transport } from './open-transport.ts';
import { UnansweredCertificate } from './tls-failure.ts';
import type { Endpoint } from './transport.ts';

/** Milliseconds that an idle connection must live to count as accepted. */
const IDLE_TIME = 1000;

/** @param signal ends the look early, with the failure as it was */
export async function explainHangUp(
  failure: UnansweredCertificate,
  endpoint: Endpoint,
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<SourceError> {
  using deadline = new Deadline(settings.connectTimeout, 'the second look took too long');
  const both = deadline.within(signal);
  try {
    const transport = await openTransport(endpoint, settings, both, () => settings.tlsContext.otherShape());
    const end = await endOfIdle(transport.socket, both);
    return end === undefined ? failure : (explainEnd(end, failure, transport, settings) ?? failure);
  } catch (error) {
    if (error instanceof UnansweredCertificate) return failure.stage === 'handshake' ? hungUpTwice(error, settings) : failure;
    // Another failure says more only when it is about a certificate; that the server is gone by now says less.
    if (error instanceof SourceError) return error.code === 'source-refused' ? error : failure;
    throw error;
  }
}

/** What ended a connection on which nothing is sent; undefined when it lives on. */
async function endOfIdle(socket: Socket, signal: AbortSignal): Promise<Error | undefined> {
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  const timer = setTimeout(() => resolve(undefined), IDLE_TIME);
  const onEnd = (): void => resolve(new PeerClosed());
  socket.on('error', resolve).once('end', onEnd).once('close', onEnd).resume();
  const stopWatching = destroyOnAbort(socket, signal);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    stopWatching();
    socket.destroy();
  }
}

function explainEnd(
  end: Error,
  failure: UnansweredCertificate,
  { handshake }: Transport,
  settings: ConnectionSettings,
): SourceError | undefined {
  if (!handshake?.wantsCertificate) return undefined;
  if (isCertificateAlert(end)) return refusedClient(settings.tlsContext.client, describeEnd(end), new Date(settings.now()), end);
  return failure.stage === 'bind' && isHangUp(end) && handshake.isUnanswered ? hungUpTwice(end, settings) : undefined;
}

function hungUpTwice(cause: Error, { tlsContext, now }: ConnectionSettings): SourceError {
  const how = 'it hangs up as soon as it has our part of the TLS handshake (tried twice)';
  return refusedClient(tlsContext.client, how, new Date(now()), cause);
}
