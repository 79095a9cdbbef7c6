/**
 * Which programs are run as root after a commit, and which are not.
 */
import { chmod, chown, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readHooks } from '../../src/host/hooks-folder.ts';

const NOBODY = 65_534;

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-hooks-'));
  folder = join(root, 'etc/holdfast/hooks.d');
  await mkdir(folder, { recursive: true });
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

test('hooks are in the order of their names', async () => {
  await Promise.all(['20-b', '10-a', 'Z', '9', 'a_b'].map(writeHook));
  expect(readHooks(folder, root)).toEqual({
    hooks: ['10-a', '20-b', '9', 'Z', 'a_b'].map((name) => ({ name, path: join(folder, name) })),
    refused: [],
  });
});

test.each(['10-a.sh', '10-a~', '.10-a', '10-a.dpkg-new', '10-a.dpkg-old', 'README.md', '#10-a#', '10 a', '10-é', 'x'.repeat(129)])(
  'a name such as "%s" is none, as run-parts has it',
  async (name) => {
    await writeHook(name);
    expect(readHooks(folder, root)).toEqual({ hooks: [], refused: [] });
  },
);

test('there are none without a folder', () => {
  expect(readHooks(join(root, 'nowhere'), root)).toEqual({ hooks: [], refused: [] });
});

describe('is not run, and said:', () => {
  test.each<[string, () => Promise<void>, string, string]>([
    ['what its group may write', async () => await chmod(hook(), 0o775), '10-a', 'can be written by others than root (mode 0775)'],
    ['what everybody may write', async () => await chmod(hook(), 0o757), '10-a', 'can be written by others than root (mode 0757)'],
    ["somebody else's", async () => await chown(hook(), NOBODY, 0), '10-a', `belongs to uid ${NOBODY} instead of root`],
    ['what is not executable', async () => await chmod(hook(), 0o644), '10-a', 'is not executable (mode 0644)'],
    ['a link', async () => await linkTo('/bin/true'), '10-a', 'is no regular file'],
    ['a link to nothing', async () => await linkTo('nowhere'), '10-a', 'is no regular file'],
    ['a folder', async () => await folderInPlace(), '10-a', 'is no regular file'],
    ['all in a folder that others may write', async () => await chmod(folder, 0o775), '', 'can be written by others than root (mode 0775)'],
    ["all in somebody else's folder", async () => await chown(folder, NOBODY, 0), '', `belongs to uid ${NOBODY} instead of root`],
    [
      'all below a folder that others may write',
      async () => await chmod(join(root, 'etc'), 0o777),
      '../..',
      'can be written by others than root (mode 0777)',
    ],
    [
      "all below somebody else's folder",
      async () => await chown(join(root, 'etc'), NOBODY, 0),
      '../..',
      `belongs to uid ${NOBODY} instead of root`,
    ],
    ['all, where a file is in the place of the folder', async () => await fileInPlace(), '', 'cannot be read: ENOTDIR'],
  ])('%s', async (_what, spoil, path, reason) => {
    await writeHook('10-a');
    await spoil();
    expect(readHooks(folder, root)).toEqual({
      hooks: [],
      refused: [{ path: join(folder, path), reason: expect.stringContaining(reason) as string }],
    });
  });

  test('all in a folder that a link leads to, when others may write beside it', async () => {
    await writeHook('10-a');
    const open = join(root, 'srv');
    await mkdir(open);
    await rename(folder, join(open, 'hooks'));
    await symlink(join(open, 'hooks'), folder);
    expect(readHooks(folder, root).hooks).toHaveLength(1);
    await chmod(open, 0o777);
    expect(readHooks(folder, root)).toMatchObject({ hooks: [], refused: [{ path: open }] });
  });

  test('what is one too many', async () => {
    await Promise.all(Array.from({ length: 34 }, async (_, number) => await writeHook(String(number + 10))));
    const { hooks, refused } = readHooks(folder, root);
    expect(hooks).toHaveLength(32);
    expect(refused.map(({ path }) => path)).toEqual([join(folder, '42'), join(folder, '43')]);
  });

  test('while the others are run', async () => {
    await writeHook('10-a');
    await writeHook('20-b');
    await chmod(hook(), 0o666);
    expect(readHooks(folder, root)).toMatchObject({ hooks: [{ name: '20-b' }], refused: [{ path: hook() }] });
  });
});

function hook(): string {
  return join(folder, '10-a');
}

async function writeHook(name: string): Promise<void> {
  await writeFile(join(folder, name), '#!/bin/sh\n', { mode: 0o755 });
}

async function linkTo(target: string): Promise<void> {
  await rm(hook());
  await symlink(target, hook());
}

async function folderInPlace(): Promise<void> {
  await rm(hook());
  await mkdir(hook());
}

async function fileInPlace(): Promise<void> {
  await rm(folder, { recursive: true });
  await writeFile(folder, '');
}
