/**
 * What setup makes of the files of many kinds of hosts, and the diff that it shows.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNameServices } from '../../../src/host/name-services.ts';
import { chainedCommands, sshdDropIn } from '../../../src/host/sshd-drop-in.ts';
import { readUnitCommands } from '../../../src/host/sshd-unit.ts';
import { judgeNameServices } from '../../../src/sync/doctor/nsswitch.ts';
import { wireNameServices } from '../../../src/sync/setup/name-services.ts';
import { unifiedDiff } from '../../../src/sync/setup/unified-diff.ts';
import { planUnit } from '../../../src/sync/setup/units.ts';
import { otherSettings } from '../../../src/sync/setup/verify.ts';
import { ScratchRoot } from '../../cli/command.ts';
import { runProgram } from '../../support/running-program.ts';

describe('wireNameServices', () => {
  test.each([
    ['passwd:         files systemd\n', 'passwd:         files cache systemd\n'],
    ['passwd: files   # the local ones', 'passwd: files cache   # the local ones'],
    ['  passwd:\tcompat\n', '  passwd:\tcompat cache\n'],
    ['passwd:files', 'passwd: files cache'],
    ['passwd: cache files', 'passwd: files cache'],
    ['passwd: sss files systemd', 'passwd: files cache systemd sss'],
    ['passwd: files sss cache', 'passwd: files cache sss'],
    ['passwd: files [NOTFOUND=return] sss', 'passwd: files cache [NOTFOUND=return] sss'],
    ['passwd: files [SUCCESS=merge] systemd', 'passwd: files [SUCCESS=merge] cache [SUCCESS=merge] systemd'],
    ['passwd: ldap [NOTFOUND=return] files', 'passwd: files cache ldap [NOTFOUND=return]'],
    ['passwd: systemd', 'passwd: files cache systemd'],
    ['passwd: files cache sss', 'passwd: files cache sss'],
  ])('makes of "%s"', (line, wanted) => {
    const rest = '\ngroup: files cache\nshadow: files cache\n';
    expect(wireNameServices(`${line}${rest}`)).toBe(`${wanted}${rest}`);
  });

  test('adds lines that are missing, and changes initgroups only where it is there', () => {
    expect(wireNameServices('')).toBe('passwd:         files cache\ngroup:          files cache\nshadow:         files cache\n');
    expect(wireNameServices('hosts: files dns')).toMatch(/^hosts: files dns\npasswd: /);
    expect(wireNameServices('initgroups: files sss\n')).toMatch(/^initgroups: files cache sss\npasswd: /);
  });

  test('is content with what it has written, and so is doctor', () => {
    const service = fc.constantFrom(
      'files',
      'compat',
      'cache',
      'systemd',
      'sss',
      'ldap',
      '[NOTFOUND=return]',
      '[!SUCCESS=return]',
      '[SUCCESS=merge]',
    );
    const line = fc.record({ database: fc.constantFrom('passwd', 'group', 'shadow', 'initgroups', 'hosts'), words: fc.array(service) });
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.map(({ database, words }) => `${database}: ${words.join(' ')}\n`).join('');
        const wired = wireNameServices(text);
        expect(wireNameServices(wired)).toBe(wired);
        const verdict = judgeNameServices({ path: 'nsswitch.conf', file: { kind: 'text' }, databases: parseNameServices(wired) });
        expect(verdict.findings.map(({ code }) => code).filter((code) => code !== 'nsswitch-directory-after')).toEqual([]);
      }),
    );
  });
});

describe('unifiedDiff', () => {
  test('is what patch(1) takes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-diff-'));
    const line = fc.constantFrom('a', 'b', 'c', '', '-d', '+e', ' f');
    const text = fc
      .tuple(fc.array(line, { maxLength: 20 }), fc.boolean())
      .map(([lines, ends]) => (lines.length === 0 ? '' : lines.join('\n') + (ends ? '\n' : '')));
    const file = join(folder, 'file');
    const property = fc.asyncProperty(text, text, async (before, after) => {
      fc.pre(before !== after && after !== '' && before !== '');
      await writeFile(file, before);
      const patch = unifiedDiff(before, after, { before: file, after: file });
      expect(await runProgram(['patch', '--silent', '--force', '--fuzz=0', '-d/', '-p0', file], { input: patch })).toMatchObject({
        status: 0,
      });
      expect(await readFile(file, 'utf8')).toBe(after);
    });
    await fc.assert(property, { numRuns: 50 });
    await rm(folder, { recursive: true });
  });

  test('shows a few lines around what changes', () => {
    const lines = Array.from({ length: 12 }, (_one, index) => `${index + 1}`);
    const after = lines.with(5, 'six');
    const labels = { before: 'a', after: 'b' };
    expect(unifiedDiff(`${lines.join('\n')}\n`, `${after.join('\n')}\n`, labels)).toBe(
      '--- a\n+++ b\n@@ -3,7 +3,7 @@\n 3\n 4\n 5\n-6\n+six\n 7\n 8\n 9\n',
    );
    expect(unifiedDiff('', 'x\n', labels)).toBe('--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n');
    expect(unifiedDiff('x\n', 'x\n', labels)).toBe('');
  });

  test('ends in time for large texts', () => {
    const text = (word: string): string => Array.from({ length: 100_000 }, (_one, index) => `${word}${index}\n`).join('');
    expect(unifiedDiff(text('a'), text('b'), { before: 'a', after: 'b' }).length).toBeGreaterThan(1_000_000);
  });
});

test('what a drop-in asks behind ours is read from it again', () => {
  const others = [
    { user: 'root', command: '/usr/bin/userdbctl ssh-authorized-keys %u' },
    { user: 'ec2-instance-connect', command: '/usr/share/eic %u %f' },
  ];
  const text = sshdDropIn({ ownAuthorizedKeys: 'keep', loginAccounts: [], stateDirectory: '/srv/hold', others });
  const [, command = ''] = /^AuthorizedKeysCommand (.*)$/m.exec(text) ?? [];
  expect(chainedCommands(command)).toEqual(others);
  expect(text).toContain('\nAuthorizedKeysCommandUser root\n');
  expect(chainedCommands('/usr/lib/holdfast/authorized-keys %u -- root /bin/sh')).toEqual([]);
});

test('commands on the command line of a unit count by the precedence of its drop-ins', async () => {
  await using root = await ScratchRoot.create();
  const unit = (command: string): string =>
    `[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand ${command}" $SSHD_OPTS\n`;
  const paths = { root: root.path, etc: join(root.path, 'etc') };
  await root.write('usr/lib/systemd/system/ssh.service.d/eic.conf', unit('/a %%u'));
  await root.write('usr/lib/systemd/system/ssh.service.d/plain.conf', '[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D\n');
  const mask = join(paths.etc, 'systemd/system/ssh.service.d/eic.conf');
  expect(readUnitCommands(paths)).toMatchObject([{ command: '/a %u', user: 'nobody', mask }]);
  await root.write('etc/systemd/system/ssh.service.d/eic.conf', unit('/b'));
  expect(readUnitCommands(paths)).toMatchObject([{ command: '/b', mask: undefined }]);
  await root.write('etc/systemd/system/ssh.service.d/eic.conf', '');
  expect(readUnitCommands(paths)).toEqual([]);
});

describe('planUnit', () => {
  const properties = {
    LoadState: 'loaded',
    UnitFileState: 'disabled',
    ActiveState: 'inactive',
    NeedDaemonReload: 'no',
    Result: '',
    ExecMainStatus: '',
    ExecMainExitTimestamp: '',
  };

  test.each([
    [{}, { wasEnabled: false, wasActive: false }],
    [{ UnitFileState: 'enabled' }, { wasEnabled: true, wasActive: false }],
    [
      { UnitFileState: 'enabled-runtime', ActiveState: 'active' },
      { wasEnabled: false, wasActive: true },
    ],
    [{ UnitFileState: 'enabled', ActiveState: 'active' }, undefined],
  ])('goes by what systemd says: %j', (found, wanted) => {
    const plan = planUnit('holdfast.timer', { kind: 'properties', properties: { ...properties, ...found } });
    expect(plan).toEqual({ units: wanted === undefined ? [] : [{ unit: 'holdfast.timer', ...wanted }], left: [] });
  });

  test.each([
    [{ LoadState: 'not-found' }, 'systemd knows no holdfast.timer'],
    [{ LoadState: 'masked' }, 'holdfast.timer is masked, and stays so'],
  ])('leaves to a person: %j', (found, text) => {
    const plan = planUnit('holdfast.timer', { kind: 'properties', properties: { ...properties, ...found } });
    expect(plan).toEqual({ units: [], left: [expect.stringContaining(text)] });
  });
});

test('sshd may treat accounts of the host otherwise in nothing but what the drop-in says', () => {
  const settings = (values: Readonly<Record<string, string>>): Map<string, string[]> =>
    new Map(Object.entries(values).map(([keyword, value]) => [keyword, [value]]));
  const before = settings({ usepam: 'no', permitrootlogin: 'yes' });
  expect(otherSettings(before, settings({ usepam: 'yes', permitrootlogin: 'yes', authorizedkeyscommand: '/x' }))).toEqual([]);
  expect(otherSettings(before, settings({ usepam: 'no', permitrootlogin: 'no', denyusers: 'root' }))).toEqual([
    'permitrootlogin',
    'denyusers',
  ]);
});

describe('below another root', () => {
  test('no program is run, and the way there and back is the same', async () => {
    await using root = await ScratchRoot.create({});
    await root.write('etc/nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\n');
    await root.write('etc/ssh/sshd_config', 'Port 22\n');
    const preview = await root.holdfast('setup');
    expect(preview).toMatchObject({ status: 1, stderr: expect.stringContaining('below --root no program is run') });
    // A main file without Include is given ours alone: others that nobody reads today shall not begin to count.
    expect(preview.stdout).toContain('+Include /etc/ssh/sshd_config.d/10-holdfast.conf\n');
    expect(await root.holdfast('setup', '--apply')).toMatchObject({ status: 0 });
    expect(await root.holdfast('setup')).toMatchObject({ status: 0 });
    // Also with a configuration that is gone.
    await rm(root.config);
    expect(await root.holdfast('setup', '--undo')).toMatchObject({ status: 0 });
    expect(await readFile(join(root.path, 'etc/nsswitch.conf'), 'utf8')).toBe('passwd: files\ngroup: files\nshadow: files\n');
    expect(await readFile(join(root.path, 'etc/ssh/sshd_config'), 'utf8')).toBe('Port 22\n');
  });

  test("another program's map stays as long as there is none of ours, and is never shown", async () => {
    await using root = await ScratchRoot.create({});
    await root.write('etc/shadow.cache', 'alice:$6$secret:1::::::\n');
    const { status, stdout, stderr } = await root.holdfast('setup');
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toContain("is another program's map, by which people log in");
    expect(stderr).not.toContain('secret');
  });

  test('says as JSON what it would change', async () => {
    await using root = await ScratchRoot.create({});
    const { stdout, stderr } = await root.holdfast('setup', '--json', '--skip', 'links');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      wouldChange: true,
      changes: [{ path: join(root.path, 'etc/nsswitch.conf'), diff: expect.stringContaining('+passwd:') }],
    });
  });
});
