/**
 * Who got and lost what, as the audit log tells it: with a real directory, the real command, and a log that somebody tampers with.
 */
import { appendFileSync, chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { holdfast, ScratchRoot, shell } from '../cli/command.ts';
import { auditLogOf, type LoggedLine, readAuditLog } from '../support/audit-replay.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { groupDn, personDn } from '../support/ldif.ts';
import { generatePeople, type Group, type Person } from '../support/people.ts';
import { runProgram } from '../support/running-program.ts';

const logins = ['alice', 'bob', 'carol', 'dave', 'erin'];
const groups: readonly Group[] = [
  { cn: 'web', gidNumber: 7001, memberUid: ['alice', 'bob', 'carol', 'erin'] },
  { cn: 'ops', gidNumber: 7002, memberUid: ['alice', 'bob'] },
  { cn: 'left', gidNumber: 7003, memberUid: ['dave'] },
];
const people: readonly Person[] = [
  ...generatePeople({ count: logins.length, named: logins.map((uid) => ({ uid, loginShell: '/bin/sh' })) }).people,
];
const [newKey = ''] = [...generatePeople({ count: 1, seed: 7 }).people].flatMap(({ sshPublicKeys }) => sshPublicKeys);

let directory: CompanyDirectory;
let root: ScratchRoot;
let log: string;

beforeAll(async () => {
  directory = await startCompanyDirectory({ people: { count: people.length, people, groups } });
});

afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  root = await ScratchRoot.create(config());
  await root.write('sys/devices/virtual/dmi/id/board_asset_tag', 'i-0abcdef1234567890\n');
  log = auditLogOf(root.path);
});

afterEach(async () => {
  await root?.[Symbol.asyncDispose]();
});

function config(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return directory.config({
    'access.everyone': undefined,
    'access.groups': ['web'],
    'access.deny.groups': ['left'],
    'access.accounts.deploy': { groups: ['ops'] },
    'guards.always_allowed': 50,
    ...changes,
  });
}

async function sync(): Promise<string> {
  const { status, stderr } = await root.holdfast('sync');
  expect(status).toBe(0);
  return stderr;
}

async function keyOf(login: string): Promise<string> {
  const { stdout } = await runProgram(['ssh-keygen', '-l', '-f', '-'], {
    input: people.find(({ uid }) => uid === login)?.sshPublicKeys[0] ?? '',
  });
  return stdout.split(' ')[1] ?? '';
}

/** Without what differs from run to run. */
function steady({ time: _time, committedAt: _at, snapshots: _digests, host: _host, id, ...line }: LoggedLine): string {
  return JSON.stringify({ ...line, ...(id === undefined ? {} : { id: 'ID' }) });
}

describe('the audit log', () => {
  test('tells a story of two weeks, each line once', async () => {
    await sync();
    await sync();
    await directory.slapd.modify(
      [
        `dn: ${personDn('alice')}\nchangetype: modify\nreplace: sshPublicKey\nsshPublicKey: ${newKey}\n-\nreplace: loginShell\nloginShell: /bin/bash\n`,
        `dn: ${groupDn('left')}\nchangetype: modify\nadd: memberUid\nmemberUid: bob\n`,
        `dn: ${personDn('erin')}\nchangetype: modify\nreplace: shadowExpire\nshadowExpire: 10\n`,
      ].join('\n'),
    );
    await sync();
    await directory.slapd.modify(
      [
        `dn: ${personDn('carol')}\nchangetype: modrdn\nnewrdn: uid=caroline\ndeleteoldrdn: 1\n`,
        `dn: ${groupDn('web')}\nchangetype: modify\nreplace: memberUid\nmemberUid: caroline\nmemberUid: bob\nmemberUid: erin\n`,
        `dn: ${groupDn('left')}\nchangetype: modify\ndelete: memberUid\nmemberUid: bob\n`,
      ].join('\n'),
    );
    await sync();
    await directory.slapd.delete(personDn('bob'));
    await sync();
    await sync();
    const lines = readAuditLog(log);
    const text = `${lines.map(steady).join('\n')}\n`;
    const golden = join(import.meta.dirname, 'golden/audit.jsonl');
    if (process.env['UPDATE'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
    expect(lstatSync(log).mode & 0o7777).toBe(0o600);
    expect(lstatSync(dirname(log)).mode & 0o7777).toBe(0o750);

    const bob = await keyOf('bob');
    const gone = lines.findLast(({ login, event }) => login === 'bob' && event === 'key-removed');
    expect(await root.holdfast('who', bob)).toMatchObject({ status: 0, stdout: expect.stringContaining(`${bob} was a key of bob`) });
    const before = new Date(Date.parse(String(gone?.time)) - 1).toISOString();
    expect(await root.holdfast('who', bob, '--at', before)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`${bob} was a key of bob, bob (in the shared account deploy) at ${before}`),
    });
    expect(await root.holdfast('who', bob, '--at', '2020-01-01')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('is not known at 2020-01-01'),
    });
    expect((await root.holdfast('who', await keyOf('carol'))).stdout).toContain('is a key of caroline');
  });

  test('goes into the journal as well, a crowd in part', async () => {
    await root.write('etc/holdfast/holdfast.toml', '');
    await using crowded = await startCompanyDirectory({ people: generatePeople({ count: 130 }) });
    await using other = await ScratchRoot.create(crowded.config());
    expect(await other.holdfast('sync')).toMatchObject({ status: 0 });
    appendFileSync(other.config, '[policy]\noverride_shell = "/bin/dash"\n');
    const { stdout } = await shell(
      ': > "$LOG"; export JOURNAL_STREAM="$(stat -c %d:%i "$LOG")"; holdfast --root "$ROOT" sync 2>> "$LOG"; cat "$LOG"',
      { env: { ROOT: other.path, LOG: join(other.path, 'journal') } },
    );
    const told = stdout.split('\n').filter((line) => line.startsWith('<6>audit '));
    expect(told).toHaveLength(101);
    expect(told[0]).toMatch(
      /^<6>audit event=account-changed login=\S+ uid=\d+ source=corp generation=2 code=changed reason="changed: shell"$/,
    );
    expect(told.at(-1)).toMatch(/^<6>audit event=more count=30 file=\S+audit\.jsonl$/);
    expect(readAuditLog(auditLogOf(other.path))).toHaveLength(131);
  });

  test('is off when that is said', async () => {
    await root[Symbol.asyncDispose]();
    root = await ScratchRoot.create(config({ 'audit.enabled': false }));
    await sync();
    expect(existsSync(join(root.path, 'var/log'))).toBe(false);
    expect(existsSync(join(root.state, 'state/audit.json'))).toBe(false);
  });
});

describe('a log that cannot be written', () => {
  test.each<[string, () => void, RegExp]>([
    ['a link to another file', () => symlinkSync('/etc/passwd', log), /ELOOP/],
    ["another user's file", () => writeFileSync(log, '', { mode: 0o666 }), /writable by others|owned by/],
    ['a folder', () => mkdirSync(log), /is no regular file/],
    ['a folder of its own that others may write to', () => chmodSync(dirname(log), 0o777), /writable by others \(mode 0777\)/],
  ])('because it is %s: the sync is done, it is said, and the next run writes all', async (_what, spoil, reason) => {
    mkdirSync(dirname(log), { recursive: true, mode: 0o750 });
    spoil();
    if (existsSync(log) && lstatSync(log).isFile()) chmodSync(log, 0o666);
    const stderr = await sync();
    expect(stderr).toMatch(/^holdfast: error: audit: /m);
    expect(stderr).toMatch(reason);
    expect(await root.holdfast('status')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('problem: the audit is not complete'),
    });
    chmodSync(dirname(log), 0o750);
    rmSync(log, { recursive: true, force: true });
    expect(await sync()).not.toContain('audit');
    expect(readAuditLog(log).map(({ event }) => event)).toEqual(['baseline']);
    expect((await root.holdfast('status')).stdout).not.toContain('audit');
  });

  test('because its disk is full: nothing of it is lost, and nothing is there twice', async () => {
    mkdirSync(dirname(log), { recursive: true, mode: 0o750 });
    const mount = await runProgram(['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=0750', 'audit', dirname(log)]);
    expect(mount.status).toBe(0);
    try {
      await sync();
      const filler = join(dirname(log), 'filler');
      expect(await runProgram(['sh', '-c', 'cat /dev/zero > "$1"', 'sh', filler])).toMatchObject({ status: 1 });
      appendFileSync(root.config, '\n[policy]\nhome = "/srv/{name}"\n');
      for (let count = 1; count < 4; count += 1) {
        const home = `home = "/srv/${'x'.repeat(150)}/${count}/{name}"`;
        writeFileSync(root.config, readFileSync(root.config, 'utf8').replace(/^home = .*$/m, home));
        await sync();
      }
      expect((await root.holdfast('status')).stdout).toContain('ENOSPC');
      rmSync(filler);
      await sync();
      expect((await root.holdfast('status')).stdout).not.toContain('ENOSPC');
      // A line that was cut is there once more, whole.
      const whole = readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('}'));
      const places = whole.map((line) => JSON.parse(line) as LoggedLine).map(({ generation, seq }) => `${generation} ${seq}`);
      const count = places.filter((place) => place.startsWith('2 ')).length;
      expect(count).toBeGreaterThan(2);
      expect(places.slice(1)).toEqual(
        [2, 3, 4].flatMap((generation) => Array.from({ length: count }, (_, index) => `${generation} ${index + 1}`)),
      );
    } finally {
      await runProgram(['umount', dirname(log)]);
    }
  });
});

test('a log that is full is put aside, and no more are kept than are wanted', async () => {
  await root[Symbol.asyncDispose]();
  root = await ScratchRoot.create(config({ 'audit.max_size': 65_536, 'audit.keep': 2 }));
  log = auditLogOf(root.path);
  await sync();
  const line = readFileSync(log, 'utf8');
  for (let round = 0; round < 4; round += 1) {
    appendFileSync(log, line.repeat(Math.ceil(70_000 / line.length)));
    appendFileSync(root.config, round === 0 ? '\n[policy]\noverride_shell = "/bin/round-0"\n' : '');
    writeFileSync(root.config, readFileSync(root.config, 'utf8').replace(/round-\d/, `round-${round}`));
    await sync();
  }
  expect([log, `${log}.1`, `${log}.2`, `${log}.3`].map((path) => existsSync(path))).toEqual([true, true, true, false]);
  expect([
    ...new Set(
      readAuditLog(log)
        .slice(-4)
        .map(({ generation }) => generation),
    ),
  ]).toEqual([5]);
});

describe('holdfast who', () => {
  test('finds what is in a line of the log, in a key, and on stdin, and says what it has searched', async () => {
    await sync();
    const fingerprint = await keyOf('erin');
    const [line = ''] = people.find(({ uid }) => uid === 'erin')?.sshPublicKeys ?? [];
    const answer = (await root.holdfast('who', fingerprint)).stdout;
    expect((await root.holdfast('who', `Accepted publickey for erin: ED25519 ${fingerprint}`)).stdout).toBe(answer);
    expect((await root.holdfast('who', ...line.split(' '))).stdout).toBe(answer);
    const piped = await shell('printf "%s\\n" "$KEY" | holdfast --root "$ROOT" who -', { env: { ROOT: root.path, KEY: line } });
    expect(piped.stdout).toBe(answer);
    const { stdout, status } = await root.holdfast('who', `SHA256:${'A'.repeat(43)}`);
    expect({ stdout, status }).toEqual({
      status: 1,
      stdout: expect.stringMatching(/is nobody's, as far as is known here\n[^]*searched +\S+audit\.jsonl and older/),
    });
  });

  test('knows a key that the directory has and this host never gave', async () => {
    await sync();
    const { stdout, status } = await root.holdfast('who', await keyOf('dave'), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ known: true, spans: [], directory: [{ login: 'dave', source: 'corp' }] });
  });

  test('passes over damaged lines, and counts them', async () => {
    await sync();
    appendFileSync(log, `{"version":1,"time":"cut off\n\0\0\0\n${'x'.repeat(200_000)}\n`);
    const { stdout } = await root.holdfast('who', await keyOf('erin'));
    expect(stdout).toContain('3 damaged lines passed over');
  });

  test.each([
    ['MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48', 'MD5 fingerprint'],
    ['nonsense', 'neither a fingerprint nor a public key'],
    [`SHA256:${'A'.repeat(43)} SHA256:${'B'.repeat(43)}`, 'names 2 fingerprints'],
  ])('refuses %s', async (question, text) => {
    expect(await holdfast(['--root', root.path, 'who', question])).toMatchObject({ status: 64, stderr: expect.stringContaining(text) });
  });
});
