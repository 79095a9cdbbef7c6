import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INDEXED_ID_MAX, readIndex, renderIndex, searchIndex } from '../../src/caches/index-file.ts';
import { searchLikeC } from './reader.ts';
import { indexedIds, names } from './views.ts';

const keys = fc.oneof(fc.uniqueArray(names, { maxLength: 40 }), fc.uniqueArray(indexedIds.map(String), { maxLength: 40 }));
const table = keys.chain((all) =>
  fc.tuple(fc.constant(all), fc.array(fc.nat({ max: 2 ** 40 }), { minLength: all.length, maxLength: all.length })),
);

describe('renderIndex', () => {
  test.each<[string, string[], number[], string]>([
    ['nothing', [], [], ''],
    ['one key', ['alice'], [0], 'alice\x000\0\n'],
    ['keys of one width', ['alice', 'bob'], [0, 128], 'alice\x000\0\0\0\nbob\x00128\0\0\0\n'],
    ['keys in the order of strcmp(3)', ['b', 'a', 'B', '_', 'a.', 'a-', 'aa', '1'], [0, 1, 2, 3, 4, 5, 6, 7], '1|B|_|a|a-|a.|aa|b'],
    ['numbers in the order of their text', ['9', '10', '100', '2'], [0, 1, 2, 3], '10|100|2|9'],
  ])('writes %s', (_what, all, offsets, text) => {
    const bytes = renderIndex(all, Float64Array.from(offsets));
    const order = [...readIndex(bytes)].map((record) => record?.key).join('|');
    expect(text.includes('|') ? order : bytes.toString()).toBe(text);
  });

  test('refuses a key that is there twice: the reader would find either', () => {
    expect(() => renderIndex(['alice', 'bob', 'alice'], Float64Array.of(0, 64, 128))).toThrow('index key "alice" is there twice');
  });

  test('gives every line the width of the first', () => {
    fc.assert(
      fc.property(table, ([all, offsets]) => {
        const bytes = renderIndex(all, Float64Array.from(offsets));
        const lines = bytes.toString('latin1').split('\n');
        expect(lines.pop()).toBe('');
        expect(new Set(lines.map((line) => line.length)).size).toBeLessThanOrEqual(1);
        expect(lines.filter((line) => !/^[^\0]+\0\d+\0+$/.test(line))).toEqual([]);
      }),
    );
  });

  test("lets the reader's search find every key with its offset, and nothing else", () => {
    fc.assert(
      fc.property(table, fc.array(fc.oneof(names, indexedIds.map(String), fc.string()), { maxLength: 40 }), ([all, offsets], others) => {
        const index = renderIndex(all, Float64Array.from(offsets));
        for (const [position, key] of all.entries()) expect(searchLikeC(index, key)).toBe(offsets[position]);
        const nobody = all.length === 0 ? 'unusable' : 'absent';
        for (const key of others.filter((other) => !other.includes('\0') && !(all as string[]).includes(other))) {
          expect(searchLikeC(index, key)).toBe(nobody);
        }
      }),
    );
  });

  test('lets every key of a big index be found', () => {
    const all = Array.from({ length: 5000 }, (_, number) => `user${number}`);
    const index = renderIndex(
      all,
      Float64Array.from(all.keys(), (number) => number * 64),
    );
    for (const [number, key] of all.entries()) expect(searchLikeC(index, key)).toBe(number * 64);
    for (const key of ['user', 'user5000', 'user00', 'useq', 'v', '']) expect(searchLikeC(index, key)).toBe('absent');
  });

  test('knows the greatest id that getpwuid can search for: it prints the key with %d', () => {
    expect(INDEXED_ID_MAX).toBe(2 ** 31 - 1);
  });
});

describe('searchIndex', () => {
  test('answers as libnss-cache does, for any key and any index', () => {
    const anyKey = fc.oneof(names, indexedIds.map(String), fc.string({ unit: 'grapheme-ascii' }));
    fc.assert(
      fc.property(table, anyKey, ([all, offsets], other) => {
        const index = renderIndex(all, Float64Array.from(offsets));
        for (const key of [...all, other]) {
          const answer = searchLikeC(index, key);
          expect(searchIndex(index, key)).toBe(typeof answer === 'number' ? answer : undefined);
        }
      }),
    );
  });

  test.each([
    ['an empty index', ''],
    ['an index without a line end', 'alice\x000\0'],
  ])('finds nothing in %s', (_what, text) => {
    expect(searchIndex(Buffer.from(text), 'alice')).toBeUndefined();
    expect([...readIndex(Buffer.from(text))].filter((record) => record !== undefined)).toEqual([]);
  });
});

describe('readIndex', () => {
  test('gives back what renderIndex wrote, sorted', () => {
    fc.assert(
      fc.property(table, ([all, offsets]) => {
        const index = renderIndex(all, Float64Array.from(offsets));
        const sorted = all.map((key, position) => ({ key, offset: offsets[position] })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
        expect([...readIndex(index)]).toEqual(sorted);
      }),
    );
  });
});
