import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { type ErrorCode, HoldfastError } from '../../src/errors.ts';
import type { Source } from '../../src/sources/source.ts';
import { keepStaged, stageSnapshot } from '../../src/state/snapshot-file.ts';
import { gather, type GatheredSource } from '../../src/sync/gather.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-gather-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function empty(source: string, fetchedAt = 0): DirectorySnapshot {
  return { source, fetchedAt, users: [], groups: [], rejections: [] };
}

function fake(name: string, fetch: Source['fetch']): Source {
  return { name, fetch };
}

function failing(name: string, error: Error): Source {
  return fake(name, async () => await Promise.reject(error));
}

function pathOf(name: string): string {
  return join(folder, name);
}

async function gatherAll(...sources: readonly Source[]): Promise<GatheredSource[]> {
  return await gather(sources, pathOf, new AbortController().signal, () => undefined);
}

describe('gather', () => {
  test('asks a source while another has not answered', async () => {
    const second = Promise.withResolvers<undefined>();
    const waits = fake('a', async () => {
      await second.promise;
      return empty('a');
    });
    const answers = fake('b', async () => {
      second.resolve(undefined);
      return await Promise.resolve(empty('b'));
    });
    expect(await gatherAll(waits, answers)).toEqual([
      { name: 'a', snapshot: empty('a'), fresh: true },
      { name: 'b', snapshot: empty('b'), fresh: true },
    ]);
  });

  test.each<ErrorCode>(['source-unavailable', 'source-refused', 'data-refused', 'configuration'])(
    'takes what was last good of a source that fails with %s, and of no other',
    async (code) => {
      stageSnapshot(pathOf('a'), empty('a', 5));
      keepStaged(pathOf('a'));
      const failure = new HoldfastError(code, 'down');
      const gathered = await gatherAll(
        failing('a', failure),
        failing('new', failure),
        fake('b', async () => await Promise.resolve(empty('b'))),
      );
      expect(gathered).toMatchObject([
        { name: 'a', fresh: false, snapshot: { source: 'a', fetchedAt: 5 }, failure },
        { name: 'new', fresh: false, failure },
        { name: 'b', fresh: true },
      ]);
      expect(gathered[1]?.snapshot).toBeUndefined();
    },
  );

  test('takes no defect for a failure of a source', async () => {
    const answers = fake('b', async () => await Promise.resolve(empty('b')));
    await expect(gatherAll(failing('a', new TypeError('oh')), answers)).rejects.toThrow(TypeError);
    await expect(gatherAll(failing('a', new HoldfastError('cache-failed', 'full')), answers)).rejects.toThrow('full');
  });
});
