/**
 * `[policy] own_authorized_keys`, with a real sshd that is wired with what `holdfast wiring sshd` prints: what a directory user's own
 * authorized_keys file is worth after access is gone, and that the host's own accounts keep theirs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configText } from '../config/configuration.ts';
import { AgentHost, StateDisk } from '../support/agent-host.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { startPackagedSshd, wireHost } from '../support/packaged-sshd.ts';
import { generatePeople } from '../support/people.ts';
import { expectSuccess } from '../support/running-program.ts';
import { generateSshKey, type Sshd } from '../support/sshd.ts';

const DROP_IN = '/etc/ssh/sshd_config.d/10-holdfast.conf';

let folder: string;
let directory: CompanyDirectory;
let disk: StateDisk;
let agent: AgentHost;
let sshd: Sshd;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-own-keys-'));
  const [granted] = await Promise.all(['granted', 'own'].map(async (name) => await generateSshKey(join(folder, name))));
  const named = [{ uid: 'alice' }, { uid: 'carol', sshPublicKeys: [granted ?? ''] }];
  directory = await startCompanyDirectory({ people: generatePeople({ count: 20, named }) });
  disk = await StateDisk.create();
  agent = await AgentHost.boot(disk, directory.config());
  await run('useradd', '--create-home', '--shell', '/bin/sh', 'localadmin');
  await wireHost(agent.host);
  await configure('keep');
  expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
  for (const name of ['alice', 'carol', 'localadmin']) await giveOwnKey(name);
  sshd = await startPackagedSshd(agent.host);
});

afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('with "keep"', () => {
  test('somebody without access gets in with a key of their own making', async () => {
    await wire('keep');
    expect(await login('alice', 'own')).toMatchObject({ status: 0, stdout: 'alice\n' });
    expect(await login('localadmin', 'own')).toMatchObject({ status: 0, stdout: 'localadmin\n' });
  });
});

describe('with "ignore"', () => {
  test('that key is worth nothing, local accounts keep theirs, and the directory decides as before', async () => {
    await wire('ignore');
    expect(await login('alice', 'own')).toMatchObject({ status: 255, stdout: '' });
    expect(await login('carol', 'own')).toMatchObject({ status: 255, stdout: '' });
    expect(await login('carol', 'granted')).toMatchObject({ status: 0, stdout: 'carol\n' });
    expect(await login('localadmin', 'own')).toMatchObject({ status: 0, stdout: 'localadmin\n' });
  });

  test('leaves alone what sshd_config says after it', async () => {
    const settings = await agent.host.run([
      '/usr/sbin/sshd',
      '-T',
      '-h',
      '/run/sshd/host_key',
      '-C',
      'user=localadmin,host=h,addr=192.0.2.1',
    ]);
    expect(settings.stdout).toMatch(/^authorizedkeysfile \.ssh\/authorized_keys \.ssh\/authorized_keys2$/m);
    expect(settings.stdout).toMatch(/^subsystem sftp /m);
  });

  test('status and config check notice a local account that came later', async () => {
    expect((await agent.holdfast('status')).stdout).not.toContain('10-holdfast.conf');
    await run('useradd', '--create-home', '--shell', '/bin/sh', 'newcomer');
    const { status, stdout } = await agent.holdfast('status');
    expect(status).toBe(1);
    expect(stdout).toContain(`problem: "${DROP_IN}" lacks the line "Match User *,!root,`);
    expect((await agent.holdfast('config', 'check')).stderr).toContain(`warning: "${DROP_IN}" lacks the line "Match User *,!root,`);
    await wire('ignore');
    expect((await agent.holdfast('status')).stdout).not.toContain('10-holdfast.conf');
  });
});

async function configure(own: 'keep' | 'ignore'): Promise<void> {
  const changes = { 'access.deny': { users: ['alice'] }, 'policy.own_authorized_keys': own };
  await agent.host.writeEtc('holdfast/holdfast.toml', configText(directory.config(changes)), 0o640);
}

async function wire(own: 'keep' | 'ignore'): Promise<void> {
  await configure(own);
  const { status, stdout, stderr } = await agent.holdfast('wiring', 'sshd');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  await agent.host.writeEtc(DROP_IN, stdout);
  await run('/usr/sbin/sshd', '-t', '-h', '/run/sshd/host_key');
  await sshd.stop();
  await run('rm', '-f', '/run/sshd/host_key', '/run/sshd/host_key.pub');
  sshd = await startPackagedSshd(agent.host);
}

/** In a home that nobody but they can write to, as sshd wants it. */
async function giveOwnKey(name: string): Promise<void> {
  const script = 'umask 077; mkdir -p "/home/$1/.ssh"; cat >"/home/$1/.ssh/authorized_keys"; chown -R "$1:" "/home/$1"';
  const { stdout } = await agent.host.run(['ssh-keygen', '-y', '-f', join(folder, 'own')]);
  const command = ['sh', '-c', script, 'sh', name];
  expectSuccess(await agent.host.run(command, { input: stdout }), command);
}

async function login(account: string, key: string): Promise<{ readonly status: number | null; readonly stdout: string }> {
  return await sshd.ssh(account, join(folder, key), 'id -un');
}

async function run(...command: string[]): Promise<void> {
  expectSuccess(await agent.host.run(command), command);
}
