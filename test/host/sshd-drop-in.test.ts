import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLoginAccounts } from '../../src/host/login-accounts.ts';
import { faultOfDropIn, sshdDropIn, type SshdWiring } from '../../src/host/sshd-drop-in.ts';

const keep: SshdWiring = { ownAuthorizedKeys: 'keep', loginAccounts: [], stateDirectory: undefined };
const ignore: SshdWiring = { ...keep, ownAuthorizedKeys: 'ignore', loginAccounts: ['root', 'admin'] };
const emergency: SshdWiring = { ...ignore, emergency: { users: ['emergency', 'oncall'], file: '/etc/ssh/100%_keys' } };
const packaged = readFileSync(join(import.meta.dirname, '../../packaging/sshd/10-holdfast.conf'), 'utf8');

describe('sshdDropIn', () => {
  test('says what the packaged one says', () => {
    expect(settingsOf(sshdDropIn(keep))).toEqual(settingsOf(packaged));
  });

  test('takes their own files from all but the local accounts', () => {
    expect(settingsOf(sshdDropIn(ignore))).toEqual([...settingsOf(packaged), 'Match User *,!root,!admin', '    AuthorizedKeysFile none']);
  });

  test('tells the lookup command of another state folder', () => {
    expect(settingsOf(sshdDropIn({ ...keep, stateDirectory: '/srv/100%' }))[0]).toBe(
      'AuthorizedKeysCommand /usr/bin/env HOLDFAST_STATE_DIR=/srv/100%% /usr/lib/holdfast/authorized-keys %u',
    );
  });
});

describe('sshdDropIn with emergency users', () => {
  test('has their block behind the lines for all, and before the other block', () => {
    expect(settingsOf(sshdDropIn(emergency))).toEqual([
      ...settingsOf(packaged),
      'Match User emergency,oncall',
      '    AuthorizedKeysCommand /usr/bin/cat /etc/ssh/100%%_keys',
      '    AuthorizedKeysCommandUser root',
      '    AuthorizedKeysFile none',
      '    AuthenticationMethods publickey',
      'Match User *,!root,!admin',
      '    AuthorizedKeysFile none',
    ]);
  });

  test.each<[string, (text: string) => string, string]>([
    ['no block', () => sshdDropIn(ignore), 'lacks the line "Match User emergency,oncall"'],
    [
      'a block behind another',
      (text) => text.replace(/^(Match User emergency[^]*?\n)(Match User \*[^]*)$/m, '$2$1'),
      'has "Match User *,!root,!admin" before "Match User emergency,oncall", and the first block that says a keyword wins',
    ],
    [
      'a line of it in another block',
      (text) => text.replace('    AuthorizedKeysCommandUser root\n', '').concat('    AuthorizedKeysCommandUser root\n'),
      'lacks the line "AuthorizedKeysCommandUser root" in the block "Match User emergency,oncall"',
    ],
  ])('is missed when there is %s', (_what, edit, fault) => {
    expect(faultOfDropIn(sshdDropIn(emergency), emergency)).toBeUndefined();
    expect(faultOfDropIn(edit(sshdDropIn(emergency)), emergency)).toBe(fault);
  });

  test('is too much when nobody wants it any more', () => {
    expect(faultOfDropIn(sshdDropIn(emergency), ignore)).toContain('and there is no [emergency]');
  });
});

describe('faultOfDropIn', () => {
  test.each<[string, string, SshdWiring]>([
    ['what is printed', sshdDropIn(ignore), ignore],
    ['the packaged one', packaged, keep],
    ['other white space, and a line of somebody else', `# mine\nMaxAuthTries 3\n${sshdDropIn(ignore).replaceAll(' ', '\t ')}`, ignore],
  ])('finds nothing in %s', (_what, installed, wiring) => {
    expect(faultOfDropIn(installed, wiring)).toBeUndefined();
  });

  test.each<[string, string, SshdWiring, string]>([
    ['nothing at all', '', keep, 'lacks the line "AuthorizedKeysCommand /usr/lib/holdfast/authorized-keys %u"'],
    ['a line that is commented out', packaged.replace('UsePAM', '#UsePAM'), keep, 'lacks the line "UsePAM yes"'],
    ['no block', packaged, ignore, 'lacks the line "Match User *,!root,!admin"'],
    ['an account too few', sshdDropIn({ ...ignore, loginAccounts: ['root'] }), ignore, 'lacks the line "Match User *,!root,!admin"'],
    [
      'a block that is not wanted any more',
      sshdDropIn(ignore),
      keep,
      'has the line "Match User *,!root,!admin", which the configuration does not want',
    ],
  ])('finds %s', (_what, installed, wiring, fault) => {
    expect(faultOfDropIn(installed, wiring)).toBe(fault);
  });
});

describe('readLoginAccounts', () => {
  test('names root, those with a shell, and all from uid 1000 up but nobody', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-passwd-'));
    const passwd = join(folder, 'passwd');
    writeFileSync(
      passwd,
      [
        'daemon:x:1:1::/:/usr/sbin/nologin',
        'root:x:0:0::/root:/bin/bash',
        'sync:x:4:65534::/bin:/bin/sync',
        'git:x:110:110::/srv/git:/usr/bin/git-shell',
        'empty:x:111:111::/:',
        'admin:x:1000:1000::/home/admin:/bin/bash',
        'sftp-only:x:1001:1001::/srv:/usr/sbin/nologin',
        'nobody:x:65534:65534::/:/usr/sbin/nologin',
        'bad*name:x:1002:1002::/:/bin/sh',
        '# comment',
        '',
      ].join('\n'),
    );
    expect(readLoginAccounts({ passwd })).toEqual(['root', 'git', 'empty', 'admin', 'sftp-only']);
    rmSync(folder, { recursive: true });
  });
});

/** Without comments and blank lines. */
function settingsOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
