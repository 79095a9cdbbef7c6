/**
 * From nothing to a login, by the commands of README's "First set-up" as they stand there: a bare host that systemd has booted, the .deb, and a
 * company's OpenLDAP behind mutual TLS.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../packaging/node-runtime.ts';
import { makePackages } from '../../packaging/package.ts';
import { BootedHost } from '../support/booted-host.ts';
import { groupDn, personDn } from '../support/ldif.ts';
import { generatePeople } from '../support/people.ts';
import { createPki } from '../support/pki.ts';
import { type Slapd, startSlapd } from '../support/slapd.ts';
import { generateSshKey } from '../support/sshd.ts';

const project = join(import.meta.dirname, '../..');
const binary = join(project, 'dist/holdfast');
const GRACE = 'grace.hopper';
const SSH = `ssh -n -i /run/grace -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR ${GRACE}@127.0.0.1`;

let scratch: string;
let deb: string;
let commands: readonly string[];
let host: BootedHost;
let directory: Slapd;

beforeAll(async () => {
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: npm run build makes it`);
  scratch = await mkdtemp(join(tmpdir(), 'holdfast-first-login-'));
  const output = { version: '0.1.0', time: 1_700_000_000, compression: 'fast', output: scratch } as const;
  [deb = ''] = makePackages({ architecture: hostArchitecture(), binary, ...output });
  const { ca } = await createPki(join(scratch, 'pki'));
  const client = await ca.issueClient({ commonName: 'web-1' });
  for (const [from, to] of [
    [ca.cert, 'ca.pem'],
    [client.cert, 'client.crt'],
    [client.key, 'client.key'],
  ] as const) {
    await copyFile(from, join(scratch, to));
  }
  const key = await generateSshKey(join(scratch, 'grace'));
  host = await BootedHost.boot(scratch);
  const server = await ca.issueServer({ name: 'ldap-1' });
  directory = await startSlapd({
    tls: { ...server, clientCa: ca.cert, verifyClient: 'demand' },
    anonymous: 'refused',
    people: generatePeople({ count: 200, named: [{ uid: GRACE, cn: 'Grace Hopper', sshPublicKeys: [key] }] }),
    within: host.withinNetwork,
  });
  commands = firstSetUp(await readFile(join(project, 'README.md'), 'utf8'), directory.uris.ldaps);
});

afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
  await host?.[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true });
});

/** Lines of the section's commands, without their comments, for this server. */
function firstSetUp(readme: string, uri: string): string[] {
  const [, block = ''] = /^## First set-up\n\n```sh\n(.*?)^```$/ms.exec(readme) ?? [];
  return block
    .split('\n')
    .map((line) => line.replace(/\s*#.*$/, '').replace('ldaps://ldap-1.example.org', uri))
    .filter((line) => line !== '');
}

describe('the first set-up of the README', () => {
  test('is six commands beside the package and the certificates', () => {
    expect(commands.map((line) => line.replace(/ldaps:\S+/, 'URI'))).toEqual([
      'install -d -m 0750 /etc/holdfast && install -d -m 0700 /etc/holdfast/tls',
      'holdfast init --uri URI --access-group web-prod',
      'holdfast diff; holdfast sync',
      'holdfast setup',
      'holdfast setup --apply',
      'holdfast doctor',
    ]);
  });

  test('installs the package, and the certificates beside', async () => {
    await host.on(`
      set -e
      install -m 0600 /mnt/grace /run/
      dpkg --install /mnt/${basename(deb)}
      ${commands[0]}
      install -m 0600 -t /etc/holdfast/tls /mnt/ca.pem /mnt/client.crt /mnt/client.key`);
    expect(await host.run(`getent passwd ${GRACE}`)).toMatchObject({ status: 2 });
  });

  test('makes a configuration that is right', async () => {
    const init = await host.run(`${commands[1]} </dev/null`);
    expect(init).toMatchObject({ status: 0 });
    expect(await host.on('holdfast config check')).toBe('/etc/holdfast/holdfast.toml: ok\n');
  });

  test('syncs', async () => {
    const { status, stdout, stderr } = await host.run(commands[2] ?? '');
    expect({ status, stdout, stderr }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('+ passwd … and 180 more (holdfast diff --json lists all)\n') as string,
      stderr: expect.stringContaining('generation 1 serves: 200 people') as string,
    });
  });

  test('shows the wiring, and applies it', async () => {
    expect(await host.run(commands[3] ?? '')).toMatchObject({ status: 1 });
    expect(await host.run(commands[4] ?? '')).toMatchObject({ status: 0 });
  });

  test('ends with a host that doctor finds well, and a login', async () => {
    expect(await host.run(commands[5] ?? '')).toMatchObject({ status: 0 });
    expect(await host.on(`${SSH} 'whoami; pwd'`)).toBe(`${GRACE}\n/home/${GRACE}\n`);
    expect(await host.on('systemctl is-active holdfast.timer')).toBe('active\n');
  });

  test('lets people in with the directory down, and the service says why it failed', async () => {
    await directory.stop();
    // "Try again later" is no failure of the unit.
    await host.on('systemctl start holdfast.service');
    expect(await host.on('systemctl show --property=ExecMainStatus holdfast.service')).toBe('ExecMainStatus=75\n');
    expect(await host.on(`${SSH} whoami`)).toBe(`${GRACE}\n`);
    expect(await host.run('holdfast status')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('people can log in; 1 problem\n') as string,
    });
  });

  test('locks out who has left, with the next run', async () => {
    await directory.start();
    await directory.modify(`dn: ${groupDn('web-prod')}\nchangetype: modify\ndelete: memberUid\nmemberUid: ${GRACE}\n`);
    await directory.delete(personDn(GRACE));
    await host.on('systemctl start holdfast.service');
    expect(await host.run(`${SSH} whoami`)).toMatchObject({ status: 255 });
    expect(await host.run(`getent passwd ${GRACE}`)).toMatchObject({ status: 2 });
  });
});
