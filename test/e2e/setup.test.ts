/**
 * `holdfast setup` on a host with real NSS, sshd and PAM: from one that nobody has wired to one that doctor finds well, and back.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { codesOf, DoctorHost } from '../support/doctor-host.ts';
import type { ProgramResult } from '../support/running-program.ts';

const D = '/etc/ssh/sshd_config.d';
const CHAIN = '/usr/lib/holdfast/authorized-keys-chain';
const TOUCHED = '/etc/nsswitch.conf /etc/ssh /etc/pam.d /etc/systemd/system/ssh.service.d /etc/*.cache*';
/** Names, kinds, modes, owners and contents of all that setup may touch. */
const FINGERPRINT = `find /etc/.[a-z]*.holdfast-new ${TOUCHED} ! -type d -printf '%p %y %m %u %l\\n' -a -type f -exec sha256sum {} + 2>/dev/null | sort || true`;

let host: DoctorHost;
let bare: string;

beforeAll(async () => {
  host = await DoctorHost.boot();
  await host.agent.host.writeEtc(
    'holdfast-chain',
    await readFile(join(import.meta.dirname, '../../packaging/authorized-keys-chain')),
    0o755,
  );
  await host.on(`mv /etc/holdfast-chain ${CHAIN}`);
  await host.on(`
    rm /etc/*.cache* ${D}/10-holdfast.conf
    sed -i 's/ cache//' /etc/nsswitch.conf
    sed -i '/pam_mkhomedir/d' /etc/pam.d/common-session
    cp -a /etc /run/etc-bare`);
  bare = await fingerprint();
});

afterAll(async () => await host?.[Symbol.asyncDispose]());

beforeEach(async () => {
  await host.on(`
    rm -rf /etc/*.cache* ${D}/* /var/lib/holdfast/state/setup /etc/systemd/system/ssh.service.d
    cp -a /run/etc-bare/nsswitch.conf /etc && cp -a /run/etc-bare/ssh/. /etc/ssh && cp -a /run/etc-bare/pam.d/. /etc/pam.d`);
  expect(await fingerprint()).toBe(bare);
});

describe('holdfast setup', () => {
  test('shows what it would change, and changes nothing', async () => {
    const { status, stdout, stderr } = await setup();
    expect(status).toBe(1);
    expect(stdout).toContain('-passwd: files\n');
    expect(stdout).toContain('+passwd: files cache\n');
    expect(stdout).toContain(
      '--- /dev/null\n+++ /etc/shadow.cache.ixname\n@@ -0,0 +1 @@\n+(link to /var/lib/holdfast/current/shadow.cache.ixname)\n',
    );
    expect(stdout).toContain('+AuthorizedKeysCommand /usr/lib/holdfast/authorized-keys %u\n');
    expect(stdout).toContain('+session optional pam_mkhomedir.so umask=0077\n');
    expect(stderr).toContain('holdfast: left to you: systemd does not run here');
    expect(await fingerprint()).toBe(bare);
  });

  test('makes a host that doctor finds well, once, and puts back to the byte what was there', async () => {
    expect(codesOf(await host.examine())).not.toEqual([]);
    const { status, stdout } = await setup('--apply');
    expect(status).toBe(0);
    expect(stdout).toContain('changed: /etc/nsswitch.conf\n');
    expect(stdout).toContain(`made: ${D}/10-holdfast.conf\n`);
    expect(codesOf(await host.examine())).toEqual([]);
    expect(await output('getent passwd alice')).toContain('alice:x:');

    const wired = await fingerprint();
    expect(await setup('--apply')).toMatchObject({ status: 0, stdout: 'nothing to do: this host is wired\n' });
    expect(await setup()).toMatchObject({ status: 0, stdout: 'nothing to do: this host is wired\n' });
    expect(await fingerprint()).toBe(wired);

    expect(await setup('--undo')).toMatchObject({ status: 0, stdout: expect.stringContaining('put back: /etc/nsswitch.conf\n') });
    expect(await fingerprint()).toBe(bare);
    expect(await setup('--undo')).toMatchObject({ status: 0, stdout: 'nothing to undo: setup has changed nothing here\n' });
  });

  test('takes the way back over several times, and leaves alone what somebody has changed since', async () => {
    await setup('--apply', '--skip', 'sshd', 'homes');
    await setup('--apply');
    await host.on("sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf");
    const changed = await fingerprint();
    const { status, stdout, stderr } = await setup('--undo');
    expect(status).toBe(1);
    expect(stdout).toContain('--- /etc/nsswitch.conf (as setup left it)\n+++ /etc/nsswitch.conf (now)\n');
    expect(stdout).toContain('+hosts: files\n');
    expect(stderr).toContain('nothing was put back: 1 file was changed since setup');
    expect(await fingerprint()).toBe(changed);
    await host.on("sed -i 's/^hosts:.*/hosts:          files dns/' /etc/nsswitch.conf");
    expect(await setup('--undo')).toMatchObject({ status: 0 });
    expect(await fingerprint()).toBe(bare);
  });

  test.each([
    {
      what: 'a lookup command that fails',
      broken:
        'mv /usr/lib/holdfast/authorized-keys /run/away && printf "#!/bin/sh\\nexit 3\\n" >/usr/lib/holdfast/authorized-keys && chmod 755 /usr/lib/holdfast/authorized-keys',
      mended: 'mv /run/away /usr/lib/holdfast/authorized-keys',
      says: 'ended with status 3',
    },
    {
      what: 'an NSS library that finds nobody',
      broken: 'mount --bind /dev/null "$(realpath /usr/lib/*/libnss_cache.so.2)"',
      mended: 'umount "$(realpath /usr/lib/*/libnss_cache.so.2)"',
      says: 'the NSS service "cache" finds nobody',
    },
    {
      what: 'a Match block that has the slot for everybody',
      broken: `printf 'Match User *\\nAuthorizedKeysCommand /usr/bin/true\\nAuthorizedKeysCommandUser nobody\\n' >${D}/05-match.conf`,
      mended: `rm ${D}/05-match.conf`,
      says: 'the first value that sshd reads wins',
    },
  ])('puts everything back after $what', async ({ broken, mended, says }) => {
    await host.on(broken);
    const before = await fingerprint();
    const { status, stderr } = await setup('--apply');
    const after = await fingerprint();
    await host.on(mended);
    expect({ status, isSame: after === before }).toEqual({ status: 73, isSame: true });
    expect(stderr).toContain(says);
    expect(stderr).toContain('everything was put back: this host is as it was');
    expect(await setup('--undo')).toMatchObject({ stdout: 'nothing to undo: setup has changed nothing here\n' });
  });

  test('changes nothing on a host whose sshd refuses its configuration', async () => {
    await host.on(`echo 'UsePum yes' >${D}/30-slip.conf`);
    const before = await fingerprint();
    expect(await setup('--apply')).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('sshd refuses its configuration as it is'),
    });
    expect(await fingerprint()).toBe(before);
  });

  test('goes on where a killed run has stopped, and finds the way back from both', async () => {
    await setup('--apply');
    // As if it had been killed before its last names, and while it made one.
    await host.on(`echo half >/etc/.nsswitch.conf.holdfast-new; echo half >${D}/.10-holdfast.conf.holdfast-new`);
    await host.on('rm /etc/passwd.cache /etc/nsswitch.conf && cp -a /run/etc-bare/nsswitch.conf /etc');
    expect(await setup('--apply')).toMatchObject({ status: 0 });
    expect(codesOf(await host.examine())).toEqual([]);
    expect(await setup('--undo')).toMatchObject({ status: 0 });
    expect(await fingerprint()).toBe(bare);
  });
});

describe('whom sshd asks for keys already', () => {
  const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther other';

  test.each([
    ['in a drop-in that comes before ours', `${D}/05-other.conf`, ''],
    ['in one that comes after ours', `${D}/20-systemd-userdb.conf`, ''],
    ['in sshd_config itself', '/etc/ssh/sshd_config', 'cat /run/etc-bare/ssh/sshd_config >>/etc/ssh/sshd_config'],
  ])('is asked behind ours, with a time limit and its own user: %s', async (_where, file, then) => {
    await host.on(`
      printf '#!/bin/sh\\n[ "$1" = slow ] && exec sleep 60\\necho "${KEY} $(id -un) $1"\\n' >/usr/lib/other-keys && chmod 755 /usr/lib/other-keys
      printf 'AuthorizedKeysCommand /usr/lib/other-keys %%u\\nAuthorizedKeysCommandUser root\\n' >${file}
      ${then}`);
    const before = await fingerprint();
    expect(await setup('--apply')).toMatchObject({ status: 0 });
    expect(codesOf(await host.examine())).toEqual([]);
    const command = await output("sshd -T -C user=alice,host=h,addr=192.0.2.1 | sed -n 's/^authorizedkeyscommand //p'");
    expect(command.trim()).toBe(`${CHAIN} %u -- root /usr/lib/other-keys %u`);
    expect(await setup()).toMatchObject({ status: 0 });
    const keys = await output('holdfast keys alice');
    expect(await output(command.replaceAll('%u', 'alice'))).toBe(`${keys}${KEY} root alice\n\n`);
    expect(await setup('--undo')).toMatchObject({ status: 0 });
    expect(await fingerprint()).toBe(before);
  });

  test('is asked no more than for its time, and keeps none of our keys back', async () => {
    await host.on(`printf '#!/bin/sh\\nprintf begun; exec sleep 60\\n' >/usr/lib/slow-keys && chmod 755 /usr/lib/slow-keys`);
    const command = `${CHAIN} alice -- nobody /usr/lib/slow-keys alice -- nobody /bin/echo later -- nobody /bin/false -- stranger /bin/echo never`;
    expect(await output(command)).toBe(`${await output('holdfast keys alice')}begun\nlater\n\n\n\n`);
  });

  test('on the command line of its unit is asked behind ours, and its drop-in switched off', async () => {
    await host.on(`
      mkdir -p /usr/lib/systemd/system/ssh.service.d
      printf '[Service]\\nExecStart=\\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand /bin/echo eic %%%%u %%%%f" -o "AuthorizedKeysCommandUser nobody" $SSHD_OPTS\\n' >/usr/lib/systemd/system/ssh.service.d/ec2-instance-connect.conf`);
    const { stdout } = await setup();
    expect(stdout).toContain(
      '+AuthorizedKeysCommand /usr/lib/holdfast/authorized-keys-chain %u -- nobody /bin/echo eic %u %f\n+AuthorizedKeysCommandUser nobody\n',
    );
    expect(stdout).toContain('+++ /etc/systemd/system/ssh.service.d/ec2-instance-connect.conf\n@@ -0,0 +1 @@\n+(link to /dev/null)\n');
    expect(await setup('--apply')).toMatchObject({ status: 0 });
    const report = await host.examine();
    expect({ found: codesOf(report), unchecked: report.notChecked.map(({ check }) => check) }).toEqual({ found: [], unchecked: ['timer'] });
    expect(await setup('--undo')).toMatchObject({ status: 0 });
    expect(await fingerprint()).toBe(bare);
    await host.on('rm /usr/lib/systemd/system/ssh.service.d/ec2-instance-connect.conf');
  });
});

async function setup(...args: readonly string[]): Promise<ProgramResult> {
  return await host.agent.holdfast('setup', ...args);
}

async function output(line: string): Promise<string> {
  return (await host.on(line)).stdout;
}

async function fingerprint(): Promise<string> {
  return await output(FINGERPRINT);
}
