import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BerReader, MAX_MESSAGE_LENGTH, MessageReader } from '../../../src/sources/ldap/message-reader.ts';
import { SourceError } from '../../../src/sources/source.ts';
import { encode, encodeInteger, tag } from '../../support/ber.ts';
import { oversizedMessage } from '../../support/ldap-response.ts';

const INTEGER = tag.integer;
const OCTET_STRING = tag.octetString;

/** A message with a number and a text in it. */
function messageOf(id: number, text: string | Buffer): Buffer {
  return encode(tag.sequence, encodeInteger(id), encode(OCTET_STRING, text));
}

interface Read {
  readonly id: number;
  readonly text: string;
}

function readAll(chunks: Iterable<Buffer>): Read[] {
  const reader = new MessageReader();
  const messages: Read[] = [];
  for (const chunk of chunks) {
    for (const message of reader.push(chunk)) {
      messages.push({ id: message.integer(INTEGER), text: message.bytes(OCTET_STRING).toString('latin1') });
    }
  }
  return messages;
}

function split(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const cuts = [0, ...positions.map((position) => position % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

function readerOf(bytes: Buffer | string): BerReader {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'hex') : bytes;
  return new BerReader(buffer, 0, buffer.length);
}

/** Goes through everything that BER can hold, as far as it goes. */
function walk(message: BerReader, depth = 0): void {
  while (!message.atEnd) {
    const next = message.nextTag ?? 0;
    if (next === INTEGER) message.integer(INTEGER);
    else if (next === OCTET_STRING) message.text(OCTET_STRING);
    else if ((next & 0x20) !== 0 && depth < 50) {
      const outer = message.enter(next);
      walk(message, depth + 1);
      message.leave(outer);
    } else message.skip();
  }
}

describe('MessageReader', () => {
  test('gives the messages of one chunk, in their order', () => {
    const bytes = Buffer.concat([messageOf(1, 'one'), messageOf(2, ''), messageOf(3, 'x'.repeat(300))]);
    expect(readAll([bytes])).toEqual([
      { id: 1, text: 'one' },
      { id: 2, text: '' },
      { id: 3, text: 'x'.repeat(300) },
    ]);
  });

  test('gives the same messages however the stream is cut', () => {
    const texts = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { maxLength: 20 }), (contents, positions) => {
        const bytes = Buffer.concat(contents.map((content, index) => messageOf(index, Buffer.from(content))));
        const expected = contents.map((content, id) => ({ id, text: Buffer.from(content).toString('latin1') }));
        expect(readAll(split(bytes, positions))).toEqual(expected);
      }),
    );
  });

  test('gives a message byte by byte, with a length of any size', () => {
    for (const length of [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000]) {
      const bytes = messageOf(7, 'x'.repeat(length));
      expect(readAll(Array.from(bytes, (byte) => Buffer.from([byte]))), String(length)).toEqual([{ id: 7, text: 'x'.repeat(length) }]);
    }
  });

  test('collects the longest message that is read from small chunks', () => {
    const content = Buffer.alloc(MAX_MESSAGE_LENGTH - 100, 'x');
    const bytes = messageOf(1, content);
    const reader = new MessageReader();
    let found = 0;
    for (let start = 0; start < bytes.length; start += 1460) {
      for (const message of reader.push(bytes.subarray(start, start + 1460))) {
        message.integer(INTEGER);
        found += message.bytes(OCTET_STRING).length;
      }
    }
    expect(found).toBe(content.length);
    expect(reader.isEmpty).toBe(true);
  });

  test('says whether a message has begun', () => {
    const reader = new MessageReader();
    const bytes = Buffer.concat([messageOf(1, 'one'), messageOf(2, 'two')]);
    expect(reader.isEmpty).toBe(true);
    for (const [end, isEmpty] of [
      [1, false],
      [bytes.length / 2, true],
      [bytes.length - 1, false],
    ] as const) {
      const fresh = new MessageReader();
      expect([...fresh.push(bytes.subarray(0, end))].length, String(end)).toBe(end < bytes.length / 2 ? 0 : 1);
      expect(fresh.isEmpty, String(end)).toBe(isEmpty);
    }
  });

  test.each([
    [
      'a message of two gigabytes, before it is collected',
      oversizedMessage(0x7fffffff),
      'a message of 2147483647 bytes, at most 67108864 are read',
    ],
    ['a message one byte too long', oversizedMessage(MAX_MESSAGE_LENGTH + 1), 'a message of 67108865 bytes'],
    ['a length without end', Buffer.from('3080', 'hex'), 'a message has a length of 0 bytes'],
    ['a length of five bytes', Buffer.from('30850100000000', 'hex'), 'a message has a length of 5 bytes'],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n'), 'a message starts with 0x48'],
    ['a zero byte', Buffer.from([0]), 'a message starts with 0x00'],
    ['garbage behind a message', Buffer.concat([messageOf(1, 'one'), Buffer.from('garbage')]), 'a message starts with 0x67'],
  ])('refuses %s', (_what, bytes, text) => {
    expect(() => readAll([bytes])).toThrow(`the server's answer is no LDAP: ${text}`);
  });

  test('names the entry that is too long to be read, as soon as its DN is there', () => {
    const dn = encode(OCTET_STRING, 'cn=all,\u001bou=group');
    const begin = Buffer.concat([oversizedMessage(70_000_000), encodeInteger(7), Buffer.from('648404000000', 'hex'), dn]);
    const text = 'a message of 70000000 bytes, at most 67108864 are read';
    expect(() => readAll([begin])).toThrow(
      expect.objectContaining({
        message: `the server's answer is no LDAP: ${text}: the entry "cn=all,\\u{1b}ou=group"`,
        hints: ['take out of this entry what does not belong there, or leave it out with a filter'],
      }) as Error,
    );
    for (let length = 6; length < begin.length; length += 1) {
      expect(() => readAll([begin.subarray(0, length)])).toThrow(new RegExp(`${text}$`));
    }
  });

  test('recognizes TLS where none is spoken, and says what to change', () => {
    const alert = Buffer.from('15030100020228', 'hex');
    expect(() => readAll([alert])).toThrow(
      expect.objectContaining({
        message: "the server's answer is no LDAP: it is TLS",
        hints: ['this port wants TLS from the first byte: ldaps:// in uris'],
      }) as Error,
    );
  });

  test('meets any bytes with messages or a SourceError, and nothing else', () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      // What begins like a message is read further.
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from([0x30, bytes.length]), bytes])),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
        const reader = new MessageReader();
        try {
          for (const bytes of chunks) for (const message of reader.push(Buffer.from(bytes))) walk(message);
        } catch (error) {
          expect(error).toBeInstanceOf(SourceError);
          expect(error).toMatchObject({ code: 'source-unavailable' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('BerReader', () => {
  test('enters elements and leaves them, whatever of them was read', () => {
    const reader = readerOf(encode(tag.sequence, encode(tag.set, encodeInteger(1), encodeInteger(2)), encodeInteger(3)));
    reader.enter(tag.sequence);
    const outer = reader.enter(tag.set);
    expect(reader.integer(INTEGER)).toBe(1);
    reader.leave(outer);
    expect(reader.integer(INTEGER)).toBe(3);
    expect(reader.atEnd).toBe(true);
    expect(reader.nextTag).toBeUndefined();
  });

  test('reads numbers of up to four bytes', () => {
    for (const number of [0, 1, 127, 128, 255, 256, 65_535, 0x7fffffff]) {
      expect(readerOf(encodeInteger(number)).integer(INTEGER)).toBe(number);
    }
  });

  test('reads text only if it is UTF-8, and keeps other bytes apart', () => {
    const text = (bytes: string | Buffer): string | undefined => readerOf(encode(OCTET_STRING, bytes)).text(OCTET_STRING);
    expect(text('alice')).toBe('alice');
    expect(text('Żółć 李')).toBe('Żółć 李');
    expect(text(Buffer.from([0xff]))).toBeUndefined();
    expect(text(Buffer.from([0xc0, 0xaf]))).toBeUndefined();
    expect(text(Buffer.from([0xed, 0xa0, 0x80]))).toBeUndefined();
  });

  test('looks at an element without going on', () => {
    const reader = readerOf(encode(OCTET_STRING, 'dn'));
    expect(reader.peekBytes(OCTET_STRING).toString()).toBe('dn');
    expect(reader.bytes(OCTET_STRING).toString()).toBe('dn');
  });

  test('gives bytes that stay when the chunk they came in is used again', () => {
    const chunk = encode(OCTET_STRING, 'kept');
    const bytes = readerOf(chunk).bytes(OCTET_STRING);
    chunk.fill(0);
    expect(bytes.toString()).toBe('kept');
  });

  test.each([
    ['another element', '0201ff', '0x4 was due, 0x2 came'],
    ['nothing', '', '0x4 was due, nothing came'],
    ['a tag alone', '04', 'an element without a length'],
    ['more than there is', '0403aabb', 'an element that is longer than what holds it'],
    ['a length that is cut', '0482ff', 'a length of 2 bytes'],
    ['an indefinite length', '0480aabb0000', 'a length of 0 bytes'],
    ['a length of nine bytes', '0489ffffffffffffffffff', 'a length of 9 bytes'],
    ['the longest length', '0484ffffffff', 'an element that is longer than what holds it'],
  ])('refuses %s', (_what, hex, text) => {
    expect(() => readerOf(hex).bytes(OCTET_STRING)).toThrow(text);
  });

  test.each([
    ['an empty number', '0200', 'a number of 0 bytes'],
    ['a number of five bytes', '02050100000000', 'a number of 5 bytes'],
  ])('refuses %s', (_what, hex, text) => {
    expect(() => readerOf(hex).integer(INTEGER)).toThrow(text);
  });

  test('does not read beyond what it has entered', () => {
    const reader = readerOf('300504 03 aabbcc 0403ddeeff'.replaceAll(' ', ''));
    reader.enter(tag.sequence);
    reader.skip();
    expect(reader.atEnd).toBe(true);
    expect(() => reader.bytes(OCTET_STRING)).toThrow('0x4 was due, nothing came');
  });

  test('enters what is nested ten thousand times', () => {
    let bytes = Buffer.alloc(0);
    for (let depth = 0; depth < 10_000; depth += 1) bytes = Buffer.concat([Buffer.from([0x30, 0x84, 0, 0, 0, 0]), bytes]);
    for (let position = 0; position < bytes.length; position += 6) bytes.writeUInt32BE(bytes.length - position - 6, position + 2);
    const reader = readerOf(bytes);
    for (let depth = 0; depth < 10_000; depth += 1) reader.enter(tag.sequence);
    expect(reader.atEnd).toBe(true);
  });
});
