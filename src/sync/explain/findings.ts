/**
 * What `holdfast doctor` finds. Why it matters is said where the finding is defined; what `status` finds as well is explained there.
 */
import { type FindingCode, whyOf } from '../doctor/finding.ts';
import type { ProblemCode } from '../status/problem.ts';
import type { Explanation } from './explanation.ts';

type OwnCode = Exclude<FindingCode, ProblemCode>;
type Told = readonly [means: string, ...remedies: readonly string[]];

const EVERY_PATH = 'holdfast doctor names each path with its mode and owner, and the command for it';

const TOLD: Readonly<Record<OwnCode, Told>> = {
  'configuration-odd': ['Something in the configuration is allowed and hardly meant.', 'holdfast config check'],
  'configuration-unsafe': ['Somebody other than root may change the configuration, or a folder above it.', EVERY_PATH],
  'caches-none': ['There is no generation yet, or the link to it is gone.', 'holdfast sync'],
  'caches-nobody': ['The caches are whole, and nobody in them has a key.', 'holdfast why LOGIN, for somebody who should get in'],
  'run-failed': ['The last run ended with an error.', 'holdfast sync, which says it again with its code', 'journalctl -u holdfast -n 50'],
  'run-warning': ['The last run went through, and warned.', 'holdfast status, which has the text'],
  'access-nowhere': ['A rule of [access] names somebody or a group whom no source knows.', 'holdfast why --group GROUP'],
  'access-groups-unread': [
    'The access groups of this instance could not be read.',
    'holdfast sync',
    'holdfast status, for what counts meanwhile',
  ],
  'uid-ledger-missing': ['The record of who had which uid is gone or damaged.', 'holdfast sync, which makes a new one of what serves'],
  emergency: ['Something is wrong with emergency access; the text says what.', 'holdfast status', 'holdfast emergency'],
  quarantined: ['Entries or keys of the directory were refused.', 'holdfast quarantine'],
  'nsswitch-unreadable': ['/etc/nsswitch.conf cannot be read.', 'ls -l /etc/nsswitch.conf'],
  'nsswitch-no-cache': [
    'passwd, group or shadow of /etc/nsswitch.conf does not ask "cache".',
    'passwd: files cache, and so on, in /etc/nsswitch.conf',
  ],
  'nsswitch-no-files': ['A database of /etc/nsswitch.conf does not ask "files".', 'passwd: files cache, and so on, in /etc/nsswitch.conf'],
  'nsswitch-cache-first': ['"cache" is asked before "files".', 'passwd: files cache, and so on, in /etc/nsswitch.conf'],
  'nsswitch-cache-cut-off': [
    'An action such as [NOTFOUND=return] ends the search before "cache".',
    'take the action out of /etc/nsswitch.conf',
  ],
  'nsswitch-directory-first': [
    'A service that asks a directory (ldap, sss, winbind) stands before "cache".',
    'take it out of /etc/nsswitch.conf',
  ],
  'nsswitch-directory-after': [
    'A service that asks a directory stands after "cache".',
    'take it out of /etc/nsswitch.conf, if nobody needs it',
  ],
  'cache-link-missing': ['A link such as /etc/passwd.cache is not there.', 'systemd-tmpfiles --create holdfast.conf'],
  'cache-link-elsewhere': [
    'A link such as /etc/passwd.cache leads elsewhere.',
    'ls -l /etc/*.cache*; then: systemd-tmpfiles --create holdfast.conf',
  ],
  'cache-link-file': ['/etc/passwd.cache or another is a file and no link.', 'mv it away, then: systemd-tmpfiles --create holdfast.conf'],
  'nss-silent': ['Somebody is in the caches, and getent finds nobody.', 'getent -s cache passwd LOGIN', 'apt-get install libnss-cache'],
  'nss-differs': ['getent gives another uid than the caches have.', 'getent -s cache passwd LOGIN; getent -s files passwd LOGIN'],
  'nss-hangs': ['getent gave no answer in time.', 'take what asks a directory out of /etc/nsswitch.conf'],
  'sshd-refuses-configuration': ['sshd -t finds a mistake in its configuration.', 'sshd -t'],
  'sshd-no-lookup': [
    'sshd has no AuthorizedKeysCommand for people of the directory.',
    'holdfast wiring sshd, for what has to be there',
    'sshd -T -C user=LOGIN | grep -i authorizedkeys',
  ],
  'sshd-slot-taken': [
    "sshd has another AuthorizedKeysCommand than holdfast's.",
    'grep -ri authorizedkeyscommand /etc/ssh',
    'holdfast wiring sshd',
  ],
  'sshd-drop-in-unread': [
    'sshd_config does not include the drop-in.',
    'Include /etc/ssh/sshd_config.d/*.conf, as the first line of sshd_config',
  ],
  'sshd-drop-in': [
    'The drop-in is not what the configuration asks for.',
    'holdfast wiring sshd > /etc/ssh/sshd_config.d/10-holdfast.conf && sshd -t',
  ],
  'sshd-lookup-user': ['AuthorizedKeysCommandUser is missing, or nobody has that name.', 'AuthorizedKeysCommandUser nobody'],
  'sshd-lookup-root': ['AuthorizedKeysCommandUser is root.', 'AuthorizedKeysCommandUser nobody'],
  'sshd-no-public-keys': [
    'PubkeyAuthentication is off, or AuthenticationMethods leaves publickey out.',
    'sshd -T -C user=LOGIN | grep -iE "pubkeyauth|authenticationmethods"',
  ],
  'sshd-keeps-out': [
    'AllowUsers, AllowGroups, DenyUsers or DenyGroups of sshd refuses somebody who has keys.',
    'sshd -T -C user=LOGIN | grep -iE "^(allow|deny)"',
  ],
  'sshd-no-pam': ['UsePAM is "no".', 'UsePAM yes, in sshd_config or its drop-in'],
  'sshd-emergency': [
    'sshd does not read the keys of the emergency users.',
    'holdfast wiring sshd > /etc/ssh/sshd_config.d/10-holdfast.conf && sshd -t',
  ],
  'pam-asks-directory': [
    'A PAM module that every login passes asks a directory.',
    'grep -rE "pam_(ldap|sss|krb5|winbind)" /etc/pam.d; pam-auth-update',
  ],
  'pam-asks-passwords': [
    'A PAM module asks a directory for passwords.',
    'grep -rE "pam_(ldap|sss|krb5|winbind)" /etc/pam.d; pam-auth-update',
  ],
  'home-not-made': ['Somebody who can log in has no home, and nothing makes one.', 'pam-auth-update --enable mkhomedir'],
  'lookup-missing': ['The lookup command that sshd is told to run is not there.', 'install the package of holdfast again'],
  'lookup-unsafe': ['Others than root may change the lookup command or a folder above it.', EVERY_PATH],
  'lookup-closed': ['The lookup command cannot be run by whom sshd runs it as.', 'chmod 0755 /usr/lib/holdfast/authorized-keys'],
  'lookup-fails': [
    'The lookup command was run as sshd runs it, and failed or gave no answer.',
    'runuser -u nobody -- /usr/lib/holdfast/authorized-keys LOGIN',
  ],
  'lookup-differs': [
    'The lookup command prints other keys than the generation has.',
    'holdfast keys LOGIN, beside what the lookup command prints',
  ],
  'state-unsafe': ['Others than root may change /var/lib/holdfast or a folder above it.', EVERY_PATH],
  'state-closed': ['Not everybody may read the caches.', EVERY_PATH],
  'state-open': ['Others than root may read the state of holdfast.', 'chmod 0700 /var/lib/holdfast/state'],
  'timer-missing': ['systemd does not know holdfast.timer.', 'install the package of holdfast again; systemctl daemon-reload'],
  'timer-disabled': ['holdfast.timer is not enabled.', 'systemctl enable --now holdfast.timer'],
  'timer-stopped': ['holdfast.timer is enabled and does not run.', 'systemctl start holdfast.timer'],
  'service-failed': [
    'systemd says that the last run of a service of holdfast failed.',
    'systemctl status holdfast.service; journalctl -u holdfast -n 50',
  ],
  'units-changed': ['Units on the disk are newer than what systemd has read.', 'systemctl daemon-reload'],
  'disk-too-full': [
    'The disk has too little room, or too few inodes, for another generation.',
    'df -h /var/lib/holdfast; df -i /var/lib/holdfast',
  ],
  'disk-low': ['Not many more generations fit on the disk.', 'df -h /var/lib/holdfast; df -i /var/lib/holdfast'],
  'account-collision': [
    'A local account has the name or the uid of somebody of the caches.',
    'holdfast sync, which leaves the one of the directory out',
  ],
  'shell-missing': [
    'The login shell of people who have keys is not on this host.',
    'apt-get install the shell, or set policy.override_shell',
  ],
  'certificate-expired': ['A client or CA certificate has ended.', 'put a new one in its place: the next run takes it'],
  'source-unreachable': [
    'A source does not answer now; the text has the exact reason, of TLS too.',
    'holdfast explain CODE, for the code in the text',
  ],
  'server-unreachable': ['One of the servers of a source does not answer; another does.', 'see to that server'],
  'clock-wrong': ["This host's clock is far from the directory's.", 'timedatectl set-ntp true; timedatectl timesync-status'],
  'clock-off': ["This host's clock is a little off the directory's.", 'timedatectl set-ntp true; timedatectl timesync-status'],
};

export const FINDINGS: Readonly<Record<string, Explanation>> = Object.fromEntries(
  (Object.entries(TOLD) as [OwnCode, Told][]).map(([code, [means, ...remedies]]) => [
    code,
    { means, matters: sentence(whyOf(code)), remedies },
  ]),
);

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
