import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DirectoryUser } from '../../src/directory/snapshot.ts';
import { HoldfastError } from '../../src/errors.ts';
import { hostPaths } from '../../src/host/paths.ts';
import { readKeyAges } from '../../src/state/key-ages.ts';
import type { GatheredSource } from '../../src/sync/gather.ts';
import { type KeyAgesSeen, seeKeyAges } from '../../src/sync/key-ages.ts';
import { configOf } from '../config/configuration.ts';
import { keyOf, person, snapshot } from '../policy/sample-directory.ts';

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

  test.each<[string, GatheredSource]>([
    ['gave its last good snapshot', { ...fresh(withSecond), fresh: false }],
    ['has nothing to give', { name: 'other', fresh: false, failure: new HoldfastError('source-unavailable', 'down') }],
  ])('are not kept when a source %s', (_what, other) => {
    see('2026-01-01', fresh(alice)).keep();
    see('2026-02-01', fresh(withSecond), other).keep();
    expect(keptDays()).toEqual(['2026-01-01']);
  });

  test('stay as they are while the clock is wrong, and go on when it is right', () => {
    see('2026-01-01', fresh(alice)).keep();
    see('1970-01-01', fresh(withSecond)).keep();
    expect(keptDays()).toEqual(['2026-01-01']);
    see('2026-01-02', fresh(withSecond)).keep();
    expect(keptDays().sort()).toEqual(['2026-01-01', '2026-01-02']);
  });

  test('are not looked at where keys do not age', () => {
    const seen = seeKeyAges({ config: configOf(), paths: hostPaths(root, '/state'), now: () => new Date() }, [fresh(alice)]);
    seen.keep();
    expect(seen.agedKeys).toBeUndefined();
    expect(keptDays()).toEqual([]);
  });
});

function see(date: string, ...gathered: readonly GatheredSource[]): KeyAgesSeen {
  const config = configOf({ 'policy.keys.max_age': '90d' });
  return seeKeyAges({ config, paths: hostPaths(root, '/state'), now: () => new Date(date) }, gathered);
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

function pathOf(): string {
  return hostPaths(root, '/state').keyAges;
}
