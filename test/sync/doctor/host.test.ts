/**
 * What the judges make of permissions, units, disk, accounts, servers and what the lookup command prints.
 */
import { describe, expect, test } from 'vitest';
import type { KeyLines } from '../../../src/directory/key-lines.ts';
import type { LoginName } from '../../../src/directory/names.ts';
import type { GroupEntry } from '../../../src/directory/group.ts';
import type { PasswdEntry } from '../../../src/directory/passwd.ts';
import { HoldfastError } from '../../../src/errors.ts';
import type { DiskSpace } from '../../../src/host/disk-space.ts';
import { lookupWords } from '../../../src/host/lookup-command.ts';
import type { PathOwners, PathStep } from '../../../src/host/path-owners.ts';
import type { ProgramOutcome } from '../../../src/host/program.ts';
import { parseUnitProperties } from '../../../src/host/systemd-units.ts';
import type { ServerProbe } from '../../../src/sources/source.ts';
import { judgeCollisions, judgeShells } from '../../../src/sync/doctor/accounts.ts';
import { judgeCertificates } from '../../../src/sync/doctor/certificates.ts';
import { judgeConfiguration } from '../../../src/sync/doctor/configuration.ts';
import { judgeDisk } from '../../../src/sync/doctor/disk.ts';
import type { Verdict } from '../../../src/sync/doctor/finding.ts';
import { judgeLookup, type LookupRun } from '../../../src/sync/doctor/lookup.ts';
import { judgeCommandPath, judgeConfigurationPath, judgePrivateState, judgeStatePath } from '../../../src/sync/doctor/permissions.ts';
import { judgeClock, judgeSources } from '../../../src/sync/doctor/sources.ts';
import { judgeUnits } from '../../../src/sync/doctor/units.ts';

function codesOf({ findings }: Verdict): string[] {
  return findings.map(({ code }) => code);
}

describe('judgeCommandPath', () => {
  const file: PathStep = { path: '/usr/lib/holdfast/authorized-keys', kind: 'file', uid: 0, gid: 0, mode: 0o755 };
  const folder: PathStep = { path: '/usr/lib/holdfast', kind: 'folder', uid: 0, gid: 0, mode: 0o755 };
  const judge = (...steps: readonly PathStep[]): Verdict =>
    judgeCommandPath({ path: file.path, owners: { kind: 'found', steps }, owner: 0 });

  test.each<[string, readonly PathStep[], string[]]>([
    ["root's all the way up", [file, folder], []],
    ["another's", [{ ...file, uid: 1000 }, folder], ['lookup-unsafe']],
    ['writable by its group', [{ ...file, mode: 0o775 }, folder], ['lookup-unsafe']],
    ['in a folder that others may write', [file, { ...folder, mode: 0o1777 }], ['lookup-unsafe']],
    ['closed to nobody', [{ ...file, mode: 0o750 }, folder], ['lookup-closed']],
    ['a folder', [folder], ['lookup-missing']],
    ['in a closed folder', [file, { ...folder, mode: 0o700 }], ['lookup-closed']],
  ])('judges one that is %s', (_what, steps, codes) => {
    expect(codesOf(judge(...steps))).toEqual(codes);
  });

  test.each<[string, PathOwners, string[]]>([
    ['missing', { kind: 'absent' }, ['lookup-missing']],
    ['unreadable', { kind: 'unreadable', reason: 'EACCES' }, []],
  ])('judges one that is %s', (_what, owners, codes) => {
    expect(codesOf(judgeCommandPath({ path: file.path, owners, owner: 0 }))).toEqual(codes);
  });

  test('mends owner and mode with the command for it', () => {
    expect(judge({ ...file, uid: 7 }, { ...folder, mode: 0o777 }).findings.map(({ fix }) => fix)).toEqual([
      `chown root ${file.path}`,
      `chmod go-w ${folder.path}`,
    ]);
  });
});

describe('judgeStatePath, judgePrivateState, judgeConfigurationPath', () => {
  const step = (mode: number, uid = 0): PathOwners => ({ kind: 'found', steps: [{ path: '/x', kind: 'folder', uid, gid: 0, mode }] });
  const facts = (owners: PathOwners) => ({ path: '/x', owners, owner: 1000 });

  test.each<[string, PathOwners, string[]]>([
    ['open to readers', step(0o755), []],
    ['of who runs this', step(0o755, 1000), []],
    ['below a sticky folder', step(0o1777), []],
    ["another's", step(0o755, 1001), ['state-unsafe']],
    ['open to writers', step(0o777), ['state-unsafe']],
    ['closed', step(0o750), ['state-closed']],
  ])('judge a state folder that is %s', (_what, owners, codes) => {
    expect(codesOf(judgeStatePath(facts(owners)))).toEqual(codes);
  });

  test.each<[string, PathOwners, string[]]>([
    ['closed', step(0o700), []],
    ['open', step(0o755), ['state-open']],
    ["another's", step(0o700, 1001), ['state-unsafe']],
    ['not there yet', { kind: 'absent' }, []],
  ])('judge private state that is %s', (_what, owners, codes) => {
    expect(codesOf(judgePrivateState(facts(owners)))).toEqual(codes);
  });

  test('judge the folders of the configuration, and not the file, which is judged when it is read', () => {
    const steps: PathStep[] = [
      { path: '/c/f', kind: 'file', uid: 7, gid: 0, mode: 0o666 },
      { path: '/c', kind: 'folder', uid: 0, gid: 0, mode: 0o775 },
    ];
    expect(judgeConfigurationPath(facts({ kind: 'found', steps })).findings).toMatchObject([
      { code: 'configuration-unsafe', fix: 'chmod go-w /c' },
    ]);
  });
});

describe('judgeUnits', () => {
  const timer = { LoadState: 'loaded', UnitFileState: 'enabled', ActiveState: 'active', NeedDaemonReload: 'no' };
  const service = { LoadState: 'loaded', UnitFileState: 'static', ActiveState: 'inactive', Result: 'success', ExecMainStatus: '0' };
  const of = (properties: Readonly<Record<string, string>>) =>
    parseUnitProperties(
      Object.entries(properties)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );

  test.each([
    ['an enabled timer', {}, {}, []],
    ['a run that failed by itself', {}, { Result: 'exit-code', ExecMainStatus: '78' }, []],
    ['no timer', { LoadState: 'not-found' }, {}, ['timer-missing']],
    ['a disabled timer', { UnitFileState: 'disabled', ActiveState: 'inactive' }, {}, ['timer-disabled']],
    ['a masked timer', { LoadState: 'masked', UnitFileState: 'masked' }, {}, ['timer-disabled']],
    ['a stopped timer', { ActiveState: 'inactive' }, {}, ['timer-stopped']],
    ['a run that systemd killed', {}, { Result: 'timeout' }, ['service-failed']],
    ['a program that could not be started', {}, { Result: 'exit-code', ExecMainStatus: '203' }, ['service-failed']],
    ['units that were changed', { NeedDaemonReload: 'yes' }, {}, ['units-changed']],
  ])('judges %s', (_what, ofTimer, ofService, codes) => {
    expect(
      codesOf(judgeUnits({ name: 'holdfast', timer: of({ ...timer, ...ofTimer }), service: of({ ...service, ...ofService }) })),
    ).toEqual(codes);
  });
});

describe('judgeDisk', () => {
  const GIB = 1024 ** 3;
  test.each<[string, Partial<DiskSpace & { kind: 'space' }>, string[]]>([
    ['room for all', {}, []],
    ['no inodes of its own', { freeInodes: undefined }, []],
    ['no room for a generation', { freeBytes: GIB / 2 }, ['disk-too-full']],
    ['room for two', { freeBytes: 2 * GIB }, ['disk-low']],
    ['no inodes left', { freeInodes: 10 }, ['disk-too-full']],
    ['few inodes', { freeInodes: 5000 }, ['disk-low']],
  ])('judges a disk with %s', (_what, changes, codes) => {
    const space = { kind: 'space', freeBytes: 100 * GIB, freeInodes: 1_000_000, ...changes } as const;
    expect(codesOf(judgeDisk({ folder: '/var/lib/holdfast', space, needed: { bytes: GIB, files: 2000 } }))).toEqual(codes);
  });
});

describe('judgeCollisions', () => {
  const person = (name: string, uid: number): PasswdEntry => ({ name, uid }) as PasswdEntry;
  const group = (name: string, gid: number): GroupEntry => ({ name, gid }) as GroupEntry;
  const local = {
    users: new Map([
      ['root', 0],
      ['deploy', 1001],
    ]),
    groups: new Map([
      ['root', 0],
      ['web', 2001],
    ]),
  };

  test.each([
    ['nobody in common', [person('alice', 10_000)], [group('staff', 5000)], []],
    ['a uid in common', [person('alice', 1001)], [], ['account-collision']],
    ['a name in common', [person('deploy', 10_000)], [], ['account-collision']],
    ['a gid in common', [], [group('staff', 2001)], ['account-collision']],
    ['both', [person('alice', 1001)], [group('web', 5000)], ['account-collision', 'account-collision']],
  ])('finds %s', (_what, passwd, groups, codes) => {
    expect(codesOf(judgeCollisions({ passwd, group: groups }, local))).toEqual(codes);
  });

  test('names shells that are missing with those who have them and keys', () => {
    const passwd = [
      { ...person('alice', 1), shell: '/usr/bin/zsh' },
      { ...person('bob', 2), shell: '/usr/bin/fish' },
      { ...person('carol', 3), shell: '/bin/sh' },
    ] as unknown as PasswdEntry[];
    const keys = new Map(['alice', 'carol'].map((name) => [name as LoginName, '' as unknown as KeyLines]));
    expect(judgeShells({ passwd, keys }, (shell) => shell === '/bin/sh').findings).toMatchObject([
      { code: 'shell-missing', what: 'there is no "/usr/bin/zsh" here, the shell of 1 person who may log in: alice' },
    ]);
  });
});

describe('judgeLookup', () => {
  const committed = Buffer.from('ssh-ed25519 AAAA a\n');
  const ended = (text: string, status = 0): ProgramOutcome => ({ kind: 'ended', status, stdout: Buffer.from(text), stderr: '' });
  const run = (outcome: ProgramOutcome, isExact = true): LookupRun => ({
    login: 'alice',
    command: ['/lookup', 'alice'],
    user: 'nobody',
    outcome,
    committed,
    isExact,
  });

  test.each<[string, LookupRun, string[]]>([
    ['prints what was committed', run(ended('ssh-ed25519 AAAA a\n')), []],
    ["prints others' as well, as it should", run(ended('x\nssh-ed25519 AAAA a\n'), false), []],
    ["prints others' as well", run(ended('x\nssh-ed25519 AAAA a\n')), ['lookup-differs']],
    ['prints nothing', run(ended('')), ['lookup-differs']],
    ['fails', run(ended('ssh-ed25519 AAAA a\n', 1)), ['lookup-fails']],
    ['hangs', run({ kind: 'late', seconds: 5 }), ['lookup-fails']],
    ['cannot be run', run({ kind: 'failed', reason: 'EACCES' }), ['lookup-fails']],
  ])('judges a command that %s', (_what, one, codes) => {
    expect(codesOf(judgeLookup([one]))).toEqual(codes);
  });

  test('tells the same of many once', () => {
    expect(judgeLookup([run(ended('')), run(ended('')), run(ended(''))]).findings).toMatchObject([
      { what: expect.stringContaining('; and so for 2 more') as string },
    ]);
  });

  test.each([
    ['/usr/lib/holdfast/authorized-keys %u', ['/usr/lib/holdfast/authorized-keys', 'alice']],
    ['"/a b" %%u', ['/a b', '%u']],
    ['/lookup %u %k', undefined],
  ])('makes of "%s" the words that sshd does', (command, words) => {
    expect(lookupWords(command, 'alice')).toEqual(words);
  });
});

describe('judgeSources, judgeClock', () => {
  const failure = new HoldfastError('source-refused', 'the certificate is not trusted', { hints: ['set ca'] });
  const up = (server: string, ahead?: number): ServerProbe => ({
    server,
    ...(ahead === undefined ? {} : { clock: { ahead, within: 500 } }),
  });

  test.each<[string, readonly ServerProbe[], string[]]>([
    ['all servers up', [up('a'), up('b')], []],
    ['one of two down', [up('a'), { server: 'b', failure }], ['server-unreachable']],
    [
      'all down',
      [
        { server: 'a', failure },
        { server: 'b', failure },
      ],
      ['source-unreachable', 'source-unreachable'],
    ],
  ])('judges a source with %s', (_what, servers, codes) => {
    expect(codesOf(judgeSources([{ name: 'corp', servers }]))).toEqual(codes);
  });

  test('tells the exact reason and what the error says to do, and who was not asked', () => {
    const verdict = judgeSources([
      { name: 'corp', servers: [{ server: 'ldaps://a', failure }] },
      { name: 'iam', unasked: '--offline was given' },
    ]);
    expect(verdict.findings).toMatchObject([{ what: 'source "corp": ldaps://a: the certificate is not trusted', fix: 'set ca' }]);
    expect(verdict.notChecked).toEqual(['source "iam": --offline was given']);
  });

  test.each<[string, readonly ServerProbe[], string[]]>([
    ['the same', [up('a', 300)], []],
    ['half a minute off', [up('a', 30_000)], []],
    ['two minutes ahead', [up('a', 120_000)], ['clock-off']],
    ['an hour behind one of two', [up('a', 0), up('b', -3_600_000)], ['clock-wrong']],
  ])('judges a clock that is %s', (_what, servers, codes) => {
    expect(codesOf(judgeClock([{ name: 'corp', servers }], false))).toEqual(codes);
  });

  test.each<[string, readonly ServerProbe[], boolean, string]>([
    ['offline', [], true, '--offline was given'],
    ['nobody to ask', [], false, 'no server was asked'],
    ['nobody who answers', [{ server: 'a', failure }], false, 'no server of a source answered'],
    [
      'nobody who tells',
      [up('a')],
      false,
      'no server tells its time (Active Directory and 389-ds do, OpenLDAP where cn=Monitor may be read)',
    ],
  ])('does not judge a clock with %s', (_what, servers, isOffline, reason) => {
    expect(judgeClock([{ name: 'corp', servers }], isOffline)).toEqual({ findings: [], notChecked: [reason] });
  });
});

describe('judgeCertificates, judgeConfiguration', () => {
  const now = new Date('2026-11-24T00:00:00Z');

  test.each([
    ['next year', '2027-11-24T00:00:00Z', []],
    ['in three weeks', '2026-12-10T00:00:00Z', ['certificate-expires']],
    ['yesterday', '2026-11-23T00:00:00Z', ['certificate-expired']],
  ])('judge a certificate that ends %s', (_when, end, codes) => {
    const certificates = [{ kind: 'client', subject: '"CN=web-1"', end: new Date(end) }] as const;
    expect(codesOf(judgeCertificates([{ name: 'corp', certificates }], now))).toEqual(codes);
  });

  test('show the first few mistakes, with their places', () => {
    const problems = Array.from({ length: 8 }, (_one, index) => ({
      file: '/f',
      position: { line: index + 1, column: 1 },
      key: 'a',
      text: 'is wrong',
    }));
    const { findings } = judgeConfiguration({ problems, warnings: [{ file: '/f', text: 'is odd', hints: ['do this'] }] });
    expect(findings.map(({ what, fix }) => `${what} | ${fix}`)).toEqual([
      ...[1, 2, 3, 4, 5].map((line) => `/f:${line}:1: a: is wrong | holdfast config check   # after a change to it`),
      'and 3 more in the configuration | holdfast config check',
      '/f: is odd | do this',
    ]);
  });
});
