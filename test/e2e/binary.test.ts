/**
 * dist/holdfast, as it is installed: one file that needs nothing of where it was built, no environment and no working folder.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { HOLDFAST, HOLDFAST_ENV } from '../support/agent-host.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { readCurrent } from '../support/current-generation.ts';
import { IamServer, iamConfig } from '../support/iam-host.ts';
import { generatePeople } from '../support/people.ts';
import { expectSuccess, type ProgramResult, runProgram } from '../support/running-program.ts';
import { countSyscalls } from '../support/strace.ts';

const checkout = join(import.meta.dirname, '../..');
const binary = join(checkout, 'dist/holdfast');
const [someone] = generatePeople({ count: 1 }).people;

let directory: CompanyDirectory;
let root: ScratchRoot;

beforeAll(async () => {
  if (await isStale()) await build();
  directory = await startCompanyDirectory({ people: generatePeople({ count: 1000 }) });
  root = await ScratchRoot.create(directory.config());
});

afterAll(async () => {
  await root?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
});

describe('dist/holdfast, with no environment and in another folder', () => {
  test('syncs, and says so', async () => {
    expect(await installed('diff')).toMatchObject({ status: 1, stdout: expect.stringContaining(`+ passwd ${someone?.uid}\n`) });
    const { status, stdout, stderr } = await installed('sync');
    expect({ status, stdout, stderr }).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('generation 1 serves: 1,000 people'),
    });
    expect(readCurrent(root.state)?.passwd).toHaveLength(1000);
    expect(await installed('diff')).toMatchObject({ status: 0, stdout: 'no changes\n', stderr: '' });
    expect(await installed('status')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^all is well$/m), stderr: '' });
    expect(await installed('keys', someone?.uid ?? '')).toMatchObject({ status: 0, stdout: `${someone?.sshPublicKeys[0]}\n`, stderr: '' });
  });

  test('commits the same bytes as the sources', async () => {
    await installed('sync');
    await using other = await ScratchRoot.create(directory.config());
    expect(await other.holdfast('sync')).toMatchObject({ status: 0 });
    expect(readCurrent(root.state)).toEqual(readCurrent(other.state));
    expect(await other.holdfast('config', 'schema')).toMatchObject({ stdout: (await installed('config', 'schema')).stdout });
  });

  test('makes caches that everybody may read, whatever its umask, and takes a root from where it is called', async () => {
    await using other = await ScratchRoot.create(directory.config());
    const command = ['sh', '-c', 'umask 077 && exec env -i "$0" --root . sync', binary];
    expect(await runProgram(command, { cwd: other.path })).toMatchObject({ status: 0 });
    const modes = ['', 'generations', 'current/', 'current/keys', 'current/passwd.cache', 'current/shadow.cache', 'state'].map(
      async (name) => ((await stat(join(other.state, name))).mode & 0o777).toString(8),
    );
    expect(await Promise.all(modes)).toEqual(['755', '755', '755', '755', '644', '640', '700']);
  });

  test('reports a directory that is down with status 75, and a wrong option with status 64', async () => {
    await installed('sync');
    await directory.whileDown(async () => expect(await installed('sync')).toMatchObject({ status: 75 }));
    expect(await installed('--no-such-option')).toMatchObject({ status: 64, stdout: '' });
  });

  test('reads people from IAM', async () => {
    await using server = await IamServer.start();
    await server.moto.createGroup('ops', ['alice']);
    await server.moto.requireAuthorization();
    await using other = await ScratchRoot.create(iamConfig());
    const variables = Object.entries(server.environment()).map(([name, value]) => `${name}=${value}`);
    const command = ['env', '-i', ...variables, binary, '--root', other.path, 'sync'];
    expect(await runProgram(command, { cwd: '/' })).toMatchObject({ status: 0, stderr: expect.stringContaining('serves: 1 person') });
    expect(readCurrent(other.state)?.passwd).toEqual([expect.stringMatching(/^alice:x:\d{10}:5000:/)]);
  });

  test('tells the version of package.json', async () => {
    const { version } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as { version: string };
    expect(await installed('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('loads no code that the environment names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-binary-'));
    const intruder = join(folder, 'intruder.cjs');
    await writeFile(intruder, "process.stdout.write('intruder\\n')");
    const env = { NODE_OPTIONS: `--require=${intruder}` };
    expect((await runProgram([...HOLDFAST, '--version'], { env })).stdout).toMatch(/^intruder\n/);
    expect((await runProgram([binary, '--version'], { env })).stdout).not.toContain('intruder');
    await rm(folder, { recursive: true });
  });

  test('reads nothing of where it was built', async () => {
    expect(await filesRead([binary, '--version'])).toEqual([]);
    expect(await filesRead([binary, '--root', root.path, 'sync'])).toEqual([]);
  });
});

describe('starting holdfast', () => {
  test('loads commander and no other package: no AWS SDK, no LDAP', async () => {
    const files = await filesRead([...HOLDFAST, '--version']);
    expect(packagesOf(files)).toEqual(['commander']);
    expect(packagesOf(await filesRead([...HOLDFAST, '--root', root.path, 'keys', 'x']))).toEqual(['commander']);
  });

  test('loads no AWS SDK for a sync from LDAP', async () => {
    const packages = packagesOf(await filesRead([...HOLDFAST, '--root', root.path, 'sync']));
    expect(packages).toContain('ldapts');
    expect(packages.filter((name) => name.startsWith('@aws-sdk') || name.startsWith('@smithy'))).toEqual([]);
  });
});

test.each(['authorized-keys', 'authorized-keys-chain'])('dist/%s is the packaged command, and executable', async (name) => {
  const path = join(checkout, 'dist', name);
  expect(await readFile(path, 'utf8')).toBe(await readFile(join(checkout, 'packaging', name), 'utf8'));
  expect((await stat(path)).mode & 0o777).toBe(0o755);
});

/** `npm test` has just built it; a run of this file alone may not have. */
async function isStale(): Promise<boolean> {
  if (!existsSync(binary)) return true;
  const sources = await readdir(join(checkout, 'src'), { recursive: true, withFileTypes: true });
  const paths = sources.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const times = await Promise.all(paths.map(async (path) => (await stat(path)).mtimeMs));
  return Math.max(...times) > (await stat(binary)).mtimeMs;
}

async function build(): Promise<void> {
  const command = [process.execPath, join(checkout, 'packaging/build.ts')];
  expectSuccess(await runProgram(command, { cwd: checkout, timeoutMs: 110_000 }), command);
}

async function installed(...args: readonly string[]): Promise<ProgramResult> {
  return await runProgram(['env', '-i', binary, '--root', root.path, ...args], { cwd: '/' });
}

/** The files of the checkout that a command reads; none of them is the binary itself. */
async function filesRead(command: readonly string[]): Promise<string[]> {
  const { status, calls } = await countSyscalls({ command, syscalls: ['openat'], pathPrefix: checkout, env: HOLDFAST_ENV });
  expect(status).toBe(0);
  const opened = calls.filter(({ result, args }) => !result.startsWith('-1') && !args.includes('O_DIRECTORY'));
  return opened.flatMap(({ paths }) => paths).filter((path) => path !== binary && !path.startsWith(join(checkout, '.build/')));
}

function packagesOf(files: readonly string[]): string[] {
  const names = files.map((file) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter((name) => name !== undefined);
  // Node itself, where it comes from npm.
  return [...new Set(names)].filter((name) => !name.startsWith('node-linux-')).sort();
}
