/**
 * Why a server's certificate was not accepted: what it is, what was wanted, and what to change.
 */
import type { X509Certificate } from 'node:crypto';
import { type ErrorDetail, errnoOf } from '../../errors.ts';
import { SourceError } from '../source.ts';
import { describeCertificate, formatTime, isExpired, isNotYetValid, issuerOf, namesOf, subjectOf } from './certificate-text.ts';

export interface Expectation {
  /** The name that the certificate must be for. */
  readonly name: string;
  /** The certificates of `ca`; undefined for those of the system. */
  readonly authorities: readonly X509Certificate[] | undefined;
  readonly now: Date;
}

/** OpenSSL's verdicts (X509_V_ERR_*) and Node's own; an alert of the server has another code. */
const VERDICT =
  /^(?:ERR_TLS_CERT_ALTNAME|UNABLE_TO_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|ERROR_IN_CERT)/;

export function isVerdict(error: Error): boolean {
  return VERDICT.test(errnoOf(error) ?? '');
}

/** @param certificate the server's, if it was seen */
export function explainVerdict(error: Error, certificate: X509Certificate | undefined, expected: Expectation): SourceError {
  const code = errnoOf(error) ?? '';
  if (certificate === undefined) return refused('tls-untrusted', `the server's certificate is not accepted (${code})`, [], error);
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return wrongName(certificate, expected, error);
    case 'CERT_HAS_EXPIRED':
      return expired(certificate, expected, error);
    case 'CERT_NOT_YET_VALID':
      return notYetValid(certificate, expected, error);
    case 'INVALID_PURPOSE':
      return refused(
        'tls-untrusted',
        `${introduce(certificate, expected)} is not accepted`,
        ['give the server a certificate with the extended key usage serverAuth'],
        error,
      );
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'CERT_SIGNATURE_FAILURE':
      return untrusted(certificate, expected, error);
    default:
      return refused('tls-untrusted', `${introduce(certificate, expected)} is not accepted (${code})`, [], error);
  }
}

/** The subject of a sentence. */
function introduce(certificate: X509Certificate, { now }: Expectation): string {
  return `the server's certificate (${describeCertificate(certificate, 'server', now)})`;
}

function wrongName(certificate: X509Certificate, expected: Expectation, cause: Error): SourceError {
  const text = `${introduce(certificate, expected)} is for ${namesOf(certificate)}, and not for "${expected.name}"`;
  return refused(
    'tls-wrong-name',
    text,
    ['use a name that is in the certificate in uris, or set server_name in [source.tls] to it'],
    cause,
  );
}

function expired(leaf: X509Certificate, expected: Expectation, cause: Error): SourceError {
  const late = findInChain(leaf, (certificate) => isExpired(certificate, expected.now));
  const what =
    late === undefined
      ? `a CA certificate above ${introduce(leaf, expected)} has expired`
      : `${nameInChain(late, leaf)} expired on ${formatTime(late.validToDate)}`;
  const where = late === leaf ? 'on the server' : 'on the server or in ca of [source.tls]';
  return refused(
    'tls-expired',
    `${what}; here it is ${formatTime(expected.now)}`,
    [`renew it ${where}, or set this host's clock if that is wrong`],
    cause,
  );
}

function notYetValid(leaf: X509Certificate, { now }: Expectation, cause: Error): SourceError {
  const early = findInChain(leaf, (certificate) => isNotYetValid(certificate, now)) ?? leaf;
  const text = `${nameInChain(early, leaf)} is valid only from ${formatTime(early.validFromDate)}; here it is ${formatTime(now)}`;
  return refused('tls-not-yet-valid', text, ["check this host's clock (timedatectl)"], cause);
}

function untrusted(leaf: X509Certificate, expected: Expectation, cause: Error): SourceError {
  const { authorities } = expected;
  const top = topOf(leaf);
  const isNamesake = authorities?.some(({ subject }) => subject === top.issuer) ?? false;
  const trusted = authorities === undefined ? "this system's CAs" : listSubjects(authorities);
  const wanted = isNamesake ? 'ca holds a CA of that name, but with another key' : `trusted here: ${trusted}`;
  const set = authorities === undefined ? 'set ca in [source.tls]' : 'check ca in [source.tls]';
  const hints = [`${set}: it must hold the CA ${issuerOf(top)}, if that is yours; if not, this is not your server`];
  if (top === leaf && leaf.subject !== leaf.issuer)
    hints.push('where that CA is below a trusted one, let the server send its certificate too');
  return refused('tls-untrusted', `${introduce(leaf, expected)}${chainText(leaf, top)} is not trusted; ${wanted}`, hints, cause);
}

function chainText(leaf: X509Certificate, top: X509Certificate): string {
  return top === leaf || top.subject === leaf.issuer ? '' : ` below ${subjectOf(top)}`;
}

function nameInChain(certificate: X509Certificate, leaf: X509Certificate): string {
  const whose = certificate === leaf ? "the server's certificate" : "a CA certificate above the server's";
  return `${whose} (${subjectOf(certificate)}, issued by ${issuerOf(certificate)})`;
}

function listSubjects(certificates: readonly X509Certificate[]): string {
  const subjects = certificates.slice(0, 3).map(subjectOf).join(', ');
  return certificates.length > 3 ? `${subjects} and ${certificates.length - 3} more` : subjects;
}

function topOf(leaf: X509Certificate): X509Certificate {
  return chainOf(leaf).at(-1) ?? leaf;
}

function findInChain(leaf: X509Certificate, fits: (certificate: X509Certificate) => boolean): X509Certificate | undefined {
  return chainOf(leaf).find(fits);
}

/** As far as the server sent it or we have it, without going in circles. */
function chainOf(leaf: X509Certificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  for (let next: X509Certificate | undefined = leaf; next !== undefined && !seen.has(next.fingerprint256); next = next.issuerCertificate) {
    chain.push(next);
    seen.add(next.fingerprint256);
  }
  return chain;
}

function refused(detail: ErrorDetail, message: string, hints: readonly string[], cause: Error): SourceError {
  return new SourceError('source-refused', message, { detail, hints, cause });
}
