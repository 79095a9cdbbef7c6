/**
 * The connection below LDAP: TCP, then TLS at once or after StartTLS, with errors that say what an operator must change.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { Client } from 'ldapts';
import { errnoOf, HoldfastError, messageOf } from '../../errors.ts';
import { SourceError } from '../source.ts';

export type TlsMode = 'ldaps' | 'starttls' | 'off';

export interface Endpoint {
  /** As configured, for messages. */
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  readonly mode: TlsMode;
}

export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly minVersion: '1.2' | '1.3';
}

const STARTTLS = '1.3.6.1.4.1.1466.20037';

export function parseEndpoint(uri: string, mode: TlsMode | undefined): Endpoint {
  const url = new URL(uri);
  const secure = url.protocol === 'ldaps:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { uri, host, port: Number(url.port || (secure ? 636 : 389)), mode: mode ?? 'ldaps' };
}

/**
 * Reads certificates and key once, so that a broken one is a configuration error that no server is asked about.
 *
 * @throws HoldfastError `configuration`
 */
export function createTlsContext(material: TlsMaterial, what: string): SecureContext {
  try {
    return createSecureContext({
      ...(material.ca === undefined ? {} : { ca: material.ca }),
      ...(material.cert === undefined ? {} : { cert: material.cert }),
      ...(material.key === undefined ? {} : { key: material.key }),
      minVersion: `TLSv${material.minVersion}`,
    });
  } catch (error) {
    throw new HoldfastError('configuration', `${what}: certificate, key or CA cannot be used: ${messageOf(error)}`, {
      hints: ['check that cert and key belong together, and that all are PEM: openssl x509 -in CERT -noout -text'],
      cause: error,
    });
  }
}

/**
 * An open socket, with TLS established where the endpoint wants it.
 *
 * @param signal covers connecting and the TLS handshake
 * @throws SourceError
 */
export async function openTransport(
  endpoint: Endpoint,
  context: SecureContext,
  material: TlsMaterial,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = await openTcp(endpoint, signal);
  if (endpoint.mode === 'off') return socket;
  try {
    if (endpoint.mode === 'starttls') await requestStartTls(endpoint, socket, signal);
    return await startTls(endpoint, socket, context, material, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function openTcp(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  const socket = connectTcp({ host: endpoint.host, port: endpoint.port, noDelay: true });
  return settled(socket, 'connect', signal, (error) => describeTcpError(endpoint, error));
}

function startTls(
  endpoint: Endpoint,
  socket: Socket,
  context: SecureContext,
  material: TlsMaterial,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const name = material.serverName ?? endpoint.host;
  const isAddress = /^[0-9.]+$|:/.test(name);
  const secure = connectTls({
    socket,
    secureContext: context,
    // Checked against the certificate; as SNI only a name is allowed (RFC 6066).
    host: name,
    ...(isAddress ? {} : { servername: name }),
    minVersion: `TLSv${material.minVersion}`,
    rejectUnauthorized: true,
  });
  return settled(secure, 'secureConnect', signal, (error) => describeTlsError(endpoint, error));
}

/**
 * Asks for StartTLS with a client of its own, whose parser is thrown away: bytes that somebody slipped in before TLS
 * can then not be taken for an answer given inside it.
 */
async function requestStartTls(endpoint: Endpoint, socket: Socket, signal: AbortSignal): Promise<void> {
  const client = new Client({ url: `ldap://${endpoint.host}`, createConnection: () => socket });
  try {
    await untilAborted(client.exop(STARTTLS), signal);
  } catch (error) {
    throw new SourceError('source-unavailable', `${endpoint.uri}: StartTLS failed: ${messageOf(error)}`, {
      hints: ['the server may offer no StartTLS: try ldaps:// instead'],
      cause: error,
    });
  }
  socket.removeAllListeners();
}

/** Resolves on an event of the socket; destroys it on failure. */
function settled<S extends Socket>(socket: S, event: string, signal: AbortSignal, describe: (error: Error) => Error): Promise<S> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      socket.removeListener(event, onEvent).removeListener('error', onError).removeListener('close', onClose);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const fail = (error: Error): void =>
      done(() => {
        socket.on('error', () => undefined).destroy();
        reject(describe(error));
      });
    const onEvent = (): void => done(() => resolve(socket));
    const onError = (error: Error): void => fail(error);
    const onClose = (): void => fail(new Error('the server closed the connection'));
    const onAbort = (): void => fail(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) return onAbort();
    socket.on(event, onEvent).on('error', onError).on('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Rejects with the signal's reason when it comes first. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}

function describeTcpError({ uri, host }: Endpoint, error: Error): SourceError {
  const code = errnoOf(error);
  const isName = code === 'ENOTFOUND' || code === 'EAI_AGAIN';
  const text = isName ? `the name "${host}" does not resolve (${code})` : error.message;
  return new SourceError('source-unavailable', `${uri}: cannot connect: ${text}`, { cause: error });
}

/** OpenSSL's verdicts on the server's certificate, and what the server's alerts say about ours. */
function describeTlsError({ uri }: Endpoint, error: Error): SourceError {
  const code = errnoOf(error) ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new SourceError('source-refused', `${uri}: the server's certificate is for another name: ${error.message}`, {
      hints: ['use the name that is in the certificate in uris, or set server_name in [source.tls]'],
      cause: error,
    });
  }
  if (isCertificateVerdict(code)) {
    return new SourceError('source-refused', `${uri}: the server's certificate is not trusted: ${error.message} (${code})`, {
      hints: ["check ca in [source.tls]: it must be the CA that issued the server's certificate"],
      cause: error,
    });
  }
  if (/ALERT/.test(code)) return describeAlert(uri, error, code);
  return new SourceError('source-unavailable', `${uri}: TLS failed: ${error.message}`, { cause: error });
}

export function describeAlert(uri: string, error: Error, code: string): SourceError {
  const aboutUs = /CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE/.test(code);
  return new SourceError(
    aboutUs ? 'source-refused' : 'source-unavailable',
    `${uri}: the server ended TLS with an alert: ${error.message}`,
    { hints: aboutUs ? ['the server wants another client certificate: check cert and key in [source.tls]'] : [], cause: error },
  );
}

const CERTIFICATE_VERDICT =
  /^(?:UNABLE_TO_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|ERROR_IN_CERT)/;

function isCertificateVerdict(code: string): boolean {
  return CERTIFICATE_VERDICT.test(code);
}
