/**
 * What the judges make of what NSS, sshd and PAM are told.
 */
import { describe, expect, test } from 'vitest';
import type { PasswdEntry } from '../../../src/directory/passwd.ts';
import type { CacheLink } from '../../../src/host/cache-links.ts';
import { parseNameServices } from '../../../src/host/name-services.ts';
import type { PamLine, PamStack } from '../../../src/host/pam-stack.ts';
import type { ProgramOutcome } from '../../../src/host/program.ts';
import type { SshdLine } from '../../../src/host/sshd-config-files.ts';
import { parseSshdSettings, type SshdSettings } from '../../../src/host/sshd-settings.ts';
import { judgeCacheLinks } from '../../../src/sync/doctor/cache-links.ts';
import type { Verdict } from '../../../src/sync/doctor/finding.ts';
import { judgeNameLookup } from '../../../src/sync/doctor/name-lookup.ts';
import { judgeNameServices } from '../../../src/sync/doctor/nsswitch.ts';
import { judgeHomes, judgePam } from '../../../src/sync/doctor/pam.ts';
import { judgeEmergencySshd, judgeSshd } from '../../../src/sync/doctor/sshd.ts';

function codesOf({ findings }: Verdict): string[] {
  return findings.map(({ code }) => code);
}

describe('judgeNameServices', () => {
  const judge = (text: string): Verdict =>
    judgeNameServices({ path: '/etc/nsswitch.conf', file: { kind: 'text' }, databases: parseNameServices(text) });
  const three = (services: string): string => ['passwd', 'group', 'shadow'].map((database) => `${database}: ${services}\n`).join('');

  test.each([
    ['files, then the caches', three('files cache'), []],
    ['systemd behind the caches', three('files cache systemd'), []],
    ['systemd between', three('files systemd cache'), []],
    ['compat in the place of files', three('compat cache'), []],
    ['an action that goes on', three('files [SUCCESS=merge] cache'), []],
    ['comments and odd spaces', three('\tfiles   cache # ldap'), []],
    ['no caches', three('files systemd'), ['nsswitch-no-cache']],
    ['no caches for one map', 'passwd: files cache\ngroup: files cache\nshadow: files\n', ['nsswitch-no-cache']],
    ['an empty file', '', ['nsswitch-no-cache']],
    ['no local files', three('cache'), ['nsswitch-no-files']],
    ['the caches first', three('cache files'), ['nsswitch-cache-first']],
    ['an end before the caches', three('files [NOTFOUND=return] cache'), ['nsswitch-cache-cut-off']],
    ['an end for all but success', three('files [!SUCCESS=return] cache'), ['nsswitch-cache-cut-off']],
    ['LDAP before the caches', three('files ldap cache'), ['nsswitch-directory-first']],
    ['SSSD behind the caches', three('files cache sss'), ['nsswitch-directory-after']],
    ['memberships from elsewhere', `${three('files cache')}initgroups: files sss\n`, ['nsswitch-no-cache']],
    ['memberships from the caches', `${three('files cache')}initgroups: cache\n`, []],
    [
      'two kinds of fault',
      'passwd: files\ngroup: files sss cache\nshadow: files cache\n',
      ['nsswitch-no-cache', 'nsswitch-directory-first'],
    ],
  ])('finds in %s', (_what, text, codes) => {
    expect(codesOf(judge(text))).toEqual(codes);
  });

  test('names the lines, and mends them with one command', () => {
    expect(judge('# mine\npasswd: files ldap\ngroup: files cache\n').findings).toMatchObject([
      {
        severity: 'problem',
        what: '/etc/nsswitch.conf: line 2, "passwd: files ldap", does not name "cache"; line "shadow:" is missing',
        fix: "sed -i -e 's/^[[:space:]]*passwd:.*/passwd: files cache/' /etc/nsswitch.conf && printf '%s\\n' 'shadow: files cache' >>/etc/nsswitch.conf   # or all of the wiring at once: holdfast setup --apply",
      },
    ]);
  });

  test('prints what somebody wrote there safely', () => {
    const [finding] = judge("passwd: \u001b2J'`rm`\n").findings;
    expect(finding?.what).toContain('\\u{1b}2J');
    expect(finding?.fix).toContain('passwd: files cache/');
  });

  test.each([
    ['absent', { kind: 'absent' }],
    ['a folder', { kind: 'unreadable', reason: 'it is no regular file' }],
  ] as const)('says that the file is %s', (_what, file) => {
    expect(codesOf(judgeNameServices({ path: '/etc/nsswitch.conf', file, databases: [] }))).toEqual(['nsswitch-unreadable']);
  });
});

describe('judgeCacheLinks', () => {
  const right: CacheLink = { name: 'passwd.cache', found: { kind: 'link', target: '/var/lib/holdfast/current/passwd.cache' } };

  test.each<[string, CacheLink['found'], string[]]>([
    ['a link to what serves', right.found, []],
    ['nothing', { kind: 'absent' }, ['cache-link-missing']],
    ["nsscache's file", { kind: 'file' }, ['cache-link-file']],
    [
      'a link to a generation, which never changes',
      { kind: 'link', target: '/var/lib/holdfast/generations/1/passwd.cache' },
      ['cache-link-elsewhere'],
    ],
  ])('judges %s', (_what, found, codes) => {
    const verdict = judgeCacheLinks({ links: [{ ...right, found }], etc: '/etc', stateDirectory: '/var/lib/holdfast' });
    expect(codesOf(verdict)).toEqual(codes);
  });

  test('mends all names of a kind with one command', () => {
    const links = ['group.cache', 'group.cache.ixgid'].map((name): CacheLink => ({ name, found: { kind: 'absent' } }));
    expect(judgeCacheLinks({ links: [right, ...links], etc: '/etc', stateDirectory: '/srv/hf' }).findings).toMatchObject([
      { code: 'cache-link-missing', fix: 'for name in group.cache group.cache.ixgid; do ln -sfnT /srv/hf/current/$name /etc/$name; done' },
      { code: 'cache-link-elsewhere' },
    ]);
  });
});

describe('judgeNameLookup', () => {
  const person = { name: 'alice', uid: 10_000 } as PasswdEntry;
  const says = (text: string, status = 0): ProgramOutcome => ({ kind: 'ended', status, stdout: Buffer.from(text), stderr: '' });
  const right = says('alice:x:10000:5000::/home/alice:/bin/sh\n');

  test.each<[string, ProgramOutcome, ProgramOutcome, string[]]>([
    ['finds her', right, right, []],
    ['finds nobody, though the caches do', says('', 2), right, ['nss-silent']],
    ['finds nobody, and so do the caches', says('', 2), says('', 2), ['nss-silent']],
    ['finds another', says('alice:x:1001:5000::/:/bin/sh\n'), right, ['nss-differs']],
    ['hangs', { kind: 'late', seconds: 5 }, right, ['nss-hangs']],
  ])('judges an NSS that %s', (_what, asWired, byCache, codes) => {
    expect(codesOf(judgeNameLookup({ person, asWired, byCache }))).toEqual(codes);
  });

  test('says which of the two ways is to be mended', () => {
    const fixOf = (byCache: ProgramOutcome): string | undefined =>
      judgeNameLookup({ person, asWired: says('', 2), byCache }).findings[0]?.fix;
    expect(fixOf(right)).toContain('holdfast setup --apply');
    expect(fixOf(says('', 2))).toBe('apt-get install libnss-cache');
  });
});

describe('judgeSshd', () => {
  const OURS = '/usr/lib/holdfast/authorized-keys %u';
  const DROP_IN = '/etc/ssh/sshd_config.d/10-holdfast.conf';
  const line = (file: string, value: string, match?: string): SshdLine => ({
    file,
    line: 3,
    keyword: 'authorizedkeyscommand',
    value,
    match,
  });
  const effective = (changes: Readonly<Record<string, string>>): SshdSettings => {
    const right = {
      authorizedkeyscommand: OURS,
      authorizedkeyscommanduser: 'nobody',
      usepam: 'yes',
      pubkeyauthentication: 'yes',
      authenticationmethods: 'any',
    };
    const text = Object.entries({ ...right, ...changes }).map(([key, value]) => `${key} ${value}\n`);
    return { kind: 'settings', values: parseSshdSettings(text.join('')) };
  };
  const judge = (settings: SshdSettings, lines: readonly SshdLine[] = [], files = ['/etc/ssh/sshd_config', DROP_IN]): Verdict =>
    judgeSshd({
      login: 'alice',
      groups: ['staff', 'web-prod'],
      settings,
      files: { lines, files, unread: [] },
      accountOf: (name) =>
        ({ nobody: { uid: 65_534, gid: 65_534, home: '/', shell: '' }, root: { uid: 0, gid: 0, home: '/', shell: '' } })[name],
      dropIn: DROP_IN,
      isDropInThere: true,
    });

  test.each<[string, Readonly<Record<string, string>>, string[]]>([
    ['as it should be', {}, []],
    ['with another state folder', { authorizedkeyscommand: `/usr/bin/env HOLDFAST_STATE_DIR=/srv ${OURS}` }, []],
    ['with a program of ours that asks others, too', { authorizedkeyscommand: '/usr/lib/holdfast/chain %u' }, []],
    ['without a command', { authorizedkeyscommand: 'none' }, ['sshd-no-lookup']],
    ["with systemd's", { authorizedkeyscommand: '/usr/bin/userdbctl ssh-authorized-keys %u' }, ['sshd-slot-taken']],
    ['without a user for it', { authorizedkeyscommanduser: 'none' }, ['sshd-lookup-user']],
    ['with a user who is nobody', { authorizedkeyscommanduser: 'sshkeys' }, ['sshd-lookup-user']],
    ['with root for it', { authorizedkeyscommanduser: 'root' }, ['sshd-lookup-root']],
    ['without PAM', { usepam: 'no' }, ['sshd-no-pam']],
    ['without keys', { pubkeyauthentication: 'no' }, ['sshd-no-public-keys']],
    ['with other methods', { authenticationmethods: 'password' }, ['sshd-no-public-keys']],
    ['that admits her', { allowusers: 'bob al?ce@10.*' }, []],
    ['that admits others', { allowusers: 'bob carol' }, ['sshd-keeps-out']],
    ['that denies her', { denyusers: 'a*' }, ['sshd-keeps-out']],
    ['that admits a group of hers', { allowgroups: 'sudo web-*' }, []],
    ['that admits other groups', { allowgroups: 'sudo' }, ['sshd-keeps-out']],
    ['that denies a group of hers', { denygroups: '*prod' }, ['sshd-keeps-out']],
    ['with a second factor', { authenticationmethods: 'publickey,keyboard-interactive' }, []],
  ])('judges an sshd %s', (_what, changes, codes) => {
    expect(codesOf(judge(effective(changes)))).toEqual(codes);
  });

  test('names the file that has taken the place, and makes room', () => {
    const taken = effective({ authorizedkeyscommand: '/usr/bin/sss_ssh_authorizedkeys %u' });
    const taker = line('/etc/ssh/sshd_config.d/05-sssd.conf', '/usr/bin/sss_ssh_authorizedkeys %u');
    expect(judge(taken, [taker, line(DROP_IN, OURS)]).findings).toMatchObject([
      {
        code: 'sshd-slot-taken',
        what: '/etc/ssh/sshd_config.d/05-sssd.conf:3: AuthorizedKeysCommand is "/usr/bin/sss_ssh_authorizedkeys %u", and the first value that sshd reads wins',
        fix: 'mv /etc/ssh/sshd_config.d/05-sssd.conf /etc/ssh/sshd_config.d/20-sssd.conf && sshd -t && systemctl reload ssh',
      },
    ]);
  });

  test('says that the drop-in is there and not read', () => {
    const verdict = judge(effective({ authorizedkeyscommand: 'none' }), [], ['/etc/ssh/sshd_config']);
    expect(verdict.findings).toMatchObject([{ code: 'sshd-drop-in-unread', fix: expect.stringContaining("sed -i '1i Include") as string }]);
  });

  test('goes by the files where sshd does not say, and says that', () => {
    const unknown: SshdSettings = { kind: 'unknown', reason: 'below --root no program is run' };
    const verdict = judge(unknown, [line(DROP_IN, OURS, 'User emergency'), line('/etc/ssh/sshd_config', '/bin/other')]);
    expect(codesOf(verdict)).toEqual(['sshd-slot-taken', 'sshd-no-pam']);
    expect(verdict.notChecked).toEqual(['what counts for "alice": below --root no program is run; only the files were read']);
  });

  test('says what sshd refuses', () => {
    expect(codesOf(judge({ kind: 'refused', text: 'Bad configuration option: Pam' }))).toEqual(['sshd-refuses-configuration']);
  });

  test.each<[string, Readonly<Record<string, string>>, string[]]>([
    [
      'their own block',
      { authorizedkeyscommand: '/usr/bin/cat /etc/ssh/emergency', authorizedkeyscommanduser: 'root', authorizedkeysfile: 'none' },
      [],
    ],
    ["everybody's lookup", { authorizedkeysfile: 'none' }, ['sshd-emergency']],
    [
      'a file in the home, too',
      {
        authorizedkeyscommand: '/usr/bin/cat /etc/ssh/emergency',
        authorizedkeyscommanduser: 'root',
        authorizedkeysfile: '.ssh/authorized_keys',
      },
      ['sshd-emergency'],
    ],
  ])('judges emergency users with %s', (_what, changes, codes) => {
    expect(codesOf(judgeEmergencySshd({ user: 'emergency', file: '/etc/ssh/emergency', settings: effective(changes) }))).toEqual(codes);
  });
});

describe('judgePam', () => {
  const line = (module: string, type: PamLine['type'], file = '/etc/pam.d/common-account'): PamLine => ({
    file,
    line: 1,
    type,
    control: 'required',
    module,
  });
  const stack = (...lines: readonly PamLine[]): PamStack => ({ kind: 'lines', lines });

  test.each<[string, PamStack, string[]]>([
    ['local modules', stack(line('pam_unix', 'account'), line('pam_mkhomedir', 'session')), []],
    ['SSSD at each login', stack(line('pam_sss', 'account'), line('pam_sss', 'auth')), ['pam-asks-directory']],
    ['LDAP and Kerberos', stack(line('pam_ldap', 'session'), line('pam_krb5', 'account')), ['pam-asks-directory', 'pam-asks-directory']],
    ['SSSD for passwords', stack(line('pam_sss', 'auth'), line('pam_sss', 'password')), ['pam-asks-passwords']],
    ['nothing', { kind: 'absent' }, []],
  ])('judges %s', (_what, lines, codes) => {
    expect(codesOf(judgePam(lines))).toEqual(codes);
  });

  test("takes away Debian's profile, or the line where it was written by hand", () => {
    const fixOf = (file: string): string | undefined => judgePam(stack(line('pam_sss', 'account', file))).findings[0]?.fix;
    expect(fixOf('/etc/pam.d/common-account')).toBe('pam-auth-update --disable sss');
    expect(fixOf('/etc/pam.d/sshd')).toBe("sed -i '/pam_sss\\.so/s/^/#/' /etc/pam.d/sshd");
  });

  test.each<[string, Partial<Parameters<typeof judgeHomes>[0]>, string[]]>([
    ['homes that are there', { missing: [] }, []],
    ['homes that are made', { stack: stack(line('pam_mkhomedir', 'session')) }, []],
    ['homes that nobody makes', {}, ['home-not-made']],
    ['homes that PAM would make, if sshd used it', { stack: stack(line('pam_mkhomedir', 'session')), usesPam: false }, []],
  ])('judges %s', (_what, changes, codes) => {
    const facts = { stack: stack(), people: 2, missing: [{ name: 'alice', home: '/home/alice' }], usesPam: true };
    expect(codesOf(judgeHomes({ ...facts, ...changes }))).toEqual(codes);
  });
});
