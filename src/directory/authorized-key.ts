/**
 * OpenSSH public key lines, `[options] type base64-blob [comment]`, parsed down to the fields of the blob.
 *
 * A line that sshd would skip or read otherwise than we do is refused here: the blob's inner type must be the outer one,
 * every length field must fit, nothing may follow, and a certificate is no key.
 *
 * @see sshd(8) AUTHORIZED_KEYS FILE FORMAT; RFC 4253 section 6.6, RFC 5656, RFC 8709, PROTOCOL.u2f for the blobs
 */
import { Invalid, quote } from './rejection.ts';
import { safeText } from './text.ts';

export type KeyType =
  | 'ssh-ed25519'
  | 'ssh-rsa'
  | 'ecdsa-sha2-nistp256'
  | 'ecdsa-sha2-nistp384'
  | 'ecdsa-sha2-nistp521'
  | 'sk-ssh-ed25519@openssh.com'
  | 'sk-ecdsa-sha2-nistp256@openssh.com';

export const KEY_TYPES: readonly KeyType[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-rsa',
];

/** One option of a key line: `no-pty`, or `from="10.0.0.0/8"` with its value unquoted. */
export interface KeyOption {
  readonly name: string;
  readonly value?: string;
}

export interface AuthorizedKey {
  readonly type: KeyType;
  /** Canonical base64, as `ssh-keygen` writes it. Two keys are the same key when their blobs are equal. */
  readonly blob: string;
  /** Of the modulus for RSA, of the curve for the others. */
  readonly bits: number;
  readonly options: readonly KeyOption[];
  /** Safe text; may be empty. */
  readonly comment: string;
}

/** An RSA key of 16384 bits, the most that OpenSSH reads, has a line of 2.8 kB; options and comment fit in the rest. */
const LINE_MAX_LENGTH = 8192;
const COMMENT_MAX_LENGTH = 128;
const RSA_MAX_BITS = 16_384;

const TYPES: ReadonlySet<string> = new Set(KEY_TYPES);
const NO_OPTIONS: readonly KeyOption[] = [];
/** Characters that a key line can hold at all; anything below is a line break or a control character. */
const PRINTABLE = /^[\x20-\x7e\t\u0080-\u{10ffff}]*$/u;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export function parseAuthorizedKey(text: string): AuthorizedKey | Invalid {
  if (text.length > LINE_MAX_LENGTH) {
    return new Invalid('line-too-long', `key line has ${text.length} characters, at most ${LINE_MAX_LENGTH} are read`);
  }
  const line = text.trim();
  if (!PRINTABLE.test(line)) return malformed('holds a line break or control character');

  const split = splitOptions(line);
  if (split instanceof Invalid) return split;
  const [typeText = '', blobText = '', ...rest] = split.key.split(/[ \t]+/);
  const type = parseType(typeText);
  if (type instanceof Invalid) return type;
  const blob = parseBlob(type, blobText);
  if (blob instanceof Invalid) return blob;
  return { type, ...blob, options: split.options, comment: safeText(rest.join(' '), COMMENT_MAX_LENGTH) };
}

/** The line for sshd, with `options` in front. Option values are quoted, `"` inside them escaped as sshd(8) says. */
export function formatAuthorizedKey(key: AuthorizedKey): string {
  const options = key.options.map(formatOption).join(',');
  const comment = key.comment === '' ? '' : ` ${key.comment}`;
  return `${options === '' ? '' : `${options} `}${key.type} ${key.blob}${comment}`;
}

function formatOption({ name, value }: KeyOption): string {
  return value === undefined ? name : `${name}="${value.replaceAll('"', '\\"')}"`;
}

function malformed(what: string): Invalid {
  return new Invalid('key-malformed', `key ${what}`);
}

function parseType(text: string): KeyType | Invalid {
  if (TYPES.has(text)) return text as KeyType;
  if (/-cert-v0[01]@openssh\.com$/.test(text)) return new Invalid('key-certificate', `${quote(text)} is a certificate, not a key`);
  if (text === '') return malformed('is empty');
  return new Invalid('key-type', `${quote(text)} is no key type that holdfast reads`);
}

/** sshd reads a line as `type blob` first and, when the first word is no type, as `options type blob`. */
function splitOptions(line: string): { readonly options: readonly KeyOption[]; readonly key: string } | Invalid {
  const first = /^[^ \t]*/.exec(line)?.[0] ?? '';
  if (TYPES.has(first) || !hasKeyAfterOptions(line)) return { options: NO_OPTIONS, key: line };
  const end = endOfOptions(line);
  if (end === undefined) return malformed('has options with a quote that does not end');
  const options = parseOptions(line.slice(0, end));
  if (options instanceof Invalid) return options;
  return { options, key: line.slice(end).trimStart() };
}

/** Without a second word that could be a type, the first word is better reported as an unknown type than as options. */
function hasKeyAfterOptions(line: string): boolean {
  return /[ \t](?:ssh|ecdsa|sk)-[^ \t]+[ \t]/.test(line) || line.includes('"');
}

/** The index of the first space or tab outside quotes. */
function endOfOptions(line: string): number | undefined {
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index];
    if (character === '\\' && line[index + 1] === '"') index += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === ' ' || character === '\t')) return index;
  }
  return quoted ? undefined : line.length;
}

const OPTION = /([A-Za-z0-9@._-]+)(?:="((?:[^"\\]|\\"|\\(?!"))*)")?(,|$)/y;

function parseOptions(text: string): readonly KeyOption[] | Invalid {
  const options: KeyOption[] = [];
  OPTION.lastIndex = 0;
  while (OPTION.lastIndex < text.length) {
    const match = OPTION.exec(text);
    if (match === null) return malformed(`has options that cannot be read: ${quote(text)}`);
    const [, name = '', value, separator] = match;
    options.push(value === undefined ? { name: name.toLowerCase() } : { name: name.toLowerCase(), value: value.replaceAll('\\"', '"') });
    if (separator === '' && OPTION.lastIndex < text.length) return malformed(`has options that cannot be read: ${quote(text)}`);
  }
  return text.endsWith(',') ? malformed('has options that end with a comma') : options;
}

function parseBlob(type: KeyType, text: string): { readonly blob: string; readonly bits: number } | Invalid {
  if (text === '') return malformed('has no base64 part');
  if (!BASE64.test(text)) return malformed(`has a base64 part with other characters: ${quote(text)}`);
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' });
  } catch {
    return malformed('has a base64 part that is cut or not canonical');
  }
  const bits = measureBlob(type, new BlobReader(bytes));
  return bits instanceof Invalid ? bits : { blob: text, bits };
}

/** Reads SSH wire format: a length of four bytes, big-endian, then that many bytes. */
class BlobReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  field(): Uint8Array | undefined {
    const [a, b, c, d] = this.#bytes.subarray(this.#position, this.#position + 4);
    if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
    const start = this.#position + 4;
    const end = start + (a * 0x1_00_00_00 + b * 0x1_00_00 + c * 0x1_00 + d);
    if (end > this.#bytes.length) return undefined;
    this.#position = end;
    return this.#bytes.subarray(start, end);
  }

  text(): string | undefined {
    const bytes = this.field();
    return bytes === undefined || bytes.length > 256 ? undefined : String.fromCharCode(...bytes);
  }

  get atEnd(): boolean {
    return this.#position === this.#bytes.length;
  }
}

function measureBlob(type: KeyType, reader: BlobReader): number | Invalid {
  const inner = reader.text();
  if (inner !== type) return malformed(`says ${quote(type)} but holds ${quote(inner ?? 'nothing readable')}`);
  const bits = measureFields(type, reader);
  if (bits instanceof Invalid) return bits;
  if (type.startsWith('sk-') && (reader.text() ?? '') === '') return malformed('has no FIDO application');
  return reader.atEnd ? bits : malformed('has bytes after its last field');
}

function measureFields(type: KeyType, reader: BlobReader): number | Invalid {
  switch (type) {
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com':
      return reader.field()?.length === 32 ? 256 : malformed('is ed25519 without 32 bytes of point');
    case 'ssh-rsa':
      return measureRsa(reader);
    case 'ecdsa-sha2-nistp256':
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return measureCurve(reader, 'nistp256', 256);
    case 'ecdsa-sha2-nistp384':
      return measureCurve(reader, 'nistp384', 384);
    case 'ecdsa-sha2-nistp521':
      return measureCurve(reader, 'nistp521', 521);
  }
}

function measureCurve(reader: BlobReader, curve: string, bits: number): number | Invalid {
  if (reader.text() !== curve) return malformed(`is ecdsa of another curve than ${curve}`);
  const point = reader.field();
  // SEC 1, 2.3.3: 0x04 and both coordinates; OpenSSH reads no compressed points.
  const length = 1 + 2 * Math.ceil(bits / 8);
  return point?.length === length && point[0] === 4 ? bits : malformed(`is ecdsa without an uncompressed point of ${length} bytes`);
}

function measureRsa(reader: BlobReader): number | Invalid {
  const exponent = reader.field();
  const modulus = reader.field();
  if (exponent === undefined || modulus === undefined) return malformed('is RSA without exponent and modulus');
  const exponentBits = measureInteger(exponent);
  const bits = measureInteger(modulus);
  if (exponentBits === undefined || exponentBits < 2 || (exponent.at(-1) ?? 0) % 2 === 0) return malformed('has an RSA exponent that is no odd number above 1');
  if (bits === undefined || bits > RSA_MAX_BITS) return malformed(`has an RSA modulus that is no positive number of at most ${RSA_MAX_BITS} bits`);
  return bits;
}

/** The bits of an mpint (RFC 4251 section 5); undefined for zero, a negative number or a needless leading zero byte. */
function measureInteger(bytes: Uint8Array): number | undefined {
  const [first, second] = bytes;
  if (first === undefined || first >= 0x80) return undefined;
  if (first !== 0) return bytes.length * 8 - Math.clz32(first) + 24;
  if (second === undefined || second < 0x80) return undefined;
  return (bytes.length - 1) * 8;
}
