import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bucketOf } from '../../src/caches/keys-cache.ts';
import { failureOf } from '../config/failure.ts';
import { isRoot, ScratchStore } from './scratch-store.ts';
import { viewOf } from './views.ts';

const FILES = [
  ...['passwd.cache', 'passwd.cache.ixname', 'passwd.cache.ixuid', 'group.cache', 'group.cache.ixname', 'group.cache.ixgid'],
  ...['shadow.cache', 'shadow.cache.ixname', `keys/${bucketOf('bob')}`],
];

let good: ScratchStore;
let scratch: ScratchStore;

/** Two generations that share no file, the second of which is current. */
beforeAll(async () => {
  good = await ScratchStore.create();
  good.commit(viewOf('alice'));
  good.commit(viewOf('bob', 'carol'));
});

beforeEach(async () => {
  scratch = await good.copy();
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

afterAll(async () => {
  await good[Symbol.asyncDispose]();
});

function expectDamage(fault: RegExp): void {
  expect(scratch.store.current()).toMatchObject({ state: 'damaged', lastWhole: { number: 1 } });
  const current = scratch.store.current();
  expect(current.state === 'damaged' ? current.fault : '').toMatch(fault);
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

describe.each(FILES)('current, with %s', (name) => {
  const path = (): string => scratch.in('generations/2', name);

  test('cut by a byte', () => {
    truncateSync(path(), statSync(path()).size - 1);
    expectDamage(/^generation 2: .* has \d+ bytes instead of \d+$/);
  });

  test('empty', () => {
    truncateSync(path(), 0);
    expectDamage(/ has 0 bytes instead of \d+$/);
  });

  test('longer by a byte', () => {
    writeFileSync(path(), Buffer.concat([readFileSync(path()), Buffer.from('\n')]));
    expectDamage(/ has \d+ bytes instead of \d+$/);
  });

  test('with one bit flipped, whichever byte', () => {
    const { size, atime, mtime } = statSync(path());
    for (let at = 0; at < size; at += Math.max(1, Math.floor(size / 16))) {
      flip(path(), at);
      expectDamage(/ has other content than was committed$/);
      flip(path(), at);
    }
    utimesSync(path(), atime, mtime);
    expect(scratch.store.current().state).toBe('whole');
  });

  test('gone', () => {
    rmSync(path());
    expectDamage(/ is missing$/);
  });

  test('a link to the same content', () => {
    renameSync(path(), scratch.in('elsewhere'));
    symlinkSync(scratch.in('elsewhere'), path());
    expectDamage(/ is no regular file$/);
  });

  test('a folder', () => {
    rmSync(path());
    mkdirSync(path());
    expectDamage(/ is no regular file$/);
  });

  test.each(['0600', '0604', '0664', '0666', '4755'])('of mode %s', (mode) => {
    chmodSync(path(), Number.parseInt(mode, 8));
    expectDamage(new RegExp(` has mode ${mode}$`));
  });

  test.runIf(isRoot)('of another owner or group', () => {
    const { uid, gid } = statSync(path());
    chownSync(path(), 65_534, gid);
    expectDamage(/ belongs to 65534:\d+ instead of 0:\d+$/);
    chownSync(path(), uid, 65_534);
    expectDamage(/ belongs to 0:65534 instead of 0:\d+$/);
  });
});

describe('current, with a manifest', () => {
  const path = (): string => scratch.in('generations/2/manifest.json');

  test('gone', () => {
    rmSync(path());
    expectDamage(/^generation 2 has no manifest.json$/);
  });

  test.each([0, 10, 100, 500])('cut after %i bytes', (length) => {
    truncateSync(path(), length);
    expectDamage(/^manifest\.json/);
  });

  test('that is a folder', () => {
    rmSync(path());
    mkdirSync(path());
    expectDamage(/manifest\.json/);
  });

  test('with one bit flipped, whichever byte', () => {
    const bytes = readFileSync(path());
    const passed: string[] = [];
    for (let at = 0; at < bytes.length; at += 5) {
      flip(path(), at);
      if (scratch.store.current().state === 'whole') passed.push(bytes.toString('latin1', Math.max(0, at - 12), at + 1));
      writeFileSync(path(), bytes);
    }
    expect(passed).toEqual([]);
  });
});

describe('current', () => {
  test.each(['generations/2', 'generations/2/keys', 'generations'])('notices that nobody but root may enter %s', (folder) => {
    chmodSync(scratch.in(folder), 0o700);
    expect(scratch.store.current()).toMatchObject({ state: 'damaged' });
  });

  test('notices keys that no manifest names: the lookup command prints them', () => {
    writeFileSync(scratch.in('generations/2/keys', String(bucketOf('mallory'))), 'mallory:ssh-rsa AAAA\n');
    expect(scratch.store.current()).toMatchObject({ state: 'damaged' });
  });

  test.each([
    ['a generation that is not there', 'generations/7', /^generation 7 has no manifest\.json$/],
    ['a number that is none', 'generations/007', /^current leads to "generations\/007", which is no generation$/],
    ['the folder of generations', 'generations', /which is no generation$/],
    ['a folder outside', '../elsewhere', /^current leads to "\.\.\/elsewhere", which is no generation$/],
    ['a way out', 'generations/../../elsewhere', /which is no generation$/],
    ['what is staged', 'generations/.staging', /which is no generation$/],
    ['itself', 'current', /which is no generation$/],
  ])('is damaged when it leads to %s', (_what, target, fault) => {
    rmSync(scratch.in('current'));
    symlinkSync(target, scratch.in('current'));
    expect(scratch.store.current()).toMatchObject({ state: 'damaged', lastWhole: { number: 2 } });
    expect(scratch.store.currentManifest()).toMatch(fault);
  });

  test('is damaged when it leads to the generation by its whole path: the state folder may be moved', () => {
    rmSync(scratch.in('current'));
    symlinkSync(scratch.in('generations/2'), scratch.in('current'));
    expect(scratch.store.current()).toMatchObject({ state: 'damaged', lastWhole: { number: 2 } });
  });

  test('is damaged when it is gone and generations are there: the newest whole one tells what was shown', () => {
    rmSync(scratch.in('current'));
    expect(scratch.store.current()).toMatchObject({ state: 'damaged', fault: 'current is gone', lastWhole: { number: 2 } });
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, '')],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('is left for a person to move when it is %s', (_what, make) => {
    rmSync(scratch.in('current'));
    make(scratch.in('current'));
    const failure = failureOf(() => scratch.store.current());
    expect(failure).toMatchObject({ code: 'cache-failed', message: `${scratch.in('current')} is no symlink` });
    expect(failure.hints.join()).toContain(`mv ${scratch.in('current')} `);
  });

  test('has no older generation to offer when none is whole', () => {
    rmSync(scratch.in('generations/1/group.cache'));
    rmSync(scratch.in('generations/2/group.cache'));
    expect(scratch.store.current()).toMatchObject({ state: 'damaged', lastWhole: undefined });
  });

  test('is whole again after the next commit, and all readers are served', () => {
    writeFileSync(scratch.in('current/passwd.cache'), '');
    const generation = scratch.commit(viewOf('bob', 'carol'));
    expect(scratch.store.current()).toEqual({ state: 'whole', generation });
    expect(generation.number).toBe(3);
  });

  test('with a damaged manifest still keeps readers of its index from the end of the next map', () => {
    writeFileSync(scratch.in('generations/2/manifest.json'), '{');
    const generation = scratch.commit(viewOf('bob'));
    expect(generation.manifest.lastOffsets).toMatchObject({ 'passwd.cache': 64, 'shadow.cache': 64 });
  });
});
