/**
 * `holdfast emergency` against S3: what comes into the file that sshd reads, what is held, and what stays whatever fails.
 */
import { chmod, link, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CommandResult } from '../../cli/command.ts';
import { EmergencyBucket, EmergencyHost, OBJECT } from '../../support/aws/emergency-bucket.ts';
import { type Changes, configText } from '../../config/configuration.ts';
import { fingerprintOf } from '../../../src/sync/keys/key-fingerprint.ts';
import { ecdsa256, ed25519, lineOf, otherEd25519, rsa1024, rsa2048 } from '../../directory/public-keys.ts';

const HEAD = '# Keys of the emergency users. Do not edit: holdfast emergency writes this file anew every 5 minutes.\n';
const SECOND = 's3://break-glass/team b/keys';
const [a, b, c, d] = [
  `${lineOf(ed25519)} ann`,
  `${lineOf(otherEd25519)} bob`,
  `${lineOf(rsa2048)} cem`,
  `${lineOf(ecdsa256)} dan`,
] as const;
const fingerprints = { ann: fingerprintOf(ed25519.blob), bob: fingerprintOf(otherEd25519.blob), cem: fingerprintOf(rsa2048.blob) };

let bucket: EmergencyBucket;
let host: EmergencyHost;

beforeAll(async () => {
  bucket = await EmergencyBucket.start();
});

afterAll(async () => await bucket?.stop());

beforeEach(async () => {
  host = await EmergencyHost.create(bucket);
});

afterEach(async () => {
  bucket.proxy.reset();
  await host[Symbol.asyncDispose]();
});

async function run(...args: readonly string[]): Promise<CommandResult> {
  return await host.holdfast('emergency', ...args);
}

async function runWith(lines: readonly string[], ...args: readonly string[]): Promise<CommandResult> {
  await bucket.put(lines);
  return await run(...args);
}

/** The lines of the file, sorted as they are there. */
async function served(): Promise<string[]> {
  const text = await readFile(host.file, 'utf8');
  expect(text.startsWith(HEAD)).toBe(true);
  return text.slice(HEAD.length).split('\n').slice(0, -1);
}

async function configure(changes: Changes): Promise<void> {
  await host.root.write('etc/holdfast/holdfast.toml', configText({ 'emergency.objects': [OBJECT], ...changes }));
}

describe('a run', () => {
  test("brings the object's keys into a file of root's, with a line for each", async () => {
    const { status, stdout, stderr } = await runWith([b, '# a comment', '', a]);
    expect({ status, stdout, served: await served() }).toEqual({ status: 0, stdout: '', served: [a, b].toSorted() });
    expect(stderr.split('\n')).toEqual([
      `holdfast: emergency key added: 256 ${fingerprints.ann} ann (ED25519), of ${OBJECT}`,
      `holdfast: emergency key added: 256 ${fingerprints.bob} bob (ED25519), of ${OBJECT}`,
      `holdfast: "${host.file}" has 2 keys for emergency`,
      '',
    ]);
    expect((await stat(host.file)).mode & 0o7777).toBe(0o600);
    expect((await stat(host.state)).mode & 0o7777).toBe(0o700);
    expect(await readdir(join(host.file, '..'))).toEqual(['emergency_authorized_keys', 'ssh_config']);
  });

  test('asks once and writes nothing when nothing has changed', async () => {
    await runWith([a, b]);
    const before = await Promise.all([stat(host.file), stat(join(host.state, 'objects.json'))]);
    bucket.proxy.reset();
    expect(await run()).toEqual({ status: 0, stdout: '', stderr: `holdfast: nothing to do: "${host.file}" has 2 keys for emergency\n` });
    expect(bucket.proxy.counts).toEqual({ 's3:GetObject': 1 });
    const after = await Promise.all([stat(host.file), stat(join(host.state, 'objects.json'))]);
    expect(after.map(({ ino, mtimeMs }) => [ino, mtimeMs])).toEqual(before.map(({ ino, mtimeMs }) => [ino, mtimeMs]));
  });

  test('says which key went, came and changed, with its fingerprint', async () => {
    await runWith([a, b]);
    const { stderr } = await runWith([a.replace('ann', 'ann@new'), c]);
    expect(stderr).toContain(`emergency key changed: 256 ${fingerprints.ann} ann@new (ED25519)`);
    expect(stderr).toContain(`emergency key added: 2048 ${fingerprints.cem} cem (RSA)`);
    expect(stderr).toContain(`emergency key removed: 256 ${fingerprints.bob} bob (ED25519), of ${OBJECT}\n`);
    expect(await served()).toEqual([a.replace('ann', 'ann@new'), c].toSorted());
  });

  test('withholds a line that is no key, with its number, and serves the others', async () => {
    const { status, stderr } = await runWith([a, 'ssh-ed25519 AAAA', `from="10.0.0.0/8" ${b}`, lineOf(rsa1024), `command="id" ${c}`]);
    expect({ status, served: await served() }).toEqual({ status: 0, served: [a] });
    expect(stderr).toContain(`${OBJECT}, line 2: withheld (key-malformed): `);
    expect(stderr).toContain(
      'line 3: withheld (key-options): key with comment "bob": carries the option "from", which [emergency] options does not allow',
    );
    expect(stderr).toContain('line 4: withheld (key-too-short): ');
    expect(stderr).toContain('line 5: withheld (key-options): ');
  });

  test('lets options through that are configured, and no other', async () => {
    await configure({ 'emergency.options': ['from'] });
    await runWith([`from="10.0.0.0/8" ${a}`, `no-pty ${b}`]);
    expect(await served()).toEqual([`from="10.0.0.0/8" ${a}`]);
  });

  test('reports as JSON', async () => {
    const { stdout } = await runWith([a], '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      exitStatus: 0,
      outcome: 'written',
      users: ['emergency'],
      keys: [{ fingerprint: fingerprints.ann, type: 'ssh-ed25519', bits: 256, comment: 'ann', options: '', object: OBJECT }],
      changes: [{ change: 'added', fingerprint: fingerprints.ann }],
    });
  });

  test('takes no part in the directory, and needs none of its files', async () => {
    await configure({ 'source[0].tls': { ca: 'file:/nowhere/ca.pem' }, 'access.host_groups': 'file:/nowhere/groups' });
    expect((await runWith([a])).status).toBe(0);
    expect(await readdir(join(host.root.state, 'state'))).toEqual(['audit.lock', 'emergency']);
  });

  test.each([
    ['without [emergency]', { emergency: undefined }, 'there is no [emergency]'],
    ['with root', { 'emergency.users': ['root'] }, 'emergency.users[0]: is "root", who would lose the keys of its own'],
    ['with no object', { 'emergency.objects': ['http://bucket/key'] }, 'is no object such as "s3://bucket/key"'],
    ['with one object twice', { 'emergency.objects': [OBJECT, OBJECT] }, 'is there twice'],
    ['with a shared account', { 'access.accounts.emergency': { users: ['a'] } }, '"emergency" is also in [access.accounts]'],
    ['with an option that runs something', { 'emergency.options': ['command'] }, 'is no option that only takes something away'],
  ])('is refused %s', async (_what, changes, text) => {
    await configure({ ...changes });
    expect(await run()).toMatchObject({ status: 78, stderr: expect.stringContaining(text) as string });
    expect(bucket.proxy.calls).toEqual([]);
  });
});

describe('what fails changes nothing', () => {
  beforeEach(async () => {
    await runWith([a, b]);
    bucket.proxy.reset();
  });

  test.each([
    ['S3 answers 403', 403, 77],
    ['S3 answers 404', 404, 78],
  ] as const)('when %s', async (_what, kind, expected) => {
    bucket.proxy.strike({ kind, times: 100 });
    const { status, stderr } = await run();
    expect({ status, served: await served() }).toEqual({ status: expected, served: [a, b].toSorted() });
    expect(stderr).toContain(`${OBJECT}: its last good keys go on serving`);
  });

  test('when what comes is cut off each time', async () => {
    await bucket.put([a, b, c]);
    bucket.proxy.strike({ kind: 'cut', times: 100 });
    expect((await run()).status).toBe(75);
    expect(await served()).toEqual([a, b].toSorted());
    bucket.proxy.reset();
    expect((await run()).status).toBe(0);
    expect(await served()).toEqual([a, b, c].toSorted());
  });

  test.each([
    ['is no text', Buffer.from([0xff, 0xfe, 0x00])],
    ['is too long', Buffer.alloc(600_000, 'a')],
  ])('when the object %s', async (_what, bytes) => {
    await bucket.putBytes(bytes);
    expect((await run()).status).toBe(65);
    expect(await served()).toEqual([a, b].toSorted());
  });

  test('when it has more keys than max_keys', async () => {
    await configure({ 'emergency.max_keys': 2 });
    const { status, stderr } = await runWith([a, b, c]);
    expect({ status, served: await served() }).toEqual({ status: 65, served: [a, b].toSorted() });
    expect(stderr).toContain('it has 3 keys, more than emergency.max_keys = 2');
  });

  test('and one object that fails takes nothing from the other', async () => {
    await configure({ 'emergency.objects': [OBJECT, SECOND] });
    await bucket.put([c], 'team b/keys');
    expect((await run()).status).toBe(0);
    await bucket.put([c, d], 'team b/keys');
    await configure({ 'emergency.objects': ['s3://break-glass/nothing', SECOND] });
    expect((await run()).status).toBe(78);
    // What is no longer configured serves until all that is has been read once.
    expect(await served()).toEqual([a, b, c, d].toSorted());
    await bucket.put([a], 'nothing');
    const { stderr } = await run();
    expect(stderr).toContain(
      `emergency key removed: 256 ${fingerprints.bob} bob (ED25519), of ${OBJECT}: its object is no longer configured`,
    );
    expect(await served()).toEqual([a, c, d].toSorted());
  });
});

describe('what shrinks is held', () => {
  test.each([
    ['empty', [], 'it has no valid key any more, and had 3'],
    ['all comments', ['# none'], 'it has no valid key any more, and had 3'],
    ['no keys but a page', ['<html>', '</html>'], 'it has no valid key any more, and had 3'],
    ['one of three', [a], '2 of 3 keys would be gone within a day, more than 50 %'],
    ['three others', [d], '3 of 3 keys would be gone within a day, more than 50 %'],
  ])('when it is %s', async (_what, lines, text) => {
    await runWith([a, b, c]);
    const { status, stderr } = await runWith(lines);
    expect({ status, served: await served() }).toEqual({ status: 65, served: [a, b, c].toSorted() });
    expect(stderr).toContain(`${OBJECT}: held, its last good keys go on serving: ${text}`);
    expect(stderr).toContain(`  - 256 ${fingerprints.bob} bob (ED25519)`);
    const shown = await host.holdfast('status');
    expect(shown.stdout).toMatch(/^problem: s3:\/\/break-glass\/keys has been held for \d+ seconds?: /m);
  });

  test('also when it comes a key at a time', async () => {
    await runWith([a, b, c, d]);
    expect((await runWith([a, b, c])).status).toBe(0);
    expect((await runWith([a, b])).status).toBe(0);
    expect((await runWith([a])).status).toBe(65);
    expect(await served()).toEqual([a, b].toSorted());
  });

  test('also when others have filled the list', async () => {
    await runWith([a, b]);
    expect((await runWith([a, b, c, d])).status).toBe(0);
    const { status, stderr } = await runWith([c, d]);
    expect({ status, served: await served() }).toEqual({ status: 65, served: [a, b, c, d].toSorted() });
    expect(stderr).toContain('2 of 2 keys would be gone within a day, more than 50 %');
  });

  test('but not one key of two, and not when others have come first', async () => {
    await runWith([a, b]);
    expect((await runWith([a])).status).toBe(0);
    expect((await runWith([a, c])).status).toBe(0);
    expect((await runWith([c])).status).toBe(65);
  });

  test('until a person approves exactly that', async () => {
    await runWith([a, b, c]);
    expect((await runWith([a], '--approve-removals')).status).toBe(65);
    expect((await runWith([b], '--approve-removals')).status).toBe(65);
    const { status, stderr } = await run('--approve-removals');
    expect({ status, served: await served() }).toEqual({ status: 0, served: [b] });
    expect(stderr).toContain('emergency key removed: ');
    expect(await run('--approve-removals')).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing was held') as string });
  });

  test('and no longer when it comes back', async () => {
    await runWith([a, b, c]);
    expect((await runWith([])).status).toBe(65);
    expect((await runWith([a, b, c])).status).toBe(0);
    expect((await host.holdfast('status')).stdout).not.toContain('has been held');
  });

  test('in an object that was empty from the beginning', async () => {
    expect(await runWith([])).toMatchObject({ status: 65, stderr: expect.stringContaining('it has no valid key') as string });
    await expect(stat(host.file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('and lines of the last good object are not said again', async () => {
    expect((await runWith([a, b, c, 'no key'])).stderr).toContain('line 4: withheld');
    expect((await runWith([])).stderr).not.toContain('line 4');
  });

  test('but a revoked key goes at once, the last one too, and with S3 down', async () => {
    await runWith([a]);
    await writeFile(join(host.root.path, 'revoked'), `${fingerprints.ann}\n`, { mode: 0o644 });
    await configure({ 'policy.keys.revoked': `file:${join(host.root.path, 'revoked')}` });
    bucket.proxy.strike({ kind: 403, times: 100 });
    const { status, stderr } = await run();
    expect({ status, served: await served() }).toEqual({ status: 77, served: [] });
    expect(stderr).toContain(
      `emergency key removed: 256 ${fingerprints.ann} ann (ED25519), of ${OBJECT}: it is on the list of policy.keys.revoked`,
    );
    expect((await host.holdfast('status')).stdout).toContain('has no key: the emergency users cannot log in');
  });
});

describe('what somebody has done to the file', () => {
  beforeEach(async () => {
    await runWith([a]);
  });

  test.each<[string, () => Promise<void>, string]>([
    ['a key more', async () => await writeFile(host.file, `${HEAD}${a}\n${b}\n`), 'is not what holdfast wrote'],
    ['another mode', async () => await chmod(host.file, 0o644), 'has mode 0644; wanted: 0600'],
    ['its removal', async () => await rm(host.file), 'is gone'],
    ['another name for it', async () => await link(host.file, `${host.file}.2`), 'has other names as well (hard links)'],
  ])('is said and undone: %s', async (_what, tamper, text) => {
    await tamper();
    expect((await host.holdfast('status')).stdout).toContain(`problem: "${host.file}" ${text}`);
    const { status, stderr } = await run();
    expect({ status, served: await served() }).toEqual({ status: 0, served: [a] });
    expect(stderr).toContain(`holdfast: warning: "${host.file}" ${text}: it is as holdfast wants it again`);
    const { mode, nlink } = await stat(host.file);
    expect([mode & 0o7777, nlink]).toEqual([0o600, 1]);
  });

  test('is undone without a way through a link', async () => {
    const target = join(host.root.path, 'etc/ssh/target');
    await writeFile(target, 'theirs\n');
    await rm(host.file);
    await symlink(target, host.file);
    await symlink(target, `${host.file}.new`);
    expect((await run()).stderr).toContain('is a symbolic link');
    expect(await served()).toEqual([a]);
    expect(await readFile(target, 'utf8')).toBe('theirs\n');
  });

  test('stops a run when it is a folder', async () => {
    await rm(host.file);
    await mkdir(host.file);
    expect(await run()).toMatchObject({ status: 73, stderr: expect.stringContaining('cannot write') as string });
  });
});

describe('before the first run', () => {
  test('a file with keys counts like an object: what S3 lacks of it is held', async () => {
    await writeFile(host.file, `${b}\n${c}\n`, { mode: 0o644 });
    const { status, stderr } = await runWith([a]);
    expect({ status, served: await served() }).toEqual({ status: 65, served: [a, b, c].toSorted() });
    expect(stderr).toContain('file:/etc/ssh/emergency_authorized_keys: held');
    expect((await run('--approve-removals')).status).toBe(0);
    expect(await served()).toEqual([a]);
  });

  test('a file that is not of keys is left alone', async () => {
    await writeFile(host.file, 'PermitRootLogin no\n');
    expect(await runWith([a])).toMatchObject({ status: 78, stderr: expect.stringContaining('has no line that is a key') as string });
    expect(await readFile(host.file, 'utf8')).toBe('PermitRootLogin no\n');
  });

  test('and when the state is lost, an object that has shrunk meanwhile is held all the same', async () => {
    await runWith([a, b, c]);
    await rm(host.state, { recursive: true });
    expect((await runWith([a])).status).toBe(65);
    expect(await served()).toEqual([a, b, c].toSorted());
  });

  test('nothing is written when nothing can be read', async () => {
    bucket.proxy.strike({ kind: 403, times: 100 });
    const { status, stderr } = await runWith([a]);
    expect(status).toBe(77);
    expect(stderr).toContain('it was never read on this host');
    await expect(stat(host.file)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
