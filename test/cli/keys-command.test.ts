import { chmod, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bucketOf } from '../../src/caches/keys-cache.ts';
import { atTerminal, holdfast, ScratchRoot } from './command.ts';

const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== alice@laptop';

let root: ScratchRoot;

beforeAll(async () => {
  root = await ScratchRoot.create({ 'state.dir': '/srv/holdfast' });
  await root.write(`var/lib/holdfast/generations/1/keys/${bucketOf('alice')}`, `alice:${line}\nalice:no-pty ${line}\n`);
  await symlink('generations/1', join(root.state, 'current'));
  await root.write(`srv/holdfast/current/keys/${bucketOf('alice')}`, 'alice:the other folder\n');
});

afterAll(async () => {
  await root[Symbol.asyncDispose]();
});

describe.concurrent('keys', () => {
  test('prints the lines of a login and nothing else', async () => {
    expect(await root.holdfast('keys', 'alice')).toEqual({ status: 0, stdout: `${line}\nno-pty ${line}\n`, stderr: '' });
  });

  test.each([
    ['an unknown login', 'bob'],
    ['the beginning of a login', 'ali'],
    ['a login and more', 'alice2'],
    ['capitals', 'ALICE'],
    ['a pattern', 'al.*'],
    ['a login with its colon', 'alice:'],
    ['nothing', ''],
    ['a path', '../keys/1'],
    ['a line end', 'alice\n'],
    ['two logins', 'bob\nalice'],
    ['a shell command', '$(id)'],
    ['an awk escape', '\\141lice'],
    ['other letters', 'аlice'],
    ['a very long login', 'a'.repeat(100_000)],
  ])('prints nothing for %s, with status 0', async (_what, login) => {
    expect(await root.holdfast('keys', '--', login)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('prints nothing for an option', async () => {
    expect(await root.holdfast('keys', '--', '-rf')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('prints nothing where nothing was ever committed', async () => {
    await using empty = await ScratchRoot.create();
    expect(await empty.holdfast('keys', 'alice')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test.each([
    ['an unknown login', 'bob', 'holdfast: nothing for "bob"; holdfast why bob tells why'],
    ['a text that can be no login', 'a\u001bb', String.raw`holdfast: nothing for "a\u{1b}b": it can be no login name`],
  ])('tells a person at a terminal what to ask for %s, and sshd still gets nothing', async (_what, login, said) => {
    const command = 'holdfast --root "$ROOT" keys -- "$LOGIN" >"$ROOT/out"; echo "status $?" >&2';
    const { stdout } = await atTerminal(command, { ROOT: root.path, LOGIN: login });
    expect(stdout).toBe(`${said}\r\nstatus 0\r\n`);
    expect(await readFile(join(root.path, 'out'), 'utf8')).toBe('');
  });

  test('tells a person nothing more when there are keys', async () => {
    const { stdout } = await atTerminal('holdfast --root "$ROOT" keys alice >/dev/null', { ROOT: root.path });
    expect(stdout).toBe('');
  });

  test('looks where HOLDFAST_STATE_DIR says, as the lookup command does', async () => {
    const env = { HOLDFAST_STATE_DIR: join(root.path, 'srv/holdfast') };
    expect(await holdfast(['keys', 'alice'], { env })).toEqual({ status: 0, stdout: 'the other folder\n', stderr: '' });
  });

  test('looks where a configuration that is named says', async () => {
    const { status, stdout } = await root.holdfast('--config', root.config, 'keys', 'alice');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'the other folder\n' });
  });

  test('refuses a configuration that is named and is not there', async () => {
    expect(await root.holdfast('--config', join(root.path, 'gone.toml'), 'keys', 'alice')).toMatchObject({ status: 78, stdout: '' });
  });

  test.each([
    ['a folder in place of the bucket', async (state: string): Promise<void> => void (await mkdir(bucketIn(state), { recursive: true }))],
    [
      'a link that leads to itself',
      async (state: string): Promise<void> => {
        await mkdir(state, { recursive: true });
        await symlink('current', join(state, 'current'));
      },
    ],
    [
      'a file in place of the generation',
      async (state: string): Promise<void> => {
        await mkdir(state, { recursive: true });
        await symlink('/etc/hostname', join(state, 'current'));
      },
    ],
  ])('calls %s no bug', async (_what, damage) => {
    await using damaged = await ScratchRoot.create();
    await damage(damaged.state);
    const { status, stdout, stderr } = await damaged.holdfast('keys', 'alice');
    expect(stdout).toBe('');
    expect(stderr).not.toContain('bug');
    expect(status).not.toBe(70);
  });

  test('calls a folder that this user may not read no bug', async () => {
    await using closed = await ScratchRoot.create();
    await closed.write(`var/lib/holdfast/current/keys/${bucketOf('alice')}`, `alice:${line}\n`);
    await chmod(closed.path, 0o755);
    await chmod(closed.state, 0o700);
    const { status, stderr } = await holdfast(['--root', closed.path, 'keys', 'alice'], { uid: 65_534 });
    expect(stderr).not.toContain('bug');
    expect(status).not.toBe(70);
  });
});

function bucketIn(state: string): string {
  return join(state, 'current/keys', String(bucketOf('alice')));
}
