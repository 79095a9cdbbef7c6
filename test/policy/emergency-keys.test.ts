import { assert, constantFrom, property, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesBetween, type EmergencyKey, mergeKeys, objectionTo } from '../../src/policy/emergency-keys.ts';

/** `a`, or `a!` for the same key with another comment. */
function key(name: string, object = 's3://b/k'): EmergencyKey {
  return {
    line: `ssh-ed25519 ${name}`,
    fingerprint: name.replace('!', ''),
    type: 'ssh-ed25519',
    bits: 256,
    comment: '',
    options: '',
    object,
  };
}

const keys = (names: string): EmergencyKey[] => names.split('').flatMap((name) => (name === ' ' ? [] : [key(name)]));

describe('changesBetween', () => {
  test.each([
    ['nothing', [key('a')], [key('a', 's3://b/other')], []],
    ['one more', [], [key('a')], ['added a']],
    ['one less', [key('a'), key('b')], [key('a')], ['removed b']],
    ['another comment', [key('a')], [key('a!')], ['changed a']],
    ['one of two lines of a key', [key('a'), key('a!')], [key('a')], ['changed a']],
  ])('tells %s', (_what, before, after, expected) => {
    expect(changesBetween(before, after).map(({ change, key: { fingerprint } }) => `${change} ${fingerprint}`)).toEqual(expected);
  });

  test('tells each key that came or went, once', () => {
    const some = uniqueArray(constantFrom(...'abcdef'.split('')));
    assert(
      property(some, some, (before, after) => {
        const told = changesBetween(
          before.map((name) => key(name)),
          after.map((name) => key(name)),
        );
        const differ = [...before.filter((name) => !after.includes(name)), ...after.filter((name) => !before.includes(name))];
        expect(told.map(({ key: { fingerprint } }) => fingerprint).toSorted()).toEqual(differ.toSorted());
      }),
    );
  });
});

describe('objectionTo what follows new keys', () => {
  const held = (before: string, came: string, after: string, gone = ''): boolean =>
    objectionTo({ before: new Set(before), came: new Set(came), after: new Set(after), gone: new Set(gone), maxPercent: 50 }) !== undefined;

  test.each<[string, string, string, string, string, boolean]>([
    ['that fill the list, and then the old ones go', 'abvwxyz', 'vwxyz', 'vwxyz', '', true],
    ['that fill the list, and then the old ones go one by one', 'bvwxyz', 'vwxyz', 'vwxyz', 'a', true],
    ['of which one stands for one that goes', 'abc', 'c', 'bc', '', false],
    ['when one of them goes again', 'abc', 'c', 'ab', '', false],
    ['when all are others once more', 'ac', 'c', 'b', 'b', true],
    ['when nothing else was there', 'abc', 'abc', 'ab', '', false],
  ])('%s', (_how, before, came, after, ...[gone, isHeld]) => {
    expect(held(before, came, after, gone)).toBe(isHeld);
  });
});

describe('objectionTo', () => {
  const objection = (before: string | undefined, after: string, gone = '', maxPercent = 50): string | undefined =>
    objectionTo({ before: before === undefined ? before : new Set(before), after: new Set(after), gone: new Set(gone), maxPercent });

  test.each<[string, string | undefined, string, string, number]>([
    ['the first keys', undefined, 'a', '', 50],
    ['more keys', 'a', 'abc', '', 50],
    ['one of two that goes', 'ab', 'a', '', 50],
    ['two of four that go', 'abcd', 'ab', '', 50],
    ['a key that goes after another came', 'ab', 'b', '', 50],
    ['more keys, although many went', 'ab', 'abc', 'xyz', 50],
    ['none before and none after: all are revoked', '', '', '', 50],
    ['a key that came back', 'ab', 'ac', 'c', 50],
    ['all but one, where that is allowed', 'abcd', 'a', '', 100],
  ])('lets pass %s', (_what, before, after, gone, maxPercent) => {
    expect(objection(before, after, gone, maxPercent)).toBeUndefined();
  });

  test.each<[string, string | undefined, string, string, number]>([
    ['none at first', undefined, '', '', 50],
    ['the last key', 'a', '', '', 50],
    ['the last key, whatever is allowed', 'a', '', '', 100],
    ['the only key for another', 'a', 'b', '', 50],
    ['two of three', 'abc', 'a', '', 50],
    ['one of three, when another went before', 'ab', 'a', 'c', 50],
    ['one, where none may', 'abcdef', 'abcde', '', 0],
  ])('holds %s', (_what, before, after, gone, maxPercent) => {
    expect(objection(before, after, gone, maxPercent)).toBeDefined();
  });
});

test('mergeKeys has each line once, whatever the order', () => {
  expect(mergeKeys([...keys('b a'), key('a', 's3://b/other')]).map(({ line, object }) => `${line} ${object}`)).toEqual([
    'ssh-ed25519 a s3://b/k',
    'ssh-ed25519 b s3://b/k',
  ]);
});
