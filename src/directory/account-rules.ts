/**
 * How directories say that an account has ended or is locked: by rule, the LDAP attributes that say so.
 *
 * The names are those of SSSD's `ldap_account_expire_policy`, which operators know.
 */
export const ACCOUNT_RULES = ['shadow', 'ad', '389ds', 'ppolicy', 'nds'] as const;

/**
 * `shadow`: shadow(5) in RFC 2307. `ad`: Active Directory. `389ds`: 389 Directory Server and FreeIPA. `ppolicy`: OpenLDAP's
 * overlay (draft-behera-ldap-password-policy). `nds`: eDirectory.
 */
export type AccountRule = (typeof ACCOUNT_RULES)[number];

export type AccountAttribute =
  | 'shadowExpire'
  | 'userAccountControl'
  | 'accountExpires'
  | 'nsAccountLock'
  | 'pwdAccountLockedTime'
  | 'pwdLockoutDuration'
  | 'loginDisabled'
  | 'loginExpirationTime'
  | 'loginAllowedTimeMap'
  /** Of a file of people, not of LDAP. */
  | 'expires';

export const ATTRIBUTES_OF_RULE: Readonly<Record<AccountRule, readonly AccountAttribute[]>> = {
  shadow: ['shadowExpire'],
  ad: ['userAccountControl', 'accountExpires'],
  '389ds': ['nsAccountLock'],
  ppolicy: ['pwdAccountLockedTime', 'pwdLockoutDuration'],
  nds: ['loginDisabled', 'loginExpirationTime', 'loginAllowedTimeMap'],
};
