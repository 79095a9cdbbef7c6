import { describe, expect, test } from 'vitest';
import { age, count, groups, people, some } from '../../src/sync/phrases.ts';

test.each([
  [0, '0 people'],
  [1, '1 person'],
  [2, '2 people'],
  [1234, '1,234 people'],
  [1_000_000, '1,000,000 people'],
])('people: %i are "%s"', (number, text) => {
  expect(people(number)).toBe(text);
});

test('groups and others are counted likewise', () => {
  expect([groups(1), groups(5)]).toEqual(['1 group', '5 groups']);
  expect([count(1, 'entry', 'entries'), count(0, 'entry', 'entries')]).toEqual(['1 entry', '0 entries']);
});

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [119, '119 seconds'],
  [120, '2 minutes'],
  [7199, '119 minutes'],
  [7200, '2 hours'],
  [172_799, '47 hours'],
  [172_800, '2 days'],
  [31_536_000, '365 days'],
])('age: %i s is "%s"', (seconds, text) => {
  expect(age(seconds)).toBe(text);
});

describe('some', () => {
  test.each([
    [[], 3, ''],
    [['a'], 3, 'a'],
    [['a', 'b', 'c'], 3, 'a, b, c'],
    [['a', 'b', 'c', 'd'], 3, 'a, b, c and 1 more'],
    [['a', 'b', 'c', 'd', 'e'], 2, 'a, b and 3 more'],
  ])('of %j at most %i is "%s"', (names, most, text) => {
    expect(some(names, most)).toBe(text);
  });
});
