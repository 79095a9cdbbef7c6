/**
 * Just enough BER (X.690) for a server that speaks LDAP: elements with one-byte tags and definite lengths.
 *
 * Written for the tests alone, so that a mistake in the project's own reader is not met by the same one here.
 */

export const tag = {
  boolean: 0x01,
  integer: 0x02,
  octetString: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly bytes: Buffer;
}

/** One element, around what is given. */
export function encode(elementTag: number, ...parts: readonly (string | Buffer)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([Buffer.from([elementTag]), encodeLength(content.length), content]);
}

export function encodeInteger(value: number, elementTag: number = tag.integer): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeIntBE(value, 0, 5);
  let start = 0;
  while (start < 4 && bytes.readInt16BE(start) === bytes.readInt8(start + 1)) start += 1;
  return encode(elementTag, bytes.subarray(start));
}

export function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  const digits = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([0x80 + digits.length]), digits]);
}

/** The first element, or `undefined` when it is not all there. */
export function decode(bytes: Buffer): Element | undefined {
  const [elementTag, first] = bytes;
  if (elementTag === undefined || first === undefined) return undefined;
  const size = first < 0x80 ? 0 : first - 0x80;
  if (bytes.length < 2 + size) return undefined;
  const end = 2 + size + (size === 0 ? first : bytes.readUIntBE(2, size));
  if (bytes.length < end) return undefined;
  return { tag: elementTag, content: bytes.subarray(2 + size, end), bytes: bytes.subarray(0, end) };
}

/** The elements inside one, or in a row. */
export function decodeAll(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let rest = bytes; rest.length > 0; rest = rest.subarray(elements.at(-1)?.bytes.length)) {
    const element = decode(rest);
    if (element === undefined) throw new Error(`no BER: ${rest.toString('hex')}`);
    elements.push(element);
  }
  return elements;
}

export function decodeInteger({ content }: Element): number {
  return content.readIntBE(0, content.length);
}
