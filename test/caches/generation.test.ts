import { lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sumOf } from '../../src/caches/durable-file.ts';
import { type FileSet, renderGeneration } from '../../src/caches/generation-files.ts';
import { bucketOf } from '../../src/caches/keys-cache.ts';
import { emptyView } from '../../src/directory/host-view.ts';
import { joinKeyLines } from '../../src/directory/key-lines.ts';
import { failureOf } from '../config/failure.ts';
import { CLOCK, isRoot, ScratchStore } from './scratch-store.ts';
import { moved, viewOf, views } from './views.ts';

const MAPS = [
  ['passwd.cache', 'passwd.cache.ixname', 'passwd.cache.ixuid'],
  ['group.cache', 'group.cache.ixname', 'group.cache.ixgid'],
  ['shadow.cache', 'shadow.cache.ixname'],
];

describe('commit', () => {
  test('leaves a complete generation that current leads to', async () => {
    await using scratch = await ScratchStore.create();
    expect(scratch.store.current()).toEqual({ state: 'none' });
    expect(scratch.store.currentManifest()).toBeUndefined();

    const generation = scratch.commit(viewOf('alice'));

    const shadow = isRoot ? ' (shadow)' : '';
    expect(scratch.tree()).toEqual([
      'link current -> generations/1',
      '0755 generations/',
      '0755 generations/1/',
      '0644 generations/1/group.cache',
      '0644 generations/1/group.cache.ixgid',
      '0644 generations/1/group.cache.ixname',
      '0755 generations/1/keys/',
      '0644 generations/1/keys/993',
      '0644 generations/1/manifest.json',
      '0644 generations/1/passwd.cache',
      '0644 generations/1/passwd.cache.ixname',
      '0644 generations/1/passwd.cache.ixuid',
      `0640 generations/1/shadow.cache${shadow}`,
      `0640 generations/1/shadow.cache.ixname${shadow}`,
    ]);
    expect(generation).toMatchObject({ number: 1, path: scratch.in('generations/1') });
    expect(scratch.store.current()).toEqual({ state: 'whole', generation });
    expect(scratch.store.currentManifest()).toEqual(generation.manifest);
  });

  test('writes down what it holds, where that came from, and why', async () => {
    await using scratch = await ScratchStore.create();
    const { manifest } = scratch.commit(viewOf('alice', 'bob'));
    expect(manifest).toMatchObject({
      version: 1,
      generation: 1,
      createdAt: CLOCK.toISOString(),
      holdfast: '0.0.0',
      why: 'a test',
      counts: { passwd: 2, group: 1, shadow: 2, keys: 2, keyLines: 2 },
      lastOffsets: { 'passwd.cache': 64, 'group.cache': 0, 'shadow.cache': 64 },
      accessGroups: { people: ['alice', 'bob'] },
    });
    expect(JSON.parse(readFileSync(scratch.in('current/manifest.json'), 'utf8'))).toEqual({
      ...manifest,
      sha256: expect.any(String) as string,
    });
  });

  test('shows what it was given, for any view and any that follows', async () => {
    const some = views.filter((view) => view.passwd.length > 0);
    await fc.assert(
      fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 3 }), async (generations) => {
        await using scratch = await ScratchStore.create();
        for (const view of generations) {
          const generation = scratch.commit(view);
          expect(scratch.store.current()).toEqual({ state: 'whole', generation });
          const shown = scratch.store.view(generation);
          expect({ ...shown, keys: Object.fromEntries(shown.keys) }).toEqual({ ...view, keys: Object.fromEntries(view.keys) });
        }
      }),
      { numRuns: 8 },
    );
  });

  test('gives a map and its indexes one time, in whole seconds: an older index is ignored', async () => {
    await using scratch = await ScratchStore.create();
    scratch.commit(viewOf('alice'));
    for (const [map = '', ...indexes] of MAPS) {
      const times = [map, ...indexes].map((name) => lstatSync(scratch.in('current', name)).mtimeMs);
      expect(new Set(times)).toEqual(new Set([Math.floor(CLOCK.getTime() / 1000) * 1000]));
    }
  });

  test('links what did not change', async () => {
    await using scratch = await ScratchStore.create();
    const view = viewOf('alice', 'bob');
    scratch.commit(view);
    scratch.commit({
      ...view,
      keys: new Map([...view.keys].map(([login, lines]) => [login, login === 'bob' ? joinKeyLines(['ssh-rsa BBBB']) : lines])),
    });
    for (const name of [...MAPS.flat(), `keys/${bucketOf('alice')}`]) {
      expect(scratch.inode('generations/2', name), name).toBe(scratch.inode('generations/1', name));
    }
    for (const name of ['manifest.json', `keys/${bucketOf('bob')}`]) {
      expect(scratch.inode('generations/2', name), name).not.toBe(scratch.inode('generations/1', name));
    }
  });

  test('links a map with its indexes or not at all', async () => {
    await using scratch = await ScratchStore.create();
    scratch.commit(viewOf('alice', 'bob'));
    const { manifest } = scratch.commit(moved(viewOf('alice', 'bob')), new Date(CLOCK.getTime() + 60_000));
    const sums = (number: number): unknown => JSON.parse(readFileSync(scratch.in(`generations/${number}/manifest.json`), 'utf8'));
    expect(sums(1)).toHaveProperty(['files', 'passwd.cache.ixname', 'sha256'], manifest.files['passwd.cache.ixname']?.sha256);
    for (const name of MAPS[0] ?? []) {
      expect(scratch.inode('generations/2', name), name).not.toBe(scratch.inode('generations/1', name));
      expect(lstatSync(scratch.in('current', name)).mtimeMs).toBe(Math.floor(CLOCK.getTime() / 1000) * 1000 + 60_000);
    }
    for (const name of [...(MAPS[1] ?? []), ...(MAPS[2] ?? [])]) {
      expect(scratch.inode('generations/2', name), name).toBe(scratch.inode('generations/1', name));
    }
  });

  test('links nothing from a generation that cannot be trusted', async () => {
    await using scratch = await ScratchStore.create();
    scratch.commit(viewOf('alice'));
    writeFileSync(scratch.in('current/group.cache'), '');
    expect(scratch.store.current().state).toBe('damaged');
    scratch.commit(viewOf('alice'));
    for (const name of MAPS.flat()) expect(scratch.inode('generations/2', name), name).not.toBe(scratch.inode('generations/1', name));
    expect(scratch.store.current()).toMatchObject({ state: 'whole', generation: { number: 2 } });
  });

  test('never moves the last record of a map towards the start, from one generation to the next', async () => {
    await using scratch = await ScratchStore.create();
    const many = Array.from({ length: 50 }, (_, number) => `user${String(number).padStart(2, '0')}`);
    const offsets = [viewOf(...many), viewOf('alice'), emptyView, viewOf('alice'), viewOf('alice', 'bob')].map(
      (view) => scratch.commit(view).manifest.lastOffsets['passwd.cache'],
    );
    expect(offsets).toEqual([49 * 64, 49 * 64, 0, 49 * 64, 49 * 64]);
  });

  test.each<[string, (map: Buffer) => Buffer]>([
    ['is not what a reader needs', (map) => Buffer.concat([Buffer.from('#\n'), map])],
    ['is cut', (map) => map.subarray(0, -1)],
    ['is empty', () => Buffer.alloc(0)],
    ['is another than was planned', (map) => Buffer.from(map.toString().replace('/bin/bash', '/bin/dash'))],
  ])('refuses a map that %s, and the current generation stays', async (_what, damage) => {
    await using scratch = await ScratchStore.create();
    const before = scratch.commit(viewOf('alice'));
    const good = renderGeneration(viewOf('alice', 'bob'), scratch.store.minLastOffsets());
    const sets = good.sets.map((set) => (set.sums.has('passwd.cache') ? damaged(set, damage) : set));
    expect(failureOf(() => scratch.commitRendered({ ...good, sets }, viewOf('alice', 'bob'))).code).toBe('cache-failed');
    expect(scratch.store.current()).toEqual({ state: 'whole', generation: before });
  });

  test('refuses a map that is what was planned, and not what a reader needs', async () => {
    await using scratch = await ScratchStore.create();
    const good = renderGeneration(viewOf('alice', 'bob'), {});
    const sets = good.sets.map((set) => (set.sums.has('passwd.cache') ? planned(damaged(set, (map) => map.subarray(0, 64))) : set));
    const failure = failureOf(() => scratch.commitRendered({ ...good, sets }, viewOf('alice', 'bob')));
    expect(failure).toMatchObject({ code: 'cache-failed' });
    expect(failure.message).toContain('passwd.cache is not what the reader needs: passwd.cache.ixname: ');
    expect(scratch.store.current()).toEqual({ state: 'none' });
  });

  test('that is refused leaves nothing behind: a full disk must not stay full', async () => {
    await using scratch = await ScratchStore.create();
    scratch.commit(viewOf('alice'));
    const before = scratch.tree();
    const good = renderGeneration(viewOf('alice', 'bob'), scratch.store.minLastOffsets());
    const sets = good.sets.map((set) => (set.sums.has('passwd.cache') ? damaged(set, () => Buffer.alloc(0)) : set));
    failureOf(() => scratch.commitRendered({ ...good, sets }, viewOf('alice', 'bob')));
    expect(scratch.tree()).toEqual(before);
  });

  test('that cannot be switched to leaves nothing behind: the next run would leave as much again', async () => {
    await using scratch = await ScratchStore.create();
    scratch.commit(viewOf('alice'));
    rmSync(scratch.in('current'));
    mkdirSync(scratch.in('current/in-the-way'), { recursive: true });
    const before = scratch.tree();
    const rendered = renderGeneration(viewOf('alice', 'bob'), scratch.store.minLastOffsets());
    expect(failureOf(() => scratch.commitRendered(rendered, viewOf('alice', 'bob'))).code).toBe('cache-failed');
    expect(scratch.tree()).toEqual(before);
  });

  test('says that it cannot write, and the current generation stays', async () => {
    await using scratch = await ScratchStore.create();
    const before = scratch.commit(viewOf('alice'));
    // Not the link that a killed run leaves, and so not removed.
    mkdirSync(scratch.in('current.new'));
    expect(failureOf(() => scratch.commit(viewOf('bob')))).toMatchObject({ code: 'cache-failed' });
    expect(scratch.store.current()).toEqual({ state: 'whole', generation: before });
  });
});

describe('after a run that was killed', () => {
  test('what it staged is gone with the next commit, and nothing of it is kept', async () => {
    await using scratch = await ScratchStore.create();
    mkdirSync(scratch.in('generations/.staging/keys'), { recursive: true });
    writeFileSync(scratch.in('generations/.staging/passwd.cache'), 'mallory:x:0:0::/:/bin/sh\n');
    writeFileSync(scratch.in('generations/.staging/keys/7'), 'mallory:ssh-rsa AAAA\n');
    symlinkSync('generations/.staging', scratch.in('current.new'));
    expect(scratch.store.current()).toEqual({ state: 'none' });
    scratch.commit(viewOf('alice'));
    await using clean = await ScratchStore.create();
    clean.commit(viewOf('alice'));
    expect(scratch.tree()).toEqual(clean.tree());
  });

  test('a staging folder that is a link leads nowhere: what it names stays as it is', async () => {
    await using scratch = await ScratchStore.create();
    mkdirSync(scratch.in('generations'));
    mkdirSync(scratch.in('elsewhere'));
    writeFileSync(scratch.in('elsewhere/passwd.cache'), 'precious');
    symlinkSync('../elsewhere', scratch.in('generations/.staging'));
    scratch.commit(viewOf('alice'));
    expect(readFileSync(scratch.in('elsewhere/passwd.cache'), 'utf8')).toBe('precious');
  });

  test('a generation that it did not switch to is no obstacle, and its number is not used again', async () => {
    await using scratch = await ScratchStore.create();
    scratch.commit(viewOf('alice'));
    mkdirSync(scratch.in('generations/2'));
    mkdirSync(scratch.in('generations/9'));
    expect(scratch.commit(viewOf('bob')).number).toBe(10);
    expect(readlinkSync(scratch.in('current'))).toBe('generations/10');
  });

  test('a reader may hold an index of any generation that is still there', async () => {
    await using scratch = await ScratchStore.create();
    scratch.commit(viewOf('alice', 'bob', 'carol'));
    scratch.commit(viewOf('alice'));
    mkdirSync(scratch.in('generations/3'));
    writeFileSync(scratch.in('generations/3/manifest.json'), '{');
    expect(scratch.store.minLastOffsets()).toEqual({ 'passwd.cache': 128, 'group.cache': 0, 'shadow.cache': 128 });
  });

  test('a file among the generations is none, and no obstacle', async () => {
    await using scratch = await ScratchStore.create();
    scratch.commit(viewOf('alice'));
    writeFileSync(scratch.in('generations/9'), '');
    expect(scratch.commit(viewOf('bob')).number).toBeGreaterThan(1);
  });
});

/** A passwd map that is rendered otherwise than its sum says. */
function damaged(set: FileSet, damage: (map: Buffer) => Buffer): FileSet {
  const render = (): ReadonlyMap<string, Buffer | string> =>
    new Map([...set.render()].map(([name, content]) => [name, name === 'passwd.cache' ? damage(Buffer.from(content)) : content]));
  return { ...set, render };
}

/** The same files, with the sums that they have. */
function planned(set: FileSet): FileSet {
  return { ...set, sums: new Map([...set.render()].map(([name, content]) => [name, sumOf(content)])) };
}
