/**
 * A bastion: everybody who may log in gets through it, and nobody gets a shell on it.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AgentHost, StateDisk } from '../support/agent-host.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { startPackagedSshd, wireHost } from '../support/packaged-sshd.ts';
import { generatePeople } from '../support/people.ts';
import { expectSuccess, runProgram } from '../support/running-program.ts';
import { generateSshKey, type Sshd } from '../support/sshd.ts';

const NOLOGIN = '/usr/lib/holdfast/nologin';

describe('with override_shell = "/usr/lib/holdfast/nologin"', () => {
  let folder: string;
  let directory: CompanyDirectory;
  let disk: StateDisk;
  let agent: AgentHost;
  let sshd: Sshd;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-bastion-'));
    const alice = { uid: 'alice', sshPublicKeys: [await generateSshKey(join(folder, 'alice'))] };
    directory = await startCompanyDirectory({ people: generatePeople({ count: 10, named: [alice] }) });
    disk = await StateDisk.create();
    agent = await AgentHost.boot(disk, directory.config({ 'policy.override_shell': NOLOGIN }));
    await wireHost(agent.host);
    const install = ['install', '-D', '-m', '755', join(import.meta.dirname, '../../packaging/nologin'), NOLOGIN];
    expectSuccess(await agent.host.run(install), install);
    sshd = await startPackagedSshd(agent.host);
    expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
  });

  afterAll(async () => {
    await sshd?.[Symbol.asyncDispose]();
    await agent?.[Symbol.asyncDispose]();
    await disk?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test.each([
    ['a session', undefined],
    ['a command', 'id'],
  ])('%s is refused with what to do instead', async (_what, command) => {
    const { status, stdout, stderr } = await sshd.ssh('alice', join(folder, 'alice'), command);
    expect(status).toBe(1);
    expect(stdout).not.toContain('uid=');
    expect(stderr).toContain('This host gives out no shell: it only passes connections on.\n');
    expect(stderr).toMatch(/ {2}ssh -J alice@\S+ alice@HOST\n/);
  });

  test('sftp is refused', async () => {
    const { status, stdout } = await sshd.ssh('alice', join(folder, 'alice'), 'sftp', { options: ['-s'] });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  test('a connection goes through it, as ssh -J makes it', async () => {
    const { stdout } = await sshd.ssh('alice', join(folder, 'alice'), undefined, { options: ['-W', `127.0.0.1:${sshd.port}`] });
    expect(stdout).toMatch(/^SSH-2\.0-OpenSSH/);
  });

  test('the host says what it wants to say', async () => {
    await agent.host.writeEtc('holdfast/nologin.txt', 'Ask in #platform for access to this host.\n', 0o644);
    expect(await sshd.ssh('alice', join(folder, 'alice'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Ask in #platform for access to this host.\n'),
    });
  });
});

describe('packaging/sshd/20-holdfast-bastion.conf', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-bastion-conf-'));
    await generateSshKey(join(folder, 'host'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('passes connections on and nothing else', async () => {
    expect(await effective((text) => text)).toMatchObject({
      allowtcpforwarding: 'local',
      allowagentforwarding: 'no',
      permittty: 'no',
      authenticationmethods: 'any',
    });
  });

  test('wants a second factor when its lines are taken in', async () => {
    const withFactor = await effective((text) => text.replaceAll(/^#(?=\S)/gm, ''));
    expect(withFactor).toMatchObject({ authenticationmethods: 'publickey,keyboard-interactive', kbdinteractiveauthentication: 'yes' });
  });

  /** What sshd makes of it. */
  async function effective(change: (text: string) => string): Promise<Readonly<Record<string, string>>> {
    const text = await readFile(join(import.meta.dirname, '../../packaging/sshd/20-holdfast-bastion.conf'), 'utf8');
    await writeFile(join(folder, 'sshd_config'), change(text));
    const command = ['/usr/sbin/sshd', '-T', '-f', join(folder, 'sshd_config'), '-h', join(folder, 'host')];
    // A machine on which no sshd was started yet lacks the folder that it wants.
    const withRunFolder = 'mount -t tmpfs run /run && mkdir /run/sshd && exec "$@"';
    const result = await runProgram(['unshare', '--mount', 'sh', '-c', withRunFolder, 'sh', ...command]);
    expectSuccess(result, command);
    return Object.fromEntries(result.stdout.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]));
  }
});
