/**
 * What becomes of keys that the host's owner has revoked, that two people share, that are too old, or that carry options: with the
 * real command, and a real sshd for what is printed.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readKeyAges, writeKeyAges } from '../../src/state/key-ages.ts';
import { type CommandResult, ScratchRoot } from '../cli/command.ts';
import type { Changes } from '../config/configuration.ts';
import { AgentHost, StateDisk } from '../support/agent-host.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { personDn } from '../support/ldif.ts';
import { startPackagedSshd, wireHost } from '../support/packaged-sshd.ts';
import { generatePeople } from '../support/people.ts';
import { runProgram } from '../support/running-program.ts';
import { generateSshKey, type Sshd } from '../support/sshd.ts';
import { fingerprints } from '../support/state-tree.ts';

const RUN_FILES = ['state', 'state/last-run.json', 'state/lock'];

/** By file: the public line of each. */
const keys = new Map<string, string>();

let folder: string;
let directory: CompanyDirectory;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
  for (const name of ['alice', 'alice-2', 'bob', 'carol', 'dave']) keys.set(name, await generateSshKey(join(folder, name)));
  const named = [
    { uid: 'alice', sshPublicKeys: [lineOf('alice'), lineOf('alice-2')] },
    { uid: 'bob', sshPublicKeys: [`${lineOf('bob')} bob@laptop`] },
    { uid: 'carol', sshPublicKeys: [`from="127.0.0.0/8,::1",no-pty ${lineOf('carol')}`] },
    { uid: 'dave', sshPublicKeys: [`from ${lineOf('dave')}`, `from="192.0.2.1" ${lineOf('dave')}`] },
    { uid: 'erin', sshPublicKeys: [`no-pty ${lineOf('bob')}`] },
  ];
  directory = await startCompanyDirectory({ people: generatePeople({ count: named.length, named }) });
});

afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('a revoked key', () => {
  test('is withheld from the next run on, with the directory down, and given back when it is off the list', async () => {
    await using root = await syncedRoot({ 'policy.keys.revoked': `file:${await writeList('# nobody yet\n')}` });
    expect(await keysOf(root, 'alice')).toContain(lineOf('alice'));
    await writeList(`${await fingerprintOf('alice')} # stolen\n${lineOf('bob')}\n`);
    await directory.whileDown(async () => {
      const { status, stderr } = await root.holdfast('sync');
      expect(status).toBe(75);
      expect(stderr).toContain(
        `quarantined 3 records (key-revoked), such as keys "alice": ${await fingerprintOf('alice')} is in the list of [policy.keys] revoked`,
      );
    });
    expect(await keysOf(root, 'alice')).toBe(`${lineOf('alice-2')}\n`);
    expect(await keysOf(root, 'bob')).toBe('');
    await writeList('');
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await keysOf(root, 'bob')).toBe(`${lineOf('bob')} bob@laptop\n`);
  });

  test.each(['sync', 'diff'])('stops a %s whose list has a line that says nothing, and what serves is not touched', async (command) => {
    await using root = await syncedRoot({ 'policy.keys.revoked': `file:${await writeList('')}` });
    const path = await writeList(`${await fingerprintOf('bob')}\nSHA256:short\n`);
    const before = fingerprints(root.state);
    expect(await root.holdfast(command)).toEqual({
      status: 78,
      stdout: '',
      stderr: [
        `holdfast: error: ${path}:2: "SHA256:short" is no fingerprint; wanted: "SHA256:" and 43 characters`,
        'holdfast: hint: ssh-keygen -l -E sha256 -f KEY.pub prints a fingerprint: its second word; the line of KEY.pub itself will do, too',
        '',
      ].join('\n'),
    });
    expect(fingerprints(root.state)).toEqual(before);
  });

  test('does not trip a guard, though nobody is left with a key', async () => {
    const strict = { 'guards.always_allowed': 0, 'guards.max_removed_percent': 1 };
    await using root = await syncedRoot({ ...strict, 'policy.keys.revoked': `file:${await writeList('')}` });
    await writeList([...keys.values(), ''].join('\n'));
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('keys for 0 logins') });
  });
});

test('a key of two people is reported at both, and goes on working', async () => {
  await using root = await syncedRoot({ 'policy.keys.options': ['no-pty'] });
  const { stdout } = await root.holdfast('sync', '--json');
  const { rejections } = JSON.parse(stdout) as { rejections: readonly { code: string }[] };
  const shared = { verdict: 'adjusted', source: 'corp', map: 'keys', code: 'key-shared' };
  expect(rejections.filter(({ code }) => code === 'key-shared')).toEqual([
    { ...shared, key: 'bob', reason: `${await fingerprintOf('bob')} is a key of "erin", too` },
    { ...shared, key: 'erin', reason: `${await fingerprintOf('bob')} is a key of "bob", too` },
  ]);
  expect(await keysOf(root, 'erin')).toBe(`no-pty ${lineOf('bob')}\n`);
});

describe('max_age', () => {
  const aging: Changes = { 'policy.keys.max_age': '90d' };

  test('counts from the first run: then warned of, withheld, and a new key is good', async () => {
    await using root = await syncedRoot(aging);
    expect(await keysOf(root, 'bob')).not.toBe('');
    grow(root, 80);
    const warned = await root.holdfast('sync');
    expect(warned).toMatchObject({ status: 0, stderr: expect.stringMatching(/^holdfast: nothing to do: generation 1 /m) });
    expect(warned.stderr).toMatch(
      /adjusted \d+ records \(key-ageing\), such as keys "alice": SHA256:.* max_age is "90d": it is good until 20/,
    );
    grow(root, 10);
    const late = await root.holdfast('sync');
    expect(late).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/quarantined \d+ records \(key-too-old\), such as keys "alice"/),
    });
    expect(await keysOf(root, 'bob')).toBe('');
    await using _replaced = await withKey('bob', lineOf('dave'));
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await keysOf(root, 'bob')).toBe(`${lineOf('dave')}\n`);
  });

  test('is not counted anew for a key that goes and comes back, with another comment', async () => {
    await using root = await syncedRoot(aging);
    grow(root, 90);
    {
      await using _gone = await withKey('bob', lineOf('dave'));
      expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    }
    await using _back = await withKey('bob', `${lineOf('bob')} a new laptop`);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await keysOf(root, 'bob')).toBe('');
  });

  test('touches no file in a run that sees nothing new', async () => {
    await using root = await syncedRoot(aging);
    const before = fingerprints(root.state, RUN_FILES);
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await root.holdfast('diff')).toMatchObject({ status: 0 });
    expect(fingerprints(root.state, RUN_FILES)).toEqual(before);
  });

  test('says that it counts anew when its record is damaged', async () => {
    await using root = await syncedRoot(aging);
    await root.write('var/lib/holdfast/state/key-ages.json', '{');
    expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('(key-ages-lost)') });
    expect((await root.holdfast('sync')).stderr).toContain('no longer adjusted: 1 record (key-ages-lost)');
    expect((await root.holdfast('sync')).stderr).not.toContain('key-ages-lost');
  });

  test('writes nothing down where it is off', async () => {
    await using root = await syncedRoot({});
    expect(readKeyAges(agesOf(root))).toBeUndefined();
  });
});

describe('a key with options', () => {
  let disk: StateDisk;
  let agent: AgentHost;
  let sshd: Sshd;

  beforeAll(async () => {
    disk = await StateDisk.create();
    agent = await AgentHost.boot(disk, directory.config({ 'policy.keys.options': ['from', 'no-pty'] }));
    await wireHost(agent.host);
    sshd = await startPackagedSshd(agent.host);
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
  });

  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await disk?.[Symbol.asyncDispose]();
  });

  test.each([
    ['without any', 'alice', 'alice-2', 0],
    ['that are allowed and hold', 'carol', 'carol', 0],
    ['of which one is without its value, and the other does not hold', 'dave', 'dave', 255],
  ])('%s is to sshd what it is to us', async (_what, login, key, status) => {
    expect(await sshd.ssh(login, join(folder, key), 'id -un')).toMatchObject({ status, stdout: status === 0 ? `${login}\n` : '' });
  });

  test('that lacks its value is refused here, and sshd never sees it', async () => {
    expect((await agent.holdfast('keys', 'dave')).stdout).toBe(`from="192.0.2.1" ${lineOf('dave')}\n`);
    expect((await agent.holdfast('sync', '--json')).stdout).toContain(String.raw`carries the option \"from\" without a value`);
  });
});

async function syncedRoot(changes: Changes): Promise<ScratchRoot> {
  const root = await ScratchRoot.create(directory.config(changes));
  expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
  return root;
}

async function keysOf(root: ScratchRoot, login: string): Promise<CommandResult['stdout']> {
  return (await root.holdfast('keys', login)).stdout;
}

/** Every key was seen so many days earlier: the clock of the machine is left alone. */
function grow(root: ScratchRoot, days: number): void {
  const ages = readKeyAges(agesOf(root));
  if (typeof ages !== 'object') throw new Error(`there are no ages of keys in ${agesOf(root)}`);
  writeKeyAges(agesOf(root), { ...ages, firstSeen: ages.firstSeen.map((day) => day - days) });
}

function agesOf(root: ScratchRoot): string {
  return join(root.state, 'state/key-ages.json');
}

/** They have this key alone until the result is disposed of. */
async function withKey(login: string, line: string): Promise<AsyncDisposable> {
  const set = async (value: string): Promise<void> =>
    await directory.slapd.modify(`dn: ${personDn(login)}\nchangetype: modify\nreplace: sshPublicKey\nsshPublicKey: ${value}\n`);
  await set(line);
  return { [Symbol.asyncDispose]: async () => await set(`${lineOf(login)} ${login}@laptop`) };
}

async function writeList(text: string): Promise<string> {
  const path = join(folder, 'revoked_keys');
  await writeFile(path, text);
  await chmod(path, 0o644);
  return path;
}

async function fingerprintOf(name: string): Promise<string> {
  const { stdout } = await runProgram(['ssh-keygen', '-l', '-f', join(folder, name)]);
  return stdout.split(' ')[1] ?? '';
}

function lineOf(name: string): string {
  return keys.get(name) ?? '';
}
