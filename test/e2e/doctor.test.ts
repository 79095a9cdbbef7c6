/**
 * `holdfast doctor` on a host with real NSS, sshd and PAM: everything is broken once, doctor says exactly that, and the command that it prints mends it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codesOf, DoctorHost } from '../support/doctor-host.ts';

/** What breaks it, what is found, and what mends it where the printed command alone does not. */
type Breakage = readonly [what: string, codes: readonly string[], how: string, mend?: string];

const D = '/etc/ssh/sshd_config.d';
const LOOKUP = '/usr/lib/holdfast/authorized-keys';
const STATE = '/var/lib/holdfast';
const CACHE = `${STATE}/current/passwd.cache`;

const BREAKAGES: readonly Breakage[] = [
  ['no caches in nsswitch.conf', ['nsswitch-no-cache'], "sed -i '/^passwd:/s/cache//' /etc/nsswitch.conf"],
  ['an nsswitch.conf without a line', ['nsswitch-no-cache'], "sed -i '/^shadow:/d' /etc/nsswitch.conf"],
  ['the caches before the local files', ['nsswitch-cache-first'], "sed -i 's/^group:.*/group: cache files/' /etc/nsswitch.conf"],
  [
    'a way that ends before the caches',
    ['nsswitch-cache-cut-off'],
    "sed -i 's/^passwd:.*/passwd: files [NOTFOUND=return] cache/' /etc/nsswitch.conf",
  ],
  ['SSSD before the caches', ['nsswitch-directory-first'], "sed -i 's/^passwd:.*/passwd: files sss cache/' /etc/nsswitch.conf"],
  ['SSSD behind the caches', ['nsswitch-directory-after'], "sed -i 's/^group:.*/group: files cache sss/' /etc/nsswitch.conf"],
  ['names that are gone', ['cache-link-missing'], 'rm /etc/passwd.cache /etc/group.cache.ixgid'],
  ["a file of nsscache's", ['cache-link-file'], `cp --remove-destination "$(readlink -f ${CACHE})" /etc/passwd.cache`],
  ['a link to one generation', ['cache-link-elsewhere'], `ln -sfnT "$(readlink -f ${CACHE})" /etc/passwd.cache`],
  [
    'an NSS library that is gone',
    ['nss-silent'],
    'mkdir /tmp/no-library && mount --bind /dev/null "$(realpath /usr/lib/*/libnss_cache.so.2)"',
    'umount "$(realpath /usr/lib/*/libnss_cache.so.2)"; rmdir /tmp/no-library',
  ],
  [
    'another in the place of the lookup command',
    ['sshd-slot-taken'],
    `printf 'AuthorizedKeysCommand /usr/bin/userdbctl ssh-authorized-keys %%u\nAuthorizedKeysCommandUser root\n' >${D}/05-userdb.conf`,
  ],
  ['no drop-in', ['sshd-no-lookup'], `rm ${D}/10-holdfast.conf ${D}/20-userdb.conf`],
  ['a drop-in that nobody reads', ['sshd-drop-in-unread'], "sed -i '/^Include/d' /etc/ssh/sshd_config"],
  ['a keyword that sshd does not know', ['sshd-refuses-configuration'], `echo 'UsePum yes' >${D}/30-slip.conf`, `rm ${D}/30-slip.conf`],
  ['no PAM in sshd', ['sshd-no-pam'], `echo 'UsePAM no' >${D}/05-hardened.conf`, `rm ${D}/05-hardened.conf`],
  ['a user for the lookup who is nobody', ['sshd-lookup-user'], `echo 'AuthorizedKeysCommandUser sshkeys' >${D}/05-user.conf`],
  ['root for the lookup', ['sshd-lookup-root'], `echo 'AuthorizedKeysCommandUser root' >${D}/05-user.conf`],
  ['no keys at all in sshd', ['sshd-no-public-keys'], `echo 'PubkeyAuthentication no' >${D}/05-user.conf`],
  [
    'passwords alone, for some',
    ['sshd-no-public-keys'],
    `printf 'Match User *,!root\nAuthenticationMethods password\n' >${D}/05-user.conf`,
  ],
  ['a list of users without her', ['sshd-keeps-out'], `echo 'AllowUsers root backup' >${D}/05-user.conf`],
  ['a drop-in that was edited', ['sshd-drop-in'], `sed -i 's/^UsePAM yes/#&/' ${D}/10-holdfast.conf`],
  ['PAM that asks SSSD at each login', ['pam-asks-directory'], "sed -i '1i account required pam_sss.so' /etc/pam.d/sshd"],
  ['PAM that asks LDAP for passwords', ['pam-asks-passwords'], "sed -i '1i auth sufficient pam_ldap.so' /etc/pam.d/sshd"],
  [
    'nobody who makes homes',
    ['home-not-made'],
    "sed -i '/pam_mkhomedir/d' /etc/pam.d/common-session",
    "echo 'session required pam_mkhomedir.so umask=0077' >>/etc/pam.d/common-session",
  ],
  ['a lookup command that others may write', ['lookup-unsafe'], `chmod 0777 ${LOOKUP}`],
  ["a folder of the lookup command that is another's", ['lookup-unsafe'], 'chown nobody /usr/lib/holdfast'],
  ['a lookup command that nobody may run', ['lookup-closed'], `chmod 0700 ${LOOKUP}`],
  ['no lookup command', ['lookup-missing'], `mv ${LOOKUP} ${LOOKUP}.away`, `mv ${LOOKUP}.away ${LOOKUP}`],
  [
    'a lookup command that prints another key',
    ['lookup-differs'],
    `cp ${LOOKUP} ${LOOKUP}.away && printf '#!/bin/sh\necho ssh-ed25519 AAAA\n' >${LOOKUP}`,
    `mv ${LOOKUP}.away ${LOOKUP}`,
  ],
  [
    'a lookup command that hangs',
    ['lookup-fails'],
    `cp ${LOOKUP} ${LOOKUP}.away && printf '#!/bin/sh\nsleep 60\n' >${LOOKUP}`,
    `mv ${LOOKUP}.away ${LOOKUP}`,
  ],
  ['a state folder that nobody may enter', ['state-closed'], `chmod 0700 ${STATE}`],
  ['a state folder that others may write', ['state-unsafe'], `chmod 0775 ${STATE}`],
  ['private state that others may read', ['state-open'], `chmod 0755 ${STATE}/state`],
  [
    'a cache that somebody has changed',
    ['caches-damaged'],
    `cp -L ${CACHE} /run/copy && echo 'x:x:1:1::/:/bin/sh' >>/run/copy && cp --remove-destination /run/copy ${CACHE}`,
  ],
  [
    'no generation',
    ['caches-none', 'source-stale'],
    `mkdir /run/away && mv ${STATE}/current ${STATE}/generations ${STATE}/state /run/away`,
  ],
  ['a local account with a uid of the directory', ['account-collision'], 'useradd -o -u 10000 newcomer', 'userdel newcomer'],
  ['a folder of the configuration that others may write', ['configuration-unsafe'], 'chmod 0777 /etc/holdfast'],
  ['a configuration that others may write', ['configuration-wrong'], 'chmod 0666 /etc/holdfast/holdfast.toml'],
  [
    'a full disk',
    ['disk-too-full'],
    `cp -a ${STATE} /run/state && mount -t tmpfs -o size=4m,mode=755 tmpfs ${STATE} && cp -a /run/state/. ${STATE}`,
    `umount ${STATE}`,
  ],
  ['a record of what is held that is torn', ['held-record-damaged'], `echo '{' >${STATE}/state/held-removals.json`],
];

let host: DoctorHost;

beforeAll(async () => {
  host = await DoctorHost.boot();
});

afterAll(async () => await host?.[Symbol.asyncDispose]());

test('a host that is well is well, and what could not be looked at is said', async () => {
  const { status, stdout, stderr } = await host.agent.holdfast('doctor', '--verbose');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^all is well; 1 check could not be made, or not whole\n\nnot checked: timer: systemd does not run here\n\n/);
  expect(stdout).toContain("\nfine: clock: this host's clock is that of its directory\n");
  expect(stdout).toMatch(/\n\nfine: 24 of 25 checks\n$/);
});

test.each(BREAKAGES.map(([what, codes, how, mend]) => ({ what, codes, how, mend })))(
  'finds $what, and nothing else; the command that it prints mends',
  async ({ codes, how, mend }) => {
    await host.on(how);
    const report = await host.examine();
    expect(codesOf(report)).toEqual(codes);
    for (const command of mend === undefined ? report.findings.map(({ fix }) => fix) : [mend]) await host.on(command);
    expect(codesOf(await host.examine())).toEqual([]);
  },
);
