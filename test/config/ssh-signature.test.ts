import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSigningKey, type SigningKey, verifySshSignature } from '../../src/config/ssh-signature.ts';
import { Invalid } from '../../src/directory/rejection.ts';
import { runProgram } from '../support/running-program.ts';
import { generateSshKey } from '../support/sshd.ts';
import { signWith } from '../support/ssh-signing.ts';

const NAMESPACE = 'holdfast-access-map';
const MESSAGE = Buffer.from('version = 1\nserial = 7\n');

let folder: string;
let ours: SigningKey;
let others: SigningKey;
let good: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-signature-'));
  [ours, others] = [await newKey('ours'), await newKey('others')];
  good = await sign('ours');
});

afterAll(async () => await rm(folder, { recursive: true }));

async function newKey(name: string): Promise<SigningKey> {
  await generateSshKey(join(folder, name));
  const key = parseSigningKey((await readFile(join(folder, `${name}.pub`), 'utf8')).trim());
  if (key instanceof Invalid) throw new Error(key.reason);
  return key;
}

async function sign(key: string, { namespace = NAMESPACE, options = [] as readonly string[] } = {}): Promise<string> {
  return await signWith(join(folder, key), MESSAGE, { namespace, options });
}

function verify(signature: string, message = MESSAGE, keys: readonly SigningKey[] = [ours]): unknown {
  const outcome = verifySshSignature(message, signature, { keys, namespace: NAMESPACE });
  return outcome instanceof Invalid ? outcome.reason : outcome;
}

describe('verifySshSignature takes', () => {
  test('what ssh-keygen signs, and says by whom', () => {
    expect(verify(good)).toBe(ours);
    expect(verify(good, MESSAGE, [others, ours])).toBe(ours);
  });

  test('either hash', async () => {
    expect(verify(await sign('ours', { options: ['-O', 'hashalg=sha256'] }))).toBe(ours);
  });

  test('the line ends of Windows', () => {
    expect(verify(good.replaceAll('\n', '\r\n'))).toBe(ours);
  });

  test('what ssh-keygen takes, and nothing else', async () => {
    await writeFile(join(folder, 'allowed'), `me ${(await readFile(join(folder, 'ours.pub'), 'utf8')).trim()}\n`);
    await writeFile(join(folder, 'good.sig'), good);
    const command = [
      'ssh-keygen',
      '-Y',
      'verify',
      '-f',
      join(folder, 'allowed'),
      '-I',
      'me',
      '-n',
      NAMESPACE,
      '-s',
      join(folder, 'good.sig'),
    ];
    expect(await runProgram(command, { input: MESSAGE })).toMatchObject({ status: 0 });
    expect(await runProgram(command, { input: `${MESSAGE.toString()} ` })).toMatchObject({ status: 255 });
  });
});

describe('verifySshSignature refuses', () => {
  test('another text', () => {
    expect(verify(good, Buffer.concat([MESSAGE, Buffer.from(' ')]))).toMatch(/^the signature does not fit the text/);
  });

  test('a signature by nobody of ours', async () => {
    expect(verify(await sign('others'))).toMatch(
      /^the signature is by the key SHA256:[A-Za-z0-9+/]{43}, which is none of those that may sign$/,
    );
    expect(verify(good, MESSAGE, [])).toContain('which is none of those');
  });

  test('one that was made for something else', async () => {
    expect(verify(await sign('ours', { namespace: 'git' }))).toBe(
      'the signature is for the namespace "git"; wanted: ssh-keygen -Y sign -n holdfast-access-map',
    );
  });

  test.each<[string, (text: string) => string, string]>([
    ['nothing', () => '', 'is no "-----BEGIN SSH SIGNATURE-----"'],
    ['a key', () => '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n', 'is no "-----BEGIN'],
    ['text behind it', (text) => `${text}more\n`, 'is no "-----BEGIN'],
    ['a large one', (text) => text.replace('\n', `\n${'A'.repeat(5000)}\n`), 'characters; wanted: at most 4096'],
    ['half of it', (text) => text.replace(/\n.{40}/, '\n'), 'is cut, or of another version'],
    ['no base64 in it', (text) => text.replace(/\n[^]*\n-/, '\n====\n-'), 'is cut, or of another version'],
  ])('%s', (_what, edit, reason) => {
    expect(verify(edit(good))).toContain(reason);
  });

  test('every signature with one bit changed', () => {
    const [head = '', , tail = ''] = good.split(/(\n[^-]+\n)/);
    const blob = Buffer.from(good.slice(head.length, good.length - tail.length), 'base64');
    fc.assert(
      fc.property(fc.nat(blob.length - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(blob);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(typeof verify(`${head}\n${changed.toString('base64')}\n${tail}`)).toBe('string');
      }),
    );
  });
});

describe('parseSigningKey refuses', () => {
  test.each<[string, (line: string) => string, string]>([
    ['options', (line) => `restrict ${line}`, 'has options before the key'],
    ['half a key', (line) => line.slice(0, 40), 'key is ed25519 without 32 bytes'],
    ['no key', () => 'alice', 'key'],
  ])('%s', async (_what, edit, reason) => {
    const outcome = parseSigningKey(edit((await readFile(join(folder, 'ours.pub'), 'utf8')).trim()));
    expect(outcome).toBeInstanceOf(Invalid);
    expect((outcome as Invalid).reason).toContain(reason);
  });

  test('a key of another type', async () => {
    await runProgram(['ssh-keygen', '-q', '-t', 'ecdsa', '-N', '', '-f', join(folder, 'ecdsa')]);
    const outcome = parseSigningKey((await readFile(join(folder, 'ecdsa.pub'), 'utf8')).trim());
    expect(outcome).toMatchObject({ reason: 'is a key of type ecdsa-sha2-nistp256; wanted: ssh-ed25519' });
  });
});
