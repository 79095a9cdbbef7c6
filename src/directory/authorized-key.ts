/**
 * OpenSSH public key lines, `[options] type base64-blob [comment]`, parsed down to the fields of the blob.
 *
 * A line that sshd would skip or read otherwise than we do is refused here: the blob's inner type must be the outer one,
 * every length field must fit, nothing may follow, and a certificate is no key.
 *
 * @see sshd(8) AUTHORIZED_KEYS FILE FORMAT
 */
import { endOfOptions, formatKeyOptions, type KeyOption, parseKeyOptions } from './key-options.ts';
import { isKeyType, type KeyType, malformed, measureBlob } from './key-blob.ts';
import { Invalid, quote } from './rejection.ts';
import { safeText } from './text.ts';

export interface AuthorizedKey {
  readonly type: KeyType;
  /** Of the modulus for RSA, of the curve for the others. */
  readonly bits: number;
  readonly options: readonly KeyOption[];
  /** `type blob comment` with one space between them: canonical base64, and a comment that is safe to show, or none. */
  readonly text: string;
}

/** An RSA key of 16384 bits, the most that OpenSSH reads, has a line of 2.8 kB; options and comment fit in the rest. */
const LINE_MAX_LENGTH = 8192;
const COMMENT_MAX_LENGTH = 128;

const NO_OPTIONS: readonly KeyOption[] = [];
/** Characters that a key line can hold at all; anything below is a line break or a control character. */
const PRINTABLE = /^[\x20-\x7e\t\u0080-\u{10ffff}]*$/u;
/** `type blob comment` as ssh-keygen(1) writes it: a line that needs no change. */
const PLAIN = /^([a-z][a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: [\x21\x23-\x39\x3b-\x7e]+(?: [\x21\x23-\x39\x3b-\x7e]+)*)?$/;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The parts of a line, before the type and blob are believed. */
interface LineParts {
  readonly options: readonly KeyOption[];
  readonly type: string;
  readonly blob: string;
  readonly comment: string;
}

export function parseAuthorizedKey(text: string): AuthorizedKey | Invalid {
  if (text.length > LINE_MAX_LENGTH) {
    return new Invalid('line-too-long', `key line has ${text.length} characters, at most ${LINE_MAX_LENGTH} are read`);
  }
  return parsePlain(text) ?? parseAny(text);
}

/** The form of nearly every key, without building a string; undefined for every other line, good or bad. */
function parsePlain(text: string): AuthorizedKey | undefined {
  const match = PLAIN.exec(text);
  if (match === null) return undefined;
  const [, type = '', blob = ''] = match;
  if (!isKeyType(type) || text.length - type.length - blob.length - 2 > COMMENT_MAX_LENGTH) return undefined;
  const bits = measureBlob(type, blob);
  return bits instanceof Invalid ? undefined : { type, bits, options: NO_OPTIONS, text };
}

function parseAny(text: string): AuthorizedKey | Invalid {
  const parts = splitLine(text.trim());
  if (parts instanceof Invalid) return parts;
  const type = parseType(parts.type);
  if (type instanceof Invalid) return type;
  const bits = measureAnyBlob(type, parts.blob);
  if (bits instanceof Invalid) return bits;
  const comment = safeText(parts.comment, COMMENT_MAX_LENGTH);
  return { type, bits, options: parts.options, text: `${type} ${parts.blob}${comment === '' ? '' : ` ${comment}`}` };
}

function splitLine(line: string): LineParts | Invalid {
  if (!PRINTABLE.test(line)) return malformed('holds a line break or control character');
  const split = splitOptions(line);
  if (split instanceof Invalid) return split;
  const [type = '', blob = '', ...rest] = split.key.split(/[ \t]+/);
  return { options: split.options, type, blob, comment: rest.join(' ') };
}

/** The line for sshd, options first. Their values are quoted, `"` inside them escaped as sshd(8) says. */
export function formatAuthorizedKey({ options, text }: AuthorizedKey): string {
  return options.length === 0 ? text : `${formatKeyOptions(options)} ${text}`;
}

/** Equal for two lines that differ in their comment alone. Other options make another key of it: sshd tries both. */
export function identityOf(key: AuthorizedKey): string {
  const line = formatAuthorizedKey(key);
  const end = key.text.indexOf(' ', key.type.length + 1);
  return end === -1 ? line : line.slice(0, line.length - (key.text.length - end));
}

function measureAnyBlob(type: KeyType, text: string): number | Invalid {
  if (text === '') return malformed('has no base64 part');
  if (!BASE64.test(text)) return malformed(`has a base64 part with other characters: ${quote(text)}`);
  return measureBlob(type, text);
}

function parseType(text: string): KeyType | Invalid {
  if (isKeyType(text)) return text;
  if (/-cert-v0[01]@openssh\.com$/.test(text)) return new Invalid('key-certificate', `${quote(text)} is a certificate, not a key`);
  if (text === '') return malformed('is empty');
  return new Invalid('key-type', `${quote(text)} is no key type that holdfast reads`);
}

/** sshd reads a line as `type blob` first and, when the first word is no type, as `options type blob`. */
function splitOptions(line: string): { readonly options: readonly KeyOption[]; readonly key: string } | Invalid {
  const first = /^[^ \t]*/.exec(line)?.[0] ?? '';
  if (isKeyType(first) || !hasKeyAfterOptions(line)) return { options: NO_OPTIONS, key: line };
  const end = endOfOptions(line);
  if (end === undefined) return malformed('has options with a quote that does not end');
  const options = parseKeyOptions(line.slice(0, end));
  if (options instanceof Invalid) return options;
  return { options, key: line.slice(end).trimStart() };
}

/** Without a second word that could be a type, the first word is better reported as an unknown type than as options. */
function hasKeyAfterOptions(line: string): boolean {
  return /[ \t](?:ssh|ecdsa|sk)-[^ \t]+[ \t]/.test(line) || /^[^ \t]*"/.test(line);
}
