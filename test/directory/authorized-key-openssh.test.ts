/**
 * What ssh-keygen(1) reads in the lines that holdfast admits: the same key, of the same type and size.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAuthorizedKey } from '../../src/directory/authorized-key.ts';
import type { KeyType } from '../../src/directory/key-blob.ts';
import { fingerprintOf } from '../../src/sync/keys/key-fingerprint.ts';
import { Invalid } from '../../src/directory/rejection.ts';
import {
  base64,
  ed25519,
  fieldsOf,
  keyLine,
  lineOf,
  type PublicKey,
  publicKeys,
  skEcdsa,
  skEd25519,
  skEd25519Fields,
} from './public-keys.ts';
import { valid } from './valid.ts';

/** As `ssh-keygen -l` writes a type. */
const SHOWN: Readonly<Record<KeyType, string>> = {
  'ssh-ed25519': 'ED25519',
  'ssh-rsa': 'RSA',
  'ecdsa-sha2-nistp256': 'ECDSA',
  'ecdsa-sha2-nistp384': 'ECDSA',
  'ecdsa-sha2-nistp521': 'ECDSA',
  'sk-ssh-ed25519@openssh.com': 'ED25519-SK',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'ECDSA-SK',
};

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'holdfast-keys-'));
});

afterAll(() => rmSync(scratch, { recursive: true }));

describe('ssh-keygen reads', () => {
  test.each(publicKeys)('the key of $type with $bits bits as we do', (key) => {
    expect(fingerprints([lineOf(key)])).toEqual([shown(key)]);
  });

  test('freshly made keys as we do', () => {
    const made = ['ed25519', 'ecdsa', 'rsa'].map((type) => {
      const path = join(scratch, type);
      execFileSync('ssh-keygen', [
        '-q',
        '-t',
        type,
        '-b',
        type === 'rsa' ? '2048' : '256',
        '-N',
        '',
        '-C',
        `${type} key of "Köln"`,
        '-f',
        path,
      ]);
      return keyLine(valid(parseAuthorizedKey(readFileSync(`${path}.pub`, 'utf8'))));
    });
    expect(fingerprints(made.map(({ line }) => line))).toEqual(made.map(shown));
  });

  test('every line that we admit, of hundreds that are nearly right', () => {
    const admitted = fc
      .sample(nearlyRight(), { numRuns: 1500, seed: 20_001 })
      .map(parseAuthorizedKey)
      .flatMap((key) => (key instanceof Invalid ? [] : [keyLine(key)]));
    expect(admitted.length).toBeGreaterThan(100);
    expect(fingerprints(admitted.map(({ line }) => line))).toEqual(admitted.map(shown));
  });
});

function shown({ bits, type, blob }: PublicKey): string {
  return `${bits} ${fingerprintOf(blob)} ${SHOWN[type]}`;
}

/** Size, fingerprint and type of each line that ssh-keygen reads; it leaves out what is no key. */
function fingerprints(lines: readonly string[]): string[] {
  const path = join(scratch, 'authorized_keys');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const text = execFileSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^(\d+ SHA256:\S+) .*\((\S+)\)$/, '$1 $2'));
}

/** Points are left alone: that one lies on its curve is checked by sshd, and not by us. */
function nearlyRight(): fc.Arbitrary<string> {
  const keys = fc.constantFrom(...publicKeys);
  const blobs = keys.chain((key) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(key.blob) }, damaged(key)).map((blob) => `${key.type} ${blob}`),
  );
  const applications = fc
    .string({ maxLength: 20 })
    .map((text) => `${skEd25519.type} ${base64(skEd25519Fields(`ssh:${text.replaceAll('\0', '')}`))}`);
  const moduli = fc
    .uint8Array({ minLength: 120, maxLength: 300 })
    .map(rsaOf)
    .filter((line) => line !== undefined);
  const options = fc.constantFrom('', '', 'no-pty ', 'restrict,from="10.0.0.0/8" ', 'command="echo \\"a b\\"" ', 'cert-authority ', 'x="');
  const comments = fc.oneof(
    fc.constant(''),
    fc.string({ unit: 'binary', maxLength: 30 }).map((text) => ` ${text}`),
  );
  return fc.tuple(options, fc.oneof(blobs, applications, moduli, fc.constant(lineOf(skEcdsa))), comments).map((parts) => parts.join(''));
}

function damaged({ blob }: PublicKey): fc.Arbitrary<string> {
  const bytes = Buffer.from(blob, 'base64');
  return fc.oneof(
    fc.nat(bytes.length).map((length) => bytes.subarray(0, length).toString('base64')),
    fc.uint8Array({ minLength: 1, maxLength: 5 }).map((extra) => Buffer.concat([bytes, extra]).toString('base64')),
    fc.nat(blob.length).map((length) => blob.slice(0, length)),
    fc.constant(`${blob}=`),
    fc.constant(base64([...fieldsOf(blob), ''])),
  );
}

/** From 1024 bits on, as OpenSSH refuses shorter ones and the configuration cannot admit them. */
function rsaOf(modulus: Uint8Array): string | undefined {
  const line = `ssh-rsa ${base64(['ssh-rsa', Uint8Array.of(1, 0, 1), modulus])}`;
  const key = parseAuthorizedKey(line);
  return key instanceof Invalid || key.bits < 1024 || (modulus.at(-1) ?? 0) % 2 === 0 ? undefined : line;
}

test('ssh-keygen is the one that these tests were written for: it tells a key from none', () => {
  expect(fingerprints([lineOf(ed25519), 'ssh-ed25519 AAAA', lineOf(ed25519)])).toEqual([shown(ed25519), shown(ed25519)]);
});
