/**
 * The base64 part of a public key, in SSH wire format: its inner type must be the outer one, every length field must fit,
 * nothing may follow.
 *
 * @see RFC 4253 section 6.6 (RSA), RFC 5656 (ECDSA), RFC 8709 (Ed25519), PROTOCOL.u2f of OpenSSH (sk-)
 */
import { Invalid, quote } from './rejection.ts';

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

const TYPES: ReadonlySet<string> = new Set(KEY_TYPES);

export function isKeyType(text: string): text is KeyType {
  return TYPES.has(text);
}

/** The most that OpenSSH reads. */
const RSA_MAX_BITS = 16_384;
/** Three times what such a key needs, and what 8 kB of base64 can hold. */
const BLOB_MAX_LENGTH = 6144;

export function malformed(what: string): Invalid {
  return new Invalid('key-malformed', `key ${what}`);
}

/** Every blob is decoded here: 200,000 little buffers would cost more than their parsing. */
const scratch = new Uint8Array(BLOB_MAX_LENGTH);

/**
 * The bits of a key: of the modulus for RSA, of the curve for the others.
 *
 * @param text base64 characters only: the decoder would skip white space
 */
export function measureBlob(type: KeyType, text: string): number | Invalid {
  try {
    const { written } = scratch.setFromBase64(text, { lastChunkHandling: 'strict' });
    return measureDecoded(type, new BlobReader(scratch, written));
  } catch (error) {
    if (error instanceof SyntaxError) return malformed('has a base64 part that is cut or not canonical');
    throw error;
  }
}

/** Reads SSH wire format: a length of four bytes, big-endian, then that many bytes. */
class BlobReader {
  readonly #bytes: Uint8Array;
  readonly #length: number;
  #position = 0;

  constructor(bytes: Uint8Array, length: number) {
    this.#bytes = bytes;
    this.#length = length;
  }

  /** A view, good until the next blob is parsed. */
  field(): Uint8Array | undefined {
    const start = this.#enter();
    return start === undefined ? undefined : this.#bytes.subarray(start, this.#position);
  }

  /** The length of the next field, which is stepped over. */
  fieldLength(): number | undefined {
    const start = this.#enter();
    return start === undefined ? undefined : this.#position - start;
  }

  /** Steps over the next field if it is this ASCII text; else stays before it. */
  skipText(text: string): boolean {
    const before = this.#position;
    const start = this.#enter();
    if (start !== undefined && this.#position - start === text.length && this.#hasText(start, text)) return true;
    this.#position = before;
    return false;
  }

  get atEnd(): boolean {
    return this.#position === this.#length;
  }

  #hasText(start: number, text: string): boolean {
    for (let index = 0; index < text.length; index += 1) {
      if (this.#bytes[start + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Steps over the next field; returns where its content starts. It ends at the new position. */
  #enter(): number | undefined {
    const bytes = this.#bytes;
    const at = this.#position;
    const start = at + 4;
    if (start > this.#length) return undefined;
    const length =
      (bytes[at] ?? 0) * 0x1_00_00_00 + (bytes[at + 1] ?? 0) * 0x1_00_00 + (bytes[at + 2] ?? 0) * 0x1_00 + (bytes[at + 3] ?? 0);
    if (start + length > this.#length) return undefined;
    this.#position = start + length;
    return start;
  }
}

function measureDecoded(type: KeyType, reader: BlobReader): number | Invalid {
  if (!reader.skipText(type)) return malformed(`says ${quote(type)} but holds ${describeField(reader.field())}`);
  const bits = measureFields(type, reader);
  if (bits instanceof Invalid) return bits;
  if (type.startsWith('sk-') && !isApplication(reader.field())) return malformed('has no FIDO application');
  return reader.atEnd ? bits : malformed('has bytes after its last field');
}

/** sshd reads it as a C string. */
function isApplication(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && bytes.length > 0 && !bytes.includes(0);
}

function describeField(bytes: Uint8Array | undefined): string {
  if (bytes === undefined || bytes.length > 256) return 'nothing readable';
  return quote(String.fromCharCode(...bytes));
}

function measureFields(type: KeyType, reader: BlobReader): number | Invalid {
  switch (type) {
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com':
      return reader.fieldLength() === 32 ? 256 : malformed('is ed25519 without 32 bytes of point');
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
  if (!reader.skipText(curve)) return malformed(`is ecdsa of another curve than ${curve}`);
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
  if (exponentBits === undefined || exponentBits < 2 || (exponent.at(-1) ?? 0) % 2 === 0)
    return malformed('has an RSA exponent that is no odd number above 1');
  if (bits === undefined || bits > RSA_MAX_BITS)
    return malformed(`has an RSA modulus that is no positive number of at most ${RSA_MAX_BITS} bits`);
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
