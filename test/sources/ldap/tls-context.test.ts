import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TlsContext } from '../../../src/sources/ldap/tls-context.ts';
import type { TlsMaterial } from '../../../src/sources/ldap/transport.ts';
import { failureOf } from '../../config/failure.ts';
import { type Certificate, createPki, expired } from '../../support/pki.ts';
import { runProgram } from '../../support/running-program.ts';

interface Pem {
  readonly cert: string;
  readonly key: string;
}

let folder: string;
let ca: string;
let client: Pem;
let other: Pem;
let old: Pem;
let locked: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  const pki = await createPki(folder);
  ca = await readFile(pki.ca.cert, 'utf8');
  const request = { commonName: 'host-1' };
  const issued = await Promise.all([
    pki.ca.issueClient(request),
    pki.otherCa.issueClient(request),
    pki.ca.issueClient({ ...request, ...expired() }),
  ]);
  [client, other, old] = (await Promise.all(issued.map(readPem))) as [Pem, Pem, Pem];
  const { stdout } = await runProgram(['openssl', 'pkey', '-in', issued[0].key, '-aes256', '-passout', 'pass:secret']);
  locked = stdout;
});

afterAll(async () => await rm(folder, { recursive: true }));

async function readPem({ cert, key }: Certificate): Promise<Pem> {
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
}

function contextOf(material: Partial<TlsMaterial>): TlsContext {
  return new TlsContext({ minVersion: '1.2', ...material });
}

describe('TlsContext', () => {
  test('takes a CA, a certificate and its key', () => {
    const context = contextOf({ ca, ...client });
    expect(context.secure()).toBe(context.secure());
    expect(context.client?.subject).toBe('O=Example\nOU=hosts\nCN=host-1');
    expect(context.authorities?.map(({ subject }) => subject)).toEqual(['O=Example\nCN=Example Root CA']);
  });

  test("takes the system's CAs when none is named", () => {
    const context = contextOf({});
    expect(context.authorities).toBeUndefined();
    expect(() => context.secure()).not.toThrow();
  });

  test('takes several CAs with comments between them, and a certificate with its chain', () => {
    const context = contextOf({ ca: `# ours\n${ca}\n# theirs\n${other.cert}`, cert: `${client.cert}${ca}`, key: client.key });
    expect(context.authorities).toHaveLength(2);
    expect(context.client?.subject).toContain('CN=host-1');
  });

  test('takes a certificate that has expired: that is for the server to judge', () => {
    expect(() => contextOf({ ca, ...old }).secure()).not.toThrow();
  });

  test.each<[what: string, material: () => Partial<TlsMaterial>, message: string]>([
    ['a CA file without a certificate', () => ({ ca: 'nothing' }), 'tls.ca holds no certificate in PEM'],
    ['an empty CA file, which would trust nobody', () => ({ ca: '' }), 'tls.ca holds no certificate in PEM'],
    [
      'a CA file with a broken certificate',
      () => ({ ca: `${ca}${ca.replace(/MII.{8}/, 'MIIxxxxxxxx')}` }),
      'tls.ca: certificate 2 cannot be read: ',
    ],
    ['a key where a certificate is wanted', () => ({ cert: client.key, key: client.key }), 'tls.cert holds no certificate in PEM'],
    [
      'a certificate where a key is wanted',
      () => ({ cert: client.cert, key: client.cert }),
      'tls.key holds no private key in PEM that can be read',
    ],
    ['a key with a passphrase', () => ({ cert: client.cert, key: locked }), 'tls.key is protected by a passphrase'],
    [
      "another certificate's key",
      () => ({ cert: client.cert, key: other.key }),
      'tls.key does not belong to the certificate of tls.cert ("O=Example, OU=hosts, CN=host-1")',
    ],
  ])('refuses %s', (_what, material, message) => {
    const failure = failureOf(() => contextOf(material()));
    expect(failure.code).toBe('configuration');
    expect(failure.message).toContain(message);
    expect(failure.message).not.toMatch(/error:[0-9A-F]{8}|\n/);
  });
});
