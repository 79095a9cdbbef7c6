import { describe, expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { warnOfIds } from '../../src/policy/id-warnings.ts';
import { claimsOf, crowd, group, person, snapshot } from './sample-directory.ts';

function findingsOf(directory: DirectorySnapshot): (string | undefined)[][] {
  return warnOfIds(claimsOf(directory)).map(({ verdict, map, key, code, reason }) => [verdict, map, key, code, reason]);
}

const staff = group('staff', { gid: 3001 });

describe('warnOfIds', () => {
  test.each([
    ['a primary group that is shown', snapshot(crowd('alice', 'bob'), [staff])],
    [
      'the uids around the dynamic ranges',
      snapshot(
        [61_183, 65_520, 524_287, 1_879_048_192].map((uid) => person(`u${uid}`, { uid })),
        [staff],
      ),
    ],
    ['nobody', snapshot([])],
  ])('says nothing of %s', (_what, directory) => {
    expect(findingsOf(directory)).toEqual([]);
  });

  test.each([61_184, 65_519])('warns of uid %i, which services with DynamicUser= get', (uid) => {
    expect(findingsOf(snapshot([person('alice', { uid })], [staff]))).toEqual([
      [
        'adjusted',
        'passwd',
        'alice',
        'id-dynamic',
        `uid ${uid} is in the range 61184 to 65519, from which systemd serves services with DynamicUser=`,
      ],
    ]);
  });

  test.each([524_288, 1_879_048_191])('warns of gid %i, which containers get', (gid) => {
    expect(findingsOf(snapshot([], [group('web', { gid })]))).toEqual([
      ['adjusted', 'group', 'web', 'id-dynamic', `gid ${gid} is in the range 524288 to 1879048191, from which systemd serves containers`],
    ]);
  });

  test('warns once of a primary group that nobody knows, however many have it', () => {
    const reason = 'no group that this host shows has their primary gid 3001, so that ls -l and id show the number';
    expect(findingsOf(snapshot(crowd('alice')))).toEqual([['adjusted', 'passwd', 'alice', 'primary-group-unknown', reason]]);
    const many = Array.from({ length: 50_000 }, (_, index) => person(`u${index}`, { uid: 2001 + index }));
    expect(findingsOf(snapshot(many))).toEqual([
      ['adjusted', 'passwd', 'u0', 'primary-group-unknown', `${reason}; the same goes for 49999 more`],
    ]);
  });
});
