/**
 * What `holdfast export` prints is what the host shows: getent says the same, and a host that reads it as its directory becomes
 * the same host.
 */
import { chmod, cp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandResult, holdfast, ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { ecdsa256, ed25519, lineOf, otherEd25519, rsa2048 } from '../directory/public-keys.ts';
import { AgentHost, StateDisk } from '../support/agent-host.ts';
import { type Slapd, startSlapd } from '../support/slapd.ts';

const HASH = '$6$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789./ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const BASE = 'ou=web-1,dc=example,dc=org';
const NOBODY = 65_534;

const PEOPLE = `
[[user]]
name = "alice"
uid = 5001
gid = 5100
gecos = "Ælice Ødegård, 2nd"
keys = ["from=\\"10.0.0.0/8\\" ${lineOf(ed25519)} alice@laptop", "${lineOf(rsa2048)} <a lice> é"]
expires = 2034-02-01
password_hash = "${HASH}"
[[user]]
name = "Build.host-1$"
uid = 5002
gid = 5100
gecos = "<Bot> of the build"
keys = ["${lineOf(otherEd25519)}"]
[[user]]
name = "quiet"
uid = 5003
gid = 5003
home = "/srv/quiet"
[[user]]
name = "__proto__"
uid = 5004
gid = 5100
keys = ["${lineOf(ecdsa256)}"]
[[group]]
name = "web-prod"
gid = 5100
members = ["alice", "Build.host-1$", "__proto__"]
[[group]]
name = "nobodys"
gid = 5101
`;

const RULES: Changes = { 'policy.home': '/home/{name}', 'policy.keys.options': 'allow-list' };

let disk: StateDisk;
let agent: AgentHost;
let slapd: Slapd;
/** Of the same people, and nobody's home. */
let root: ScratchRoot;

beforeAll(async () => {
  [disk, root] = await Promise.all([StateDisk.create(), ScratchRoot.create()]);
  const people = join(root.path, 'people.toml');
  await writeFile(people, PEOPLE, { mode: 0o600 });
  const config = { ...fileSource(people, 'toml'), ...RULES };
  await root.write('etc/holdfast/holdfast.toml', configText(config));
  await root.write('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\ndeploy:x:900:900::/srv/deploy:/bin/sh\n');
  agent = await AgentHost.boot(disk, config);
  expect(await agent.holdfast('sync')).toMatchObject({ status: 0 });
  expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
});

afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
  await slapd?.[Symbol.asyncDispose]();
  await root?.[Symbol.asyncDispose]();
});

describe('getent', () => {
  test.each(['passwd', 'group', 'shadow'])('has the lines of "getent %s" that the caches give', async (map) => {
    const { stdout } = await agent.host.run(['getent', map]);
    const local = (await agent.host.run(['getent', '-s', 'files', map])).stdout;
    expect(stdout.length).toBeGreaterThan(local.length);
    expect(await agent.holdfast('export', '--format', 'getent', '--map', map)).toMatchObject({
      status: 0,
      stdout: stdout.slice(local.length),
      stderr: '',
    });
  });

  test('has the keys that sshd gets', async () => {
    const { stdout } = await root.holdfast('export', '--format', 'getent', '--map', 'keys');
    const logins = [...new Set(stdout.split('\n').map((line) => line.split(':')[0] ?? ''))].filter((login) => login !== '');
    expect(logins).toEqual(['Build.host-1$', '__proto__', 'alice']);
    for (const login of logins) {
      const keys = (await root.holdfast('keys', login)).stdout;
      expect(keys).not.toBe('');
      expect(linesOf(stdout, login)).toBe(keys);
    }
  });
});

describe('LDIF', () => {
  test('read by a file source makes the same host', async () => {
    await using other = await ScratchRoot.create();
    const ldif = join(other.path, 'export.ldif');
    await writeFile(ldif, (await exportLdif()).stdout, { mode: 0o600 });
    await other.write('etc/holdfast/holdfast.toml', configText({ ...fileSource(ldif, 'ldif'), ...RULES }));
    expect(await other.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await shownBy(other)).toEqual(await shownBy(root));
  });

  test('loaded into slapd with nis.schema as it is, and read over LDAP, makes the same host', async () => {
    const { stdout: ldif } = await exportLdif();
    slapd = await startSlapd({ gecos: 'ASCII', ldif, extraConfig: 'access to attrs=userPassword by * read' });
    await using other = await ScratchRoot.create({
      'source[0].uris': [slapd.uris.ldap],
      'source[0].base': BASE,
      'source[0].tls': { mode: 'off' },
      'source[0].users': { password_hashes: true },
      ...RULES,
    });
    expect(await other.holdfast('sync')).toMatchObject({ status: 0 });
    expect(await shownBy(other)).toEqual(await shownBy(root));
  });

  test('is ASCII in lines of 76 characters, and the same each time', async () => {
    const { stdout, stderr, status } = await exportLdif();
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(/^[\x20-\x7e\n]+$/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBe(76);
    expect(stdout).toContain(`dn: ${BASE}\nobjectClass: organizationalUnit\nou: web-1\n\n`);
    expect((await exportLdif()).stdout).toBe(stdout);
  });

  test('has no password without --map shadow', async () => {
    const { stdout } = await root.holdfast('export', '--format', 'ldif', '--base', BASE);
    expect(stdout).toContain('objectClass: ldapPublicKey\n');
    expect(stdout).not.toMatch(/userPassword|shadow/i);
  });
});

describe('JSON', () => {
  test('has people, groups and keys, and where they are from', async () => {
    const { stdout } = await root.holdfast('export');
    const shown = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(shown)).toEqual(['version', 'generation', 'committedAt', 'why', 'sources', 'passwd', 'group', 'keys']);
    expect(shown).toMatchObject({
      version: 1,
      generation: 1,
      passwd: [
        { name: 'alice', uid: 5001, gid: 5100, gecos: 'Ælice Ødegård, 2nd', home: '/home/alice', shell: '/bin/bash' },
        { name: 'Build.host-1$' },
        { name: 'quiet', gecos: '' },
        { name: '__proto__' },
      ],
      group: [{ name: 'web-prod', gid: 5100, members: ['Build.host-1$', '__proto__', 'alice'] }, { name: 'nobodys' }],
      keys: [{ name: 'Build.host-1$', keys: [lineOf(otherEd25519)] }, { name: '__proto__' }, { name: 'alice' }],
    });
    expect((await root.holdfast('export')).stdout).toBe(stdout);
  });

  test('has only the maps that were asked for', async () => {
    const { stdout } = await root.holdfast('export', '--map', 'shadow');
    const { shadow, ...others } = JSON.parse(stdout) as { shadow: unknown[] };
    expect(Object.keys(others)).toEqual(['version', 'generation', 'committedAt', 'why', 'sources']);
    expect(shadow[0]).toEqual({ name: 'alice', password: HASH, expire: expect.any(Number) as number });
  });
});

describe('for somebody who is not root', () => {
  test('exports all but shadow', async () => {
    const env = { HOLDFAST_STATE_DIR: disk.path };
    const { stdout, status } = await holdfast(['export', '--format', 'getent', '--map', 'passwd'], { env, uid: NOBODY });
    expect({ stdout, status }).toEqual({
      stdout: (await root.holdfast('export', '--format', 'getent', '--map', 'passwd')).stdout,
      status: 0,
    });
    expect(await holdfast(['export', '--map', 'shadow'], { env, uid: NOBODY })).toMatchObject({
      status: 77,
      stdout: '',
      stderr: expect.stringContaining('must be run as root to export shadow') as string,
    });
  });
});

describe('refuses', () => {
  test.each([
    ['LDIF without a base', ['--format', 'ldif'], 64, '--format ldif wants to know below which entry'],
    ['a base that is no DN', ['--format', 'ldif', '--base', 'example.org'], 64, '--base "example.org" is no DN'],
    ['a base of another kind', ['--format', 'ldif', '--base', 'cn=x,dc=org'], 64, 'does not begin with dc=, o= or ou='],
    ['keys without people in LDIF', ['--format', 'ldif', '--base', BASE, '--map', 'keys'], 64, 'parts of an account'],
    ['a base that nobody reads', ['--base', BASE], 64, '--base is for ldif'],
    ['getent without a map', ['--format', 'getent'], 64, 'one map at a time'],
    ['getent with two maps', ['--format', 'getent', '--map', 'passwd', 'group'], 64, 'one map at a time'],
    ['another map', ['--map', 'hosts'], 64, 'Allowed choices are passwd, group, shadow, keys'],
  ])('%s', async (_what, args, status, message) => {
    const result = await root.holdfast('export', ...args);
    expect(result).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(message) as string });
  });

  test('a host on which nothing was ever committed', async () => {
    await using fresh = await ScratchRoot.create({});
    expect(await fresh.holdfast('export')).toMatchObject({
      status: 73,
      stdout: '',
      stderr: expect.stringContaining('nothing was ever committed here') as string,
    });
  });

  test('caches that are damaged, whole', async () => {
    await using broken = await ScratchRoot.create({});
    await cp(join(root.state, 'generations'), join(broken.state, 'generations'), { recursive: true, preserveTimestamps: true });
    await chmod(join(broken.state, 'generations'), 0o755);
    await symlink('generations/1', join(broken.state, 'current'));
    const map = join(broken.state, 'current/group.cache');
    await writeFile(map, (await readFile(map, 'utf8')).replace('alice', 'mallo'));
    const { status, stdout, stderr } = await broken.holdfast('export', '--map', 'passwd');
    expect({ status, stdout }).toEqual({ status: 73, stdout: '' });
    expect(stderr).toContain('the caches are damaged, and not exported: generation 1: group.cache has other content');
  });
});

test("leaves keys of the host's own accounts out of LDIF, and says so", async () => {
  await using other = await ScratchRoot.create();
  await other.write('etc/passwd', 'deploy:x:900:900::/srv/deploy:/bin/sh\n');
  await rm(join(other.path, 'etc/group'), { force: true });
  const config = {
    ...fileSource(join(root.path, 'people.toml'), 'toml'),
    ...RULES,
    'access.accounts': { deploy: { groups: ['web-prod'] } },
  };
  await other.write('etc/holdfast/holdfast.toml', configText(config));
  expect(await other.holdfast('sync')).toMatchObject({ status: 0 });
  const { status, stderr, stdout } = await other.holdfast('export', '--format', 'ldif', '--base', BASE);
  expect(status).toBe(0);
  expect(stderr).toBe("holdfast: warning: left out are keys of 1 account that are the host's own: deploy\n");
  expect(stdout).not.toContain('deploy');
  expect((await other.holdfast('export', '--map', 'keys')).stdout).toContain('"name":"deploy"');
});

async function exportLdif(): Promise<CommandResult> {
  return await root.holdfast('export', '--format', 'ldif', '--base', BASE, '--map', 'passwd', 'group', 'shadow', 'keys');
}

function fileSource(path: string, format: 'toml' | 'ldif'): Changes {
  return { 'source[0]': { name: 'people', type: 'file', path, format, password_hashes: true } };
}

/** All four maps. */
async function shownBy(host: ScratchRoot): Promise<unknown> {
  const { stdout } = await host.holdfast('export', '--map', 'passwd', 'group', 'shadow', 'keys');
  const { passwd, group, shadow, keys } = JSON.parse(stdout) as Record<string, unknown>;
  return { passwd, group, shadow, keys };
}

function linesOf(text: string, login: string): string {
  const lines = text.split('\n').filter((line) => line.startsWith(`${login}:`));
  return lines.map((line) => `${line.slice(login.length + 1)}\n`).join('');
}
