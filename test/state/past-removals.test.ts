import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PastRemovalRecord, readPastRemovals, writePastRemovals } from '../../src/state/past-removals.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-past-'));
  path = join(folder, 'past-removals.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const removals: PastRemovalRecord[] = [
  { at: Date.parse('2026-01-02T03:04:05.678Z'), tally: 'passwd', before: 20, names: ['alice', 'bob'] },
  { at: Date.parse('2026-01-02T03:19:05.000Z'), tally: 'member web-prod', before: 12, names: ['alice'] },
];

describe('past removals', () => {
  test('are read as they were written', () => {
    writePastRemovals(path, removals);
    expect(readPastRemovals(path)).toEqual(removals);
  });

  test('are none where nothing went', () => {
    expect(readPastRemovals(path)).toEqual([]);
  });

  test.each([
    ['a time in words', { at: 'yesterday' }],
    ['an unknown count', { tally: 'shadow' }],
    ['a negative number', { before: -1 }],
  ])('with %s are none, and the next run counts anew', async (_what, change) => {
    writePastRemovals(path, removals);
    const stored = JSON.parse(await readFile(path, 'utf8')) as { removals: object[] };
    await writeFile(path, JSON.stringify({ ...stored, removals: [{ ...stored.removals[0], ...change }] }));
    expect(readPastRemovals(path)).toEqual([]);
  });
});
