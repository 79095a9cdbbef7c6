/**
 * What was refused and why, as data: an entry that breaks a rule is quarantined, counted and shown; the rest goes on.
 */
export type MapName = 'passwd' | 'group' | 'shadow' | 'keys';

export type RejectionCode =
  | 'name-missing'
  | 'name-invalid'
  | 'name-ambiguous'
  | 'name-duplicate'
  | 'name-reused'
  | 'name-local'
  | 'name-reserved'
  | 'name-lookalike'
  | 'id-missing'
  | 'id-invalid'
  | 'id-out-of-range'
  | 'id-duplicate'
  | 'id-local'
  | 'uid-reused'
  | 'uid-changed'
  | 'id-dynamic'
  | 'primary-group-unknown'
  | 'home-missing'
  | 'home-invalid'
  | 'shell-invalid'
  | 'shell-unlisted'
  | 'text-invalid'
  | 'shadow-invalid'
  | 'shadow-expire-zero'
  | 'account-disabled'
  | 'account-locked'
  | 'account-expired'
  | 'account-outside-hours'
  | 'account-unreadable'
  | 'member-invalid'
  | 'member-unknown'
  | 'member-local'
  | 'member-ambiguous'
  | 'group-too-large'
  | 'access-group-unknown'
  | 'access-account-unknown'
  | 'access-group-unmapped'
  | 'key-malformed'
  | 'key-type'
  | 'key-too-short'
  | 'key-options'
  | 'key-certificate'
  | 'key-revoked'
  | 'key-shared'
  | 'key-ageing'
  | 'key-too-old'
  | 'key-ages-lost'
  | 'clock-implausible'
  | 'line-too-long';

/** `quarantined`: the entry or key is not shown at all. `adjusted`: it is shown with a value of ours. */
export type Verdict = 'quarantined' | 'adjusted';

export interface Rejection {
  readonly verdict: Verdict;
  readonly source: string;
  readonly map: MapName;
  /** The name the operator knows the entry by: login or group name where it has one, its DN where it has none. */
  readonly key: string;
  /** Of an entry that is not shown at all, safe to print: where to look for it. */
  readonly dn?: string;
  /** Of a key that could be read: `SHA256:…`. */
  readonly fingerprint?: string;
  readonly code: RejectionCode;
  readonly reason: string;
}

/** A value that its parser refused. Parsers return `T | Invalid`, so that nobody uses what was not checked. */
export class Invalid {
  readonly code: RejectionCode;
  readonly reason: string;

  constructor(code: RejectionCode, reason: string) {
    this.code = code;
    this.reason = reason;
  }
}

/** Where something was refused. */
export type RejectionPlace = Omit<Rejection, 'code' | 'reason'>;

export function rejectionOf(place: RejectionPlace, { code, reason }: Invalid): Rejection {
  return { ...place, code, reason };
}

/** A hostile value between quotes, for one line of a terminal or journal. */
export function quote(value: string): string {
  return `"${printable(value)}"`;
}

/** Characters of a DN that are worth a line of their own: those of a deep directory. */
export const DN_SHOWN = 256;

/** Control, bidi and non-ASCII characters become `\u{…}`, and anything over `most` characters is cut. */
export function printable(value: string, most = 80): string {
  const shown = value.length > most ? `${value.slice(0, most)}…` : value;
  return shown.replaceAll(/["\\]|[^\x20-\x7e…]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
