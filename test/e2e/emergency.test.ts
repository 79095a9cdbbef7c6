/**
 * Emergency access, end to end: a key that somebody puts into the bucket opens a real sshd that is wired with what
 * `holdfast wiring sshd` prints, with the directory down and a second factor asked of everybody else.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Changes, configText } from '../config/configuration.ts';
import { AgentHost, HOLDFAST, HOLDFAST_ENV, StateDisk } from '../support/agent-host.ts';
import { EmergencyBucket, OBJECT } from '../support/aws/emergency-bucket.ts';
import { RADOS_REGION, startRadosgw } from '../support/aws/radosgw.ts';
import { startPackagedSshd, wireHost } from '../support/packaged-sshd.ts';
import { expectSuccess, type ProgramResult } from '../support/running-program.ts';
import { generateSshKey, type Sshd } from '../support/sshd.ts';

const FILE = '/etc/ssh/emergency_authorized_keys';
const DROP_IN = '/etc/ssh/sshd_config.d/10-holdfast.conf';
const SECOND_FACTOR = '/etc/ssh/sshd_config.d/20-second-factor.conf';
const binary = join(import.meta.dirname, '../../dist/holdfast');
/** Of a directory that is down. */
const CONFIG: Changes = {
  'source[0].uris': ['ldaps://127.0.0.1:1'],
  'policy.own_authorized_keys': 'ignore',
  'emergency.objects': [OBJECT],
  'emergency.options': ['from', 'no-pty'],
};

let folder: string;
let bucket: EmergencyBucket;
let disk: StateDisk;
let agent: AgentHost;
let sshd: Sshd;
const lines = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-emergency-'));
  for (const name of ['ann', 'bob', 'own', 'stray']) lines.set(name, `${await generateSshKey(join(folder, name))} ${name}`);
  const radosgw = await startRadosgw();
  bucket = await EmergencyBucket.on(radosgw, { ...radosgw.key, region: RADOS_REGION });
  disk = await StateDisk.create();
  agent = await AgentHost.boot(disk, CONFIG);
  for (const name of ['emergency', 'localadmin']) {
    await run('useradd', '--create-home', '--shell', '/bin/sh', name);
    const script = 'umask 077; mkdir "/home/$1/.ssh"; cat >"/home/$1/.ssh/authorized_keys"; chown -R "$1:" "/home/$1"';
    expectSuccess(await agent.host.run(['sh', '-c', script, 'sh', name], { input: lineOf('own') }), ['sh']);
  }
  await wireHost(agent.host);
  await agent.host.writeEtc(DROP_IN, (await holdfast('wiring', 'sshd')).stdout);
  await agent.host.writeEtc(
    SECOND_FACTOR,
    'Match User *\n    AuthenticationMethods publickey,keyboard-interactive\n    AuthorizedKeysFile .ssh/authorized_keys\n',
  );
  sshd = await startPackagedSshd(agent.host);
});

afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
  await bucket?.stop();
  await rm(folder, { recursive: true });
});

describe('with the directory down', () => {
  test('keys of the bucket open the account, and no others do', async () => {
    expect(await login('emergency', 'ann')).toMatchObject({ status: 255 });
    await bucket.put([lineOf('ann'), `from="192.0.2.0/24" ${lineOf('bob')}`]);
    expect(await holdfast('emergency')).toMatchObject({ status: 0 });
    expect((await agent.host.run(['stat', '-c', '%a %U %G', FILE])).stdout).toBe('600 root root\n');
    expect(await login('emergency', 'ann')).toMatchObject({ status: 0, stdout: 'emergency\n' });
    for (const name of ['own', 'stray', 'bob']) expect(await login('emergency', name)).toMatchObject({ status: 255, stdout: '' });
    await bucket.put([lineOf('ann'), `from="127.0.0.1" ${lineOf('bob')}`]);
    expect(await holdfast('emergency')).toMatchObject({ status: 0 });
    expect(await login('emergency', 'bob')).toMatchObject({ status: 0, stdout: 'emergency\n' });
  });

  test('nobody else gets in with them, and a second factor is asked of everybody else', async () => {
    expect(await login('localadmin', 'ann')).toMatchObject({ status: 255 });
    expect(await login('localadmin', 'own')).toMatchObject({ status: 255 });
    expect(await settings('localadmin')).toMatchObject({ authenticationmethods: 'publickey,keyboard-interactive' });
    expect(await settings('emergency')).toMatchObject({
      authenticationmethods: 'publickey',
      authorizedkeyscommand: `/usr/bin/cat ${FILE}`,
      authorizedkeyscommanduser: 'root',
      authorizedkeysfile: 'none',
    });
  });

  test('with one request for an unchanged object, which radosgw answers with 304', async () => {
    bucket.proxy.reset();
    expect(await holdfast('emergency')).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing to do') as string });
    expect(bucket.proxy.counts).toEqual({ 's3:GetObject': 1 });
  });

  test('an emptied object is held, and both keys go on opening the account', async () => {
    await bucket.put([]);
    expect(await holdfast('emergency')).toMatchObject({ status: 65 });
    expect(await login('emergency', 'ann')).toMatchObject({ status: 0 });
    await bucket.put([lineOf('ann'), `from="127.0.0.1" ${lineOf('bob')}`]);
  });

  test('the installed binary does the same', async () => {
    expect(existsSync(binary)).toBe(true);
    const { status, stderr } = await agent.host.run([binary, 'emergency'], { env: bucket.environment });
    expect({ status, stderr }).toEqual({ status: 0, stderr: `holdfast: nothing to do: "${FILE}" has 2 keys for emergency\n` });
  });
});

test('a file of 0600 would be worth nothing as AuthorizedKeysFile: sshd opens that as the user', async () => {
  const wiring = (await holdfast('wiring', 'sshd')).stdout;
  const direct = wiring.replace(/AuthorizedKeysCommand \/usr\/bin\/cat .*\n.*\n.*\n/, `AuthorizedKeysFile ${FILE}\n`);
  expect(direct).toContain(`Match User emergency\n    AuthorizedKeysFile ${FILE}\n`);
  await rewire(direct);
  expect(await login('emergency', 'ann')).toMatchObject({ status: 255 });
  await agent.host.run(['chmod', '644', FILE]);
  expect(await login('emergency', 'ann')).toMatchObject({ status: 0 });
  await rewire(wiring);
  expect((await holdfast('emergency')).stderr).toContain('has mode 0644; wanted: 0600');
  expect(await login('emergency', 'ann')).toMatchObject({ status: 0 });
});

test('a key changes nothing on a full disk, nor in a run that is killed, and the next run makes up for it', async () => {
  const before = await keyFile();
  await bucket.put([lineOf('ann'), `from="127.0.0.1" ${lineOf('bob')}`, lineOf('stray')]);
  const emergency = [...HOLDFAST, 'emergency'].join(' ');
  const full = `mount -t tmpfs -o size=8k none /mnt && cp -p ${FILE} /mnt/keys && dd if=/dev/zero of=/mnt/fill 2>/dev/null; ${emergency}; s=$?; cat /mnt/keys; ls /mnt; umount /mnt; exit $s`;
  await configure({ ...CONFIG, 'emergency.file': '/mnt/keys' });
  const onFullDisk = await agent.host.run(['unshare', '--mount', 'sh', '-c', full], { env: environment() });
  expect(onFullDisk).toMatchObject({ status: 73, stderr: expect.stringContaining('cannot write "/mnt/keys"') as string });
  expect(onFullDisk.stdout.startsWith(before)).toBe(true);
  await configure(CONFIG);
  const killed = `strace -f -qq -o /dev/null -P ${FILE} -P ${FILE}.new -e trace=rename -e inject=rename:signal=KILL:when=1 ${emergency}`;
  await agent.host.run(['sh', '-c', killed], { env: environment() });
  expect((await agent.host.run(['ls', '/etc/ssh'])).stdout).toContain('emergency_authorized_keys.new\n');
  expect(await keyFile()).toBe(before);
  await holdfast('emergency');
  expect(await keyFile()).toContain(lineOf('stray'));
  expect(await login('emergency', 'stray')).toMatchObject({ status: 0 });
  expect((await agent.host.run(['ls', '/etc/ssh'])).stdout).not.toContain('.new');
});

test('status and config check notice what is missing', async () => {
  expect((await holdfast('status')).stdout).toMatch(/^emergency +3 keys for emergency; s3:\/\/break-glass\/keys read \d+ seconds? ago$/m);
  expect((await holdfast('status')).stdout).not.toMatch(/^problem: .*emergency/m);
  await configure({ ...CONFIG, 'emergency.users': ['emergency', 'nobodyhere'] });
  const { stdout } = await holdfast('status');
  expect(stdout).toContain('problem: emergency user "nobodyhere" is no account of this host');
  expect(stdout).toContain(`problem: "${DROP_IN}" lacks the line "Match User emergency,nobodyhere"`);
  expect((await holdfast('config', 'check')).stderr).toContain('warning: emergency user "nobodyhere" is no account');
  await configure(CONFIG);
});

function lineOf(name: string): string {
  return lines.get(name) ?? '';
}

async function keyFile(): Promise<string> {
  return (await agent.host.run(['cat', FILE])).stdout;
}

function environment(): Record<string, string> {
  return { ...HOLDFAST_ENV, ...bucket.environment };
}

async function holdfast(...args: readonly string[]): Promise<ProgramResult> {
  return await agent.host.run([...HOLDFAST, ...args], { env: environment() });
}

async function configure(changes: Changes): Promise<void> {
  await agent.host.writeEtc('holdfast/holdfast.toml', configText(changes), 0o640);
}

async function rewire(text: string): Promise<void> {
  await agent.host.writeEtc(DROP_IN, text);
  await sshd.stop();
  sshd = await startPackagedSshd(agent.host);
}

async function login(account: string, key: string): Promise<ProgramResult> {
  return await sshd.ssh(account, join(folder, key), 'id -un');
}

async function settings(user: string): Promise<Record<string, string>> {
  const { stdout } = await agent.host.run(['/usr/sbin/sshd', '-T', '-h', '/run/sshd/host_key', '-C', `user=${user},host=h,addr=192.0.2.1`]);
  return Object.fromEntries(stdout.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(1).join(' ')]));
}

async function run(...command: string[]): Promise<void> {
  expectSuccess(await agent.host.run(command), command);
}
