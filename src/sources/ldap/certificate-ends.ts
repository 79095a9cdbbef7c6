/**
 * When the certificates of an LDAP source end: ours with its chain, and those that its servers are trusted by.
 */
import type { X509Certificate } from 'node:crypto';
import type { CertificateEnd } from '../source.ts';
import { isExpired, subjectOf } from './certificate-text.ts';
import type { TlsContext } from './tls-context.ts';

export function certificateEnds({ chain, authorities = [] }: TlsContext, now: Date): CertificateEnd[] {
  // A bundle of CAs has old ones among them that nobody needs. Only when all have ended is that a fault.
  const living = authorities.filter((certificate) => !isExpired(certificate, now));
  return [...firstEnd('client', chain), ...firstEnd('ca', living.length > 0 ? living : authorities)];
}

function firstEnd(kind: CertificateEnd['kind'], certificates: readonly X509Certificate[]): CertificateEnd[] {
  const [first] = [...certificates].sort((a, b) => a.validToDate.getTime() - b.validToDate.getTime());
  return first === undefined ? [] : [{ kind, subject: subjectOf(first), end: first.validToDate }];
}
