import { mkdirSync, utimesSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ScratchStore } from './scratch-store.ts';
import { moved, viewOf } from './views.ts';

describe('prune', () => {
  test.each([
    [5, ['1', '2', '3', '4']],
    [4, ['1', '2', '3', '4']],
    [2, ['3', '4']],
    [1, ['4']],
  ])('keeps the newest %i', async (keep, expected) => {
    await using scratch = await committed(4);
    scratch.store.prune(keep);
    expect(left(scratch)).toEqual(expected);
    expect(scratch.store.current().state).toBe('whole');
  });

  test('counts by number, not by text', async () => {
    await using scratch = await committed(11);
    scratch.store.prune(2);
    expect(left(scratch).toSorted()).toEqual(['10', '11']);
  });

  test('never removes the current one, however old', async () => {
    await using scratch = await committed(4);
    const { store } = scratch;
    for (const _leftover of [1, 2]) mkdirSync(scratch.in(`generations/${4 + _leftover}`));
    store.prune(1);
    expect(left(scratch)).toEqual(['4', '6']);
    expect(store.current()).toMatchObject({ state: 'whole', generation: { number: 4 } });
  });

  test('leaves everything else alone', async () => {
    await using scratch = await committed(2);
    for (const name of ['lost+found', '01', 'old.1', '-1', '1e3']) mkdirSync(scratch.in('generations', name));
    scratch.store.prune(1);
    expect(left(scratch)).toEqual(['-1', '01', '1e3', '2', 'lost+found', 'old.1']);
  });

  test('does not touch the files that a newer generation shares', async () => {
    await using scratch = await committed(1);
    scratch.commit(moved(viewOf('user0')));
    utimesSync(scratch.in('generations/1/manifest.json'), 0, 0);
    scratch.store.prune(1);
    expect(scratch.store.current()).toMatchObject({ state: 'whole', generation: { number: 2 } });
  });
});

async function committed(count: number): Promise<ScratchStore> {
  const scratch = await ScratchStore.create();
  for (let number = 0; number < count; number += 1) scratch.commit(viewOf(`user${number}`));
  return scratch;
}

function left(scratch: ScratchStore): string[] {
  return scratch
    .tree()
    .filter((line) => /^0755 generations\/[^/]+\/$/.test(line))
    .map((line) => basename(line));
}
