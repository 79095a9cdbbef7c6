/**
 * What an operator must know of a certificate, so that nobody needs openssl(1) to read an error.
 */
import type { X509Certificate } from 'node:crypto';
import { serverText } from './server-text.ts';

/** Extended key usages (RFC 5280 section 4.2.1.12) by what they are for. */
const USAGES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
export type Purpose = keyof typeof USAGES;
const ANY_USAGE = '2.5.29.37.0';
/** A certificate for a whole farm has hundreds. */
const NAMES_MAX_LENGTH = 200;

/** `"O=Example, CN=ldap-1"`, in the certificate's own order. */
export function subjectOf(certificate: X509Certificate): string {
  return quoteName(certificate.subject);
}

export function issuerOf(certificate: X509Certificate): string {
  return quoteName(certificate.issuer);
}

/** Whose it is, who issued it, and how long it is valid or what is wrong with it. */
export function describeCertificate(certificate: X509Certificate, purpose: Purpose, now: Date): string {
  const validity = faultOf(certificate, purpose, now) ?? `valid until ${formatTime(certificate.validToDate)}`;
  return `${subjectOf(certificate)}, issued by ${issuerOf(certificate)}, ${validity}`;
}

/** The names that it is for: `DNS:ldap-1.example.org, IP Address:192.0.2.1`. */
export function namesOf({ subjectAltName }: X509Certificate): string {
  if (subjectAltName === undefined) return 'no name (it has no subjectAltName)';
  const names = serverText(subjectAltName);
  return names.length > NAMES_MAX_LENGTH ? `${names.slice(0, NAMES_MAX_LENGTH).replace(/,[^,]*$/, '')} and more` : names;
}

/** To the minute, in UTC: `2026-01-31 09:05 UTC`. */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Why nobody should take it now: a verb and what goes with it; undefined when time and purpose are right. */
export function faultOf(certificate: X509Certificate, purpose: Purpose, now: Date): string | undefined {
  if (isExpired(certificate, now)) return `expired on ${formatTime(certificate.validToDate)}`;
  if (isNotYetValid(certificate, now)) return `is valid only from ${formatTime(certificate.validFromDate)}`;
  return isFor(certificate, purpose)
    ? undefined
    : `is not for TLS ${purpose}s (its extended key usage is ${usagesOf(certificate).join(', ')})`;
}

export function isExpired({ validToDate }: X509Certificate, now: Date): boolean {
  return validToDate < now;
}

export function isNotYetValid({ validFromDate }: X509Certificate, now: Date): boolean {
  return validFromDate > now;
}

function isFor(certificate: X509Certificate, purpose: Purpose): boolean {
  const usages = usagesOf(certificate);
  return usages.length === 0 || usages.includes(USAGES[purpose]) || usages.includes(ANY_USAGE);
}

/** Node calls the extended usages `keyUsage`, and has none for a certificate without, whatever its types say. */
function usagesOf({ keyUsage }: { readonly keyUsage?: readonly string[] }): readonly string[] {
  return keyUsage ?? [];
}

function quoteName(name: string): string {
  return `"${serverText(name.trim().replaceAll('\n', ', '))}"`;
}
