/**
 * Emergency keys in the audit log: each change once, whoever else writes to the log and whatever kills the run, and `who` finds them.
 */
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { acquireLock } from '../../../src/host/lock.ts';
import { fingerprintOf } from '../../../src/sync/keys/key-fingerprint.ts';
import { type Changes, configText } from '../../config/configuration.ts';
import { ecdsa256, ed25519, lineOf, otherEd25519, rsa1024, rsa2048 } from '../../directory/public-keys.ts';
import { auditLogOf, type LoggedLine, readAuditLog } from '../../support/audit-replay.ts';
import { EmergencyBucket, EmergencyHost, OBJECT } from '../../support/aws/emergency-bucket.ts';
import { startInstanceMetadata } from '../../support/aws/fake-instance-metadata.ts';
import { HOLDFAST, HOLDFAST_ENV } from '../../support/agent-host.ts';
import { runProgram } from '../../support/running-program.ts';
import { type Injection, type InjectResult, straceInject } from '../../support/strace.ts';

const [a, b, c] = [`${lineOf(ed25519)} ann`, `${lineOf(otherEd25519)} bob`, `${lineOf(rsa2048)} cem`] as const;
const fingerprints = { ann: fingerprintOf(ed25519.blob), bob: fingerprintOf(otherEd25519.blob), cem: fingerprintOf(rsa2048.blob) };
const PEOPLE = '/etc/holdfast/people.toml';

let bucket: EmergencyBucket;
let host: EmergencyHost;
let log: string;

beforeAll(async () => {
  bucket = await EmergencyBucket.start();
});

afterAll(async () => await bucket?.stop());

beforeEach(async () => {
  host = await EmergencyHost.create(bucket);
  log = auditLogOf(host.root.path);
});

afterEach(async () => {
  bucket.proxy.reset();
  await host[Symbol.asyncDispose]();
});

async function put(lines: readonly string[]): Promise<void> {
  await bucket.put(lines);
}

async function run(...args: readonly string[]): Promise<number | null> {
  return (await host.holdfast('emergency', ...args)).status;
}

async function configure(changes: Changes): Promise<void> {
  await host.root.write('etc/holdfast/holdfast.toml', configText({ 'emergency.objects': [OBJECT], ...changes }));
}

/** Of the emergency keys: `added ann`, `removed emergency ann`. */
function told(withUser = false): string[] {
  const names = new Map<string, string>(Object.entries(fingerprints).map(([name, fingerprint]) => [fingerprint, name]));
  return readAuditLog(log)
    .filter(({ event }) => event.startsWith('emergency-'))
    .map(({ event, login = '', fingerprint = '' }) =>
      [event.replace('emergency-key-', ''), ...(withUser ? [login] : []), names.get(fingerprint) ?? fingerprint].join(' '),
    );
}

function lastLine(): LoggedLine | undefined {
  return readAuditLog(log).at(-1);
}

describe('a line of the audit log', () => {
  test('says who, what, from where, why and on which host', async () => {
    await put([a]);
    await using metadata = await startInstanceMetadata({ instanceId: 'i-0abcdef1234567890' });
    const env = { ...bucket.environment, ...metadata.environment, AWS_EC2_METADATA_DISABLED: 'false' };
    expect(await host.root.run(['emergency'], env)).toMatchObject({ status: 0 });
    const { time, host: name, holdfast, ...line } = lastLine() as LoggedLine;
    expect([time, name, holdfast]).toEqual([expect.stringMatching(/^20.*Z$/), expect.any(String), expect.any(String)]);
    expect(line).toEqual({
      version: 1,
      event: 'emergency-key-added',
      login: 'emergency',
      fingerprint: fingerprints.ann,
      keyType: 'ssh-ed25519',
      comment: 'ann',
      source: OBJECT,
      code: 'new',
      reason: 'the object has this key now',
      instance: 'i-0abcdef1234567890',
      seq: 1,
    });
    expect((await stat(log)).mode & 0o7777).toBe(0o600);
  });

  test('comes for each key that is added, changed, removed, held and withheld, and no other', async () => {
    await put([a, b]);
    await run();
    await run();
    expect(told()).toEqual(['added ann', 'added bob']);
    await put([a.replace('ann', 'ann@new'), c, lineOf(rsa1024)]);
    await run();
    await run();
    const short = fingerprintOf(rsa1024.blob);
    expect(told().slice(2)).toEqual(['changed ann', 'added cem', 'removed bob', `withheld ${short}`]);
    await put([]);
    expect([await run(), await run()]).toEqual([65, 65]);
    expect(told().slice(6)).toEqual(['held ann', 'held cem']);
    expect(lastLine()).toMatchObject({ code: 'held-removed', reason: 'it does not go yet: it has no valid key any more, and had 2' });
    await put([b]);
    expect(await run()).toBe(65);
    expect(await run('--approve-removals')).toBe(0);
    expect(told().slice(8)).toEqual(['held bob', 'held ann', 'held cem', 'added bob', 'removed ann', 'removed cem']);
  });

  test('is not pushed out by an object full of keys that are refused', async () => {
    const refused = Array.from({ length: 5000 }, (_, index) => {
      const blob = Buffer.from(ed25519.blob, 'base64');
      blob.writeUInt32BE(index + 1, blob.length - 4);
      return `no-pty ssh-ed25519 ${blob.toString('base64')}`;
    });
    await put([...refused, a]);
    expect(await run()).toBe(0);
    const lines = told();
    expect([lines.length, lines[0]]).toEqual([501, 'added ann']);
  });

  test('has the version of the object, where its bucket keeps them', async () => {
    const versions = await bucket.keepVersions();
    await put([a]);
    await run();
    const [version = ''] = await versions();
    expect(lastLine()).toMatchObject({ event: 'emergency-key-added', objectVersion: version });
    await put([a, b]);
    const { stdout } = await host.holdfast('emergency', '--json');
    const [newest = ''] = await versions();
    expect(newest).not.toBe(version);
    expect(JSON.parse(stdout)).toMatchObject({ changes: [{ change: 'added', version: newest }] });
    expect(lastLine()).toMatchObject({ fingerprint: fingerprints.bob, objectVersion: newest });
  });

  test('comes for each user, also for one who is named later or no more', async () => {
    await put([a]);
    await run();
    await configure({ 'emergency.users': ['emergency', 'second'] });
    await run();
    expect(lastLine()).toMatchObject({ login: 'second', code: 'allowed' });
    await configure({ 'emergency.users': ['second'] });
    await put([a, b]);
    await run();
    expect(told(true)).toEqual(['added emergency ann', 'added second ann', 'removed emergency ann', 'added second bob']);
  });

  test('of keys that were in the file before says so', async () => {
    await writeFile(host.file, `${b}\n`);
    await put([a]);
    expect(await run()).toBe(65);
    expect(readAuditLog(log).filter(({ event }) => event === 'emergency-key-added')).toMatchObject([
      { fingerprint: fingerprints.ann, reason: 'the object has this key now' },
      { fingerprint: fingerprints.bob, reason: 'it was in the file before the first run' },
    ]);
  });

  test('is not written with [audit] enabled = false', async () => {
    await configure({ 'audit.enabled': false });
    await put([a]);
    expect(await run()).toBe(0);
    expect(readAuditLog(log)).toEqual([]);
  });

  test('waits while the log cannot be written, and the keys do not', async () => {
    await put([a]);
    await run();
    await chmod(log, 0o666);
    await put([a, b]);
    const { status, stderr } = await host.holdfast('emergency');
    expect({ status, file: await readFile(host.file, 'utf8') }).toEqual({ status: 0, file: expect.stringContaining(b) as string });
    expect(stderr).toContain('is writable by others');
    expect(stderr).toContain('the keys are in place; what waits to be written, the next run tries again');
    await put([a, b, c]);
    await run();
    await chmod(log, 0o600);
    bucket.proxy.strike({ kind: 403, times: 100 });
    expect(await run()).toBe(77);
    expect(told()).toEqual(['added ann', 'added bob', 'added cem']);
  });
});

describe('who', () => {
  test('tells an emergency key, and until when it was one', async () => {
    await put([a, b]);
    await run();
    const ann = await host.holdfast('who', fingerprints.ann);
    expect(ann).toMatchObject({ status: 0, stdout: expect.stringContaining(`${fingerprints.ann} is a key of emergency`) as string });
    expect(ann.stdout).toMatch(
      new RegExp(`^emergency +served since \\S+Z\\n +an emergency key\\n +source ${OBJECT}, ssh-ed25519 "ann"$`, 'm'),
    );
    await put([a]);
    await run();
    const bob = await host.holdfast('who', fingerprints.bob);
    expect(bob).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('was a key of emergency, and opens nothing here now') as string,
    });
    const before = new Date(Date.parse(String(lastLine()?.time)) - 1).toISOString();
    expect((await host.holdfast('who', fingerprints.bob, '--at', before)).stdout).toContain(`was a key of emergency at ${before}`);
  });

  test('knows it without the log as well', async () => {
    await put([a]);
    await run();
    await rm(log);
    expect((await host.holdfast('who', fingerprints.ann)).stdout).toMatch(/ is a key of emergency\n\n.*served since before /);
    expect((await host.holdfast('who', fingerprints.bob)).status).toBe(1);
  });
});

/** @param inject where in the run */
async function killed(inject: Omit<Injection, 'action'>): Promise<InjectResult> {
  const command = [...HOLDFAST, '--root', host.root.path, 'emergency'];
  const result = await straceInject({
    command,
    inject: { ...inject, action: 'signal=KILL' },
    env: { ...HOLDFAST_ENV, ...bucket.environment },
  });
  expect(result.signal).toBe('SIGKILL');
  return result;
}

describe('a run that is killed', () => {
  beforeEach(async () => {
    await put([a]);
    await run();
    await put([a, b]);
  });

  test.each<[string, () => Promise<InjectResult>]>([
    ['before the file is replaced', async () => await killed({ syscall: 'rename', path: `${host.file}.new` })],
    ['after the file is replaced', async () => await killed({ syscall: 'fsync', path: join(host.file, '..') })],
    ['before the log is opened', async () => await killed({ syscall: 'openat', path: log, when: 2 })],
    ['when a line is in the log', async () => await killed({ syscall: 'fsync', path: log })],
  ])('%s is made up for by the next, even with S3 down: no false alarm, and one line', async (_when, kill) => {
    await kill();
    expect((await host.holdfast('status')).stdout).not.toContain(`"${host.file}" is`);
    bucket.proxy.strike({ kind: 403, times: 100 });
    const { stderr } = await host.holdfast('emergency');
    expect(stderr).not.toContain('it is as holdfast wants it again');
    expect(await readFile(host.file, 'utf8')).toContain(b);
    expect(told()).toEqual(['added ann', 'added bob']);
    bucket.proxy.reset();
    expect(await run()).toBe(0);
    expect(told()).toEqual(['added ann', 'added bob']);
    expect(await readdir(host.state)).not.toContainEqual(expect.stringMatching(/\.json\.\d/));
  });
});

describe('beside a sync, which writes to the same log', () => {
  const key = `${lineOf(ecdsa256)} dan`;

  async function people(count: number): Promise<void> {
    const users = Array.from(
      { length: count },
      (_, index) => `[[user]]\nname = "user${index}"\nuid = ${3000 + index}\ngid = 3000\nhome = "/home/u"\nkeys = ["${key}"]\n`,
    );
    await host.root.write(PEOPLE, `[[group]]\nname = "people"\ngid = 3000\n${users.join('')}`);
    await chmod(join(host.root.path, PEOPLE), 0o600);
  }

  beforeEach(async () => {
    await configure({
      source: [{ name: 'glass', type: 'file', path: join(host.root.path, PEOPLE) }],
      'audit.max_size': 65_536,
      'audit.keep': 50,
      'guards.always_allowed': 100,
    });
    await people(1);
    await put([a]);
    expect(await host.root.run(['sync'], bucket.environment)).toMatchObject({ status: 0 });
  });

  test('no line is lost, torn or told twice, however often both run at once and the file is changed', async () => {
    for (let round = 1; round <= 6; round += 1) {
      await people(round % 2 === 0 ? 1 : 40);
      await put(round % 2 === 0 ? [a] : [a, b]);
      const syncing = host.root.run(['sync'], bucket.environment);
      const [synced, emergency] = await Promise.all([syncing, run()]);
      expect([synced.status, emergency, synced.stderr]).toEqual([0, 0, expect.not.stringContaining('audit')]);
    }
    const lines = readAuditLog(log);
    expect(told()).toEqual(['added ann', ...Array.from({ length: 3 }, () => ['added bob', 'removed bob']).flat()]);
    const count = (event: string): number => lines.filter((line) => line.event === event).length;
    expect([count('account-added'), count('account-removed'), count('baseline')]).toEqual([39 * 3, 39 * 3, 1]);
  });

  test('both wait for whoever is at the log, when all but their lines is done', async () => {
    const before = readAuditLog(log).length;
    await people(2);
    await put([a, b]);
    const lock = await acquireLock(join(host.root.state, 'state/audit.lock'), 0);
    const emergency = run();
    await vi.waitUntil(async () => (await readFile(host.file, 'utf8').catch(() => '')).includes(b), { timeout: 8000 });
    const syncing = host.root.run(['sync'], bucket.environment);
    await sleep(200);
    expect(readAuditLog(log)).toHaveLength(before);
    lock[Symbol.dispose]();
    expect([await emergency, (await syncing).status]).toEqual([0, 0]);
    expect(told()).toEqual(['added ann', 'added bob']);
    expect(readAuditLog(log).filter(({ event }) => event === 'account-added')).toHaveLength(1);
  });

  test('what a killed sync has left is told once, though an emergency run has written after it', async () => {
    await people(3);
    const command = [...HOLDFAST, '--root', host.root.path, 'sync'];
    const inject = { syscall: 'fsync', path: log, action: 'signal=KILL' };
    expect(await straceInject({ command, inject, env: { ...HOLDFAST_ENV, ...bucket.environment } })).toMatchObject({ signal: 'SIGKILL' });
    expect(await run()).toBe(0);
    expect(told()).toEqual(['added ann']);
    expect(await host.root.run(['sync'], bucket.environment)).toMatchObject({ status: 0 });
    const lines = readAuditLog(log);
    expect(lines.filter(({ event }) => event === 'account-added').map(({ login }) => login)).toEqual(['user1', 'user2']);
    expect(lines.filter(({ event }) => event === 'baseline')).toHaveLength(1);
  });
});

test('the folders above the private state are for everybody to enter, whatever the umask', async () => {
  await put([a]);
  const command = ['sh', '-c', 'umask 077; exec "$@"', 'sh', ...HOLDFAST, '--root', host.root.path, 'emergency'];
  expect(await runProgram(command, { env: { ...HOLDFAST_ENV, ...bucket.environment } })).toMatchObject({ status: 0 });
  const modes = ['var', 'var/lib', 'var/lib/holdfast', 'var/lib/holdfast/state', 'var/lib/holdfast/state/emergency'].map(async (path) =>
    ((await stat(join(host.root.path, path))).mode & 0o7777).toString(8),
  );
  expect(await Promise.all(modes)).toEqual(['755', '755', '755', '700', '700']);
});
