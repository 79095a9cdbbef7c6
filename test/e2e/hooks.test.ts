/**
 * Hooks: what they are told and given, when they run, and that nothing they do spoils a run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CommandResult, ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { ed25519, lineOf } from '../directory/public-keys.ts';
import { HOLDFAST, HOLDFAST_ENV } from '../support/agent-host.ts';
import { startProgram } from '../support/running-program.ts';

let root: ScratchRoot;

beforeEach(async () => {
  root = await ScratchRoot.create();
  await mkdir(folder(), { recursive: true });
  await configure();
  await people('ada', 'bob');
});

afterEach(async () => {
  await root?.[Symbol.asyncDispose]();
});

test('each commit is told to all of them in turn, and nothing else is', async () => {
  await hook('20-second', `echo second >>"${log()}"`);
  await hook('10-first', `cat >>"${log()}"`);
  await hook('10-first.sh', `echo no >>"${log()}"`);
  expect(await sync()).toMatchObject({ status: 0 });
  const [first, ...others] = await said();
  expect(others).toEqual(['second']);
  const none = { count: 0, names: [], more: 0 };
  const two = { count: 2, names: ['ada', 'bob'], more: 0 };
  const added = { added: two, removed: none, changed: none };
  expect(JSON.parse(first ?? '')).toEqual({
    version: 1,
    event: 'commit',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    root: root.path,
    generation: 1,
    previousGeneration: null,
    why: 'first sync',
    outcome: 'committed',
    counts: { passwd: 2, group: 1, shadow: 2, keys: 2, keyLines: 2 },
    changes: { passwd: added, group: { ...added, added: { count: 1, names: ['people'], more: 0 } }, shadow: added, keys: added },
  });

  await rm(log());
  expect(await sync()).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing to do') as string });
  expect(await root.holdfast('diff')).toMatchObject({ status: 0 });
  expect(existsSync(log())).toBe(false);

  await people('ada');
  expect(await sync()).toMatchObject({ status: 0 });
  expect(JSON.parse((await said())[0] ?? '')).toMatchObject({
    generation: 2,
    previousGeneration: 1,
    changes: { passwd: { removed: { count: 1, names: ['bob'] } }, group: { changed: { names: ['people'] } } },
  });
});

test('a generation that a guard lets through in part is told as well', async () => {
  const crowd = Array.from({ length: 20 }, (_, number) => `p${number}`);
  await people(...crowd);
  expect(await sync()).toMatchObject({ status: 0 });
  await hook('10-first', `cat >"${log()}"`);
  await configure({ 'access.deny': { users: ['p0'] } });
  await people(...crowd.slice(0, 8));
  expect(await sync()).toMatchObject({ status: 65 });
  expect(JSON.parse((await said())[0] ?? '')).toMatchObject({
    outcome: 'held',
    generation: 2,
    changes: { passwd: { removed: { count: 0 } }, keys: { removed: { names: ['p0'] } } },
  });
});

test('a hook has two variables, / as its folder, and no open file but its own three', async () => {
  const listFiles = 'for file in /proc/$$/fd/*; do readlink "$file"; done';
  await hook('10-first', `exec >"${log()}"; env | sort | grep -v -e ^PWD= -e ^_=; pwd; ${listFiles}`);
  const seven = openSync(join(root.path, 'seven'), 'w');
  const [command = '', ...args] = HOLDFAST;
  // With a gap, behind which Node looks no further.
  const gap = Array.from({ length: 20 }, () => 'ignore' as const);
  const child = spawn(command, [...args, '--root', root.path, 'sync'], {
    env: { ...HOLDFAST_ENV, SECRET: '1' },
    stdio: ['ignore', 'ignore', 'ignore', seven, ...gap, seven],
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  closeSync(seven);
  const [locale, path, cwd, ...files] = await said();
  expect([locale, path, cwd]).toEqual(['LC_ALL=C', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', '/']);
  // The shell has its script open, and the log in the place of stdout.
  const [own, others] = [files.filter((file) => file.startsWith(root.path)), files.filter((file) => !file.startsWith(root.path))];
  expect(own.toSorted()).toEqual([join(folder(), '10-first'), log()]);
  expect(others).toEqual([expect.stringMatching(/^socket:/), expect.stringMatching(/^socket:/)]);
});

test('a hook may ask what serves; a sync of its own is told of the lock', async () => {
  const command = `NODE_COMPILE_CACHE="${HOLDFAST_ENV['NODE_COMPILE_CACHE']}" ${HOLDFAST.join(' ')} --root "${root.path}"`;
  await hook('10-status', `${command} status >"${log()}"`);
  await hook('20-sync', `${command} sync 2>>"${log()}"; echo "status $?" >>"${log()}"`);
  expect(await sync()).toMatchObject({ status: 0 });
  const lines = await said();
  expect(lines.join('\n')).toMatch(/^generation +1, committed /m);
  expect(lines.join('\n')).toMatch(/last run .*committed/);
  expect(lines.join('\n')).toMatch(/error: another run \(pid \d+\) is at work and holds/);
  expect(lines.at(-1)).toBe('status 75');
});

describe('a hook that fails', () => {
  test('is a warning, until the hooks of another commit are well', async () => {
    await hook('10-bad', 'echo one; echo "\u001b[31mno such service" >&2; exit 3');
    await hook('20-good', `echo here >>"${log()}"`);
    const { status, stderr } = await sync();
    expect(status).toBe(0);
    expect(stderr).toContain('holdfast: warning: hook "10-bad" ended with status 3: \\u{1b}[31mno such service\n');
    expect(stderr).toContain('holdfast: hook "20-good" was run\n');
    expect(stderr).not.toContain('hook "10-bad" was run');
    expect(await said()).toEqual(['here']);
    const problem = /^problem: hook "10-bad" ended with status 3: .*no such service$/m;
    expect(await root.holdfast('status')).toMatchObject({ status: 1, stdout: expect.stringMatching(problem) as string });
    expect(await sync()).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing to do') as string });
    expect(await root.holdfast('status')).toMatchObject({ status: 1, stdout: expect.stringMatching(problem) as string });
    await hook('10-bad', ':');
    await people('ada');
    expect(await sync()).toMatchObject({ status: 0 });
    expect(await root.holdfast('status')).toMatchObject({ status: 0 });
  });

  test('in whatever way is said, and keeps no other from its turn', async () => {
    const texts: Readonly<Record<string, string>> = {
      '10-interpreter': '#!/no/such/program\n',
      '20-killed': '#!/bin/sh\nkill -SEGV $$\n',
      '30-binary': '\u007fELF\0',
      '40-chatty': '#!/bin/sh\nyes | head -c 2000000; exit 1\n',
      '50-deaf': '#!/bin/sh\nexec 0<&-; exit 4\n',
    };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder(), name), text, { mode: 0o755 });
    const { status, stderr } = await sync();
    expect(status).toBe(0);
    expect(stderr).toContain('generation 1 serves');
    expect(stderr).toContain('hook "10-interpreter" failed (it is gone, or what its first line names is not there)');
    expect(stderr).toContain('hook "20-killed" failed (ended by SIGSEGV)');
    expect(stderr).toMatch(/hook "30-binary" (?:failed \(.*ENOEXEC|ended with status)/);
    expect(stderr).toContain('hook "40-chatty" ended with status 1: y\n');
    expect(stderr).toContain('hook "50-deaf" ended with status 4\n');
    expect(stderr.length).toBeLessThan(10_000);
  });

  test('as it takes too long is ended, with all that it has started', async () => {
    await configure({ 'hooks.timeout': '1s' });
    await hook('10-slow', `sleep 1000 & echo $! >"${log()}"; exec sleep 1000`);
    await hook('20-good', `echo here >>"${log()}"`);
    const { status, stderr } = await sync();
    expect(status).toBe(0);
    expect(stderr).toContain('hook "10-slow" was ended after 1 s\n');
    expect(stderr).toContain('10-slow, and at hooks.timeout (all of a run have 60 s together);');
    const [pid = '', here] = await said();
    expect(here).toBe('here');
    expect(await isGone(Number(pid))).toBe(true);
  });

  test('as others may write it is not run, and said', async () => {
    await hook('10-open', `echo here >>"${log()}"`);
    await chmod(join(folder(), '10-open'), 0o777);
    const { status, stdout } = await root.holdfast('sync', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      hooks: [],
      warnings: [
        {
          code: 'hook-refused',
          text: expect.stringMatching(/10-open can be written by others than root \(mode 0777\): not run$/) as string,
        },
      ],
    });
    expect(existsSync(log())).toBe(false);
    expect((await root.holdfast('status')).stdout).toContain('10-open can be written by others');
  });
});

test('what a hook leaves running is ended with it, and nobody waits for it', async () => {
  await hook('10-leaves', `sleep 1000 & echo $! >"${log()}"; echo done`);
  expect(await sync()).toMatchObject({ status: 0, stderr: expect.stringContaining('hook "10-leaves" was run: done\n') as string });
  expect(await isGone(Number((await said())[0]))).toBe(true);
});

test('a run that is interrupted ends the hook, and what it has committed stays', async () => {
  await hook('10-slow', `echo $$ >"${log()}"; exec sleep 1000`);
  await hook('20-next', `echo no >>"${log()}"`);
  const program = startProgram([...HOLDFAST, '--root', root.path, 'sync'], { env: HOLDFAST_ENV });
  while (!existsSync(log()) || (await said()).length === 0) await sleep(20);
  program.signal('SIGTERM');
  await program.exited;
  expect(program.stderr).toContain('generation 1 serves');
  expect(program.stderr).toContain('hook "10-slow" failed (interrupted)');
  expect(program.stderr).toContain('hook "20-next" failed (not run: interrupted)');
  const [pid = '', ...others] = await said();
  expect(others).toEqual([]);
  expect(await isGone(Number(pid))).toBe(true);
  expect((await root.holdfast('status')).stdout).toContain('hook "10-slow" failed (interrupted)');
});

function folder(): string {
  return join(root.path, 'etc/holdfast/hooks.d');
}

function log(): string {
  return join(root.path, 'log');
}

async function said(): Promise<string[]> {
  return (await readFile(log(), 'utf8')).split('\n').filter((line) => line !== '');
}

async function hook(name: string, script: string): Promise<void> {
  await writeFile(join(folder(), name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

async function configure(changes: Changes = {}): Promise<void> {
  const source = { name: 'people', type: 'file', path: join(root.path, 'people.toml') };
  await root.write('etc/holdfast/holdfast.toml', configText({ 'source[0]': source, 'policy.home': '/home/{name}', ...changes }));
}

/** All in one group, and with one key. */
async function people(...names: readonly string[]): Promise<void> {
  const users = names.map(
    (name, index) => `[[user]]\nname = "${name}"\nuid = ${5000 + index}\ngid = 5000\nkeys = ["${lineOf(ed25519)}"]\n`,
  );
  await root.write('people.toml', `${users.join('')}[[group]]\nname = "people"\ngid = 5000\nmembers = ${JSON.stringify(names)}\n`);
}

async function sync(): Promise<CommandResult> {
  return await root.holdfast('sync');
}

/** The kernel takes its time with a process that is killed, and a zombie is gone. */
async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ' Z ');
    if (stat.includes(' Z ')) return true;
    await sleep(20);
  }
  return false;
}
