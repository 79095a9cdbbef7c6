import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readSecret, Secret } from '../../src/config/secrets.ts';
import { failureOf } from './failure.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function secretFile(name: string, text: string, mode: number): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe('readSecret', () => {
  test('reads a file', async () => {
    const path = await secretFile('key.pem', 'PEM\n', 0o600);
    expect(readSecret({ kind: 'file', path }, 'tls.key', 'private').reveal()).toBe('PEM\n');
  });

  test("reads a systemd credential out of the service's folder", async () => {
    vi.stubEnv('CREDENTIALS_DIRECTORY', folder);
    await secretFile('bind-password', 'hunter2', 0o400);
    expect(readSecret({ kind: 'credential', id: 'bind-password' }, 'bind.password', 'private').reveal()).toBe('hunter2');
  });

  test('reads a variable, an empty one too', () => {
    vi.stubEnv('BIND_PASSWORD', 'hunter2');
    vi.stubEnv('EMPTY', '');
    expect(readSecret({ kind: 'env', variable: 'BIND_PASSWORD' }, 'bind.password', 'private').reveal()).toBe('hunter2');
    expect(readSecret({ kind: 'env', variable: 'EMPTY' }, 'bind.password', 'private').reveal()).toBe('');
  });

  test.each(['0600', '0640', '0400', '0440', '0660'])('takes a private file of mode %s', async (mode) => {
    const path = await secretFile('key.pem', 'PEM', Number.parseInt(mode, 8));
    expect(readSecret({ kind: 'file', path }, 'tls.key', 'private').reveal()).toBe('PEM');
  });

  test.each(['0604', '0644', '0602', '0601', '0666', '0777'])('refuses a private file of mode %s, without its content', async (mode) => {
    const path = await secretFile('key.pem', 'hunter2', Number.parseInt(mode, 8));
    expect(failureOf(() => readSecret({ kind: 'file', path }, 'source "corp": tls.key', 'private'))).toMatchObject({
      code: 'configuration',
      message: `source "corp": tls.key: "${path}" is readable by everyone (mode ${mode}); wanted: 0600`,
      hints: [`chown root:root ${path} && chmod 0600 ${path}`, 'if others could read it, replace the key or password'],
    });
  });

  test.runIf(process.geteuid?.() === 0).each([
    ['a private file that a group may read', 'private', 0o640, '0:1234', 'is readable by group 1234 (mode 0640); wanted: 0600'],
    ['a private file of another user', 'private', 0o600, '1234:0', 'is owned by uid 1234, who can change it; wanted: owned by root'],
    ['a public file of another user', 'public', 0o644, '1234:0', 'is owned by uid 1234, who can change it; wanted: owned by root'],
    ['a public file that a group may write', 'public', 0o664, '0:1234', 'is writable by group 1234 (mode 0664); wanted: 0644'],
    ['a public file that everybody may write', 'public', 0o666, '0:0', 'is writable by everyone (mode 0666); wanted: 0644'],
  ] as const)('refuses %s', async (_what, sensitivity, mode, owner, text) => {
    const path = await secretFile('file.pem', 'hunter2', mode);
    const [uid = 0, gid = 0] = owner.split(':').map(Number);
    await chown(path, uid, gid);
    expect(failureOf(() => readSecret({ kind: 'file', path }, 'tls', sensitivity)).message).toBe(`tls: "${path}" ${text}`);
  });

  test('leaves to systemd what mode a credential has', async () => {
    vi.stubEnv('CREDENTIALS_DIRECTORY', folder);
    await secretFile('key', 'hunter2', 0o444);
    expect(readSecret({ kind: 'credential', id: 'key' }, 'tls.key', 'private').reveal()).toBe('hunter2');
  });

  test('does not wait for a named pipe', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    expect(failureOf(() => readSecret({ kind: 'file', path }, 'tls.ca', 'public')).message).toBe(
      `tls.ca: cannot read "${path}": it is a named pipe; wanted: a file`,
    );
  });

  test('takes a public file that everybody may read', async () => {
    const path = await secretFile('ca.pem', 'PEM', 0o644);
    expect(readSecret({ kind: 'file', path }, 'tls.ca', 'public').reveal()).toBe('PEM');
  });

  test('says which setting wants the file that is not there', () => {
    const path = join(folder, 'gone');
    const failure = failureOf(() => readSecret({ kind: 'file', path }, 'source "corp": tls.ca', 'public'));
    expect(failure.code).toBe('configuration');
    expect(failure.message).toContain(`source "corp": tls.ca: cannot read "${path}": there is no such file`);
  });

  test('refuses a folder', () => {
    expect(failureOf(() => readSecret({ kind: 'file', path: folder }, 'tls.ca', 'public')).message).toMatch(
      /^tls\.ca: cannot read .*: it is a folder; wanted: a file/,
    );
  });

  test('says that a credential needs the service', () => {
    vi.stubEnv('CREDENTIALS_DIRECTORY', undefined);
    expect(failureOf(() => readSecret({ kind: 'credential', id: 'key' }, 'tls.key', 'private'))).toMatchObject({
      code: 'configuration',
      message: 'tls.key: "credential:key" needs systemd, and CREDENTIALS_DIRECTORY is not set',
      hints: ['run it as the service does: systemctl start holdfast.service', 'or pass LoadCredential=key:/path to systemd-run'],
    });
  });

  test('says which variable is not set', () => {
    vi.stubEnv('NOT_THERE', undefined);
    const failure = failureOf(() => readSecret({ kind: 'env', variable: 'NOT_THERE' }, 'bind.password', 'private'));
    expect(failure).toMatchObject({ code: 'configuration', message: 'bind.password: env:NOT_THERE is not set' });
  });
});

describe('Secret', () => {
  const secret = new Secret('hunter2');

  test.each<[string, () => string]>([
    ['String(), and so a template', () => String(secret)],
    ['a joined list', () => ['password', secret].join(' ')],
    ['JSON', () => JSON.stringify({ password: secret })],
    ['inspect', () => inspect(secret)],
    ['inspect of what holds it, hidden fields too', () => inspect({ bind: { password: [secret] } }, { showHidden: true, depth: null })],
    ['console.log', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['a copy of its properties', () => JSON.stringify(Object.assign({}, secret))],
    ['the names of its properties', () => Reflect.ownKeys(secret).join(' ')],
    ['an error', () => inspect(new Error('bind failed', { cause: secret }))],
  ])('does not show its value in %s', (_where, show) => {
    expect(show()).not.toContain('hunter2');
  });

  test.each<[string, () => string]>([
    ['String(), and so a template', () => String(secret)],
    ['JSON', () => JSON.stringify(secret).slice(1, -1)],
    ['inspect', () => inspect(secret)],
  ])('prints [redacted] in %s', (_where, show) => {
    expect(show()).toBe('[redacted]');
  });
});
