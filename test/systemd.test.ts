/**
 * What the packages put beside the program: units, tmpfiles, sshd's drop-in and the example, judged by the programs that read them.
 */
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { INDEXES } from '../src/caches/generation-files.ts';
import { holdfast } from './cli/command.ts';
import { createPki } from './support/pki.ts';
import { type ProgramResult, runProgram } from './support/running-program.ts';
import { generateSshKey } from './support/sshd.ts';

const project = dirname(import.meta.dirname);
const UNITS = ['holdfast-emergency.service', 'holdfast-emergency.timer', 'holdfast.service', 'holdfast.timer'] as const;

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'holdfast-systemd-'));
});

afterEach(async () => await rm(scratch, { recursive: true }));

describe('the units', () => {
  test('are what systemd understands', async () => {
    await installUnits();
    expect(await verifyUnits()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('would be refused with a key that systemd does not know', async () => {
    await installUnits((text) => text.replace('ProtectSystem=', 'ProtectSytem='));
    expect(await verifyUnits()).toMatchObject({ status: 1, stderr: expect.stringContaining('ProtectSytem') as string });
  });

  test.each(['holdfast.service', 'holdfast-emergency.service'])('expose little: 2.5 of 10 at most: %s', async (name) => {
    const result = await runProgram(['systemd-analyze', 'security', '--offline=true', '--threshold=25', unitFile(name)]);
    expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining('OK') as string });
  });

  test.each(['holdfast.service', 'holdfast-emergency.service'])(
    'may write metrics to the folder of Debian, if it is there: %s',
    async (name) => {
      const unit = await readFile(unitFile(name), 'utf8');
      expect(unit).toMatch(/^ReadWritePaths=-\/var\/lib\/prometheus\/node-exporter$/m);
      expect(unit).toMatch(/^ProtectSystem=strict$/m);
    },
  );

  test('start by the timer alone', async () => {
    await installUnits();
    await systemctl('enable', ...UNITS);
    expect(await namesIn('etc/systemd/system')).toEqual([...UNITS, 'timers.target.wants']);
    expect(await namesIn('etc/systemd/system/timers.target.wants')).toEqual(['holdfast-emergency.timer', 'holdfast.timer']);
  });
});

describe('tmpfiles.d', () => {
  const names = Object.entries(INDEXES)
    .flatMap(([map, indexes]) => [map, ...Object.keys(indexes)])
    .toSorted();

  test('links the eight names that libnss-cache opens to the current generation', async () => {
    expect(await createTmpfiles()).toMatchObject({ status: 0, stderr: '' });
    const links = await Promise.all((await namesIn('etc')).map(async (name) => await readlink(join(scratch, 'etc', name))));
    expect(links).toHaveLength(8);
    expect(await namesIn('etc')).toEqual(names);
    expect(links).toEqual(names.map((name) => `/var/lib/holdfast/current/${name}`));
  });

  test('makes the folders as holdfast does: caches for everybody, state for root', async () => {
    await createTmpfiles();
    expect(await modeOf('var/lib/holdfast')).toBe('0755');
    expect(await modeOf('var/lib/holdfast/state')).toBe('0700');
  });

  test('leaves a file alone that is there already', async () => {
    const theirs = join(scratch, 'etc/passwd.cache');
    await mkdir(dirname(theirs));
    await writeFile(theirs, 'alice:x:1000:1000::/home/alice:/bin/sh\n');
    await createTmpfiles();
    expect(await readFile(theirs, 'utf8')).toMatch(/^alice:/);
    expect(await namesIn('etc')).toEqual(names);
  });
});

describe("sshd's drop-in", () => {
  const dropIn = join(project, 'packaging/sshd/10-holdfast.conf');

  test('has sshd ask the lookup command, as nobody, and PAM', async () => {
    expect(await effectiveSshdSettings(`Include ${dropIn}`)).toMatchObject({
      authorizedkeyscommand: '/usr/lib/holdfast/authorized-keys %u',
      authorizedkeyscommanduser: 'nobody',
      authorizedkeysfile: '.ssh/authorized_keys .ssh/authorized_keys2',
      usepam: 'yes',
    });
  });

  test('wins over what is read after it, and loses to what is read before', async () => {
    const other = 'AuthorizedKeysCommand /usr/bin/other %u';
    const after = await effectiveSshdSettings(`Include ${dropIn}\n${other}\nUsePAM no`);
    expect(after).toMatchObject({ authorizedkeyscommand: '/usr/lib/holdfast/authorized-keys %u', usepam: 'yes' });
    const before = await effectiveSshdSettings(`${other}\nInclude ${dropIn}`);
    expect(before).toMatchObject({ authorizedkeyscommand: '/usr/bin/other %u' });
  });
});

describe('the example configuration', () => {
  test('passes the check once its files are there', async () => {
    const config = await exampleBelow(scratch);
    await mkdir(join(scratch, 'tls'));
    const { ca } = await createPki(join(scratch, 'pki'));
    const { cert, key } = await ca.issueClient({ commonName: 'host-1' });
    await copyFile(ca.cert, join(scratch, 'tls/ca.pem'));
    await copyFile(cert, join(scratch, 'tls/client.crt'));
    await copyFile(key, join(scratch, 'tls/client.key'));
    await chmod(join(scratch, 'tls/client.key'), 0o600);
    const { status, stdout, stderr } = await holdfast(['--config', config, 'config', 'check']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${config}: ok\n` });
    expect(stderr).toMatch(/^holdfast: warning: .*: access\.always: names nobody: [^\n]*\n$/);
  });

  test('fails the check while they are not', async () => {
    const config = await exampleBelow(scratch);
    const result = await holdfast(['--config', config, 'config', 'check']);
    expect(result).toMatchObject({ status: 78, stderr: expect.stringContaining('/tls/ca.pem') as string });
  });
});

function unitFile(name: string): string {
  return join(project, 'systemd', name);
}

/** As on a host, with a program where ExecStart= names one: systemd looks for it. */
async function installUnits(edit = (text: string): string => text): Promise<void> {
  const folder = join(scratch, 'etc/systemd/system');
  await mkdir(folder, { recursive: true });
  for (const name of UNITS) await writeFile(join(folder, name), edit(await readFile(unitFile(name), 'utf8')));
  await mkdir(join(scratch, 'usr/bin'), { recursive: true });
  await writeFile(join(scratch, 'usr/bin/holdfast'), '#!/bin/sh\n', { mode: 0o755 });
}

/** Without --recursive-errors=no, an unknown key is status 0. */
async function verifyUnits(): Promise<ProgramResult> {
  return await runProgram(['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', `--root=${scratch}`, ...UNITS]);
}

async function systemctl(...args: readonly string[]): Promise<ProgramResult> {
  return await runProgram(['systemctl', `--root=${scratch}`, ...args]);
}

async function createTmpfiles(): Promise<ProgramResult> {
  const file = join(project, 'packaging/tmpfiles.d/holdfast.conf');
  return await runProgram(['systemd-tmpfiles', `--root=${scratch}`, '--create', file]);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(join(scratch, folder))).toSorted();
}

async function modeOf(path: string): Promise<string> {
  const { mode } = await stat(join(scratch, path));
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** `sshd -T` wants a host key, and a folder in /run that only a started service has: it gets a /run of its own. */
async function effectiveSshdSettings(config: string): Promise<Record<string, string>> {
  await rm(join(scratch, 'host-key'), { force: true });
  await generateSshKey(join(scratch, 'host-key'));
  await writeFile(join(scratch, 'sshd_config'), `HostKey ${join(scratch, 'host-key')}\n${config}\n`);
  const script = 'mount -t tmpfs run /run && mkdir /run/sshd && exec /usr/sbin/sshd -T -f "$1"';
  const { stdout, stderr } = await runProgram(['unshare', '--mount', 'sh', '-c', script, 'sh', join(scratch, 'sshd_config')]);
  expect(stderr).toBe('');
  return Object.fromEntries(
    stdout.split('\n').map((line) => {
      const [keyword = '', ...rest] = line.split(' ');
      return [keyword, rest.join(' ')];
    }),
  );
}

/** The example as shipped, but with its files below a folder that the test can write to. */
async function exampleBelow(folder: string): Promise<string> {
  const text = await readFile(join(project, 'packaging/examples/holdfast.toml'), 'utf8');
  const path = join(folder, 'holdfast.toml');
  await writeFile(path, text.replaceAll('file:/etc/holdfast/', `file:${folder}/`));
  return path;
}
