/**
 * LDAPResult (RFC 4511 section 4.1.9): its code by name, the server's own words, and what an operator can do about it.
 */
import type { BerReader } from './message-reader.ts';
import { serverText } from './server-text.ts';

const OCTET_STRING = 0x04;
const ENUMERATED = 0x0a;

export interface LdapResult {
  readonly code: number;
  /** The server's diagnostic message, safe to print; empty when it says nothing more. */
  readonly diagnostic: string;
}

/** RFC 4511 appendix A. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'success',
  1: 'operationsError',
  2: 'protocolError',
  3: 'timeLimitExceeded',
  4: 'sizeLimitExceeded',
  7: 'authMethodNotSupported',
  8: 'strongerAuthRequired',
  10: 'referral',
  11: 'adminLimitExceeded',
  12: 'unavailableCriticalExtension',
  13: 'confidentialityRequired',
  14: 'saslBindInProgress',
  16: 'noSuchAttribute',
  17: 'undefinedAttributeType',
  18: 'inappropriateMatching',
  19: 'constraintViolation',
  21: 'invalidAttributeSyntax',
  32: 'noSuchObject',
  33: 'aliasProblem',
  34: 'invalidDNSyntax',
  36: 'aliasDereferencingProblem',
  48: 'inappropriateAuthentication',
  49: 'invalidCredentials',
  50: 'insufficientAccessRights',
  51: 'busy',
  52: 'unavailable',
  53: 'unwillingToPerform',
  54: 'loopDetect',
  80: 'other',
};

/** Codes that say "not you": waiting does not help, a credential or permission must change. */
const REFUSALS: ReadonlySet<number> = new Set([7, 8, 13, 48, 49, 50]);

const LIMITS = "lift the server's limit for this identity (OpenLDAP: limits … size.pr=unlimited size.prtotal=unlimited)";
const WANTS_TLS = 'the server takes this only inside TLS: ldaps:// in uris, or mode = "starttls" in [source.tls]';

/** What an operator can do about it, where that is known. */
const HINTS: Readonly<Record<number, string>> = {
  3: LIMITS,
  4: LIMITS,
  7: 'the server does not offer this bind: set another method in [source.bind]; "external" works only where the server asks for client certificates (OpenLDAP: TLSVerifyClient)',
  8: WANTS_TLS,
  10: 'name the server that the referral points to in uris: holdfast follows none',
  11: LIMITS,
  12: 'the server does not know paged results (RFC 2696)',
  13: WANTS_TLS,
  14: 'the server wants a bind of several steps, which holdfast does not have: set another method in [source.bind]',
  32: 'check base in the configuration, and that this identity may read it',
  34: 'check the spelling of base, and of dn in [source.bind]',
  48: 'this identity cannot bind like that (the server may refuse anonymous binds): set method in [source.bind] to "external" or "simple"',
  49: 'check dn and password of [source.bind]',
  50: 'let this identity read what is below base (OpenLDAP: access to … by … read)',
  51: 'the server is busy: the next run tries again',
  52: 'the server is starting or stopping: the next run tries again',
  53: "the server's own rules forbid it (OpenLDAP: disallow, require, restrict): see its words and its log",
};

/** `invalidCredentials (49): "the server's words"`. */
export function describeResult({ code, diagnostic }: LdapResult): string {
  const name = NAMES[code];
  return `${name === undefined ? `result code ${code}` : `${name} (${code})`}${diagnostic === '' ? '' : `: "${diagnostic}"`}`;
}

export function isRefusal({ code }: LdapResult): boolean {
  return REFUSALS.has(code);
}

export function resultHints({ code }: LdapResult): readonly string[] {
  const hint = HINTS[code];
  return hint === undefined ? [] : [hint];
}

/** Reads the result that an operation consists of, and goes on behind it. */
export function readResult(message: BerReader, operation: number): LdapResult {
  const outer = message.enter(operation);
  const code = message.integer(ENUMERATED);
  message.bytes(OCTET_STRING);
  const diagnostic = serverText(message.bytes(OCTET_STRING).toString());
  message.leave(outer);
  return { code, diagnostic };
}
