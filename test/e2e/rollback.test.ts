/**
 * Back to an older generation and out again, on a host whose people are in a file.
 */
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CommandResult, ScratchRoot } from '../cli/command.ts';
import { configText } from '../config/configuration.ts';
import { ed25519, otherEd25519 } from '../directory/public-keys.ts';

const KEY = `${ed25519.type} ${ed25519.blob}`;
const OTHER_KEY = `${otherEd25519.type} ${otherEd25519.blob}`;
const UIDS: Readonly<Record<string, number>> = { ann: 2001, bob: 2002, cat: 2003, dan: 2004, eve: 2005, gus: 2006 };

interface Person {
  readonly key?: string;
  readonly ended?: boolean;
}

let root: ScratchRoot;

beforeEach(async () => {
  root = await ScratchRoot.create();
  const source = [{ name: 'corp', type: 'file', path: join(root.path, 'people.toml') }];
  await root.write(
    'etc/holdfast/holdfast.toml',
    configText({ source, 'access.everyone': false, 'access.groups': ['web'], 'state.keep_generations': 2 }),
  );
  await people({ ann: {}, bob: {}, cat: {}, dan: {} }, ['ann', 'bob', 'cat', 'dan']);
  await ok('sync');
  await people({ ann: {}, bob: {}, cat: { ended: true }, gus: {} }, ['ann', 'cat', 'gus']);
  await ok('sync');
});

afterEach(async () => {
  await root?.[Symbol.asyncDispose]();
});

describe('rollback', () => {
  test('gives nobody back what was taken since, says whom, and is pinned until it is released', async () => {
    const { stderr } = await ok('rollback');
    expect(stderr).toContain('holdfast: warning: PINNED: generation 3 serves what generation 1 of ');
    expect(stderr).toContain('warning: kept out: bob, 1 key of then: no access rule lets it in any more\n');
    expect(stderr).toMatch(
      /kept out: cat, 1 key of then: withheld \(account-expired\): .*; a rollback gives it to nobody who is refused\n/,
    );
    expect(stderr).toContain('warning: kept out: dan, 1 key of then: gone from the directory\n');
    expect(stderr).toContain('memberships of then that stay gone: web (bob, dan)\n');
    expect(stderr).toContain('holdfast rollback 1 --restore-access\n');
    expect(await served()).toEqual({ people: 'ann bob cat dan', keys: 'ann' });

    const run = await ok('sync');
    expect(run.stderr).toContain('warning: PINNED: this host is pinned to generation 1 for ');
    expect(run.stderr).toContain('pinned: nothing of the directory is committed; it waits: passwd +1 -1 ~0');
    expect(await served()).toEqual({ people: 'ann bob cat dan', keys: 'ann' });
    const status = await root.holdfast('status');
    expect(status.status).toBe(1);
    expect(status.stdout).toMatch(/^PINNED: people can log in; 1 problem\n\nproblem: PINNED: this host is pinned to generation 1 for /);
    expect((await root.holdfast('diff')).stderr).toContain('warning: PINNED: ');
    expect(await json('generations')).toMatchObject({
      generations: [{ generation: 3, serves: true }, { generation: 2 }, { generation: 1, pinned: true }],
      pin: { target: 1 },
    });

    await ok('rollback', '--release');
    expect(await root.holdfast('rollback', '--release')).toMatchObject({ status: 1 });
    await ok('sync');
    expect(await served()).toEqual({ people: 'ann bob cat gus', keys: 'ann gus' });
    // What the rollback spared goes with the next commit.
    expect(await numbers()).toEqual(['3', '4']);
    expect(await audited()).toEqual([
      'rollback: rollback to generation 1',
      expect.stringMatching(/^rollback-released: released: the rollback to generation 1 of /),
    ]);
  });

  test('with --restore-access gives it back to all but who is refused, and takes from them what is taken later', async () => {
    const { stderr } = await ok('rollback', '1', '--restore-access');
    expect(stderr).toContain('warning: 2 logins get keys back: bob, dan\n');
    expect(stderr).toContain('warning: kept out: cat, ');
    expect(await served()).toEqual({ people: 'ann bob cat dan', keys: 'ann bob dan' });
    await ok('sync');
    expect(await served()).toEqual({ people: 'ann bob cat dan', keys: 'ann bob dan' });

    // ann's key is taken from her entry, and bob's account ends.
    await people({ ann: { key: OTHER_KEY }, bob: { ended: true }, cat: {}, gus: {} }, ['ann', 'cat', 'gus']);
    expect((await ok('sync')).stderr).toContain('keys were withheld or changed of ann, bob\n');
    expect(await served()).toEqual({ people: 'ann bob cat dan', keys: 'dan' });

    // And back in the directory they are not back here.
    await people({ ann: {}, bob: {}, cat: {}, gus: {} }, ['ann', 'bob', 'cat', 'gus']);
    await ok('sync');
    expect(await served()).toMatchObject({ keys: 'dan' });
    await ok('rollback', '1');
    expect(await served()).toMatchObject({ keys: 'dan' });
  });

  test('heeds a denial of this host and a directory that does not answer', async () => {
    await ok('rollback', '1', '--restore-access');
    const config = await readFile(root.config, 'utf8');
    await writeFile(root.config, config.replace('[access]', '[access]\ndeny = { users = ["dan"] }'));
    await writeFile(join(root.path, 'people.toml'), 'broken');
    expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
    expect(await served()).toEqual({ people: 'ann bob cat dan', keys: 'ann bob' });
  });

  test('shows beforehand what it would do, and changes nothing by it', async () => {
    const { stderr } = await ok('rollback', '--dry-run', '--restore-access');
    expect(stderr).toContain('holdfast: would go back to what generation 1 of ');
    expect(stderr).toContain('2 logins get keys back: bob, dan');
    expect(await served()).toEqual({ people: 'ann bob cat gus', keys: 'ann gus' });
    expect((await root.holdfast('status')).stdout).toMatch(/^all is well\n/);
    expect(await json('rollback', '--dry-run')).toMatchObject({
      dryRun: true,
      target: 1,
      generation: 2,
      withheld: [
        { login: 'bob', keys: 1, restorable: true },
        { login: 'cat', restorable: false },
        { login: 'dan', restorable: true },
      ],
    });
  });

  test('goes to no generation that is damaged or not there', async () => {
    await truncate(join(root.state, 'generations/1/passwd.cache'), 10);
    expect(await root.holdfast('rollback')).toMatchObject({
      status: 73,
      stderr: expect.stringContaining('it is damaged: generation 1: passwd.cache has 10 bytes'),
    });
    expect(await root.holdfast('rollback', '7')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('there is no generation 7: kept are 2, 1'),
    });
    expect(await root.holdfast('rollback', '--release', '1')).toMatchObject({ status: 64 });
    expect(await served()).toMatchObject({ keys: 'ann gus' });
  });

  test('that was killed before the switch has changed nothing, and the next run clears up', async () => {
    const pin = { version: 1, target: 1, generation: 3, since: new Date().toISOString(), keys: [], members: [] };
    await root.write('var/lib/holdfast/state/pin.json', JSON.stringify(pin));
    expect((await root.holdfast('status')).stdout).toMatch(/^all is well\n/);
    expect((await ok('sync')).stderr).not.toContain('PINNED');
    expect(await readdir(join(root.state, 'state'))).not.toContain('pin.json');
  });

  test('whose record is damaged still pins, until it is released', async () => {
    await root.write('var/lib/holdfast/state/pin.json', 'x');
    expect((await ok('sync')).stderr).toContain('pinned by a rollback whose record is damaged');
    await ok('rollback', '--release');
    expect((await ok('sync')).stderr).not.toContain('PINNED');
  });
});

async function people(entries: Readonly<Record<string, Person>>, web: readonly string[]): Promise<void> {
  const users = Object.entries(entries).map(([name, { key = KEY, ended = false }]) =>
    [
      '[[user]]',
      `name = "${name}"`,
      `uid = ${UIDS[name]}`,
      'gid = 5000',
      `home = "/home/${name}"`,
      `keys = ["${key}"]`,
      ...(ended ? ['expires = 2020-01-01'] : []),
    ].join('\n'),
  );
  const groups = ['[[group]]\nname = "people"\ngid = 5000', `[[group]]\nname = "web"\ngid = 5001\nmembers = ${JSON.stringify(web)}`];
  await root.write('people.toml', [...users, ...groups].join('\n'));
}

async function ok(...args: readonly string[]): Promise<CommandResult> {
  const result = await root.holdfast(...args);
  expect(result, result.stderr).toMatchObject({ status: 0 });
  return result;
}

async function json(...args: readonly string[]): Promise<unknown> {
  return JSON.parse((await ok(...args, '--json')).stdout);
}

async function served(): Promise<{ readonly people: string; readonly keys: string }> {
  const passwd = await readFile(join(root.state, 'current/passwd.cache'), 'utf8');
  const shown = [...passwd.matchAll(/^([a-z]+):/gm)].map(([, name = '']) => name);
  const buckets = join(root.state, 'current/keys');
  const lines = await Promise.all((await readdir(buckets)).map(async (name) => await readFile(join(buckets, name), 'utf8')));
  const keys = new Set([...lines.join('').matchAll(/^([a-z]+):/gm)].map(([, name = '']) => name));
  return { people: shown.sort(byText).join(' '), keys: [...keys].sort(byText).join(' ') };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

async function numbers(): Promise<string[]> {
  return (await readdir(join(root.state, 'generations'))).filter((name) => /^\d+$/.test(name)).sort();
}

async function audited(): Promise<string[]> {
  const log = await readFile(join(root.path, 'var/log/holdfast/audit.jsonl'), 'utf8');
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; reason: string });
  return lines.filter(({ event }) => event.startsWith('rollback')).map(({ event, reason }) => `${event}: ${reason}`);
}
