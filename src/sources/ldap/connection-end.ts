/**
 * Why a connection is over, in words for an operator: no errno alone, no path of OpenSSL's sources, never an empty line.
 */
import { errnoOf, messageOf } from '../../errors.ts';

/** The other side has sent FIN. */
export class PeerClosed extends Error {
  constructor() {
    super('the server closed the connection');
  }
}

const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** The other side has hung up, by FIN or RST, and not said why. */
export function isHangUp(error: Error): boolean {
  return error instanceof PeerClosed || RESETS.has(errnoOf(error) ?? '');
}

/** The TLS alert that the server sent, as in RFC 8446: `unknown ca`. OpenSSL calls it `tlsv1 alert unknown ca`. */
export function alertOf(error: Error): string | undefined {
  const [, alert] = / alert (.+)$/.exec(opensslReason(error) ?? '') ?? [];
  return alert;
}

/** A clause with subject and verb. */
export function describeEnd(error: Error): string {
  const alert = alertOf(error);
  if (alert !== undefined) return `the server sent the TLS alert "${alert}"`;
  if (isHangUp(error)) return isReset(error) ? `the connection was reset (${errnoOf(error)})` : 'the server closed the connection';
  const reason = opensslReason(error);
  return reason === undefined ? describeSystemError(error) : `TLS failed: ${reason}`;
}

/** A name with several addresses fails with an error for each, around which is one without a message. */
function describeSystemError(error: Error): string {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const text = errors
    .map((one) => messageOf(one).trim())
    .filter((message) => message !== '')
    .join('; ');
  return text === '' ? 'the connection failed' : text;
}

/** Node gives ECONNRESET for a FIN in the middle of a handshake too, but then no system call has failed. */
function isReset(error: Error): boolean {
  return 'syscall' in error && error.syscall !== undefined;
}

/** OpenSSL's own words, without the line break and the path of its sources that `message` has. */
export function opensslReason(error: unknown): string | undefined {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
}
