/**
 * Accounts that end and accounts that are locked, with a real slapd and its password policy, a real sshd and its clock: the end of a
 * key comes on time though nobody runs the agent any more, and a lock acts at the next run.
 */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Changes, configText } from '../config/configuration.ts';
import { AgentHost, HOLDFAST, HOLDFAST_ENV, StateDisk } from '../support/agent-host.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { personDn } from '../support/ldif.ts';
import { startPackagedSshd, wireHost } from '../support/packaged-sshd.ts';
import { generatePeople } from '../support/people.ts';
import type { ProgramResult } from '../support/running-program.ts';
import { generateSshKey, type Sshd } from '../support/sshd.ts';

/** 2035-09-17, far from any day on which these tests run. */
const END = 24_000;
const BEFORE = '2035-09-16 23:58:00';
const AFTER = '2035-09-17 00:00:01';

const ppolicy = 'moduleload ppolicy\noverlay ppolicy\n';

let folder: string;
let directory: CompanyDirectory;
let disk: StateDisk;
let agent: AgentHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-expiry-'));
  const logins = ['alice', 'bob', 'carol'];
  const named = await Promise.all(logins.map(async (uid) => ({ uid, sshPublicKeys: [await generateSshKey(keyOf(uid))] })));
  const withEnds = named.map((person) => (person.uid === 'alice' ? { ...person, shadowExpire: END } : person));
  directory = await startCompanyDirectory({ people: generatePeople({ count: 10, named: withEnds }), extraConfig: ppolicy });
  disk = await StateDisk.create();
  agent = await AgentHost.boot(disk, directory.config());
  await moveTo('UTC');
  // libfaketime leaves a file there for each process, called after its pid, and is at a loss when another host has left one.
  expect(await agent.host.run(['mount', '-t', 'tmpfs', 'tmpfs', '/dev/shm'])).toMatchObject({ status: 0 });
  await wireHost(agent.host);
  expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
});

afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('an account with an end to come', () => {
  test('has it in its keys, in the form that the sshd of the host reads', async () => {
    expect((await agent.holdfast('keys', 'alice')).stdout).toMatch(/^expiry-time="20350917000000Z" ssh-ed25519 /);
    expect((await agent.holdfast('keys', 'bob')).stdout).toMatch(/^ssh-ed25519 /);
  });

  test('changes nothing more', async () => {
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing to do') });
  });

  test('lets in before, and no more after, while no agent runs', async () => {
    const before = await startSshdAt(BEFORE);
    expect(await before.ssh('alice', keyOf('alice'), 'id -un')).toMatchObject({ status: 0, stdout: 'alice\n' });
    const after = await startSshdAt(AFTER);
    expect(await after.ssh('alice', keyOf('alice'))).toMatchObject({ status: 255, stdout: '' });
    await after.waitForLog(/^Failed publickey for alice from 127\.0\.0\.1 /m);
    expect(await after.ssh('bob', keyOf('bob'), 'id -un')).toMatchObject({ status: 0, stdout: 'bob\n' });
  });

  test('has no keys any more after it, by a run to which no directory answers', async () => {
    await directory.whileDown(async () => {
      const { status, stderr } = await syncAt(AFTER);
      expect(status).toBe(75);
      expect(stderr).toContain('the account ended at 2035-09-17T00:00:00Z (shadowExpire)');
      expect((await agent.holdfast('keys', 'alice')).stdout).toBe('');
      expect((await agent.holdfast('keys', 'bob')).stdout).not.toBe('');
      expect(await agent.host.getent('passwd', 'alice')).toMatchObject({ status: 0 });
      expect((await agent.host.getent('shadow', 'alice')).stdout).toMatch(/^alice:\*:.*:24000:$/m);
    });
  });
});

describe('in the local time of the host, when so configured', () => {
  test('the key ends at the same moment, and is another when the time zone is', async () => {
    await configure({ 'policy.keys.expiry_time': 'local' });
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
    expect((await agent.holdfast('keys', 'alice')).stdout).toMatch(/^expiry-time="20350917000000" ssh-ed25519 /);

    await moveTo('Asia/Tokyo');
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('keys +0 -0 ~1') });
    expect((await agent.holdfast('keys', 'alice')).stdout).toMatch(/^expiry-time="20350917090000" ssh-ed25519 /);
    const before = await startSshdAt('2035-09-17 08:58:00', 'Asia/Tokyo');
    expect(await before.ssh('alice', keyOf('alice'))).toMatchObject({ status: 0 });
    const after = await startSshdAt('2035-09-17 09:00:01', 'Asia/Tokyo');
    expect(await after.ssh('alice', keyOf('alice'))).toMatchObject({ status: 255 });
  });
});

describe('an account that the password policy locks', () => {
  test('is out at the next run and in again when it is unlocked', async () => {
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
    await directory.slapd.modify(
      `dn: ${personDn('carol')}\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n`,
    );
    const { status, stderr } = await agent.holdfast('sync');
    expect(status).toBe(0);
    expect(stderr).toContain('(account-locked), such as keys "carol": locked until somebody takes the lock off (pwdAccountLockedTime)');
    expect((await agent.holdfast('keys', 'carol')).stdout).toBe('');
    expect((await agent.host.getent('shadow', 'carol')).stdout).toMatch(/^carol:\*:.*:1:$/m);

    await directory.slapd.modify(`dn: ${personDn('carol')}\nchangetype: modify\ndelete: pwdAccountLockedTime\n`);
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
    expect((await agent.holdfast('keys', 'carol')).stdout).toMatch(/^ssh-ed25519 /);
  });
});

describe('a password that has expired', () => {
  test.each([
    [
      'lets sshd take the key for nothing but another password',
      '',
      { status: 1, stderr: 'Password change required but no TTY available.', log: /^Accepted publickey for bob /m },
    ],
    [
      'closes the account when nobody changed it in time',
      'shadowInactive: 0\n',
      { status: 255, stderr: '', log: /Access denied for user bob by PAM account configuration/ },
    ],
  ])('%s, and why says that PAM does not let in', async (_what, inactive, { status, stderr, log }) => {
    const old = `shadowLastChange: 100\n-\nreplace: shadowMax\nshadowMax: 30\n-\nreplace: shadowInactive\n${inactive}`;
    await directory.slapd.modify(aging('bob', old));
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
    const sshd = await startSshdAt(BEFORE);
    expect(await sshd.ssh('bob', keyOf('bob'), 'id -un')).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(stderr) });
    await sshd.waitForLog(log);
    const why = await agent.holdfast('why', 'bob');
    expect({ ...why, stdout: why.stdout.replaceAll(/\s+/g, ' ') }).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^bob cannot log in here: .*: the password expired on 1970-05-11 \(shadow lastChange 100, max 30\) /),
    });
  });

  test('lets in again when it is a new one', async () => {
    await directory.slapd.modify(aging('bob', 'shadowLastChange: 20000\n-\nreplace: shadowMax\nshadowMax: 99999\n'));
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
    const sshd = await startSshdAt(BEFORE);
    expect(await sshd.ssh('bob', keyOf('bob'), 'id -un')).toMatchObject({ status: 0, stdout: 'bob\n' });
    expect(await agent.holdfast('why', 'bob')).toMatchObject({ status: 0 });
  });
});

/** @param lines the values of `shadowLastChange`, and what comes after */
function aging(login: string, lines: string): string {
  return `dn: ${personDn(login)}\nchangetype: modify\nreplace: shadowLastChange\n${lines}`;
}

/** The clock of this sshd, and of PAM in it, begins there. */
async function startSshdAt(time: string, timeZone?: string): Promise<Sshd> {
  return await startPackagedSshd(agent.host, faketime(time, timeZone));
}

async function syncAt(time: string): Promise<ProgramResult> {
  return await agent.host.run([...faketime(time), ...HOLDFAST, 'sync'], { env: HOLDFAST_ENV });
}

/** @param time in that time zone */
function faketime(time: string, timeZone = 'UTC'): readonly string[] {
  const then = Number(execFileSync('date', ['-d', time, '+%s'], { encoding: 'utf8', env: { TZ: timeZone } }));
  const offset = then - Math.floor(Date.now() / 1000);
  const [library = ''] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
  return ['env', `TZ=${timeZone}`, `LD_PRELOAD=${library}`, `FAKETIME=+${offset}`];
}

async function configure(changes: Changes): Promise<void> {
  await agent.host.writeEtc('holdfast/holdfast.toml', configText(directory.config(changes)), 0o640);
}

async function moveTo(timeZone: string): Promise<void> {
  expect(await agent.host.run(['ln', '-sfn', `/usr/share/zoneinfo/${timeZone}`, '/etc/localtime'])).toMatchObject({ status: 0 });
}

function keyOf(uid: string): string {
  return join(folder, uid);
}
