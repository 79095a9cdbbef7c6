import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CertificateAuthority, createPki, expired, notYetValid, type Pki } from './pki.ts';
import { runProgram } from './running-program.ts';

let folder: string;
let pki: Pki;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  pki = await createPki(folder);
});

afterAll(async () => await rm(folder, { recursive: true }));

async function verify(ca: CertificateAuthority, cert: string, purpose: string): Promise<string> {
  const { stdout, stderr } = await runProgram(['openssl', 'verify', '-CAfile', ca.cert, '-purpose', purpose, cert]);
  return /OK$/m.test(stdout) ? 'OK' : (/^error \d+ at \d+ depth lookup: (?<reason>.*)$/m.exec(stderr)?.groups?.['reason'] ?? stderr);
}

describe('a throwaway CA', () => {
  test('issues certificates for servers and clients, each good for that alone', async () => {
    const { cert: server } = await pki.ca.issueServer({ name: 'ldap-1' });
    const { cert: client } = await pki.ca.issueClient({ commonName: 'host-1' });
    expect(await verify(pki.ca, server, 'sslserver')).toBe('OK');
    expect(await verify(pki.ca, client, 'sslclient')).toBe('OK');
    expect(await verify(pki.ca, server, 'sslclient')).toMatch(/purpose/);
    expect(await verify(pki.otherCa, client, 'sslclient')).toBe('unable to get local issuer certificate');
  });

  test('writes names, and keys that are their owner’s alone', async () => {
    const { cert, key } = await pki.ca.issueServer({ name: 'ldap-2', sans: ['DNS:ldap-2.example.org', 'IP:127.0.0.2'] });
    const { stdout } = await runProgram(['openssl', 'x509', '-in', cert, '-noout', '-subject', '-ext', 'subjectAltName']);
    expect(stdout).toContain('subject=O = Example, CN = ldap-2\n');
    expect(stdout).toContain('DNS:ldap-2.example.org, IP Address:127.0.0.2\n');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
  });

  test('issues certificates that are over, or not yet valid', async () => {
    const { cert: old } = await pki.ca.issueClient({ commonName: 'old', ...expired() });
    const { cert: young } = await pki.ca.issueClient({ commonName: 'young', ...notYetValid() });
    expect(await verify(pki.ca, old, 'sslclient')).toBe('certificate has expired');
    expect(await verify(pki.ca, young, 'sslclient')).toBe('certificate is not yet valid');
  });

  test('issues many at a time', async () => {
    const issued = await Promise.all(Array.from({ length: 8 }, (_, index) => pki.ca.issueClient({ commonName: `host-${index}` })));
    expect(new Set(await Promise.all(issued.map(({ cert }) => verify(pki.ca, cert, 'sslclient'))))).toEqual(new Set(['OK']));
  });
});
