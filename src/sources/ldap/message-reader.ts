/**
 * Cuts a byte stream into LDAP messages and reads BER inside them (RFC 4511 section 5.1: definite lengths only).
 *
 * The stream is another machine's: every length is checked against what is there before it is believed, and a message
 * longer than `MAX_MESSAGE_LENGTH` is refused before it is collected.
 */
import { SourceError } from '../source.ts';

/** A group of 800,000 members by DN is about that long; nothing honest is longer. */
export const MAX_MESSAGE_LENGTH = 64 * 1024 * 1024;
const SEQUENCE = 0x30;
/** Tag, length of length, and four bytes of length. */
const HEADER_MAX_LENGTH = 6;

export class MessageReader {
  #chunks: Buffer[] = [];
  #collected = 0;
  /** Bytes that must be there before another look is worth it. */
  #needed = 2;

  /** Whole messages that end in this chunk. */
  *push(chunk: Buffer): Generator<BerReader> {
    this.#chunks.push(chunk);
    this.#collected += chunk.length;
    if (this.#collected < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let start = 0;
    for (;;) {
      const length = messageLength(bytes, start);
      if (length === undefined || start + length > bytes.length) {
        this.#keep(bytes.subarray(start), length);
        return;
      }
      yield new BerReader(bytes, start, start + length).sequence(SEQUENCE);
      start += length;
    }
  }

  #keep(rest: Buffer, needed: number | undefined): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#collected = rest.length;
    this.#needed = needed ?? Math.min(rest.length + 1, HEADER_MAX_LENGTH);
  }
}

/** The whole message's length; undefined when its header is not all there. */
function messageLength(bytes: Buffer, start: number): number | undefined {
  const available = bytes.length - start;
  if (available >= 1 && bytes[start] !== SEQUENCE) throw malformed(`a message starts with 0x${bytes[start]?.toString(16)}`);
  if (available < 2) return undefined;
  const first = bytes[start + 1] ?? 0;
  if (first < 0x80) return 2 + first;
  const size = first - 0x80;
  if (size === 0 || size > 4) throw malformed(`a message has a length of ${size} bytes`);
  if (available < 2 + size) return undefined;
  const length = bytes.readUIntBE(start + 2, size);
  if (length > MAX_MESSAGE_LENGTH) throw malformed(`a message of ${length} bytes, at most ${MAX_MESSAGE_LENGTH} are read`);
  return 2 + size + length;
}

export function malformed(what: string): SourceError {
  return new SourceError('source-unavailable', `the server's answer is no LDAP: ${what}`);
}

/** Reads tags, lengths and values between two positions of a buffer; never beyond. */
export class BerReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #position: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** The next element's tag, without reading it; undefined at the end. */
  get nextTag(): number | undefined {
    return this.atEnd ? undefined : this.#bytes[this.#position];
  }

  /** A reader for the content of the next element, which must have this tag. */
  sequence(tag: number): BerReader {
    const start = this.#enter(tag);
    return new BerReader(this.#bytes, start, this.#position);
  }

  /** The content of the next element, as a view into the message. */
  bytes(tag: number): Buffer {
    const start = this.#enter(tag);
    return this.#bytes.subarray(start, this.#position);
  }

  /** ASCII text: attribute names, object identifiers. */
  ascii(tag: number): string {
    const start = this.#enter(tag);
    return this.#bytes.toString('latin1', start, this.#position);
  }

  /** A non-negative INTEGER or ENUMERATED of at most four bytes. */
  integer(tag: number): number {
    const start = this.#enter(tag);
    const length = this.#position - start;
    if (length < 1 || length > 4) throw malformed(`a number of ${length} bytes`);
    return this.#bytes.readUIntBE(start, length);
  }

  skip(): void {
    const tag = this.nextTag;
    if (tag !== undefined) this.#enter(tag);
  }

  /** Steps over the next element; returns where its content starts. It ends at the new position. */
  #enter(tag: number): number {
    const found = this.#bytes[this.#position];
    if (this.#position >= this.#end || found !== tag) {
      throw malformed(`0x${tag.toString(16)} was due, ${found === undefined || this.atEnd ? 'nothing' : `0x${found.toString(16)}`} came`);
    }
    const first = this.#byte(this.#position + 1);
    let start = this.#position + 2;
    let length = first;
    if (first >= 0x80) {
      const size = first - 0x80;
      if (size === 0 || size > 4 || start + size > this.#end) throw malformed(`a length of ${size} bytes`);
      length = this.#bytes.readUIntBE(start, size);
      start += size;
    }
    if (start + length > this.#end) throw malformed('an element that is longer than what holds it');
    this.#position = start + length;
    return start;
  }

  #byte(position: number): number {
    const byte = position < this.#end ? this.#bytes[position] : undefined;
    if (byte === undefined) throw malformed('an element without a length');
    return byte;
  }
}
