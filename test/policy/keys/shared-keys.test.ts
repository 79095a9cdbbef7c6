import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rejection } from '../../../src/directory/rejection.ts';
import { blobOf } from '../../../src/directory/key-blobs.ts';
import { findSharedKeys } from '../../../src/policy/keys/shared-keys.ts';
import { fingerprint, keyOf, person } from '../sample-directory.ts';

const printOf = (label: string): string => fingerprint(blobOf(keyOf(label)));

function told(findings: readonly Rejection[]): string[] {
  return findings.map(({ key, reason }) => `${key}: ${reason}`);
}

describe('findSharedKeys', () => {
  test('says of each of two people with one key who has it, too', () => {
    const users = [person('alice', { keys: [keyOf('A'), keyOf('X')] }), person('bob', { keys: [keyOf('X', { comment: 'mine' })] })];
    expect(findSharedKeys(users, fingerprint)).toEqual([
      {
        verdict: 'adjusted',
        source: 'corp',
        map: 'keys',
        key: 'alice',
        code: 'key-shared',
        reason: `${printOf('X')} is a key of "bob", too`,
      },
      {
        verdict: 'adjusted',
        source: 'corp',
        map: 'keys',
        key: 'bob',
        code: 'key-shared',
        reason: `${printOf('X')} is a key of "alice", too`,
      },
    ]);
  });

  test.each([
    ['nobody', []],
    ['people with keys of their own', [person('alice', { keys: [keyOf('A')] }), person('bob', { keys: [keyOf('B')] })]],
    ['people without keys', [person('alice'), person('bob')]],
    [
      'somebody with one key in two lines',
      [person('alice', { keys: [keyOf('A'), keyOf('A', { options: 'no-pty' })] }), person('bob', { keys: [keyOf('B')] })],
    ],
  ])('says nothing of %s', (_what, users) => {
    expect(findSharedKeys(users, fingerprint)).toEqual([]);
  });

  test('finds a key behind options, and names one person once', () => {
    const users = [
      person('alice', { keys: [keyOf('X')] }),
      person('bob', { keys: [keyOf('X', { options: 'no-pty' }), keyOf('X', { options: 'restrict' })] }),
    ];
    expect(told(findSharedKeys(users, fingerprint))).toEqual([
      `alice: ${printOf('X')} is a key of "bob", too`,
      `bob: ${printOf('X')} is a key of "alice", too`,
    ]);
  });

  test('names three others and counts the rest', () => {
    const users = ['a', 'b', 'c', 'd', 'e'].map((name) => person(name, { keys: [keyOf('X')] }));
    expect(told(findSharedKeys(users, fingerprint))).toEqual([
      `a: ${printOf('X')} is a key of "b", "c", "d" and 1 more, too`,
      `b: ${printOf('X')} is a key of "a", "c", "d" and 1 more, too`,
      `c: ${printOf('X')} is a key of "a", "b", "d" and 1 more, too`,
      `d: ${printOf('X')} is a key of "a", "b", "c" and 1 more, too`,
      `e: ${printOf('X')} is a key of "a", "b", "c" and 1 more, too`,
    ]);
  });

  test('finds the one pair among thousands', () => {
    const users = Array.from({ length: 3000 }, (_, index) => person(`p${index}`, { keys: [keyOf(`k${index}`)] }));
    const twin = person('twin', { keys: [keyOf('k2999')] });
    expect(told(findSharedKeys([twin, ...users], fingerprint))).toEqual([
      `twin: ${printOf('k2999')} is a key of "p2999", too`,
      `p2999: ${printOf('k2999')} is a key of "twin", too`,
    ]);
  });

  test('concerns exactly the people who have a key of somebody else', () => {
    const labels = fc.subarray(['A', 'B', 'C', 'D', 'E', 'F'], { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(labels, { maxLength: 6 }), (owned) => {
        const users = owned.map((theirs, index) => person(`p${index}`, { keys: theirs.map((label) => keyOf(label)) }));
        const ownersOf = (label: string): number => owned.filter((theirs) => theirs.includes(label)).length;
        const expected = owned.flatMap((theirs, index) =>
          theirs.filter((label) => ownersOf(label) > 1).map((label) => `p${index} ${printOf(label)}`),
        );
        const found = findSharedKeys(users, fingerprint).map(({ key, reason }) => `${key} ${reason.split(' ')[0]}`);
        expect(found.sort()).toEqual(expected.sort());
      }),
    );
  });
});
