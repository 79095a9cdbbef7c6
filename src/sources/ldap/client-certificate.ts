/**
 * Why a server does not take our client certificate, or that we have none: some servers say it with an alert, some just hang up.
 */
import type { X509Certificate } from 'node:crypto';
import { SourceError } from '../source.ts';
import { describeCertificate, faultOf, issuerOf } from './certificate-text.ts';
import { alertOf } from './connection-end.ts';

/** Alerts that are about a certificate (RFC 8446 section 6.2). With TLS 1.2, `handshake failure` can be one as well. */
const ABOUT_CERTIFICATE = /certificate|unknown ca|access denied|handshake failure/;

export function isCertificateAlert(error: Error): boolean {
  return ABOUT_CERTIFICATE.test(alertOf(error) ?? '');
}

/** @param how what the server did: a clause with subject and verb */
export function refusedClient(client: X509Certificate | undefined, how: string, now: Date, cause: Error): SourceError {
  if (client === undefined) {
    return new SourceError('source-refused', `the server wants a client certificate and there is none: ${how}`, {
      detail: 'client-certificate-refused',
      hints: ['name cert and key in [source.tls]'],
      cause,
    });
  }
  const fault = faultOf(client, 'client', now);
  return new SourceError(
    'source-refused',
    `the server does not take our client certificate (${describeCertificate(client, 'client', now)}): ${how}`,
    {
      detail: 'client-certificate-refused',
      hints: [fault === undefined ? unknownReason(client) : `renew cert in [source.tls]: it ${fault}`],
      cause,
    },
  );
}

function unknownReason(client: X509Certificate): string {
  return `check that the server trusts the issuer ${issuerOf(client)} (OpenLDAP: TLSCACertificateFile), and see its log`;
}
