/**
 * What a failed TLS handshake means, from how it ended and how far it had come.
 */
import { errnoOf, HoldfastError } from '../../errors.ts';
import { SourceError } from '../source.ts';
import { isCertificateAlert, refusedClient } from './client-certificate.ts';
import { describeEnd, isHangUp } from './connection-end.ts';
import type { Handshake } from './handshake.ts';
import { explainVerdict, isVerdict } from './server-certificate.ts';
import type { TlsContext } from './tls-context.ts';

/**
 * A server that asked for a client certificate hung up when it had what we gave it. That may be its answer, or an accident:
 * `refusal-probe.ts` finds out.
 */
export class UnansweredCertificate extends SourceError {
  /** Servers that refuse a certificate do so at the same point each time; accidents do not. */
  readonly stage: 'handshake' | 'bind';

  constructor(stage: 'handshake' | 'bind', message: string, cause: Error) {
    super('source-unavailable', message, { detail: 'tls-failed', cause });
    this.stage = stage;
  }
}

/** OpenSSL's codes, for the server's alerts and for what was found here. */
const NOTHING_IN_COMMON = /PROTOCOL_VERSION|HANDSHAKE_FAILURE|UNSUPPORTED_PROTOCOL|INSUFFICIENT_SECURITY/;
const NOT_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/;
const OTHER_PORT = 'the server may speak no TLS on this port: ldaps:// is usually port 636, and ldap:// with mode = "starttls" port 389';

export interface HandshakeSetting {
  readonly context: TlsContext;
  readonly name: string;
  readonly now: Date;
}

export function explainHandshake(error: Error, handshake: Handshake, setting: HandshakeSetting): SourceError {
  if (error instanceof HoldfastError) return new SourceError('source-unavailable', `TLS handshake: ${error.message}`, { cause: error });
  const { context, name, now } = setting;
  if (isVerdict(error)) return explainVerdict(error, handshake.certificate, { name, authorities: context.authorities, now });
  if (handshake.wantsCertificate && isCertificateAlert(error)) return refusedClient(context.client, describeEnd(error), now, error);
  if (handshake.wantsCertificate && isHangUp(error) && handshake.isUnanswered) {
    return new UnansweredCertificate('handshake', `TLS handshake: ${describeEnd(error)}`, error);
  }
  return new SourceError('source-unavailable', `TLS handshake: ${describeEnd(error)}`, {
    detail: 'tls-failed',
    hints: hintsFor(error, handshake),
    cause: error,
  });
}

function hintsFor(error: Error, handshake: Handshake): string[] {
  const code = errnoOf(error) ?? '';
  if (NOTHING_IN_COMMON.test(code)) return ['server and holdfast have no TLS version or cipher in common: see min_version in [source.tls]'];
  if (NOT_TLS.test(code)) return [OTHER_PORT];
  if (isHangUp(error) && handshake.certificate === undefined)
    return [`${OTHER_PORT}; or no TLS version from min_version of [source.tls] up`];
  return [];
}
