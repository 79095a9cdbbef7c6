/**
 * `holdfast init` against real directories: what it finds, what it writes, and that this is right at once.
 */
import { chmod, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { ScratchRoot } from '../cli/command.ts';
import { HOLDFAST } from '../support/agent-host.ts';
import { type CompanyDirectory, startCompanyDirectory } from '../support/company-directory.ts';
import { generatePeople } from '../support/people.ts';
import { type ProgramResult, runProgram } from '../support/running-program.ts';
import { type Slapd, startSlapd } from '../support/slapd.ts';
import { SERVICE_ACCOUNTS } from '../support/slapd-config.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJHUWXhQ9i9pzpOYvbBQ0Nm2tTXcvJbXK1n3b1HM7dFk alice@laptop';
const people = generatePeople({ count: 30, named: [{ uid: 'alice', sshPublicKeys: [KEY] }] });

let directory: CompanyDirectory;
let bis: Slapd;
let root: ScratchRoot;
/** `--uri … --ca … --cert … --key …` */
let mutual: readonly string[];

beforeAll(async () => {
  const high = { ...people, people: [...people.people].map((person) => ({ ...person, uidNumber: person.uidNumber + 1_000_000 })) };
  [directory, bis] = await Promise.all([
    startCompanyDirectory({ people }),
    startSlapd({ people: high, schema: 'rfc2307bis', anonymous: 'refused' }),
  ]);
  const { ca, cert, key } = directory.config()['source[0].tls'] as Record<string, string>;
  const file = (reference: string | undefined): string => (reference ?? '').replace(/^file:/, '');
  mutual = ['--uri', directory.slapd.uris.ldaps, '--ca', file(ca), '--cert', file(cert), '--key', file(key)];
});

afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
  await bis?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  root = await ScratchRoot.create();
});

afterEach(async () => await root[Symbol.asyncDispose]());

describe('holdfast init', () => {
  test('makes of a URI and certificates a configuration that syncs', async () => {
    const { status, stdout, stderr } = await root.holdfast('init', ...mutual, '--access-group', 'staff');
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^holdfast: hint: next: /) });
    expect(stdout).toContain('bind     external\nbase     dc=example,dc=org\nschema   rfc2307\npaging   yes\n');
    expect(stdout).toContain('(OpenLDAP)');
    expect(stdout).toMatch(/^alice:x:\d+:5000:.*:\/home\/alice:\/bin\/\w+ {3}1 key, may log in$/m);
    expect(stdout.split('\n').filter((line) => line.includes(':x:'))).toHaveLength(10);

    expect((await stat(root.config)).mode & 0o7777).toBe(0o640);
    const text = await readFile(root.config, 'utf8');
    expect(text).toContain('groups = ["staff"]\n');
    expect(text).not.toContain('[policy]');
    expect(await root.holdfast('config', 'check')).toMatchObject({ status: 0, stdout: `${root.config}: ok\n` });
    expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
    expect((await root.holdfast('keys', 'alice')).stdout).toContain(KEY.split(' ')[1]);
  });

  test('finds rfc2307bis, uids above the default, and binds with a password that it never shows', async () => {
    const password = join(root.path, 'password');
    await writeFile(password, `${SERVICE_ACCOUNTS.sync.password}\n`);
    await chmod(password, 0o600);
    const bind = ['--tls', 'off', '--bind-dn', SERVICE_ACCOUNTS.sync.dn, '--password-file', password];
    const { status, stdout, stderr } = await root.holdfast('init', '--uri', bis.uris.ldap, ...bind, '--everyone');
    expect(status).toBe(0);
    expect(stdout).toContain('schema   rfc2307bis\n');
    const text = await readFile(root.config, 'utf8');
    expect(text).toContain('uid_range = [1000, 1100000]\n');
    expect(text).toContain('# Everything goes over the network in the clear');
    for (const shown of [stdout, stderr, text]) expect(shown).not.toContain(SERVICE_ACCOUNTS.sync.password);
    expect(await root.holdfast('config', 'check')).toMatchObject({ status: 0 });

    await writeFile(password, 'wrong');
    await rm(root.config);
    const refused = await root.holdfast('init', '--uri', bis.uris.ldap, ...bind, '--everyone');
    expect(refused).toMatchObject({ status: 77, stdout: '', stderr: expect.stringContaining('invalidCredentials') });
    await expect(stat(root.config)).rejects.toThrow('ENOENT');
  });

  test('prints it, and writes nothing', async () => {
    const { status, stdout } = await root.holdfast('init', ...mutual, '--everyone', '--print');
    expect(status).toBe(0);
    await expect(stat(root.config)).rejects.toThrow('ENOENT');
    const other = join(root.path, 'printed.toml');
    await writeFile(other, stdout, { mode: 0o600 });
    expect(await root.holdfast('--config', other, 'config', 'check')).toMatchObject({ status: 0 });
  });

  test('overwrites no configuration, unless it is told to', async () => {
    await root.write('etc/holdfast/holdfast.toml', 'version = 1\n');
    const { status, stderr } = await root.holdfast('init', ...mutual, '--everyone');
    expect({ status, stderr }).toEqual({ status: 64, stderr: expect.stringContaining('is there already, and is not overwritten') });
    expect(await readFile(root.config, 'utf8')).toBe('version = 1\n');
    expect(await root.holdfast('init', ...mutual, '--everyone', '--force')).toMatchObject({ status: 0 });
    expect((await stat(root.config)).mode & 0o7777).toBe(0o640);
    // A link is replaced, and where it leads is left alone.
    const elsewhere = join(root.path, 'elsewhere');
    await writeFile(elsewhere, 'mine');
    await rm(root.config);
    await symlink(elsewhere, root.config);
    expect(await root.holdfast('init', ...mutual, '--everyone')).toMatchObject({ status: 64 });
    expect(await root.holdfast('init', ...mutual, '--everyone', '--force')).toMatchObject({ status: 0 });
    expect(await readFile(elsewhere, 'utf8')).toBe('mine');
  });

  test.each([
    ['a URI', () => ['--everyone'], 64, '--uri is missing, and there is no terminal to ask at'],
    ['a bind', () => ['--uri', 'ldaps://127.0.0.1:1', '--everyone'], 64, '--cert and --key, or --bind is missing'],
    ['a password', () => ['--uri', 'ldaps://127.0.0.1:1', '--bind-dn', 'cn=x', '--everyone'], 64, '--password-file is missing'],
    ['who may log in', () => mutual, 64, '--access-group or --everyone is missing'],
    [
      'a URI that is one',
      () => ['--uri', 'http://x', '--bind', 'anonymous', '--everyone'],
      64,
      'init: uris[0]: "http://x" is no "ldap://host[:port]"',
    ],
    ['a key beside a certificate', () => [...mutual.slice(0, -2), '--everyone'], 64, 'init: tls.key: is missing, but cert is there'],
    [
      'people below the base',
      () => [...mutual, '--everyone', '--base', 'ou=services,dc=example,dc=org'],
      65,
      'there is nobody of schema "rfc2307"',
    ],
    ['a base that is there', () => [...mutual, '--everyone', '--base', 'dc=nowhere'], 75, 'noSuchObject'],
    ['a CA that signed it', () => [...mutual.slice(0, 2), '--bind', 'anonymous', '--everyone'], 77, 'is not trusted'],
  ])('without %s says what to do', async (_what, args, status, text) => {
    const result = await root.holdfast('init', ...args());
    expect(result).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(text) });
    await expect(stat(root.config)).rejects.toThrow('ENOENT');
  });

  test('asks at a terminal for what was not said', async () => {
    const [, uri = '', ...files] = mutual;
    const command = [...HOLDFAST, '--root', root.path, 'init', ...files].join(' ');
    const result = await atTerminal(command, `${uri}\nstaff, ops\n`);
    expect(result.status).toBe(0);
    expect(result.stdout).toContain('URI of the directory, such as ldaps://ldap-1.example.org: ');
    expect(result.stdout).toContain('groups that may log in here, such as staff, ');
    expect(await readFile(root.config, 'utf8')).toContain('groups = ["staff", "ops"]\n');
    expect(result.stdout).toContain('the directory has no group "ops", which lets nobody in');
  });
});

/** What is typed is there before it is asked for. */
async function atTerminal(command: string, typed: string): Promise<ProgramResult> {
  return await runProgram(['script', '--quiet', '--return', '--command', command, '/dev/null'], { input: typed });
}
