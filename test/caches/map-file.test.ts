import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderIndex } from '../../src/caches/index-file.ts';
import { mapOfLines } from './rendering.ts';
import { formatGroup } from '../../src/directory/group.ts';
import { formatPasswd, type PasswdEntry } from '../../src/directory/passwd.ts';
import { lookUp } from './reader.ts';
import { groupEntries, passwdEntries } from './views.ts';

const records = fc.array(
  fc.oneof(
    fc.stringMatching(/^[a-z]{1,8}:x:[1-9]{1,3}:é?$/),
    fc.string({ unit: fc.constantFrom('a', ':', ' ', '#', 'é', '漢', '😀'), minLength: 1, maxLength: 300 }).map((text) => `r${text}`),
    fc.integer({ min: 1, max: 200 }).map((length) => 'x'.repeat(length)),
  ),
  { minLength: 1, maxLength: 20 },
);
const least = fc.oneof(
  fc.constant(0),
  fc.nat({ max: 300 }).map((block) => block * 64),
);

/** The lines of a file with their offsets in bytes, filler and all. */
function linesOf(bytes: Buffer): { offset: number; line: string }[] {
  const lines: { offset: number; line: string }[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf('\n', start);
    lines.push({ offset: start, line: bytes.toString('utf8', start, end === -1 ? bytes.length : end) });
    start = end === -1 ? bytes.length : end + 1;
  }
  return lines;
}

function isFiller(line: string): boolean {
  return line === '' || line.startsWith('#');
}

describe('renderMap', () => {
  test.each<[string, string[], number, string]>([
    ['no record', [], 0, ''],
    ['no record, however long the map was', [], 6400, ''],
    ['one record', ['alice:x:1:1::/:/bin/sh'], 0, 'alice:x:1:1::/:/bin/sh\n'],
    ['a record of 62 bytes and its line end, and one byte of filler', ['x'.repeat(62), 'y'], 0, `${'x'.repeat(62)}\n\ny\n`],
    ['a record of exactly one block', ['x'.repeat(63), 'y'], 0, `${'x'.repeat(63)}\ny\n`],
    ['a record of one block and a byte', ['x'.repeat(64), 'y'], 0, `${'x'.repeat(64)}\n${comment(32)}${comment(31)}y\n`],
    ['two records', ['alice', 'bob'], 0, `alice\n${comment(32)}${comment(26)}bob\n`],
    ['bytes, not characters', ['é'.repeat(31), 'y'], 0, `${'é'.repeat(31)}\n\ny\n`],
  ])('lays out %s', (_what, lines, minLastOffset, text) => {
    expect(mapOfLines(lines, minLastOffset).bytes.toString()).toBe(text);
  });

  test('moves the last record out to where it was, and no other', () => {
    const { bytes, offsets } = mapOfLines(['alice', 'bob', 'carol'], 256);
    expect([...offsets]).toEqual([0, 64, 256]);
    expect(bytes.subarray(256).toString()).toBe('carol\n');
  });

  test('starts every record at a multiple of 64 and holds exactly these records', () => {
    fc.assert(
      fc.property(records, least, (lines, minLastOffset) => {
        const { bytes, offsets } = mapOfLines(lines, minLastOffset);
        const found = linesOf(bytes).filter(({ line }) => !isFiller(line));
        expect(found.map(({ line }) => line)).toEqual(lines);
        expect(found.map(({ offset }) => offset)).toEqual([...offsets]);
        expect(found.filter(({ offset }) => offset % 64 !== 0)).toEqual([]);
        expect(bytes.at(-1)).toBe(0x0a);
      }),
    );
  });

  test('fills gaps with comments below 60 bytes, of which one starts in every block', () => {
    fc.assert(
      fc.property(records, least, (lines, minLastOffset) => {
        const { bytes, offsets } = mapOfLines(lines, minLastOffset);
        const starts = new Set(offsets);
        const fillers = linesOf(bytes).filter(({ offset }) => !starts.has(offset));
        expect(fillers.filter(({ line }) => !/^(?:#\.*)?$/.test(line) || line.length >= 60)).toEqual([]);
        const all = new Set(linesOf(bytes).map(({ offset }) => offset));
        const gaps = lines.map((line, index) => [(offsets[index] ?? 0) + Buffer.byteLength(line) + 1, offsets[index + 1] ?? bytes.length]);
        for (const [from = 0, to = 0] of gaps) {
          for (let block = Math.ceil(from / 64) * 64; block < to; block += 64)
            expect(all.has(block), `a line starts at ${block}`).toBe(true);
        }
      }),
    );
  });

  test('puts records as close as it can, but for the last', () => {
    fc.assert(
      fc.property(records, least, (lines, minLastOffset) => {
        const { offsets } = mapOfLines(lines, minLastOffset);
        let next = 0;
        for (const [index, line] of lines.entries()) {
          const isLast = index === lines.length - 1;
          expect(offsets[index]).toBe(isLast ? Math.max(next, minLastOffset) : next);
          next = Math.ceil((next + Buffer.byteLength(line) + 1) / 64) * 64;
        }
      }),
    );
  });

  test('never moves the last record towards the start, from one generation to the next', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 2, maxLength: 6 }), (generations) => {
        let last = 0;
        for (const lines of generations) {
          const offset = mapOfLines(lines, last).offsets.at(-1) ?? 0;
          expect(offset).toBeGreaterThanOrEqual(last);
          last = offset;
        }
      }),
    );
  });
});

describe('a reader with the index of one generation and the map of the next', () => {
  const someone = passwdEntries.filter((entries) => entries.length > 0);

  test('finds who it asks for or nobody, and does not abort', () => {
    fc.assert(
      fc.property(someone, someone, (before, after) => {
        const old = mapOfLines(before.map(formatPasswd), 0);
        const { bytes } = mapOfLines(after.map(formatPasswd), old.offsets.at(-1) ?? 0);
        for (const [field, key] of [
          [0, ({ name }: PasswdEntry): string => name],
          [2, ({ uid }: PasswdEntry): string => String(uid)],
        ] as const) {
          const index = renderIndex(before.map(key), old.offsets);
          for (const entry of before) {
            const wanted = after.find((other) => key(other) === key(entry));
            const answer = lookUp('passwd', bytes, index, field, key(entry));
            expect(answer).toEqual(wanted === undefined ? { kind: 'absent' } : { kind: 'found', line: formatPasswd(wanted) });
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('finds groups likewise, whatever their members are called', () => {
    const some = groupEntries.filter((entries) => entries.length > 0);
    fc.assert(
      fc.property(some, some, (before, after) => {
        const old = mapOfLines(before.map(formatGroup), 0);
        const { bytes } = mapOfLines(after.map(formatGroup), old.offsets.at(-1) ?? 0);
        const index = renderIndex(
          before.map(({ gid }) => String(gid)),
          old.offsets,
        );
        for (const { gid } of before) {
          const wanted = after.find((other) => other.gid === gid);
          const answer = lookUp('group', bytes, index, 2, String(gid));
          expect(answer).toEqual(wanted === undefined ? { kind: 'absent' } : { kind: 'found', line: formatGroup(wanted) });
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** A comment of so many bytes, its line end included. */
function comment(length: number): string {
  return `#${'.'.repeat(length - 2)}\n`;
}
