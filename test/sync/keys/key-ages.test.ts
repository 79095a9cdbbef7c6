import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DirectoryUser } from '../../../src/directory/snapshot.ts';
import { HoldfastError } from '../../../src/errors.ts';
import { blobOf } from '../../../src/directory/key-blobs.ts';
import { dayOf } from '../../../src/directory/day.ts';
import { refuseAge } from '../../../src/policy/keys/key-age.ts';
import { readAgeingDay } from '../../../src/state/ageing-day.ts';
import { type HostPaths, hostPaths } from '../../../src/host/paths.ts';
import { readKeyAges } from '../../../src/state/key-ages.ts';
import type { GatheredSource } from '../../../src/sync/gather.ts';
import { type KeyAgesSeen, seeKeyAges } from '../../../src/sync/keys/key-ages.ts';
import { configOf } from '../../config/configuration.ts';
import { keyOf, person, snapshot } from '../../policy/sample-directory.ts';

const DAY = 86_400_000;
const alice = person('alice', { keys: [keyOf('A')] });
const withSecond = person('alice', { keys: [keyOf('A'), keyOf('B')] });

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-key-ages-'));
  await mkdir(dirname(pathOf()), { recursive: true });
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

describe('the ages of keys', () => {
  test('are kept when every source has answered, and a key is aged in time', () => {
    see('2026-01-01', fresh(alice)).keep();
    expect(agedOn('2026-03-17')).toBe(false);
    expect(agedOn('2026-03-18')).toBe(true);
  });

  test('are not kept before the run settles', () => {
    see('2026-01-01', fresh(alice));
    expect(keptDays()).toEqual([]);
  });

  test('of a source that failed stay as they are, while those of the others begin and end', () => {
    const other = (isFresh: boolean, ...users: readonly DirectoryUser[]): GatheredSource => ({
      ...fresh(...users),
      name: 'other',
      fresh: isFresh,
    });
    const bob = person('bob', { source: 'other', keys: [keyOf('C')] });
    const withNew = person('bob', { source: 'other', keys: [keyOf('C'), keyOf('D')] });
    see('2026-01-01', fresh(alice), other(true, bob)).keep();
    see('2026-02-01', fresh(withSecond), other(false, withNew)).keep();
    expect(keptDays().sort()).toEqual(['2026-01-01', '2026-01-01', '2026-02-01']);
    expect(goneDays()).toEqual([]);
    see('2026-02-02', fresh(alice), { name: 'other', fresh: false, failure: new HoldfastError('source-unavailable', 'down') }).keep();
    expect(goneDays()).toEqual([]);
    see('2026-02-03', fresh(alice), other(false, bob)).keep();
    expect(goneDays()).toEqual(['2026-02-03']);
    see('2026-02-04', fresh(alice), other(true, withNew)).keep();
    expect(keptDays().sort()).toEqual(['2026-01-01', '2026-01-01', '2026-02-01', '2026-02-04']);
  });

  test('are not looked at where keys do not age', () => {
    const seen = seeKeyAges({ config: configOf(), paths: paths(), now: () => new Date() }, [fresh(alice)]);
    seen.keep();
    expect(seen.agedKeys).toBeUndefined();
    expect(keptDays()).toEqual([]);
  });

  test('forget which day counted where keys do not age any more', () => {
    see('2026-01-01', fresh(alice)).keepDay();
    expect(readAgeingDay(paths().ageingDay)).toMatchObject({ day: dayOf(Date.parse('2026-01-01')) });
    seeKeyAges({ config: configOf(), paths: paths(), now: () => new Date() }, [fresh(alice)]).keepDay();
    expect(readAgeingDay(paths().ageingDay)).toBeUndefined();
  });
});

describe('with a clock that is wrong', () => {
  const AHEAD = 'says 2027-01-20, too long after the last run: 1 key would be too old at once, and age from 2026-01-20 on instead,';

  test('ahead by a year once, no key ends, and one that comes then begins on the day that is right', () => {
    runs('2026-01-01', '2026-01-10', '2026-01-20');
    expect(run('2027-01-20', withSecond)).toEqual({ isOver: false, finding: expect.stringContaining(AHEAD) });
    expect(keptDays()).toContain('2027-01-20');
    expect(run('2026-01-20', withSecond)).toEqual({ isOver: false });
    expect(keptDays().sort()).toEqual(['2026-01-01', '2026-01-20']);
  });

  test('ahead by a year in the first run, its keys begin when the right one has gone on for 14 days', () => {
    run('2027-01-01');
    const clocks = [
      '2026-01-01',
      '2026-01-03',
      '2026-01-05',
      '2026-01-07',
      '2026-01-09',
      '2026-01-11',
      '2026-01-13',
      '2026-01-14',
    ] as const;
    expect(runs(...clocks)).toEqual({ isOver: false });
    expect(keptDays()).toEqual(['2027-01-01']);
    expect(run('2026-01-15')).toEqual({ isOver: false });
    expect(keptDays()).toEqual(['2026-01-15']);
  });

  test.each([
    ['behind by a month at boot', '2026-03-06'],
    ['back a day', '2026-03-31'],
    ['of before there was a holdfast', '1970-01-01'],
  ])('%s, a key that has ended stays ended', (_what, date) => {
    runs('2026-01-01', ...days('2026-01-14', 11, 7), '2026-04-01');
    expect(run('2026-04-01')).toEqual({ isOver: true });
    const finding = `says ${date}, before 2026-04-01 of an earlier run: what ended by then stays withheld (1 key); see date(1)`;
    expect(run(date)).toEqual({ isOver: true, finding });
    expect(run('2026-04-02')).toEqual({ isOver: true });
  });

  test('ahead by a year and then behind by a month, nothing ends and nothing comes back', () => {
    runs('2026-01-01', ...days('2026-01-14', 10, 7));
    expect(run('2027-03-18')).toMatchObject({ isOver: false });
    expect(run('2026-02-18')).toEqual({ isOver: false });
    expect(run('2026-03-19')).toEqual({ isOver: false });
    runs('2026-04-01');
    expect(run('2027-04-01')).toEqual({ isOver: true });
    expect(run('2026-03-01')).toMatchObject({ isOver: true });
    expect(run('2026-04-02')).toEqual({ isOver: true });
  });

  test('or after 60 days off, a crowd does not end at once, but as the days go on', () => {
    runs('2026-01-01', '2026-01-14', '2026-01-28', '2026-02-11');
    const over = days('2026-04-12', 30, 1).map((date) => run(date));
    expect(over.filter(({ isOver, finding }) => !isOver && finding !== undefined)).toHaveLength(25);
    expect(over.slice(25)).toEqual(over.slice(25).map(() => ({ isOver: true })));
  });

  test('of a held run, the day counts though its keys do not', () => {
    runs('2026-01-01', '2026-01-10');
    see('2026-01-20', fresh(withSecond)).keepDay();
    expect(readAgeingDay(paths().ageingDay)).toMatchObject({ day: dayOf(Date.parse('2026-01-20')) });
    expect(keptDays()).toEqual(['2026-01-01']);
  });

  test('and without the last day, the days of the keys still say that it is behind', async () => {
    runs('2026-01-01', ...days('2026-01-14', 11, 7));
    run('2026-04-01', withSecond);
    await rm(paths().ageingDay);
    expect(run('2026-03-01', withSecond)).toMatchObject({ isOver: true });
  });

  test('in the first run, before there was a holdfast, no key begins', () => {
    const finding = 'says 1970-01-01: no key ages before it is right; see date(1)';
    expect(run('1970-01-01')).toEqual({ isOver: false, finding });
    expect(keptDays()).toEqual([]);
  });
});

interface Outcome {
  /** alice's first key is too old. */
  readonly isOver: boolean;
  readonly finding?: string;
}

/** A run that settles. */
function run(date: string, user = alice): Outcome {
  const { agedKeys, keep, keepDay, findings } = see(date, fresh(user));
  keepDay();
  keep();
  const firstSeen = agedKeys?.of(user)?.get(blobOf(keyOf('A')));
  const isOver = agedKeys !== undefined && firstSeen !== undefined && refuseAge(firstSeen, agedKeys, '') !== undefined;
  const [finding] = findings;
  return { isOver, ...(finding === undefined ? {} : { finding: finding.reason }) };
}

/** @returns what came of the last */
function runs(...dates: readonly string[]): Outcome {
  return dates.map((date) => run(date)).at(-1) ?? { isOver: false };
}

function days(first: string, count: number, apart: number): string[] {
  return Array.from({ length: count }, (_, at) => new Date(Date.parse(first) + at * apart * DAY).toISOString().slice(0, 10));
}

function see(date: string, ...gathered: readonly GatheredSource[]): KeyAgesSeen {
  const config = configOf({ 'policy.keys.max_age': '90d' });
  return seeKeyAges({ config, paths: paths(), now: () => new Date(date) }, gathered);
}

function agedOn(date: string): boolean {
  return see(date, fresh(alice)).agedKeys?.of(alice) !== undefined;
}

function fresh(...users: readonly DirectoryUser[]): GatheredSource {
  return { name: 'corp', snapshot: snapshot(users), fresh: true };
}

function keptDays(): string[] {
  const ages = readKeyAges(pathOf());
  if (typeof ages !== 'object') return [];
  return [...ages.firstSeen].map((day) => new Date(day * DAY).toISOString().slice(0, 10));
}

function goneDays(): string[] {
  const ages = readKeyAges(pathOf());
  if (typeof ages !== 'object') return [];
  return [...ages.goneSince].filter((day) => day > 0).map((day) => new Date(day * DAY).toISOString().slice(0, 10));
}

function pathOf(): string {
  return paths().keyAges;
}

function paths(): HostPaths {
  return hostPaths(root, '/state');
}
