/**
 * Who gets in by ssh, with sshd, PAM, NSS and the lookup command wired as the package wires them: those whom the access
 * rules name, with a key of theirs, whether the directory answers or not.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Changes } from '../config/configuration.ts';
import { AgentHost, StateDisk } from '../support/agent-host.ts';
import { type CompanyDirectory, startCompanyDirectory, withGroups } from '../support/company-directory.ts';
import { personDn } from '../support/ldif.ts';
import { startPackagedSshd, wireHost } from '../support/packaged-sshd.ts';
import { type Company, generatePeople, type Group } from '../support/people.ts';
import { type ProgramResult, runProgram } from '../support/running-program.ts';
import { generateSshKey, type Sshd } from '../support/sshd.ts';

const access: Changes = {
  'access.everyone': undefined,
  'access.groups': ['web-team'],
  'access.always': { users: ['erin'] },
  'access.deny': { groups: ['suspended'] },
  'access.accounts': { deploy: { groups: ['release-team'] } },
};

/** Everybody's primary group, in `people.ts`. */
const STAFF_GID = 5000;

const teams: readonly Group[] = [
  { cn: 'web-team', gidNumber: 7001, memberUid: ['alice', 'carol', 'frank', 'heidi', 'judy', 'contractors'] },
  { cn: 'contractors', gidNumber: 7002, memberUid: ['dave'] },
  { cn: 'suspended', gidNumber: 7003, memberUid: ['carol', 'ivan'] },
  { cn: 'release-team', gidNumber: 7004, memberUid: ['grace', 'ivan'] },
];

const fingerprints = new Map<string, string>();

let folder: string;
let company: Company;
let directory: CompanyDirectory;
let disk: StateDisk;
let agent: AgentHost;
let sshd: Sshd;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-login-'));
  const logins = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];
  const named = await Promise.all(
    logins.map(async (uid) => ({ uid, sshPublicKeys: [`${await generateSshKey(keyOf(uid))} ${uid}@laptop`] })),
  );
  await generateSshKey(keyOf('mallory'));
  for (const uid of [...logins, 'mallory']) fingerprints.set(uid, await fingerprintOf(uid));
  const withEnds = named.map((person) => (person.uid === 'heidi' ? { ...person, shadowExpire: 19_000 } : person));
  company = withGroups(generatePeople({ count: 1000, named: withEnds }), teams);
  directory = await startCompanyDirectory({ people: company });
  disk = await StateDisk.create();
  [agent, sshd] = await bootHost();
  expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
});

afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('a login by key', () => {
  test('makes a member of the access group herself, with her groups and a home of her own', async () => {
    const { status, stdout, stderr } = await login('alice', 'alice', 'id -un; id -G; pwd; stat -c "%U %a" .');
    const [name, gids = '', home, owner] = stdout.trim().split('\n');
    expect({ status, stderr, name, home, owner }).toEqual({
      status: 0,
      stderr: '',
      name: 'alice',
      home: '/home/alice',
      owner: 'alice 700',
    });
    expect(gids.split(' ').sort()).toEqual(gidsOf('alice'));
    expect(sshd.log).toContain('Accepted publickey for alice from 127.0.0.1');
  });

  test.each([
    ['a member of a group inside the access group', 'dave', 'dave', 'dave'],
    ['somebody who may log in on every host', 'erin', 'erin', 'erin'],
    ['a member of the team behind a shared account', 'deploy', 'grace', 'deploy'],
  ])('lets %s in', async (_who, account, key, name) => {
    expect(await login(account, key, 'id -un')).toMatchObject({ status: 0, stdout: `${name}\n`, stderr: '' });
  });

  test.each([
    ["somebody with another's key", 'alice', 'erin'],
    ['somebody with a key that is in no directory', 'alice', 'mallory'],
    ['somebody outside the access group', 'bob', 'bob'],
    ['a member of the access group who is denied', 'carol', 'carol'],
    ['a member of the team behind a shared account, as herself', 'grace', 'grace'],
    ['a member of the access group, as the shared account', 'deploy', 'alice'],
    ['a denied member of the team behind a shared account', 'deploy', 'ivan'],
    ['a directory user, as root', 'root', 'alice'],
  ])('refuses %s', async (_who, account, key) => {
    const { status, stdout, stderr } = await login(account, key);
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toContain('Permission denied (publickey');
    await sshd.waitForLog(new RegExp(`^Failed publickey for ${account} from 127\\.0\\.0\\.1 .*${fingerprints.get(key)}`, 'm'));
  });

  test('refuses somebody whom the directory does not know', async () => {
    expect(await login('mallory', 'mallory')).toMatchObject({ status: 255, stdout: '' });
    await sshd.waitForLog(/^Invalid user mallory from 127\.0\.0\.1 /m);
  });

  test('refuses an account that has expired, though its key is right', async () => {
    expect(await login('heidi', 'heidi')).toMatchObject({ status: 255, stdout: '' });
    await sshd.waitForLog(/^Failed publickey for heidi from 127\.0\.0\.1 /m);
  });

  test('shows the people outside the access group nevertheless', async () => {
    expect(await agent.host.getent('passwd', 'bob')).toMatchObject({ status: 0 });
    expect(await agent.host.getent('passwd', 'mallory')).toMatchObject({ status: 2 });
  });
});

describe('the next sync', () => {
  test('locks out whose key is gone from the directory', async () => {
    expect(await login('frank', 'frank')).toMatchObject({ status: 0 });
    await directory.slapd.modify(`dn: ${personDn('frank')}\nchangetype: modify\ndelete: sshPublicKey\n`);
    expect(await login('frank', 'frank')).toMatchObject({ status: 0 });
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await login('frank', 'frank')).toMatchObject({ status: 255, stdout: '' });
    expect(await agent.host.getent('passwd', 'frank')).toMatchObject({ status: 0 });
  });

  test('locks out who has left the company', async () => {
    expect(await login('judy', 'judy')).toMatchObject({ status: 0 });
    await directory.slapd.delete(personDn('judy'));
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await login('judy', 'judy')).toMatchObject({ status: 255, stdout: '' });
    expect(await agent.host.getent('passwd', 'judy')).toMatchObject({ status: 2 });
  });
});

describe('with the directory down', () => {
  test('people log in as before, and a sync changes nothing', async () => {
    await directory.whileDown(async () => {
      expect(await login('alice', 'alice', 'id -un')).toMatchObject({ status: 0, stdout: 'alice\n' });
      expect(await agent.holdfast('sync')).toMatchObject({ status: 75 });
      expect(await login('dave', 'dave', 'id -un')).toMatchObject({ status: 0, stdout: 'dave\n' });
      expect(await login('carol', 'carol')).toMatchObject({ status: 255 });
    });
  });

  test('people log in after a reboot, before the sync at boot and after it', async () => {
    await directory.whileDown(async () => {
      await agent[Symbol.asyncDispose]();
      [agent, sshd] = await bootHost();
      expect(await login('alice', 'alice', 'id -un')).toMatchObject({ status: 0, stdout: 'alice\n' });
      const { status, stderr } = await agent.holdfast('sync');
      expect(status).toBe(75);
      expect(stderr).toContain('its last good snapshot goes on serving');
      expect(await login('alice', 'alice', 'id -un; pwd')).toMatchObject({ status: 0, stdout: 'alice\n/home/alice\n' });
      expect(await login('deploy', 'grace', 'id -un')).toMatchObject({ status: 0, stdout: 'deploy\n' });
      expect(await login('carol', 'carol')).toMatchObject({ status: 255 });
      expect(await login('bob', 'bob')).toMatchObject({ status: 255 });
    });
  });
});

/** The machine is new at each boot but for its disk: /etc, /home and the processes. */
async function bootHost(): Promise<[AgentHost, Sshd]> {
  const booted = await AgentHost.boot(disk, directory.config(access));
  expect(await booted.host.run(['useradd', '--create-home', '--shell', '/bin/sh', 'deploy'])).toMatchObject({ status: 0 });
  await wireHost(booted.host);
  return [booted, await startPackagedSshd(booted.host)];
}

async function login(account: string, key: string, command = 'true'): Promise<ProgramResult> {
  return await sshd.ssh(account, keyOf(key), command);
}

async function fingerprintOf(uid: string): Promise<string> {
  const { stdout } = await runProgram(['ssh-keygen', '-l', '-f', keyOf(uid)]);
  return (stdout.split(' ')[1] ?? '').replaceAll('+', '\\+');
}

/** By primary group, by name, and as the members of a group are those of the groups inside it. */
function gidsOf(uid: string): string[] {
  const own = [...company.groups].filter(({ memberUid }) => memberUid.includes(uid));
  const outer = [...company.groups].filter(({ memberUid }) => own.some(({ cn }) => memberUid.includes(cn)));
  return [STAFF_GID, ...[...own, ...outer].map(({ gidNumber }) => gidNumber)].map(String).sort();
}

function keyOf(uid: string): string {
  return join(folder, uid);
}
