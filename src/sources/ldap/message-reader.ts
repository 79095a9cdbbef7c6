/**
 * Cuts a byte stream into LDAP messages and reads BER inside them (RFC 4511 section 5.1: definite lengths only).
 *
 * The stream is another machine's: every length is checked against what is there before it is believed, and a message
 * longer than `MAX_MESSAGE_LENGTH` is refused before it is collected.
 */
import { isUtf8 } from 'node:buffer';
import { SourceError } from '../source.ts';
import { describeOversized } from './oversized-entry.ts';

/** A group of 800,000 members by DN is about that long; nothing honest is longer. */
export const MAX_MESSAGE_LENGTH = 64 * 1024 * 1024;
const SEQUENCE = 0x30;
const NOTHING: Buffer = Buffer.alloc(0);
/** Of text in which every byte is a character. */
const NOT_ASCII = /[\x80-\xff]/;
/** First bytes of TLS records, alert and handshake: what a server says that wants TLS where we speak none. */
const TLS_RECORDS: ReadonlySet<number> = new Set([0x15, 0x16]);

/**
 * Every byte is copied at most once, whatever pieces it comes in: a message that lies in one chunk is read there, one that
 * goes beyond is collected in a buffer of its own length.
 */
export class MessageReader {
  /** The beginning of a header whose rest is still to come; at most five bytes. */
  #header: Buffer = NOTHING;
  #message: Buffer | undefined;
  #filled = 0;

  /** No message has begun that is not complete. */
  get isEmpty(): boolean {
    return this.#message === undefined && this.#header.length === 0;
  }

  /** Whole messages that end in this chunk. */
  *push(chunk: Buffer): Generator<BerReader> {
    let bytes = this.#header.length === 0 ? chunk : Buffer.concat([this.#header, chunk]);
    this.#header = NOTHING;
    while (bytes.length > 0) {
      const length = this.#message?.length ?? messageLength(bytes);
      if (length === undefined) {
        this.#header = Buffer.from(bytes);
        return;
      }
      const left = length - this.#filled;
      if (this.#message !== undefined || bytes.length < left) this.#collect(bytes.subarray(0, left), length);
      if (bytes.length < left) return;
      yield readerOf(this.#message ?? bytes.subarray(0, length));
      this.#message = undefined;
      this.#filled = 0;
      bytes = bytes.subarray(left);
    }
  }

  #collect(part: Buffer, length: number): void {
    this.#message ??= Buffer.allocUnsafeSlow(length);
    this.#filled += part.copy(this.#message, this.#filled);
  }
}

/** Reads the content of a whole message. */
function readerOf(bytes: Buffer): BerReader {
  const message = new BerReader(bytes, 0, bytes.length);
  message.enter(SEQUENCE);
  return message;
}

/** The whole message's length; undefined when its header is not all there. */
function messageLength(bytes: Buffer): number | undefined {
  const [tag = SEQUENCE, first] = bytes;
  if (tag !== SEQUENCE) throw notAMessage(tag);
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const size = first - 0x80;
  if (size === 0 || size > 4) throw malformed(`a message has a length of ${size} bytes`);
  if (bytes.length < 2 + size) return undefined;
  const length = bytes.readUIntBE(2, size);
  if (length > MAX_MESSAGE_LENGTH) throw tooLong(length, describeOversized(bytes, 2 + size));
  return 2 + size + length;
}

function tooLong(length: number, what: string | undefined): SourceError {
  const text = `a message of ${length} bytes, at most ${MAX_MESSAGE_LENGTH} are read`;
  if (what === undefined) return malformed(text);
  return malformed(`${text}: ${what}`, ['take out of this entry what does not belong there, or leave it out with a filter']);
}

export function malformed(what: string, hints: readonly string[] = []): SourceError {
  return new SourceError('source-unavailable', `the server's answer is no LDAP: ${what}`, { detail: 'answer-malformed', hints });
}

function notAMessage(tag: number): SourceError {
  if (!TLS_RECORDS.has(tag)) return malformed(`a message starts with 0x${tag.toString(16).padStart(2, '0')}`);
  return malformed('it is TLS', ['this port wants TLS from the first byte: ldaps:// in uris']);
}

/**
 * Reads tags, lengths and values between two positions of a buffer; never beyond.
 *
 * `enter` narrows it to the content of one element and `leave` widens it again: a reader for each of a million attributes
 * would cost more than what is in them.
 */
export class BerReader {
  readonly #bytes: Buffer;
  #end: number;
  #position: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Bytes from here to the end. */
  get length(): number {
    return this.#end - this.#position;
  }

  /** Copies what is left, and returns where it ends there. */
  copyTo(target: Buffer, start: number): number {
    return start + this.#bytes.copy(target, start, this.#position, this.#end);
  }

  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** The next element's tag, without reading it; undefined at the end. */
  get nextTag(): number | undefined {
    return this.atEnd ? undefined : this.#bytes[this.#position];
  }

  /** Goes into the next element, which must have this tag. @returns what `leave` wants */
  enter(tag: number): number {
    const outerEnd = this.#end;
    const start = this.#step(tag);
    this.#end = this.#position;
    this.#position = start;
    return outerEnd;
  }

  /** Goes on behind the element that was entered, whatever of it was read. */
  leave(outerEnd: number): void {
    this.#position = this.#end;
    this.#end = outerEnd;
  }

  /** The content of the next element, copied. */
  bytes(tag: number): Buffer {
    const start = this.#step(tag);
    return Buffer.from(this.#bytes.subarray(start, this.#position));
  }

  /** The same as `bytes`, without going on to the element behind it. */
  peekBytes(tag: number): Buffer {
    const position = this.#position;
    const bytes = this.bytes(tag);
    this.#position = position;
    return bytes;
  }

  /** ASCII text: attribute names, object identifiers. */
  ascii(tag: number): string {
    const start = this.#step(tag);
    return this.#bytes.toString('latin1', start, this.#position);
  }

  /** Steps over the next element if it is this ASCII text, without making a string of it; else stays before it. */
  skipAscii(tag: number, text: string): boolean {
    const before = this.#position;
    const start = this.#step(tag);
    if (this.#position - start === text.length && hasAscii(this.#bytes, start, text)) return true;
    this.#position = before;
    return false;
  }

  /** Strict UTF-8, undefined for bytes that are none: a lenient decoder would make two different names equal. */
  text(tag: number): string | undefined {
    const start = this.#step(tag);
    const latin1 = this.#bytes.toString('latin1', start, this.#position);
    if (!NOT_ASCII.test(latin1)) return latin1;
    const bytes = this.#bytes.subarray(start, this.#position);
    return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  }

  /** A non-negative INTEGER or ENUMERATED of at most four bytes. */
  integer(tag: number): number {
    const start = this.#step(tag);
    const length = this.#position - start;
    if (length < 1 || length > 4) throw malformed(`a number of ${length} bytes`);
    return this.#bytes.readUIntBE(start, length);
  }

  skip(): void {
    const tag = this.nextTag;
    if (tag !== undefined) this.#step(tag);
  }

  /** Steps over the next element; returns where its content starts. It ends at the new position. */
  #step(tag: number): number {
    const bytes = this.#bytes;
    if (this.#position + 2 > this.#end || bytes[this.#position] !== tag) throw this.#unexpected(tag);
    let length = bytes[this.#position + 1] ?? 0;
    let start = this.#position + 2;
    if (length >= 0x80) {
      const size = length - 0x80;
      if (size === 0 || size > 4 || start + size > this.#end) throw malformed(`a length of ${size} bytes`);
      length = bytes.readUIntBE(start, size);
      start += size;
    }
    if (start + length > this.#end) throw malformed('an element that is longer than what holds it');
    this.#position = start + length;
    return start;
  }

  #unexpected(tag: number): SourceError {
    const found = this.nextTag;
    if (found === tag) return malformed('an element without a length');
    return malformed(`0x${tag.toString(16)} was due, ${found === undefined ? 'nothing' : `0x${found.toString(16)}`} came`);
  }
}

function hasAscii(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
