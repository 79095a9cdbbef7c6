import { expect, test } from 'vitest';
import { similarNames } from '../../src/sync/similar-names.ts';

const known = ['alice', 'alicia', 'bob', 'bert', 'grace.hopper', 'grace.hooper', 'zo'];

test.each([
  ['letters exchanged', 'alcie', ['alice', 'alicia']],
  ['a letter left out', 'alic', ['alice', 'alicia']],
  ['another case', 'Alice', ['alice', 'alicia']],
  ['the nearest first', 'grace.hoper', ['grace.hooper', 'grace.hopper']],
  ['nobody alike', 'mallory', []],
  ['nobody but oneself', 'bert', []],
  ['too short to be mistyped', 'z', []],
  ['an empty name', '', []],
])('%s', (_what, name, expected) => {
  expect(similarNames(name, known)).toEqual(expected);
});

test('at most five, each once', () => {
  expect(similarNames('aaaa', ['aaab', 'aaac', 'aaad', 'aaae', 'aaaf', 'aaag', 'aaab'])).toEqual(['aaab', 'aaac', 'aaad', 'aaae', 'aaaf']);
});
