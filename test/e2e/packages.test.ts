/**
 * The packages, judged by lintian(1) and rpmlint(1), and installed, upgraded, removed and purged on hosts that systemd has booted and that have no
 * network: whoever could log in before a step can after it.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../packaging/node-runtime.ts';
import type { Build } from '../../packaging/package/release.ts';
import { makePackages } from '../../packaging/package.ts';
import { packageScript } from '../../packaging/package/scripts.ts';
import { TRIXIE } from '../support/aws/trixie.ts';
import { BootedHost } from '../support/booted-host.ts';
import { type ProgramResult, runProgram } from '../support/running-program.ts';
import { generateSshKey } from '../support/sshd.ts';

const project = join(import.meta.dirname, '../..');
const binary = join(project, 'dist/holdfast');

let scratch: string;
let deb: string;
let rpm: string;
let newerDeb: string;
let newerRpm: string;
let adaKey: string;
/** It takes the longest, on one core: the tests go on meanwhile, and it is judged at their end. */
let lintian: Promise<ProgramResult>;

beforeAll(async () => {
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: npm run build makes it`);
  scratch = await mkdtemp(join(tmpdir(), 'holdfast-packages-'));
  [deb = '', rpm = ''] = await packagesOf('0.1.0', 'first');
  lintian = runProgram(['lintian', '--no-user-dirs', '--allow-root', '--fail-on', 'error,warning', deb]);
  [newerDeb = '', newerRpm = ''] = await packagesOf('0.1.1', 'newer');
  for (const name of ['ada', 'root']) await generateSshKey(join(scratch, name));
  adaKey = (await readFile(join(scratch, 'ada.pub'), 'utf8')).trim();
});

afterAll(async () => await rm(scratch, { recursive: true }));

async function packagesOf(version: string, folder: string, changes: Partial<Build> = {}): Promise<string[]> {
  const output = join(scratch, folder);
  await mkdir(output);
  return makePackages({ version, time: 1_700_000_000, architecture: hostArchitecture(), binary, compression: 'fast', output, ...changes });
}

describe('both packages', () => {
  test('are the same, byte by byte, when they are made again', async () => {
    const again = await packagesOf('0.1.0', 'again');
    for (const [index, path] of [deb, rpm].entries()) {
      expect((await readFile(again[index] ?? '')).equals(await readFile(path)), basename(path)).toBe(true);
    }
  });

  test('have nothing that rpmlint would say', async () => {
    const { status, stdout } = await runProgram(['rpmlint', '--config', join(project, 'packaging/rpmlint.toml'), rpm]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining(' 0 errors, 0 warnings,') as string });
  });

  test.each(['deb-postinst', 'deb-prerm', 'deb-postrm', 'rpm-post', 'rpm-preun', 'rpm-postun'] as const)(
    'have a script %s that shellcheck finds right',
    async (name) => {
      // Every script has all functions in it, and needs few of them.
      const command = ['chroot', TRIXIE, 'shellcheck', '--shell=sh', '--exclude=SC2317,SC2329,SC2034', '-'];
      expect(await runProgram(command, { input: packageScript(name) })).toMatchObject({ status: 0, stdout: '' });
    },
  );

  test('want of libraries what the symbols of Node want', async () => {
    const { stdout } = await runProgram(['readelf', '--version-info', '--wide', binary]);
    const newest = (family: string): string | undefined =>
      [...stdout.matchAll(new RegExp(`\\b${family}_(\\d+(?:\\.\\d+)+)\\b`, 'g'))]
        .map(([, version = '']) => version)
        .toSorted(byNumber)
        .at(-1);
    // dpkg's names for those: libstdc++6 7 is the first with CXXABI_1.3.11, libgcc-s1 4.2 with GCC_4.2.0.
    expect([newest('GLIBC'), newest('CXXABI'), newest('GLIBCXX'), newest('GCC')]).toEqual(['2.28', '1.3.11', '3.4.21', '4.2.0']);
    const { stdout: depends } = await runProgram(['dpkg-deb', '--field', deb, 'Depends']);
    expect(depends).toBe('libatomic1 (>= 4.8), libc6 (>= 2.28), libgcc-s1 (>= 4.2), libstdc++6 (>= 7)\n');
  });
});

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/** What decides who can log in, and what runs by itself. */
const WIRING = `
  sshd -T
  cat /etc/nsswitch.conf /etc/passwd /etc/group /etc/ssh/sshd_config.d/* /etc/pam.d/*
  find /etc/systemd /etc/ssh /etc/pam.d | sort`;

const AS_ADA =
  'ssh -n -i /run/ada -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR ada@127.0.0.1 whoami';
const AS_ROOT = AS_ADA.replace('/run/ada', '/run/root').replace('ada@', 'root@');

async function bootHost(): Promise<BootedHost> {
  const host = await BootedHost.boot(scratch);
  await host.on('install -m 0600 /mnt/ada /mnt/root /run/ && install -D -m 0600 /mnt/root.pub /root/.ssh/authorized_keys');
  return host;
}

/** Somebody of a directory, as README has an operator do it. */
async function wire(host: BootedHost): Promise<void> {
  await host.on(`
    set -e
    printf '%s\\n' 'version = 1' '[[source]]' 'name = "people"' 'type = "file"' 'path = "/etc/holdfast/people.toml"' \\
      '[access]' 'always = { users = ["ada"] }' >/etc/holdfast/holdfast.toml
    printf '%s\\n' '[[user]]' 'name = "ada"' 'uid = 5000' 'gid = 5000' 'home = "/home/ada"' 'shell = "/bin/sh"' \\
      'keys = ["${adaKey}"]' '[[group]]' 'name = "ada"' 'gid = 5000' >/etc/holdfast/people.toml
    mkdir /home/ada
    holdfast config check
    sed -i -e 's/^\\(passwd\\|group\\|shadow\\):.*/\\1: files cache/' /etc/nsswitch.conf
    cp /usr/share/doc/holdfast/examples/sshd/10-holdfast.conf /etc/ssh/sshd_config.d/
    sshd -t
    systemctl reload ssh
    systemctl enable --now holdfast.timer`);
  await host.eventually('getent passwd ada');
}

describe('the .deb', () => {
  let host: BootedHost;

  beforeAll(async () => {
    host = await bootHost();
  });

  afterAll(async () => await host?.[Symbol.asyncDispose]());

  test('is installed without a network, changes nothing of who can log in, and runs nothing', async () => {
    const before = await host.on(WIRING);
    const { status, stdout, stderr } = await host.run(`dpkg --install /mnt/first/${basename(deb)}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(linesOfHoldfast(stdout)).toEqual([
      'installed. sshd, NSS and PAM are as they were. Timers that presets have enabled: none',
      'next: holdfast init, which makes /etc/holdfast/holdfast.toml (examples: /usr/share/doc/holdfast/examples)',
      'then: holdfast diff, holdfast sync, and holdfast setup, which shows how to wire NSS and sshd; holdfast doctor looks at it all',
    ]);
    expect(await host.on(WIRING)).toBe(before);
    expect(await host.on('systemctl is-enabled holdfast.timer holdfast-emergency.timer || true')).toBe('disabled\ndisabled\n');
    expect(await host.on(`systemctl list-units --no-legend 'holdfast*'`)).toBe('');
    expect(await host.on('systemctl --failed --no-legend')).toBe('');
    expect(await host.on(AS_ROOT)).toBe('root\n');
  });

  test('has every file as it was made, its folders for root alone, and a configuration file of AppArmor that AppArmor takes', async () => {
    expect(await host.on('dpkg --verify holdfast')).toBe('');
    expect(await host.on('holdfast --version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    const paths = '/etc/holdfast /etc/holdfast/tls /etc/holdfast/hooks.d /usr/lib/holdfast/authorized-keys';
    expect(await host.on(`stat --format "%a %U %n" ${paths}`)).toBe(
      '750 root /etc/holdfast\n700 root /etc/holdfast/tls\n755 root /etc/holdfast/hooks.d\n755 root /usr/lib/holdfast/authorized-keys\n',
    );
    expect(await host.on('cat /var/lib/dpkg/info/holdfast.conffiles')).toBe('/etc/apparmor.d/abstractions/nameservice.d/holdfast\n');
    const profile = 'include <tunables/global>\nprofile test { include <abstractions/nameservice> }';
    expect(await host.on(`echo '${profile}' | apparmor_parser --skip-kernel-load --skip-cache --debug`)).toContain(
      '/var/lib/holdfast/generations/*/{passwd,group}.cache',
    );
  });

  test("enables the timer that a preset of the operator's names, and no other", async () => {
    await host.on(`mkdir -p /etc/systemd/system-preset && echo 'enable holdfast.timer' >/etc/systemd/system-preset/10-site.preset`);
    const installed = await host.on(`dpkg --purge holdfast && dpkg --install /mnt/first/${basename(deb)}`);
    expect(linesOfHoldfast(installed)[0]).toMatch(/: holdfast\.timer$/);
    expect(await host.on('systemctl is-enabled holdfast.timer holdfast-emergency.timer || true')).toBe('enabled\ndisabled\n');
    await host.on('rm /etc/systemd/system-preset/10-site.preset && systemctl disable --now --quiet holdfast.timer');
  });

  test('sees a command for keys that is in the unit of sshd, as that of EC2 Instance Connect', async () => {
    await host.on(`
      mkdir /etc/systemd/system/ssh.service.d
      cat >/etc/systemd/system/ssh.service.d/ec2-instance-connect.conf <<'END'
[Service]
ExecStart=
ExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand /usr/share/eic_run_authorized_keys %%u %%f" -o "AuthorizedKeysCommandUser nobody" $SSHD_OPTS
END`);
    const installed = await host.on(`dpkg --purge holdfast && dpkg --install /mnt/first/${basename(deb)}`);
    expect(linesOfHoldfast(installed)[1]).toMatch(/^sshd asks another command .*: \/usr\/share\/eic_run_authorized_keys %%u %%f$/);
    await host.on('rm -r /etc/systemd/system/ssh.service.d');
  });

  test('lets people in once it is wired', async () => {
    await wire(host);
    expect(await host.on(AS_ADA)).toBe('ada\n');
    expect(await host.on(AS_ROOT)).toBe('root\n');
  });

  test('tells a hook of a commit, in the sandbox of the unit, out of which it can have systemd do the rest', async () => {
    await host.on(`
      set -e
      install -m 0755 /dev/stdin /etc/holdfast/hooks.d/10-told <<'END'
#!/bin/sh
cat >/var/log/holdfast/told
touch /etc/told 2>&1
grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status | tr '\\t\\n' '  '
exec systemctl start --no-block told.service
END
      printf '[Service]\\nType=oneshot\\nExecStart=/usr/bin/touch /etc/told\\n' >/etc/systemd/system/told.service
      systemctl daemon-reload
      printf '[[group]]\\nname = "told"\\ngid = 5001\\nmembers = ["ada"]\\n' >>/etc/holdfast/people.toml
      systemctl start holdfast.service`);
    await host.eventually('test -e /etc/told');
    const told = JSON.parse(await host.on('cat /var/log/holdfast/told')) as unknown;
    expect(told).toMatchObject({ changes: { group: { added: { names: ['told'] } } } });
    const journal = await host.on('journalctl --unit holdfast --output cat --no-pager');
    expect(journal).toMatch(/^event=hook hook=10-told end=ended status=0 output="touch: .*Read-only file system/m);
    // CAP_CHOWN alone, and a filter of system calls.
    expect(journal).toMatch(/CapEff: 0000000000000001 NoNewPrivs: 1 Seccomp: 2/);
    await host.on('rm /etc/holdfast/hooks.d/10-told /etc/told /etc/systemd/system/told.service && systemctl daemon-reload');
  });

  test('is upgraded with everything left as it was, what people have edited too', async () => {
    await host.on('echo "# mine" >>/etc/apparmor.d/abstractions/nameservice.d/holdfast');
    const before = await host.on(`${WIRING}; md5sum /etc/holdfast/*.toml; readlink /var/lib/holdfast/current`);
    const { status, stdout, stderr } = await host.run(`dpkg --install /mnt/newer/${basename(newerDeb)}`);
    expect({ status, stderr, said: linesOfHoldfast(stdout) }).toEqual({ status: 0, stderr: '', said: [] });
    expect(await host.on(`${WIRING}; md5sum /etc/holdfast/*.toml; readlink /var/lib/holdfast/current`)).toBe(before);
    expect(await host.on('tail -n 1 /etc/apparmor.d/abstractions/nameservice.d/holdfast')).toBe('# mine\n');
    expect(await host.on('systemctl is-active holdfast.timer')).toBe('active\n');
    expect(await host.on(AS_ADA)).toBe('ada\n');
  });

  test('is removed, and people still log in by what was there last', async () => {
    const { status, stdout } = await host.run('dpkg --remove holdfast');
    expect(status).toBe(0);
    expect(linesOfHoldfast(stdout)).toEqual([
      'removed. /var/lib/holdfast and /usr/lib/holdfast stay: people of the directory log in as of the last run,',
      'and nobody is added or taken away any more. That needs libnss-cache (Debian: apt-mark manual libnss-cache).',
    ]);
    expect(await host.on('ls /usr/lib/holdfast /var/lib/holdfast')).toBe(
      '/usr/lib/holdfast:\nauthorized-keys\nauthorized-keys-chain\nnologin\n\n/var/lib/holdfast:\ncurrent\ngenerations\nstate\n',
    );
    expect(await host.on(`systemctl list-units --no-legend 'holdfast*'`)).toBe('');
    expect(await host.on(AS_ADA)).toBe('ada\n');
    expect(await host.on(AS_ROOT)).toBe('root\n');
  });

  test('goes on where it was when it is installed again', async () => {
    const { status, stdout, stderr } = await host.run(`dpkg --install /mnt/newer/${basename(newerDeb)}`);
    expect({ status, stderr, said: linesOfHoldfast(stdout) }).toEqual({ status: 0, stderr: '', said: [] });
    await host.eventually('systemctl is-active holdfast.timer');
    expect(await host.on('dpkg --verify holdfast')).toMatch(/^\?\?5\?{6} c \S+\/holdfast\n$/);
    expect(await host.on(AS_ADA)).toBe('ada\n');
  });

  test('is purged with all that it has made, and what people have written and local accounts stay', async () => {
    await host.on('rm /etc/group.cache && echo theirs >/etc/group.cache');
    const { status, stdout } = await host.run('dpkg --purge holdfast');
    expect(status).toBe(0);
    expect(linesOfHoldfast(stdout)).toContain('/usr/lib/holdfast is gone, and still named in /etc/ssh/sshd_config.d/10-holdfast.conf');
    expect(
      await host.on(`find / -xdev -name '*holdfast*' -not -path '/tmp/*' -not -path '/proc/*' -not -name holdfast-test-host | sort`),
    ).toBe('/etc/holdfast\n/etc/holdfast/holdfast.toml\n/etc/ssh/sshd_config.d/10-holdfast.conf\n');
    expect(await host.on("find /etc -maxdepth 1 -name '*.cache*' -not -name ld.so.cache")).toBe('/etc/group.cache\n');
    expect(await host.run('getent passwd ada')).toMatchObject({ status: 2 });
    expect(await host.run(AS_ADA)).toMatchObject({ status: 255 });
    expect(await host.on(AS_ROOT)).toBe('root\n');
    expect(await host.on('sshd -t && systemctl --failed --no-legend')).toBe('');
  });
});

describe('the .rpm, where sshd asks another command for keys', () => {
  let host: BootedHost;
  // Debian's rpm has a database without Debian's packages.
  const rpmCommand = (words: string): string => `rpm --force-debian --nodeps ${words}`;

  beforeAll(async () => {
    host = await bootHost();
    await host.on(`printf '#!/bin/sh\\n[ "$1" != root ] || cat /mnt/ada.pub\\n' >/usr/lib/other-keys && chmod 0755 /usr/lib/other-keys`);
    await host.on(
      `printf 'AuthorizedKeysCommand /usr/lib/other-keys %%u\\nAuthorizedKeysCommandUser root\\n' >/etc/ssh/sshd_config.d/20-other.conf && systemctl reload ssh`,
    );
  });

  afterAll(async () => await host?.[Symbol.asyncDispose]());

  test('is installed, leaves the place to the other, and says so', async () => {
    const before = await host.on(WIRING);
    const { status, stdout } = await host.run(rpmCommand(`--install /mnt/first/${basename(rpm)}`));
    expect(status).toBe(0);
    expect(linesOfHoldfast(stdout)).toContain(
      'sshd asks another command for keys, and goes on doing so (AuthorizedKeysCommand): /usr/lib/other-keys %u',
    );
    expect(await host.on(WIRING)).toBe(before);
    expect(await host.on(AS_ADA.replace('ada@', 'root@'))).toBe('root\n');
    expect(await host.on('rpm --verify --nodeps holdfast')).toBe('');
    expect(await host.on('systemctl is-enabled holdfast.timer holdfast-emergency.timer || true')).toBe('disabled\ndisabled\n');
  });

  test('is upgraded and removed, and people still log in', async () => {
    await wire(host);
    expect(await host.on(AS_ADA)).toBe('ada\n');
    const upgraded = await host.run(rpmCommand(`--upgrade /mnt/newer/${basename(newerRpm)}`));
    expect({ status: upgraded.status, said: linesOfHoldfast(upgraded.stdout) }).toEqual({ status: 0, said: [] });
    expect(await host.on('systemctl is-active holdfast.timer')).toBe('active\n');
    expect(await host.on(AS_ADA)).toBe('ada\n');
    const removed = await host.run(rpmCommand('--erase holdfast'));
    expect({ status: removed.status, said: linesOfHoldfast(removed.stdout)[0] }).toMatchObject({
      status: 0,
      said: expect.stringMatching(/^removed\./) as string,
    });
    expect(await host.on(`systemctl list-units --no-legend 'holdfast*'`)).toBe('');
    expect(await host.on('ls /usr/bin/holdfast || true')).toBe('');
    expect(await host.on(AS_ADA)).toBe('ada\n');
    expect(await host.on(AS_ROOT)).toBe('root\n');
  });
});

test('the .deb has nothing that lintian would say', async () => {
  const { status, stdout } = await lintian;
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

function linesOfHoldfast(stdout: string): string[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('holdfast: '))
    .map((line) => line.slice('holdfast: '.length));
}
