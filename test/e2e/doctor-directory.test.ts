/**
 * What `holdfast doctor` says of a directory that cannot be reached, of certificates and clocks, of people who are held back or have no shell, and how it does
 * where it may not look: without root, below another root, offline, with a configuration that is wrong.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { HOLDFAST } from '../support/agent-host.ts';
import { codesOf, DoctorHost } from '../support/doctor-host.ts';
import { personDn } from '../support/ldif.ts';
import { expired } from '../support/pki.ts';

const NOBODY = 65_534;

let host: DoctorHost;

beforeAll(async () => {
  host = await DoctorHost.boot();
});

afterAll(async () => await host?.[Symbol.asyncDispose]());

describe('a directory that cannot be reached', () => {
  test.each([
    [
      "a CA that is not the server's",
      () => ({ 'source[0].tls.ca': `file:${host.pki.otherCa.cert}` }),
      /is not trusted; trusted here: .*Somebody Else Root CA/,
      /check ca in \[source\.tls\]/,
    ],
    [
      'a name that is not in the certificate',
      () => ({ 'source[0].tls.server_name': 'ldap.example.org' }),
      /is for .*127\.0\.0\.1.*, and not for "ldap\.example\.org"/,
      /server_name/,
    ],
    ['a port without TLS', () => ({ 'source[0].uris': [host.slapd.uris.ldap.replace('ldap:', 'ldaps:')] }), /TLS handshake/, /636/],
    [
      'no client certificate',
      () => ({ 'source[0].tls': { ca: `file:${host.pki.ca.cert}` }, 'source[0].bind': { method: 'anonymous' } }),
      /client certificate/,
      /./,
    ],
    [
      'a bind that is refused',
      () => ({ 'source[0].bind': { method: 'simple', dn: 'cn=nobody,dc=example,dc=org', password: 'file:/run/password' } }),
      /simple bind as "cn=nobody,dc=example,dc=org" was answered invalidCredentials \(49\)/,
      /check dn and password/,
    ],
  ])('by %s is told with the exact reason', async (_what, changes, what, fix) => {
    await host.on('umask 077 && printf %s tr0ub4dor >/run/password');
    await host.configure(changes());
    const report = await host.examine();
    expect(codesOf(report)).toEqual(['source-unreachable']);
    expect(report.findings[0]?.what).toMatch(what);
    expect(report.findings[0]?.fix).toMatch(fix);
    expect(JSON.stringify(report)).not.toContain('tr0ub4dor');
    await host.configure();
  });

  test('by a certificate of ours that has expired is told twice: that it has, and that it is refused', async () => {
    const old = await host.pki.ca.issueClient({ commonName: 'web-1', ...expired() });
    await host.configure({ 'source[0].tls.cert': `file:${old.cert}`, 'source[0].tls.key': `file:${old.key}` });
    expect(codesOf(await host.examine())).toEqual(['source-unreachable', 'certificate-expired']);
    await host.configure();
  });

  test('since it hangs ends the look in time; the other server is asked all the same', async () => {
    await host.configure({ 'source[0].uris': ['ldaps://127.0.0.1:1', host.slapd.uris.ldaps] });
    expect((await host.examine()).findings).toMatchObject([
      { code: 'server-unreachable', severity: 'warning', what: expect.stringContaining('ECONNREFUSED') as string },
    ]);
    host.slapd.suspend();
    try {
      const { findings, notChecked } = await host.examine();
      expect(findings.map(({ code }) => code)).toEqual(['source-unreachable', 'source-unreachable']);
      expect(findings[1]?.what).toMatch(/TLS handshake: no answer within 5 s$/);
      expect(notChecked).toContainEqual({ check: 'clock', reason: 'no server of a source answered' });
    } finally {
      host.slapd.resume();
    }
    await host.configure();
  });

  test('is not asked with --offline, and that is said', async () => {
    await host.slapd.stop();
    try {
      const { findings, notChecked } = await host.examine(['--offline']);
      expect(findings).toEqual([]);
      expect(notChecked).toEqual([
        { check: 'timer', reason: 'systemd does not run here' },
        { check: 'sources', reason: 'source "corp": --offline was given' },
        { check: 'clock', reason: '--offline was given' },
      ]);
      await host.agent.holdfast('sync');
      expect(codesOf(await host.examine(['--offline']))).toEqual(['run-failed']);
    } finally {
      await host.slapd.start();
    }
    await host.on('holdfast sync');
  });
});

test("a clock that is wrong is seen by the directory's", async () => {
  const report = await host.examine([], ['faketime', '-f', '+20m']);
  expect(report.findings).toMatchObject([
    { code: 'clock-wrong', what: expect.stringMatching(/^this host's clock is (?:19|20) minutes ahead of that of ldaps:/) as string },
  ]);
  expect(report.findings[0]?.fix).toContain('timedatectl set-ntp true');
});

describe('people', () => {
  test('whose shell is not there are named', async () => {
    await host.on('echo /usr/bin/elvish >>/etc/shells');
    await host.slapd.modify(`dn: ${personDn('bob')}\nchangetype: modify\nreplace: loginShell\nloginShell: /usr/bin/elvish\n`);
    await host.on('holdfast sync');
    expect((await host.examine()).findings).toMatchObject([
      { code: 'shell-missing', what: 'there is no "/usr/bin/elvish" here, the shell of 1 person who may log in: bob' },
    ]);
    await host.slapd.modify(`dn: ${personDn('bob')}\nchangetype: modify\nreplace: loginShell\nloginShell: /bin/bash\n`);
    await host.on('holdfast sync');
  });

  test('who share a number with a local account are found, and then are quarantined', async () => {
    await host.on('useradd -o -u 10001 newcomer');
    expect(codesOf(await host.examine())).toEqual(['account-collision']);
    await host.on('holdfast sync');
    expect((await host.examine()).findings).toMatchObject([
      { code: 'quarantined', severity: 'warning', what: '1 entry or key is quarantined: id-local 1' },
    ]);
    await host.on('userdel newcomer && holdfast sync');
  });

  test('who vanished are held, and doctor says so with the commands', async () => {
    const gone = (await host.on("getent -s cache passwd | cut -d: -f1 | grep -v '^alice$' | head -20")).stdout.trim().split('\n');
    await host.slapd.delete(...gone.map((uid) => personDn(uid)));
    expect(await host.agent.holdfast('sync')).toMatchObject({ status: 65 });
    const { findings } = await host.examine();
    expect(findings).toMatchObject([
      { code: 'removals-held', fix: expect.stringMatching(/^holdfast diff {3}# .*holdfast sync --approve-removals$/) as string },
    ]);
    await host.on('holdfast sync --approve-removals');
    expect(codesOf(await host.examine())).toEqual([]);
  });
});

describe('emergency users', () => {
  test('whose block is not what counts in sshd are told of, and the drop-in mends that', async () => {
    await host.on('useradd --create-home emergency');
    await host.configure({ emergency: { users: ['emergency'], objects: ['s3://bucket/keys'] } });
    expect(codesOf(await host.examine())).toEqual(['sshd-drop-in', 'emergency', 'sshd-emergency']);
    await host.on('holdfast wiring sshd >/etc/ssh/sshd_config.d/10-holdfast.conf');
    expect((await host.examine()).findings).toMatchObject([
      { code: 'emergency', what: expect.stringContaining('never asked for') as string },
    ]);
    await host.configure();
    await host.on('holdfast wiring sshd >/etc/ssh/sshd_config.d/10-holdfast.conf');
  });
});

describe('systemd', () => {
  /** As systemctl 252 answers. */
  const says = (timer: string, service: string): string =>
    `printf '#!/bin/sh\ncase $* in *.timer) printf "%%b" "${timer}" ;; *) printf "%%b" "${service}" ;; esac\n' >/run/systemctl && chmod 0755 /run/systemctl`;

  test.each([
    [
      'has a timer that is disabled',
      'LoadState=loaded\\nActiveState=inactive\\nUnitFileState=disabled\\n',
      'LoadState=loaded\\nResult=success\\n',
      ['timer-disabled'],
    ],
    [
      'ran into the time limit',
      'LoadState=loaded\\nActiveState=active\\nUnitFileState=enabled\\n',
      'LoadState=loaded\\nResult=timeout\\n',
      ['service-failed'],
    ],
  ])('that %s is told of', async (_what, timer, service, codes) => {
    await host.on(`mkdir -p /run/systemd/system && ${says(timer, service)} && mount --bind /run/systemctl /usr/bin/systemctl`);
    const report = await host.examine();
    await host.on('umount /usr/bin/systemctl && rmdir /run/systemd/system');
    expect(codesOf(report)).toEqual(codes);
    expect(report.notChecked).toEqual([]);
  });
});

describe('where it may not look', () => {
  test('without root, it says what it could not read, and judges the rest', async () => {
    const { stdout, stderr } = await host.agent.host.run([...HOLDFAST, 'doctor', '--json'], { uid: NOBODY });
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as Awaited<ReturnType<DoctorHost['examine']>>;
    expect(codesOf(report)).toEqual([]);
    expect(report.fine.map(({ check }) => check)).toEqual(['nsswitch', 'links', 'pam', 'disk']);
    expect(report.notChecked).toContainEqual({ check: 'lookup', reason: 'only root may run it as another user' });
    expect(report.notChecked).toContainEqual({ check: 'configuration', reason: 'only root may read /etc/holdfast/holdfast.toml' });
  });

  test('with a configuration that is wrong, it says that and judges the rest', async () => {
    await host.agent.host.writeEtc('holdfast/holdfast.toml', 'version = 1\n[acess]\n', 0o640);
    const { findings, notChecked, fine } = await host.examine();
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['configuration-wrong']));
    expect(findings[0]?.what).toMatch(/^\/etc\/holdfast\/holdfast\.toml/);
    expect(notChecked).toContainEqual({ check: 'sources', reason: 'the configuration cannot be used' });
    expect(fine.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['caches', 'nsswitch', 'names', 'sshd', 'lookup', 'permissions', 'homes']),
    );
    await host.configure();
  });

  test('of a source with secrets that only the service has, nobody is asked, and that is said', async () => {
    await host.configure({ 'source[0].tls.key': 'credential:client.key' });
    const { findings, notChecked } = await host.examine();
    expect(findings).toEqual([]);
    expect(notChecked.filter(({ reason }) => reason.includes('credential:client.key')).map(({ check }) => check)).toEqual([
      'configuration',
      'sources',
    ]);
    await host.configure();
  });

  test('below another root, the wiring is read from there, and no program is run', async () => {
    await using root = await ScratchRoot.create({
      'source[0].type': 'file',
      'source[0].path': '/nowhere.toml',
      'source[0].uris': undefined,
      'source[0].base': undefined,
      'source[0].bind': undefined,
    });
    await root.write('etc/nsswitch.conf', 'passwd: files cache\ngroup: files\nshadow: files cache\n');
    await root.write('etc/ssh/sshd_config', 'Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n');
    await root.write(
      'etc/ssh/sshd_config.d/10-holdfast.conf',
      'AuthorizedKeysCommand /usr/lib/holdfast/authorized-keys %u\nAuthorizedKeysCommandUser nobody\nUsePAM yes\n',
    );
    const { status, stdout } = await root.holdfast('doctor', '--json');
    const report = JSON.parse(stdout) as Awaited<ReturnType<DoctorHost['examine']>>;
    expect(status).toBe(1);
    expect(report.findings.find(({ code }) => code === 'nsswitch-no-cache')?.what).toContain(
      `${root.path}/etc/nsswitch.conf: line 2, "group: files"`,
    );
    expect(codesOf(report).filter((code) => code.startsWith('sshd'))).toEqual([]);
    expect(report.notChecked).toContainEqual({ check: 'timer', reason: 'below --root no program is run' });
  });
});

test('a broken host, as a tired operator sees it', async () => {
  await host.on("sed -i 's/^passwd:.*/passwd: files sss/' /etc/nsswitch.conf");
  await host.on(
    "printf 'AuthorizedKeysCommand /opt/\\033[2J/keys %%u\\nAuthorizedKeysCommandUser root\\n' >/etc/ssh/sshd_config.d/05-other.conf",
  );
  await host.on(
    "sed -i '1i account required pam_sss.so' /etc/pam.d/sshd && chmod 0777 /usr/lib/holdfast && echo x >>/var/lib/holdfast/current/group.cache",
  );
  await host.configure({ 'source[0].tls.ca': `file:${host.pki.otherCa.cert}`, 'access.always': {} });
  const { status, stdout, stderr } = await host.agent.holdfast('doctor');
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const golden = join(import.meta.dirname, 'golden/doctor-broken.txt');
  const shown = stdout
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\b\d+ bytes\b/g, 'N bytes')
    .replaceAll(/\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC/g, 'TIME');
  if (process.env['UPDATE'] === '1') writeFileSync(golden, shown);
  expect(shown).toBe(readFileSync(golden, 'utf8'));
});
