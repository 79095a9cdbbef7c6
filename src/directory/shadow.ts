/**
 * One line of shadow(5): `name:password:lastChange:min:max:warning:inactive:expire:flag`.
 *
 * All nine fields are written, since `fgetspent_r` skips a line with fewer. An absent number is an empty field: 0 is
 * not the same (a lastChange of 0 forces a password change, an expire of 0 is ambiguous).
 */
import { type LoginName, parseLoginName } from './names.ts';
import { Invalid, quote } from './rejection.ts';

/** Days, or days since 1970-01-01 (UTC) for `lastChange` and `expire`. */
export interface PasswordAging {
  readonly lastChange?: number;
  readonly min?: number;
  readonly max?: number;
  readonly warning?: number;
  readonly inactive?: number;
  readonly expire?: number;
  readonly flag?: number;
}

export interface ShadowEntry {
  readonly name: LoginName;
  /** A crypt(3) hash, or `*`: no password will ever match. */
  readonly password: string;
  readonly aging: PasswordAging;
}

export const AGING_FIELDS = ['lastChange', 'min', 'max', 'warning', 'inactive', 'expire', 'flag'] as const;
export type AgingField = (typeof AGING_FIELDS)[number];

export const NO_PASSWORD = '*';

const NUMBER = /^(?:0|-?[1-9][0-9]{0,9})$/;
/** glibc reads 2^31 as a negative number, and skips a line with 2^32: libnss-cache then aborts the calling process. */
const NUMBER_MAX = 2_147_483_647;
/** crypt(5): `$id$…` with the characters of its base64 and parameters. Traditional DES hashes are 13 characters. */
const CRYPT_HASH = /^\{CRYPT\}((?:\$[A-Za-z0-9]{1,10}\$[A-Za-z0-9./$,=_-]{8,200})|[A-Za-z0-9./]{13})$/i;

export function formatShadow(entry: ShadowEntry): string {
  const { lastChange = '', min = '', max = '', warning = '', inactive = '', expire = '', flag = '' } = entry.aging;
  return `${entry.name}:${entry.password}:${lastChange}:${min}:${max}:${warning}:${inactive}:${expire}:${flag}`;
}

/** Undefined for a line that is no shadow entry of ours. */
export function parseShadow(line: string): ShadowEntry | undefined {
  const fields = line.split(':');
  if (fields.length !== 9) return undefined;
  const [nameText = '', password = '', ...numbers] = fields;
  const name = parseLoginName(nameText);
  if (name instanceof Invalid || password === '') return undefined;
  const aging: { -readonly [Field in AgingField]?: number } = {};
  for (const [index, field] of AGING_FIELDS.entries()) {
    const text = numbers[index] ?? '';
    if (text === '') continue;
    if (!NUMBER.test(text) || Number(text) > NUMBER_MAX) return undefined;
    aging[field] = Number(text);
  }
  return { name, password, aging };
}

/**
 * A number of shadowAccount. A negative number means "absent" (shadow(5) writes -1 for it); a fraction or text is invalid.
 */
export function parseAgingNumber(field: AgingField, text: string): number | undefined | Invalid {
  if (!NUMBER.test(text)) return new Invalid('shadow-invalid', `shadow ${field} ${quote(text)} is no whole number`);
  const number = Number(text);
  if (number > NUMBER_MAX)
    return new Invalid('shadow-invalid', `shadow ${field} ${quote(text)} is above ${NUMBER_MAX}, the most that glibc reads`);
  return number < 0 ? undefined : number;
}

/** The crypt(3) hash in an RFC 2307 `userPassword` value; every other scheme means nothing to pam_unix and gives undefined. */
export function cryptHash(userPassword: string): string | undefined {
  return CRYPT_HASH.exec(userPassword)?.[1];
}
