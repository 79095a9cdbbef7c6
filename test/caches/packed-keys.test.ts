import { array, assert, nat, oneof, property, stringMatching } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareKeys, packKeys, sortKeys } from '../../src/caches/packed-keys.ts';

const key = oneof(stringMatching(/^[ab0-]{1,6}$/), stringMatching(/^[!-~]{1,32}$/), nat().map(String));

function sorted(keys: readonly string[]): (string | undefined)[] {
  return Array.from(sortKeys(packKeys(keys)), (index) => keys[index]);
}

describe('sortKeys', () => {
  test('gives the order of strcmp(3), of ASCII that of UTF-16 units', () => {
    assert(
      property(array(key, { maxLength: 200 }), (keys) => {
        expect(sorted(keys)).toEqual(keys.toSorted());
      }),
    );
  });

  test.each([
    ['nothing', []],
    ['one key, many times', Array.from({ length: 3000 }, () => 'alice')],
    ['keys that go on where others end', Array.from({ length: 500 }, (_, length) => 'a'.repeat(500 - length))],
    ['keys in order already', Array.from({ length: 500 }, (_, number) => `user${String(number).padStart(4, '0')}`)],
  ])('sorts %s', (_what, keys) => {
    expect(sorted(keys)).toEqual(keys.toSorted());
  });
});

describe('compareKeys', () => {
  test('says which comes first, and when two are the same', () => {
    assert(
      property(key, key, (one, other) => {
        const order = Math.sign(compareKeys(packKeys([one, other]), 0, 1));
        expect(order).toBe(Number(one > other) - Number(one < other));
      }),
    );
  });
});
