/**
 * Signatures as `ssh-keygen -Y sign` makes them: who changes a reviewed text has this tool, and needs no other.
 *
 * The armoured blob holds, in SSH wire format, the magic `SSHSIG`, a version, the public key, a namespace, a reserved text, the name
 * of a hash, and the signature; what is signed is the same magic, namespace, reserved text and name, and the hash of the message.
 * The key that the blob brings is believed for nothing: it only has to be one of ours.
 *
 * @see PROTOCOL.sshsig of OpenSSH
 */
import { createPublicKey, hash, verify } from 'node:crypto';
import { parseAuthorizedKey } from '../directory/authorized-key.ts';
import { blobOf } from '../directory/key-blobs.ts';
import { Invalid, quote } from '../directory/rejection.ts';

/** The base64 part of an ssh-ed25519 public key. */
export interface SigningKey {
  readonly blob: string;
}

const KEY_TYPE = 'ssh-ed25519';
const MAGIC = 'SSHSIG';
const VERSION = 1;
const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha512']);
/** One of Ed25519 has some 300 characters. */
const ARMOUR_MAX_LENGTH = 4096;
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\r?\n?$/;
/** SubjectPublicKeyInfo of an Ed25519 key, up to the 32 bytes of the key itself (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** One line of a `.pub` file. */
export function parseSigningKey(line: string): SigningKey | Invalid {
  const key = parseAuthorizedKey(line);
  if (key instanceof Invalid) return key;
  if (key.type !== KEY_TYPE) return new Invalid('key-type', `is a key of type ${key.type}; wanted: ${KEY_TYPE}`);
  if (key.options.length > 0) return new Invalid('key-options', 'has options before the key; wanted: the line of a .pub file');
  return { blob: blobOf(key) };
}

/**
 * Whose signature it is: one of `keys`.
 *
 * @param namespace what the signature is for: one that was made for something else does not count
 */
export function verifySshSignature(
  message: Buffer,
  armoured: string,
  { keys, namespace }: { readonly keys: readonly SigningKey[]; readonly namespace: string },
): SigningKey | Invalid {
  const signature = parseSignature(armoured);
  if (signature instanceof Invalid) return signature;
  if (signature.namespace !== namespace) {
    return refused(`is for the namespace ${quote(signature.namespace)}; wanted: ssh-keygen -Y sign -n ${namespace}`);
  }
  const key = keys.find(({ blob }) => Buffer.from(blob, 'base64').equals(signature.publicKey));
  if (key === undefined) return refused(`is by the key ${fingerprintOf(signature.publicKey)}, which is none of those that may sign`);
  return isGenuine(message, signature) ? key : refused('does not fit the text: one of them was changed, or is older than the other');
}

interface SshSignature {
  readonly publicKey: Buffer;
  readonly namespace: string;
  readonly reserved: Buffer;
  readonly hashName: string;
  readonly signature: Buffer;
}

function parseSignature(armoured: string): SshSignature | Invalid {
  if (armoured.length > ARMOUR_MAX_LENGTH) return refused(`has ${armoured.length} characters; wanted: at most ${ARMOUR_MAX_LENGTH}`);
  const base64 = ARMOUR.exec(armoured)?.[1];
  if (base64 === undefined) return refused('is no "-----BEGIN SSH SIGNATURE-----" as ssh-keygen -Y sign writes it');
  const reader = new WireReader(Buffer.from(base64, 'base64'));
  const isOurs = reader.bytes(MAGIC.length).toString('latin1') === MAGIC && reader.number() === VERSION;
  const [publicKey, namespace, reserved, hashName, inner] = [reader.text(), reader.text(), reader.text(), reader.text(), reader.text()];
  const value = new WireReader(inner);
  const type = value.text().toString('latin1');
  const signature = value.text();
  if (!isOurs || !reader.isAtEnd || !value.isAtEnd) return refused('is cut, or of another version');
  if (type !== KEY_TYPE) return refused(`is of type ${quote(type)}; wanted: ${KEY_TYPE}`);
  if (!HASHES.has(hashName.toString('latin1'))) return refused(`is made with the hash ${quote(hashName.toString('latin1'))}`);
  return { publicKey, namespace: namespace.toString('latin1'), reserved, hashName: hashName.toString('latin1'), signature };
}

function isGenuine(message: Buffer, { publicKey, namespace, reserved, hashName, signature }: SshSignature): boolean {
  const digest = hash(hashName, message, 'buffer');
  const signed = Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    ...[Buffer.from(namespace, 'latin1'), reserved, Buffer.from(hashName, 'latin1'), digest].map(wireText),
  ]);
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey.subarray(-32)]), format: 'der', type: 'spki' });
  return verify(null, signed, key, signature);
}

function wireText(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function fingerprintOf(blob: Buffer): string {
  return `SHA256:${hash('sha256', blob, 'base64').replace(/=+$/, '')}`;
}

function refused(reason: string): Invalid {
  return new Invalid('text-invalid', `the signature ${reason}`);
}

/** Reads SSH wire format. What is not there any more reads as nothing, and the end is never reached then. */
class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  bytes(length: number): Buffer {
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  number(): number {
    const bytes = this.bytes(4);
    return bytes.length === 4 ? bytes.readUInt32BE() : Number.POSITIVE_INFINITY;
  }

  text(): Buffer {
    return this.bytes(this.number());
  }
}
