/**
 * What a directory says about the end and the locks of an account, parsed; what it means now is for the policy to say.
 *
 * A value that cannot be read refuses the account: somebody meant something by it, and it was hardly "may log in".
 *
 * @see SSSD `sdap_access.c` for what each rule denies
 */
import type { AccountAttribute } from './account-rules.ts';
import { type AllowedHours, parseAllowedHours } from './allowed-hours.ts';
import { isBeyondTime, ofDays, ofFiletime, parseGeneralizedTime, parseWholeNumber } from './directory-time.ts';
import { Invalid, quote } from './rejection.ts';

/** The attributes that the source's rules ask for, as far as the entry has them; `loginAllowedTimeMap` in hexadecimal digits. */
export type RawAccount = Readonly<Partial<Record<AccountAttribute, readonly (string | undefined)[]>>>;

type RefusalCode = 'account-disabled' | 'account-locked' | 'account-unreadable';

/** Times in milliseconds since the epoch. */
export type AccountLimit =
  /** Until the directory says otherwise. */
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly reason: string }
  /** From `at` on. */
  | { readonly kind: 'ends'; readonly at: number; readonly by: AccountAttribute }
  /** Before `until`. */
  | { readonly kind: 'locked'; readonly until: number; readonly by: AccountAttribute }
  | { readonly kind: 'hours'; readonly hours: AllowedHours };

/** Undefined when there is none: so it is with nearly everybody. */
export function parseAccountLimits(raw: RawAccount): readonly AccountLimit[] | undefined {
  const limits = READERS.map((read) => read(raw)).filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : limits;
}

type LimitReader = (raw: RawAccount) => AccountLimit | undefined;

const READERS: readonly LimitReader[] = [
  (raw) => readOne(raw, 'userAccountControl', parseAccountControl),
  (raw) => readOne(raw, 'loginDisabled', parseFlag('account-disabled')),
  (raw) => readOne(raw, 'nsAccountLock', parseFlag('account-locked')),
  (raw) => readOne(raw, 'pwdAccountLockedTime', (text, by) => parseLockedTime(text, by, raw)),
  (raw) => readOne(raw, 'shadowExpire', parseShadowExpire),
  (raw) => readOne(raw, 'accountExpires', parseAccountExpires),
  (raw) => readOne(raw, 'loginExpirationTime', parseExpirationTime),
  (raw) => readOne(raw, 'expires', parseExpirationTime),
  (raw) => readOne(raw, 'loginAllowedTimeMap', parseTimeMap),
];

type ValueReader = (text: string, by: AccountAttribute) => AccountLimit | undefined;

function readOne(raw: RawAccount, by: AccountAttribute, parse: ValueReader): AccountLimit | undefined {
  const values = raw[by] ?? [];
  const [text] = values;
  if (values.length === 0) return undefined;
  if (values.length > 1) return unreadable(`${by} has ${values.length} values, one is wanted`);
  return text === undefined ? unreadable(`${by} holds bytes that are no UTF-8`) : parse(text, by);
}

/** 0 is ambiguous in shadow(5), and -1 its "none": both are no end. */
function parseShadowExpire(text: string, by: AccountAttribute): AccountLimit | undefined {
  const days = parseWholeNumber(text);
  if (days === undefined) return unreadable(`${by} ${quote(text)} is no whole number of days`);
  return days > 0n ? endsAt(ofDays(days), by) : undefined;
}

/** ADS_UF_ACCOUNTDISABLE */
const ACCOUNT_DISABLED = 0x2n;

function parseAccountControl(text: string, by: AccountAttribute): AccountLimit | undefined {
  const flags = parseWholeNumber(text);
  if (flags === undefined) return unreadable(`${by} ${quote(text)} is no whole number`);
  if ((flags & ACCOUNT_DISABLED) === 0n) return undefined;
  return { kind: 'refused', code: 'account-disabled', reason: `${by} ${flags} says that the account is disabled` };
}

/** Active Directory writes the one for accounts that never had an end, the other for those whose end was taken away. */
const NEVER: ReadonlySet<bigint> = new Set([0n, 0x7fff_ffff_ffff_ffffn]);

function parseAccountExpires(text: string, by: AccountAttribute): AccountLimit | undefined {
  const filetime = parseWholeNumber(text);
  if (filetime === undefined) return unreadable(`${by} ${quote(text)} is no whole number`);
  return NEVER.has(filetime) ? undefined : endsAt(ofFiletime(filetime), by);
}

function parseExpirationTime(text: string, by: AccountAttribute): AccountLimit | undefined {
  const at = parseGeneralizedTime(text);
  return at === undefined ? unreadable(`${by} ${quote(text)} is no time such as "20261231235959Z"`) : endsAt(at, by);
}

function endsAt(at: number, by: AccountAttribute): AccountLimit | undefined {
  return isBeyondTime(at) ? undefined : { kind: 'ends', at, by };
}

function parseFlag(code: RefusalCode): ValueReader {
  return (text, by) => {
    const flag = text.toUpperCase();
    if (flag === 'FALSE') return undefined;
    if (flag !== 'TRUE') return unreadable(`${by} ${quote(text)} is neither "TRUE" nor "FALSE"`);
    return { kind: 'refused', code, reason: `${by} is TRUE` };
  };
}

/** The year in which nothing was locked, by which ppolicy says "for ever". */
const FOR_EVER = /^0000[0-9.,]*Z$/;

/**
 * Locked until a duration has passed. The duration stands in a policy entry, if anywhere: where the person's entry does not show it too,
 * the lock holds until it is taken off, as it does with a duration of 0.
 */
function parseLockedTime(text: string, by: AccountAttribute, raw: RawAccount): AccountLimit | undefined {
  if (FOR_EVER.test(text)) return lockedForEver(by, 'locked until somebody takes the lock off');
  const since = parseGeneralizedTime(text);
  if (since === undefined) return unreadable(`${by} ${quote(text)} is no time such as "20261231235959Z"`);
  const [duration = '0'] = raw.pwdLockoutDuration ?? [];
  const seconds = parseWholeNumber(duration);
  if (seconds === undefined || seconds < 0n) return unreadable(`pwdLockoutDuration ${quote(duration)} is no number of seconds`);
  const until = since + Number(seconds) * 1000;
  if (seconds === 0n || isBeyondTime(until)) return lockedForEver(by, 'locked, and no pwdLockoutDuration says for how long');
  return { kind: 'locked', until, by };
}

function lockedForEver(by: AccountAttribute, what: string): AccountLimit {
  return { kind: 'refused', code: 'account-locked', reason: `${what} (${by})` };
}

function parseTimeMap(text: string): AccountLimit | undefined {
  const hours = parseAllowedHours(text);
  if (hours instanceof Invalid) return unreadable(hours.reason);
  return hours === undefined ? undefined : { kind: 'hours', hours };
}

function unreadable(reason: string): AccountLimit {
  return { kind: 'refused', code: 'account-unreadable', reason: `${reason}: whether the account may be used cannot be told` };
}
