/**
 * IAM as a source: the real command against moto, which checks signatures and policies, behind a proxy that pages and fails as AWS does.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ed25519, otherEd25519, rsa2048 } from '../directory/public-keys.ts';
import { readCurrent } from '../support/current-generation.ts';
import { ACTIONS, IamHost, IamServer, iamConfig } from '../support/iam-host.ts';

const KEYS = [rsa2048, ed25519, otherEd25519].map(({ type, blob }) => `${type} ${blob}`);
const [RSA = '', ED = '', OTHER = ''] = KEYS;

let server: IamServer;

beforeAll(async () => {
  server = await IamServer.start();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  const { moto } = server;
  await moto.createGroup('ops', ['alice', 'Bob', 'carol@corp']);
  await moto.createGroup('Web+Prod', []);
  await moto.iam.addUserToGroup({ GroupName: 'Web+Prod', UserName: 'alice' });
  await moto.addSshKey('alice', RSA);
  await moto.addSshKey('alice', ED);
  await moto.addSshKey('Bob', `${OTHER} bob@laptop`);
});

afterEach(async () => {
  server.proxy.reset();
  await removeEverybody();
});

/** All but the agents. */
async function removeEverybody(): Promise<void> {
  const { iam } = server.moto;
  for (const { GroupName } of (await iam.listGroups({})).Groups ?? []) {
    for (const { UserName } of (await iam.getGroup({ GroupName })).Users ?? []) await iam.removeUserFromGroup({ GroupName, UserName });
    await iam.deleteGroup({ GroupName });
  }
  for (const { UserName } of (await iam.listUsers({})).Users ?? []) {
    if (!/^(?:agent|without-.*|assuming)$/.test(UserName ?? '')) await iam.deleteUser({ UserName });
  }
}

function shown(host: IamHost): Record<string, string> {
  return Object.fromEntries((readCurrent(host.root.state)?.passwd ?? []).map((line) => [line.split(':')[0] ?? '', line]));
}

describe('a source of type "iam"', () => {
  test('makes accounts of the users of a group, with their active keys, and asks for no key twice', async () => {
    await using host = await IamHost.create(server, iamConfig());
    const first = await host.holdfast('sync');
    expect(first).toMatchObject({ status: 0, stdout: '' });
    expect(first.stderr).toContain('generation 1 serves: 3 people, 1 group, keys for 2 logins');
    expect(first.calls).toEqual({ 'iam:GetGroup': 1, 'iam:ListSSHPublicKeys': 3, 'iam:GetSSHPublicKey': 3 });
    expect(Object.keys(shown(host)).sort()).toEqual(['alice', 'bob', 'carol.at.corp']);
    expect(shown(host)['carol.at.corp']).toMatch(/^carol\.at\.corp:x:\d{10}:5000:carol@corp:\/home\/carol\.at\.corp:\/bin\/bash$/);
    const { stdout: keys } = await host.holdfast('keys', 'alice');
    expect(keys.split('\n').map((line) => line.replace(/APKA\w+/, 'ID'))).toEqual([`${ED} ID`, `${RSA} ID`, '']);
    expect((await host.holdfast('keys', 'bob')).stdout).toBe(`${OTHER} bob@laptop\n`);

    const second = await host.holdfast('sync');
    expect(second).toMatchObject({ status: 0, calls: { 'iam:GetGroup': 1, 'iam:ListSSHPublicKeys': 3 } });
    expect(second.stderr).toContain('nothing to do');
  });

  test('is asked by doctor whether it answers, and what time it has', async () => {
    await using host = await IamHost.create(server, iamConfig());
    const well = await host.holdfast('doctor', '--json');
    expect(well.calls).toEqual({ 'iam:GetGroup': 1 });
    const { fine } = JSON.parse(well.stdout) as { readonly fine: readonly { readonly check: string }[] };
    expect(fine.map(({ check }) => check)).toEqual(expect.arrayContaining(['sources', 'clock']));
    await server.moto.iam.removeUserFromGroup({ GroupName: 'Web+Prod', UserName: 'alice' });
    await server.moto.iam.deleteGroup({ GroupName: 'Web+Prod' });
    await using other = await IamHost.create(
      server,
      iamConfig({ groups: ['Web+Prod'], linux_groups: { 'Web+Prod': { name: 'web-prod' } } }),
    );
    const ill = JSON.parse((await other.holdfast('doctor', '--json')).stdout) as {
      readonly findings: readonly { code: string; what: string }[];
    };
    expect(ill.findings.filter(({ code }) => code === 'source-unreachable')).toMatchObject([
      { what: expect.stringMatching(/^source "iam": IAM: .*IAM group "Web\+Prod"/) as string },
    ]);
  });

  test('maps IAM groups to Linux groups, of which others than its own may let in', async () => {
    const groups = { linux_groups: { ops: { gid: 5001 }, 'Web+Prod': { name: 'web-prod' } } };
    await using host = await IamHost.create(server, iamConfig(groups, { access: { groups: ['web-prod'] } }));
    expect(await host.holdfast('sync')).toMatchObject({ status: 0 });
    const { group = [] } = readCurrent(host.root.state) ?? {};
    expect([...group].sort()).toEqual(['ops:x:5001:alice,bob,carol.at.corp', 'people:x:5000:']);
    expect((await host.holdfast('keys', 'bob')).stdout).toBe('');
    const why = await host.holdfast('why', 'alice');
    expect(why).toMatchObject({ status: 0, stdout: expect.stringContaining('access     allow: web-prod ← alice') });
    expect(why.stdout).toMatch(/^entry {5,}arn:aws:iam::123456789012:user\/alice\n +source iam, complete .* ago; id \w{20}$/m);
    expect(await host.holdfast('why', '--group', 'web-prod')).toMatchObject({ stdout: expect.stringContaining('alice') });
  });

  test('gives everybody the same uid on every host', async () => {
    await using host = await IamHost.create(server, iamConfig());
    await using other = await IamHost.create(server, iamConfig({ groups: ['Web+Prod'] }));
    await host.holdfast('sync');
    await other.holdfast('sync');
    expect(shown(other)).toEqual({ alice: shown(host)['alice'] });
  });

  test('reads every page of a group of 120, and never takes a part for the whole', async () => {
    const others = Array.from({ length: 120 }, (_, number) => `user${number}`);
    await server.moto.createGroup('crowd', others);
    await using host = await IamHost.create(server, iamConfig({ groups: ['crowd'] }));
    server.proxy.pageSize = 50;
    const { status, calls } = await host.holdfast('sync');
    expect({ status, calls }).toEqual({ status: 0, calls: { 'iam:GetGroup': 3, 'iam:ListSSHPublicKeys': 120 } });
    const before = shown(host);
    expect(Object.keys(before)).toHaveLength(120);

    // The second page is throttled for longer than anybody waits.
    server.proxy.strike({ action: 'iam:ListSSHPublicKeys', kind: 'throttle', times: 3 });
    expect(await host.holdfast('sync')).toMatchObject({ status: 0 });
    for (const answer of [
      '<GetGroupResponse><GetGroupResult/></GetGroupResponse>',
      truncatedPage(''),
      truncatedPage('<Marker>again</Marker>'),
    ]) {
      server.proxy.reset();
      server.proxy.strike({ action: 'iam:GetGroup', kind: { raw: answer }, times: 5 });
      expect(await host.holdfast('sync')).toMatchObject({ status: 75, stderr: expect.stringContaining('source "iam"') });
    }
    expect(shown(host)).toEqual(before);
  });

  test.each([
    ['throttled for too long', 'iam:GetGroup', 'throttle', 75, 'throttled'],
    ['cut', 'iam:ListSSHPublicKeys', 'cut', 75, ''],
    ['down', 'iam:GetSSHPublicKey', 500, 75, 'AWS fails with status 500'],
  ] as const)(
    'keeps everybody when IAM is %s',
    async (_what, action, kind, status, text) => {
      await using host = await IamHost.create(server, iamConfig());
      await host.holdfast('sync');
      const before = shown(host);
      await server.moto.addSshKey('Bob', ED);
      server.proxy.strike({ action, kind, times: 100 });
      expect(await host.holdfast('sync')).toMatchObject({ status, stderr: expect.stringContaining(text) });
      expect(shown(host)).toEqual(before);
    },
    60_000,
  );

  test('takes people and keys away with the next run, and leaves a home that is listed', async () => {
    await using host = await IamHost.create(server, iamConfig());
    await host.holdfast('sync');
    const home = join(host.root.path, 'home/bob');
    const uid = Number(shown(host)['bob']?.split(':')[2]);
    await mkdir(home, { recursive: true });
    await chown(home, uid, 5000);
    expect(await host.holdfast('homes')).toMatchObject({ status: 0, stdout: expect.stringContaining('every home has somebody here') });
    const { iam } = server.moto;
    const [key] = (await iam.listSSHPublicKeys({ UserName: 'alice' })).SSHPublicKeys ?? [];
    await iam.updateSSHPublicKey({ UserName: 'alice', SSHPublicKeyId: key?.SSHPublicKeyId, Status: 'Inactive' });
    await iam.removeUserFromGroup({ GroupName: 'ops', UserName: 'Bob' });
    const { status, calls } = await host.holdfast('sync');
    expect({ status, calls }).toEqual({ status: 0, calls: { 'iam:GetGroup': 1, 'iam:ListSSHPublicKeys': 2 } });
    expect(Object.keys(shown(host)).sort()).toEqual(['alice', 'carol.at.corp']);
    expect((await host.holdfast('keys', 'alice')).stdout).toMatch(/^ssh-ed25519 \S+ APKA\w+\n$/);
    const homes = await host.holdfast('homes');
    expect(homes).toMatchObject({ status: 1, stdout: expect.stringContaining(`${home}  uid ${uid}, was bob's, gone since `), calls: {} });
    expect((await stat(home)).uid).toBe(uid);
    await iam.updateSSHPublicKey({ UserName: 'alice', SSHPublicKeyId: key?.SSHPublicKeyId, Status: 'Active' });
    expect((await host.holdfast('sync')).calls).toMatchObject({ 'iam:GetSSHPublicKey': 1 });
  });

  test('holds a group that is emptied, and refuses one that is gone', async () => {
    await using host = await IamHost.create(server, iamConfig());
    await host.holdfast('sync');
    const before = shown(host);
    const { iam } = server.moto;
    for (const UserName of ['alice', 'Bob', 'carol@corp']) await iam.removeUserFromGroup({ GroupName: 'ops', UserName });
    expect(await host.holdfast('sync')).toMatchObject({ status: 65, stderr: expect.stringContaining('held') });
    await iam.deleteGroup({ GroupName: 'ops' });
    const gone = await host.holdfast('sync');
    expect(gone).toMatchObject({ status: 65, stderr: expect.stringContaining('source "iam": AWS: iam:GetGroup of IAM group "ops"') });
    expect(gone.stderr).toContain('hint: make the group again, or take it out of groups');
    expect(shown(host)).toEqual(before);
  });

  test('gives a name that two would have to neither, unless one had it', async () => {
    await using host = await IamHost.create(server, iamConfig());
    await host.holdfast('sync');
    await server.moto.iam.createUser({ UserName: 'carol.at.corp' });
    await server.moto.iam.addUserToGroup({ GroupName: 'ops', UserName: 'carol.at.corp' });
    await server.moto.addSshKey('carol.at.corp', ED);
    const uid = shown(host)['carol.at.corp'];
    expect(await host.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('name-duplicate') });
    expect(shown(host)['carol.at.corp']).toBe(uid);
    expect((await host.holdfast('keys', 'carol.at.corp')).stdout).toBe('');
    await using fresh = await IamHost.create(server, iamConfig());
    await fresh.holdfast('sync');
    expect(Object.keys(shown(fresh)).sort()).toEqual(['alice', 'bob']);
    const { stdout } = await fresh.holdfast('quarantine');
    expect(stdout.match(/passwd carol\.at\.corp: "carol\.at\.corp" is what IAM users/g)).toHaveLength(2);
    expect(stdout).toContain('arn:aws:iam::123456789012:user/carol@corp');
  });

  test('lets keys age from the day of their upload, on a host that never saw them', async () => {
    await using host = await IamHost.create(server, iamConfig({}, { 'policy.keys.max_age': '90d' }));
    expect(await host.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining('keys for 2 logins') });
    await using later = await IamHost.create(server, iamConfig({}, { 'policy.keys.max_age': '90d' }));
    const warned = await later.root.run(['sync'], { ...server.environment(), ...inDays(80) });
    expect(warned).toMatchObject({ status: 0, stderr: expect.stringContaining('key-ageing') });
    await using last = await IamHost.create(server, iamConfig({}, { 'policy.keys.max_age': '90d' }));
    const ended = await last.root.run(['sync'], { ...server.environment(), ...inDays(91) });
    expect(ended).toMatchObject({ stderr: expect.stringContaining('key-too-old') });
  });

  test('begins again when somebody vanishes while it reads, and gives up when that does not end', async () => {
    await using host = await IamHost.create(server, iamConfig());
    server.proxy.strike({ action: 'iam:ListSSHPublicKeys', kind: 404 });
    expect(await host.holdfast('sync')).toMatchObject({ status: 0, calls: { 'iam:GetGroup': 2 } });
    const before = shown(host);
    expect(Object.keys(before)).toHaveLength(3);
    server.proxy.strike({ action: 'iam:ListSSHPublicKeys', kind: 404, times: 100 });
    const { status, stderr, calls } = await host.holdfast('sync');
    expect({ status, stderr }).toEqual({ status: 75, stderr: expect.stringContaining('source "iam": IAM changes while it is read: ') });
    expect(calls).toMatchObject({ 'iam:GetGroup': 2 });
    expect(shown(host)).toEqual(before);
  });

  test('refetches the keys when the last good snapshot is damaged', async () => {
    await using host = await IamHost.create(server, iamConfig());
    await host.holdfast('sync');
    const path = join(host.root.state, 'state/snapshot-iam.ndjson');
    writeFileSync(path, readFileSync(path, 'utf8').replace('alice', 'mallo'));
    expect((await host.holdfast('sync')).calls).toEqual({ 'iam:GetGroup': 1, 'iam:ListSSHPublicKeys': 3, 'iam:GetSSHPublicKey': 3 });
    expect(Object.keys(shown(host)).sort()).toEqual(['alice', 'bob', 'carol.at.corp']);
  });

  test('is refused with more people than max_entries, and in time', async () => {
    await using host = await IamHost.create(server, iamConfig({ max_entries: 3 }));
    expect(await host.holdfast('sync')).toMatchObject({ status: 75, stderr: expect.stringContaining('more than 3 entries (max_entries)') });
    await using hurried = await IamHost.create(server, iamConfig({ timeout: '1s' }));
    server.proxy.strike({ kind: 'silence', times: 100 });
    expect(await hurried.holdfast('sync')).toMatchObject({
      status: 75,
      stderr: expect.stringContaining('IAM: not done within 1 s (timeout)'),
    });
  });
});

describe('an agent', () => {
  afterEach(async () => {
    await server.moto.allowSetUp();
  });

  test('needs these three actions and no other', async () => {
    const agents = await Promise.all(
      ACTIONS.map(async (left) => {
        const actions = ACTIONS.filter((action) => action !== left);
        return [left, await server.moto.createAgent(`without-${left.slice(4)}`, actions)] as const;
      }),
    );
    await server.moto.requireAuthorization();
    await using host = await IamHost.create(server, iamConfig());
    expect(await host.holdfast('sync')).toMatchObject({ status: 0 });
    for (const [action, agent] of agents) {
      await using poor = await IamHost.create(server, iamConfig());
      const { status, stderr } = await poor.root.run(['sync'], server.environment(agent));
      expect({ status, stderr }).toEqual({ status: 77, stderr: expect.stringContaining(`hint: the role must be allowed ${action} for`) });
    }
  });

  test('reads another account in a role that it may assume', async () => {
    const role = await server.moto.createRole('directory', ACTIONS);
    const agent = await server.moto.createAgent('assuming', ['sts:AssumeRole']);
    await server.moto.requireAuthorization();
    await using host = await IamHost.create(server, iamConfig({ assume_role: role, external_id: 'holdfast-fleet' }));
    server.proxy.calls.length = 0;
    expect(await host.root.run(['sync'], server.environment(agent))).toMatchObject({ status: 0 });
    expect(server.proxy.counts).toEqual({ 'sts:AssumeRole': 1, 'iam:GetGroup': 1, 'iam:ListSSHPublicKeys': 3, 'iam:GetSSHPublicKey': 3 });
  });
});

function truncatedPage(marker: string): string {
  const group = '<Group><GroupName>crowd</GroupName><GroupId>g234567890123456</GroupId><Arn>arn:aws:iam::1:group/crowd</Arn></Group>';
  return `<GetGroupResponse><GetGroupResult>${group}<Users/><IsTruncated>true</IsTruncated>${marker}</GetGroupResult></GetGroupResponse>`;
}

function inDays(days: number): Record<string, string> {
  const [library = ''] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
  return { LD_PRELOAD: library, FAKETIME: `+${days}d`, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}
