import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobOf } from '../../src/directory/key-blobs.ts';
import type { DirectoryUser } from '../../src/directory/snapshot.ts';
import {
  type Attendance,
  countSeen,
  type KeyAges,
  lastDay,
  NO_KEY_AGES,
  personOf,
  readKeyAges,
  type Sighting,
  sightKeys,
  writeKeyAges,
} from '../../src/state/key-ages.ts';
import { keyOf, person } from '../policy/sample-directory.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-key-ages-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function owner(name: string, ...labels: readonly string[]): DirectoryUser {
  return person(name, { keys: labels.map((label) => keyOf(label)) });
}

/** All there is, on a day on which the clock is right. */
function look(known: KeyAges, users: readonly DirectoryUser[], today: number, young: number): Sighting {
  const days = { today, newDay: today, latest: 65_535, youngSince: young };
  return sightKeys(known, { seen: users, kept: [], isWhole: true }, days);
}

/** What is known after these people were seen on these days, one after the other. */
function after(...days: readonly (readonly [day: number, users: readonly DirectoryUser[]])[]): KeyAges {
  return days.reduce((known, [day, users]) => look(known, users, day, 0).next ?? known, NO_KEY_AGES);
}

/** The day of first sight of a person's key; undefined when it would be seen for the first time. */
function firstDay(known: KeyAges, user: DirectoryUser): number | undefined {
  const [days] = look(known, [user], 60_000, 60_000).aged.values();
  return days?.values().next().value;
}

describe('the day of first sight', () => {
  test.each<[string, KeyAges, number]>([
    ['is kept from run to run', after([100, [owner('alice', 'A')]], [120, [owner('alice', 'A')]]), 100],
    ['is kept when another key comes', after([100, [owner('alice', 'A')]], [120, [owner('alice', 'A', 'B')]]), 100],
    ['is kept when other people come', after([100, [owner('alice', 'A')]], [120, [owner('bob', 'B'), owner('alice', 'A')]]), 100],
    ['comes back with the key', after([100, [owner('alice', 'A')]], [120, []], [490, [owner('alice', 'A')]]), 100],
    ['is kept 400 days after the key went', after([100, [owner('alice', 'A')]], [120, []], [520, [owner('bob', 'B')]]), 100],
    ['is that of each person', after([100, [owner('bob', 'A')]], [120, [owner('bob', 'A'), owner('alice', 'A')]]), 120],
    [
      'is the same with another comment',
      after([100, [person('alice', { keys: [keyOf('A', { comment: 'old' })] })]], [120, [owner('alice', 'A')]]),
      100,
    ],
    [
      'is the same with other options',
      after([100, [person('alice', { keys: [keyOf('A', { options: 'no-pty' })] })]], [120, [owner('alice', 'A')]]),
      100,
    ],
    ['is the same under another name', after([100, [{ ...owner('al', 'A'), id: 'id-of-alice' }]], [120, [owner('alice', 'A')]]), 100],
  ])('%s', (_what, known, day) => {
    expect(firstDay(known, owner('alice', 'A'))).toBe(day);
  });

  test('is forgotten 401 days after the key went, with the next change', () => {
    expect(firstDay(after([100, [owner('alice', 'A')]], [120, []], [521, [owner('bob', 'B')]]), owner('alice', 'A'))).toBeUndefined();
  });

  test('is that of the person with this immutable id of this source', () => {
    const known = after([100, [owner('alice', 'A')]]);
    expect(firstDay(known, { ...owner('alice', 'A'), id: 'another' })).toBeUndefined();
    expect(firstDay(known, { ...owner('alice', 'A'), source: 'other' })).toBeUndefined();
  });

  test('is told of keys that are not young alone', () => {
    const known = after([100, [owner('alice', 'A')]], [120, [owner('alice', 'A', 'B')]]);
    const { aged } = look(known, [owner('alice', 'A', 'B')], 130, 120);
    expect(aged).toEqual(new Map([[personOf(owner('alice')), new Map([[blobOf(keyOf('A')), 100]])]]));
  });

  test('is never later than the first day with the key, whatever comes, goes and comes back within a year', () => {
    const days = fc.array(fc.subarray(['A', 'B', 'C']), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(days, (seen) => {
        const known = after(...seen.map((labels, day): [number, DirectoryUser[]] => [day * 30 + 1, [owner('alice', ...labels)]]));
        for (const label of ['A', 'B', 'C']) {
          const first = seen.findIndex((labels) => labels.includes(label));
          expect(firstDay(known, owner('alice', label))).toBe(first === -1 ? undefined : first * 30 + 1);
        }
      }),
    );
  });
});

describe('what was seen', () => {
  const known = after([100, [owner('alice', 'A', 'B')]], [110, [owner('alice', 'A')]]);

  test('is no news when it is as before, on any day', () => {
    expect(look(known, [owner('alice', 'A')], 300, 0).next).toBeUndefined();
    expect(look(NO_KEY_AGES, [], 300, 0).next).toBeUndefined();
  });

  test('is read as it was written, by root alone', async () => {
    const path = join(folder, 'written.json');
    expect(readKeyAges(path)).toBeUndefined();
    writeKeyAges(path, known);
    expect(readKeyAges(path)).toEqual(known);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('has a last day: of first sight, or of a key that went', () => {
    expect(lastDay(NO_KEY_AGES)).toBe(0);
    expect(lastDay(after([100, [owner('alice', 'A')]]))).toBe(100);
    expect(lastDay(known)).toBe(110);
  });

  test.each([
    ['is cut', '{"version":1,"keys":"AAAA'],
    ['is empty', ''],
    ['ends within a key', '{"version":1,"keys":"AAAA"}'],
    ['is out of order', `{"version":1,"keys":"${Buffer.alloc(20).toString('base64')}"}`],
    ['is of another version', '{"version":2,"keys":""}'],
  ])('is damaged when the file %s', async (_what, text) => {
    const path = join(folder, 'damaged.json');
    await writeFile(path, text);
    await chmod(path, 0o600);
    expect(readKeyAges(path)).toBe('damaged');
  });
});

describe('of several sources', () => {
  const known = after(
    [100, [owner('alice', 'A'), owner('bob', 'B'), owner('carol', 'C')]],
    [110, [owner('alice', 'A'), owner('bob', 'B')]],
  );
  const days = { today: 120, newDay: 120, latest: 120, youngSince: 0 };

  /** What is known of each key: `A 100`, or `C 100-110` for one that is gone. */
  function table(ages: KeyAges): string[] {
    return ['A', 'B', 'C', 'D'].flatMap((label) => {
      const whose = { A: 'alice', B: 'bob', C: 'carol', D: 'dave' }[label] ?? '';
      const [id] = after([1, [owner(whose, label)]]).ids;
      const at = ages.ids.indexOf(id ?? -1);
      const gone = ages.goneSince[at] ?? 0;
      return at === -1 ? [] : [`${label} ${ages.firstSeen[at]}${gone === 0 ? '' : `-${gone}`}`];
    });
  }

  test.each<[string, Attendance, readonly string[]]>([
    [
      'all answered',
      { seen: [owner('alice', 'A'), owner('dave', 'D')], kept: [], isWhole: true },
      ['A 100', 'B 100-120', 'C 100-110', 'D 120'],
    ],
    [
      'one that failed keeps its keys as they are, neither new nor gone nor back',
      { seen: [owner('dave', 'D')], kept: [owner('alice', 'A'), owner('carol', 'C'), owner('erin', 'E')], isWhole: true },
      ['A 100', 'B 100-120', 'C 100-110', 'D 120'],
    ],
    [
      'one of which nothing is known leaves open what is gone',
      { seen: [owner('carol', 'C'), owner('dave', 'D')], kept: [], isWhole: false },
      ['A 100', 'B 100', 'C 100', 'D 120'],
    ],
  ])('%s', (_what, attendance, expected) => {
    expect(table(sightKeys(known, attendance, days).next ?? known)).toEqual(expected);
  });

  test('a day after the latest that can be is the latest', () => {
    const attendance = { seen: [owner('alice', 'A'), owner('bob', 'B')], kept: [], isWhole: true };
    expect(sightKeys(known, attendance, { ...days, latest: 110 }).next).toBeUndefined();
    expect(table(sightKeys(known, attendance, { ...days, today: 90, latest: 90 }).next ?? known)).toEqual(['A 90', 'B 90', 'C 90-90']);
  });

  test('are counted as far as they are there', () => {
    expect([countSeen(known, 99, 100), countSeen(known, 100, 200), countSeen(known, 0, 99)]).toEqual([2, 0, 0]);
  });
});
