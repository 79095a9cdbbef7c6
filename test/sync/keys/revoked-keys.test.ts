import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HoldfastError } from '../../../src/errors.ts';
import { fingerprintOf } from '../../../src/sync/keys/key-fingerprint.ts';
import { readRevokedKeys } from '../../../src/sync/keys/revoked-keys.ts';
import { certificateLine, dsaLine, ed25519, lineOf, otherEd25519, publicKeys, rsa2048 } from '../../directory/public-keys.ts';

const first = fingerprintOf(ed25519.blob);
const second = fingerprintOf(rsa2048.blob);

let path: string;

beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'holdfast-revoked-')), 'revoked_keys');
});

afterAll(async () => {
  await rm(join(path, '..'), { recursive: true });
});

async function read(text: string): Promise<string[]> {
  await writeFile(path, text, { mode: 0o644 });
  return [...readRevokedKeys(`file:${path}`)];
}

async function problems(text: string): Promise<string[]> {
  try {
    return [`read: ${(await read(text)).join(', ')}`];
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'configuration') throw error;
    return error.message.split('\n').map((line) => line.replace(path, 'FILE'));
  }
}

describe('readRevokedKeys', () => {
  test('is empty where no list is configured', () => {
    expect(readRevokedKeys('none')).toEqual(new Set());
  });

  test.each([
    ['a fingerprint', `${first}\n`, [first]],
    ['a fingerprint without a line end', first, [first]],
    ['a fingerprint with spaces and a carriage return', `  ${first} \r\n`, [first]],
    ['a fingerprint with a comment', `${first} # alice's stolen laptop`, [first]],
    ['a public key', `${lineOf(ed25519)}\n`, [first]],
    ['a public key with options and a comment', `no-pty ${lineOf(ed25519)} alice@laptop # 2\n`, [first]],
    ['several, one of them twice', `# list\n\n${first}\n${lineOf(rsa2048)}\n${lineOf(ed25519)}\n`, [first, second]],
    ['comments alone', '# nobody\n\n', []],
    ['nothing', '', []],
  ])('reads %s', async (_what, text, fingerprints) => {
    expect(await read(text)).toEqual(fingerprints);
  });

  test('knows keys by the fingerprints that ssh-keygen prints', async () => {
    const lines = publicKeys.map(lineOf);
    await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o644 });
    const printed = execFileSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8' });
    const fingerprints = printed
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[1]);
    expect([...readRevokedKeys(`file:${path}`)]).toEqual(fingerprints);
  });

  test.each([
    ['a cut fingerprint', first.slice(0, -1), `"${first.slice(0, -1)}" is no fingerprint; wanted: "SHA256:" and 43 characters`],
    ['a fingerprint with a character too many', `${first}A`, `"${first}A" is no fingerprint; wanted: "SHA256:" and 43 characters`],
    [
      'a fingerprint whose last bits no hash has',
      `SHA256:${'A'.repeat(42)}B`,
      `"SHA256:${'A'.repeat(42)}B" is no fingerprint; wanted: "SHA256:" and 43 characters`,
    ],
    ['a name behind a fingerprint', `${first} alice`, `"${first} alice" is no fingerprint; wanted: "SHA256:" and 43 characters`],
    [
      'a line of ssh-keygen -l',
      `256 ${first} a (ED25519)`,
      `"256 ${first} a (ED25519)" is no fingerprint; wanted: "SHA256:" and 43 characters`,
    ],
    [
      'an MD5 fingerprint',
      `MD5:${'ab:'.repeat(15)}ab`,
      `"MD5:${'ab:'.repeat(15)}ab" is no fingerprint; wanted: "SHA256:" and 43 characters`,
    ],
    ['a word', 'alice', '"alice" is no key type that holdfast reads'],
    ['a certificate', certificateLine, '"ssh-ed25519-cert-v01@openssh.com" is a certificate, not a key'],
    ['a DSA key', dsaLine, '"ssh-dss" is no key type that holdfast reads'],
    ['an escape sequence', '\u001b[2J', 'key holds a line break or control character'],
    ['a cut key', lineOf(ed25519).slice(0, -4), 'key is ed25519 without 32 bytes of point'],
  ])('refuses %s and says in which line', async (_what, line, reason) => {
    expect(await problems(`# list\n${first}\n${line}\n`)).toEqual([`FILE:3: ${reason}`]);
  });

  test('shows nothing of a private key that was named by mistake', async () => {
    expect(await problems('-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v\n-----END PRIVATE KEY-----\n')).toEqual([
      'FILE:1: is a PEM file; wanted: a fingerprint or a public key a line, as in authorized_keys',
    ]);
  });

  test('reports every bad line in one go', async () => {
    expect(await problems(`x\n${first}\ny\n`)).toEqual([
      'FILE:1: "x" is no key type that holdfast reads',
      'FILE:3: "y" is no key type that holdfast reads',
    ]);
  });

  test('refuses a list that is not there, a folder, a pipe without waiting for a writer, and one without an end', async () => {
    const missing = join(path, '../gone');
    const pipe = join(path, '../pipe');
    const huge = join(path, '../huge');
    execFileSync('mkfifo', ['-m', '644', pipe]);
    await writeFile(huge, '');
    await truncate(huge, 5 * 1024 * 1024);
    for (const [file, reason] of [
      [missing, 'there is no such file'],
      [join(path, '..'), 'it is a folder; wanted: a file'],
      [pipe, 'it is a named pipe; wanted: a file'],
      [huge, 'it has 5242880 bytes; wanted: at most 4194304'],
    ])
      expect(() => readRevokedKeys(`file:${file}`)).toThrow(`policy.keys.revoked: cannot read "${file}": ${reason}`);
  });

  test.each([
    [0o666, 'is writable by everyone (mode 0666); wanted: 0644'],
    [0o602, 'is writable by everyone (mode 0602); wanted: 0600'],
  ])('refuses a list of mode %o, since others could take a key off it', async (mode, fault) => {
    await read(lineOf(otherEd25519));
    await chmod(path, mode);
    expect(() => readRevokedKeys(`file:${path}`)).toThrow(
      `policy.keys.revoked: "${path}" ${fault}: who writes it can take a key off the list`,
    );
    await chmod(path, 0o644);
  });

  test.runIf(process.geteuid?.() === 0)('refuses a list that another group may write or another owner has', async () => {
    await read(lineOf(otherEd25519));
    await chown(path, 0, 998);
    await chmod(path, 0o664);
    expect(() => readRevokedKeys(`file:${path}`)).toThrow('is writable by group 998 (mode 0664); wanted: 0644');
    await chown(path, 998, 0);
    expect(() => readRevokedKeys(`file:${path}`)).toThrow('is owned by uid 998, who can change it; wanted: owned by root');
    await chown(path, 0, 0);
    await chmod(path, 0o644);
  });
});
