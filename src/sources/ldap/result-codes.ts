/**
 * LDAP result codes by name (RFC 4511 appendix A), for errors in the server's own words.
 */
const NAMES: Readonly<Record<number, string>> = {
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
  21: 'invalidAttributeSyntax',
  32: 'noSuchObject',
  34: 'invalidDNSyntax',
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

export function resultName(code: number): string {
  const name = NAMES[code];
  return name === undefined ? `result code ${code}` : `${name} (${code})`;
}

export function isRefusal(code: number): boolean {
  return REFUSALS.has(code);
}

/** What an operator can do about it, where that is known. */
export function resultHints(code: number): readonly string[] {
  switch (code) {
    case 3:
    case 4:
    case 11:
      return ["lift the server's limit for this identity (OpenLDAP: limits … size.pr=unlimited size.prtotal=unlimited)"];
    case 10:
      return ['name the server that the referral points to in uris: holdfast follows none'];
    case 12:
      return ['the server does not know paged results (RFC 2696)'];
    case 32:
      return ['check base in the configuration, and that this identity may read it'];
    case 49:
      return ['check dn and password of [source.bind]'];
    default:
      return [];
  }
}
