import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startNamespaceHost } from './namespace-host.ts';
import type { NamespaceHost } from './namespace-host.ts';
import { startNssHammer } from './nss-hammer.ts';
import { runProgram } from './running-program.ts';
import { generateSshKey } from './sshd.ts';
import { countSyscalls, straceInject } from './strace.ts';

const node = join(import.meta.dirname, '../../node_modules/.bin/node');
const machineFiles = ['/etc/nsswitch.conf', '/etc/passwd', '/etc/pam.d/common-session'];

const alice = { name: 'alice', uid: 20001 };
const bob = { name: 'bob', uid: 20002 };
const nobodyYet = { name: 'carol', uid: 20003 };

let scratch: string;
let stateDir: string;
let key: string;
let host: NamespaceHost;
let machineBefore: string;

beforeAll(async () => {
  machineBefore = await machine();
  scratch = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  stateDir = join(scratch, 'state');
  key = join(scratch, 'key');
  await writeGeneration(stateDir);
  const line = await generateSshKey(key);
  await writeFile(join(scratch, 'keys'), `#!/bin/sh\n[ "$1" = alice ] && id -un >&2 && echo '${line}'\nexit 0\n`);
  host = await startNamespaceHost({ stateDir });
});

afterAll(async () => {
  await host?.stop();
  await rm(scratch, { recursive: true });
  expect(await machine()).toBe(machineBefore);
});

describe('a namespace host', () => {
  test('answers from the caches, by name and by number', async () => {
    const line = 'alice:x:20001:20001:Alice Ä:/home/alice:/bin/sh\n';
    expect(await host.getent('passwd', 'alice')).toMatchObject({ status: 0, stdout: line });
    expect(await host.getent('passwd', '20001')).toMatchObject({ status: 0, stdout: line });
    expect(await host.getent('passwd', 'bob')).toMatchObject({ status: 0 });
    expect(await host.getent('group', '20002')).toMatchObject({ status: 0, stdout: 'bob:x:20002:\n' });
    expect(await host.getent('shadow', 'alice')).toMatchObject({ status: 0, stdout: 'alice:*:::::::\n' });
    expect(await host.getent('passwd', 'carol')).toMatchObject({ status: 2, stdout: '' });
  });

  test('finds through the index, not by reading the whole map', async () => {
    const { calls } = await countSyscalls({
      command: host.commandLine(['getent', 'passwd', 'bob']),
      syscalls: ['openat'],
      pathPrefix: '/etc',
    });
    const opened = calls.flatMap(({ paths }) => paths).filter((path) => path.includes('.cache'));
    expect(opened).toContain('/etc/passwd.cache.ixname');
  });

  test('has an /etc and processes of its own', async () => {
    await host.writeEtc('holdfast/holdfast.toml', 'version = 1\n', 0o640);
    const shown = await host.run(['stat', '-c', '%a %U %n', '/etc/holdfast/holdfast.toml']);
    expect(shown.stdout).toBe('640 root /etc/holdfast/holdfast.toml\n');
    expect((await host.run(['cat', '/proc/1/comm'])).stdout).toBe('sh\n');
    expect(await machine()).toBe(machineBefore);
    expect(await readdir('/etc')).not.toContain('holdfast');
  });

  test('runs a command as somebody else, with input and environment', async () => {
    const command = ['sh', '-c', 'id -u; id -G; cat; echo "$COLOUR"; kill -TERM $$'];
    const result = await host.run(command, { uid: 65534, input: 'in\n', env: { COLOUR: 'red' } });
    expect(result).toEqual({ status: null, signal: 'SIGTERM', stdout: '65534\n65534\nin\nred\n', stderr: '' });
  });

  test('ends a command that takes too long', async () => {
    expect(await host.run(['sleep', '60'], { timeoutMs: 200 })).toMatchObject({ signal: 'SIGKILL' });
    const { stdout } = await host.run(['ps', '-e', '-o', 'stat=,comm=']);
    expect(stdout).not.toMatch(/^[^Z].*sleep/m);
  });
});

describe('sshd on a namespace host', () => {
  test('lets a directory user in, through PAM, with a home', async () => {
    await using sshd = await host.startSshd({ authorizedKeysCommand: join(scratch, 'keys') });
    const result = await sshd.ssh('alice', key, 'id -un; pwd; cat /proc/self/loginuid');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/^alice\n\/home\/alice\n/);
    expect(sshd.log).toContain('Accepted publickey for alice');
  });

  test('refuses an unknown user and one without keys', async () => {
    await using sshd = await host.startSshd({ authorizedKeysCommand: join(scratch, 'keys') });
    expect(await sshd.ssh('mallory', key, 'true')).toMatchObject({ status: 255, stdout: '' });
    expect(await sshd.ssh('bob', key, 'true')).toMatchObject({ status: 255, stdout: '' });
    expect(sshd.log).toContain('Invalid user mallory');
  });

  test('takes settings from the test before its own', async () => {
    const extraConfig = 'LogLevel DEBUG1\nMatch User alice\n  ForceCommand echo forced';
    const options = { authorizedKeysCommand: join(scratch, 'keys'), extraConfig, usePam: false };
    await using sshd = await host.startSshd(options);
    expect(await sshd.ssh('alice', key, 'id')).toMatchObject({ status: 0, stdout: 'forced\n' });
    expect(sshd.log).toContain('debug1: user alice matched');
  });
});

describe('the NSS hammer', () => {
  test('finds nothing wrong where nothing changes', async () => {
    await using hammer = await startNssHammer({ host, stable: [alice, bob], absentOk: [nobodyYet] });
    await sleep(1000);
    const report = await hammer.stop();
    expect(report).toMatchObject({ missing: 0, wrong: 0, examples: [], aborted: [] });
    expect(report.found).toBeGreaterThan(1000);
    expect(report.lookups).toBeGreaterThan(report.found);
  });

  test('tells of wrong answers, missing users and readers that died', async () => {
    const stable = [{ name: 'alice', uid: 20002 }, nobodyYet];
    await using hammer = await startNssHammer({ host, processes: 1, stable });
    await sleep(200);
    const report = await hammer.stop();
    expect(report.wrong).toBeGreaterThan(0);
    expect(report.missing).toBeGreaterThan(0);
    expect(report.examples).toContain('wrong: getpwnam(alice) answered alice:20001, not alice:20002');
  });

  test('sees an index that points past the end of its map abort the reader', async () => {
    const index = join(stateDir, 'current/passwd.cache.ixname');
    const good = await readFile(index);
    try {
      await writeFile(index, 'alice\x00999999\nbob\x00999999\0\0\n');
      await using hammer = await startNssHammer({ host, processes: 1, stable: [alice] });
      await sleep(500);
      expect((await hammer.stop()).aborted).toMatchObject([{ signal: 'SIGABRT' }]);
    } finally {
      await writeFile(index, good);
    }
  });

  test('reads the files again at every lookup', async () => {
    const program = 'getpwuid(20001) for 1 .. 50; getpwnam("bob") for 1 .. 50';
    const { calls } = await countSyscalls({
      command: host.commandLine(['perl', '-e', program]),
      syscalls: ['openat'],
      pathPrefix: '/etc/passwd.cache',
    });
    expect(calls.length).toBe(100);
  });
});

describe('strace', () => {
  const program = `
    import { open, rename, symlink, link, unlink, mkdir } from 'node:fs/promises';
    for (const name of ['a', 'b', 'c']) {
      const file = await open(name + '.tmp', 'w');
      await file.write(name);
      await file.sync();
      await file.close();
      await rename(process.cwd() + '/' + name + '.tmp', process.cwd() + '/' + name);
    }
    await mkdir('m'); await symlink('a', 's'); await link('a', 'l'); await unlink('s');`;
  const command = [node, '--input-type=module', '-e', program];
  const syscalls = ['rename', 'fsync', 'symlink', 'link', 'unlink', 'mkdir'];

  test('lists the calls in order, with what is needed to hit each', async () => {
    const cwd = await mkdtemp(join(scratch, 'strace-'));
    const { status, calls } = await countSyscalls({ command, syscalls, cwd });
    expect(status).toBe(0);
    expect(calls.map(({ syscall, nth }) => `${syscall} ${nth}`)).toEqual([
      ...['fsync 1', 'rename 1', 'fsync 2', 'rename 2', 'fsync 3', 'rename 3'],
      ...['mkdir 1', 'symlink 1', 'link 1', 'unlink 1'],
    ]);
    expect(calls[0]?.paths).toEqual([join(cwd, 'a.tmp')]);
    expect(calls[1]?.paths).toEqual([join(cwd, 'a.tmp'), join(cwd, 'a')]);
  });

  test('kills before the call is carried out, at each call', async () => {
    const cwd = await mkdtemp(join(scratch, 'strace-'));
    const { calls } = await countSyscalls({ command, syscalls, cwd });
    for (const { syscall, nth } of calls) {
      const folder = await mkdtemp(join(scratch, 'strace-'));
      const inject = { syscall, action: 'signal=KILL', when: nth };
      const result = await straceInject({ command, inject, cwd: folder });
      expect(result).toMatchObject({ signal: 'SIGKILL', hit: { syscall, nth } });
      if (syscall === 'rename') expect(await readdir(folder)).toHaveLength(nth);
      if (syscall === 'rename') expect((await readdir(folder)).at(-1)).toMatch(/\.tmp$/);
    }
  });

  test.each(syscalls)('makes %s fail without disturbing Node', async (syscall) => {
    const cwd = await mkdtemp(join(scratch, 'strace-'));
    const result = await straceInject({ command, inject: { syscall, action: 'error=EIO', when: 1 }, cwd });
    expect(result).toMatchObject({ status: 1, signal: null, hit: { syscall, nth: 1 } });
    expect(result.stderr).toContain(`EIO: i/o error, ${syscall}`);
  });

  test('counts only calls on the path when one is given', async () => {
    const cwd = await mkdtemp(join(scratch, 'strace-'));
    const inject = { syscall: 'rename', action: 'error=EXDEV', when: 1, path: join(cwd, 'c.tmp') };
    const result = await straceInject({ command, inject, cwd });
    expect(result.hit?.paths).toEqual([join(cwd, 'c.tmp'), join(cwd, 'c')]);
    expect(await readdir(cwd)).toEqual(['a', 'b', 'c.tmp']);
  });

  test('fills the disk for one file alone', async () => {
    const cwd = await mkdtemp(join(scratch, 'strace-'));
    const inject = { syscall: 'write', action: 'error=ENOSPC', path: join(cwd, 'b.tmp') };
    const result = await straceInject({ command, inject, cwd });
    expect(result.stderr).toContain('ENOSPC: no space left on device, write');
    expect(await readdir(cwd)).toEqual(['a', 'b.tmp']);
  });
});

async function machine(): Promise<string> {
  const texts = await Promise.all(machineFiles.map(async (path) => await readFile(path, 'utf8')));
  const names = await Promise.all(['/etc', '/home', '/usr/lib', '/var/log'].map(async (folder) => await readdir(folder)));
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes('holdfast-host-'));
  const { stdout } = await runProgram(['stat', '-c', '%n %Y', '/var/log/lastlog', '/var/log/wtmp']);
  return JSON.stringify([texts, names, mounts, stdout]);
}

/** A generation as DESIGN.md lays it out, by hand: offsets count bytes, and `Ä` has two. */
async function writeGeneration(state: string): Promise<void> {
  const generation = join(state, 'generations/1');
  await mkdir(generation, { recursive: true });
  for (const folder of [scratch, state, join(state, 'generations'), generation]) await chmod(folder, 0o755);
  const put = async (name: string, text: string): Promise<void> => await writeFile(join(generation, name), text);
  await put('passwd.cache', 'alice:x:20001:20001:Alice Ä:/home/alice:/bin/sh\nbob:x:20002:20002:Bob:/home/bob:/bin/sh\n');
  await put('passwd.cache.ixname', 'alice\x000\0\nbob\x0049\0\0\n');
  await put('passwd.cache.ixuid', '20001\x000\0\n20002\x0049\n');
  await put('group.cache', 'alice:x:20001:\nbob:x:20002:\n');
  await put('group.cache.ixname', 'alice\x000\0\nbob\x0015\0\0\n');
  await put('group.cache.ixgid', '20001\x000\0\n20002\x0015\n');
  await put('shadow.cache', 'alice:*:::::::\nbob:*:::::::\n');
  await put('shadow.cache.ixname', 'alice\x000\0\nbob\x0015\0\0\n');
  await chmod(join(generation, 'shadow.cache'), 0o640);
  await chmod(join(generation, 'shadow.cache.ixname'), 0o640);
  await symlink('generations/1', join(state, 'current'));
}
