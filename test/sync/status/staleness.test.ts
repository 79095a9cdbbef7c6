import { describe, expect, test } from 'vitest';
import { hostPaths } from '../../../src/host/paths.ts';
import type { GatheredSource } from '../../../src/sync/gather.ts';
import { findStale, silentSince } from '../../../src/sync/status/staleness.ts';
import { configOf } from '../../config/configuration.ts';
import { snapshot } from '../../policy/sample-directory.ts';

const now = new Date('2026-03-10T12:00:00Z');
const earlier = '2026-03-01T12:00:00.000Z';
const lately = '2026-03-09T12:00:00.000Z';
const atBoot = '1970-01-01T00:00:09.000Z';
const future = '2099-01-01T00:00:00.000Z';

describe('silentSince', () => {
  test('is nothing for a clock that stands in 1970', () => {
    expect(silentSince({ lastSuccess: earlier, failingSince: atBoot }, new Date(atBoot))).toBeUndefined();
  });

  test.each([
    ['the last good answer', { lastSuccess: earlier, failingSince: lately }, earlier],
    ['the last good answer, when no run has failed', { lastSuccess: earlier }, earlier],
    ['the first failure, when nobody knows of an answer', { failingSince: lately }, lately],
    ['the first failure, when the answer came in the future of a wrong clock', { lastSuccess: future, failingSince: lately }, lately],
    ['nothing, when all is in the future, as at boot in 1970', { lastSuccess: future, failingSince: future }, undefined],
    ['the first failure, when the answer came in 1970', { lastSuccess: atBoot, failingSince: lately }, lately],
    ['nothing, when the first failure was in 1970', { failingSince: atBoot }, undefined],
    ['nothing, when nothing is known', {}, undefined],
    ['the first failure, when the last answer is no time', { lastSuccess: 'yesterday', failingSince: lately }, lately],
  ])('is %s', (_what, record, since) => {
    expect(silentSince(record, now)?.toISOString()).toBe(since);
  });
});

describe('findStale', () => {
  const hostOf = (denyAfter: string): Parameters<typeof findStale>[0] => ({
    config: configOf({ 'staleness.deny_after': denyAfter }),
    paths: hostPaths('/nonexistent', '/var/lib/holdfast'),
    now: () => now,
  });
  const silent = (fetchedAt: string): GatheredSource[] => [
    { name: 'corp', fresh: false, snapshot: { ...snapshot([]), fetchedAt: Date.parse(fetchedAt) } },
  ];

  test('knows by the last good snapshot what a lost record knew', () => {
    expect([...findStale(hostOf('7d'), silent(earlier))]).toEqual([['corp', new Date(earlier)]]);
    expect([...findStale(hostOf('7d'), silent(lately))]).toEqual([]);
  });

  test('finds nothing where nothing is to be denied', () => {
    expect([...findStale(hostOf('0'), silent(earlier))]).toEqual([]);
  });
});
