import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatTime } from '../../../src/sources/ldap/certificate-text.ts';
import { startFakeLdap } from '../../support/fake-ldap.ts';
import { type Certificate, createPki, expired, notYetValid, type Pki } from '../../support/pki.ts';
import { failureOf, fetchAll, ldapSource } from '../ldap-source.ts';

const CA = '"O=Example, CN=Example Root CA"';
const OTHER_CA = '"O=Example, CN=Somebody Else Root CA"';

let folder: string;
let pki: Pki;
let ca: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  pki = await createPki(folder);
  ca = await readFile(pki.ca.cert, 'utf8');
});

afterAll(async () => await rm(folder, { recursive: true }));

interface Seen {
  readonly text: string;
  readonly hints: readonly string[];
  /** Nothing of LDAP reached the server. */
  readonly requests: number;
}

/** What a server with this certificate is refused with. */
async function refusal(
  { cert, key }: Certificate,
  { chain = '', ...tls }: { chain?: string; ca?: string; serverName?: string } = {},
): Promise<Seen> {
  const server = { cert: (await readFile(cert, 'utf8')) + chain, key: await readFile(key, 'utf8') };
  await using fake = await startFakeLdap({}, { ldaps: true, tls: server });
  const bind = { method: 'simple' as const, dn: 'cn=sync', password: () => 'secret' };
  const { code, message, hints } = await failureOf(fetchAll(ldapSource(fake.uri, { bind, tls: { ca, ...tls } })));
  expect(code).toBe('source-refused');
  return { text: message.replace(`${fake.uri}: `, ''), hints, requests: fake.requests.length };
}

async function validity({ cert }: Certificate): Promise<{ from: string; until: string }> {
  const { validFromDate, validToDate } = new X509Certificate(await readFile(cert));
  return { from: formatTime(validFromDate), until: formatTime(validToDate) };
}

describe('a server is trusted', () => {
  test.each([
    ['its address', ['IP:127.0.0.1'], undefined],
    ['the name that server_name gives', ['DNS:ldap.example.org'], 'ldap.example.org'],
    ['a wildcard for that name', ['DNS:*.example.org'], 'ldap.example.org'],
  ])('with a certificate for %s', async (_what, sans, serverName) => {
    const { cert, key } = await pki.ca.issueServer({ name: 'ldap-1', sans });
    await using fake = await startFakeLdap({}, { ldaps: true, tls: { cert: await readFile(cert), key: await readFile(key) } });
    const tls = { ca, ...(serverName === undefined ? {} : { serverName }) };
    expect((await fetchAll(ldapSource(fake.uri, { tls }))).users).toEqual([]);
  });
});

describe('a server is refused before anything is sent to it', () => {
  test('when another CA has issued its certificate', async () => {
    const certificate = await pki.otherCa.issueServer({ name: 'ldap-1' });
    const { until } = await validity(certificate);
    expect(await refusal(certificate)).toEqual({
      text: `the server's certificate ("O=Example, CN=ldap-1", issued by ${OTHER_CA}, valid until ${until}) is not trusted; trusted here: ${CA}`,
      hints: [
        `check ca in [source.tls]: it must hold the CA ${OTHER_CA}, if that is yours; if not, this is not your server`,
        'where that CA is below a trusted one, let the server send its certificate too',
      ],
      requests: 0,
    });
  });

  test('when another CA has issued its certificate and the server sends that as well', async () => {
    const chain = await readFile(pki.otherCa.cert, 'utf8');
    const { text, hints } = await refusal(await pki.otherCa.issueServer({ name: 'ldap-1' }), { chain });
    expect(text).toContain(`is not trusted; trusted here: ${CA}`);
    expect(hints).toHaveLength(1);
  });

  test('when its CA has the right name and another key', async () => {
    const { ca: namesake } = await createPki(join(folder, 'namesake'));
    const { text } = await refusal(await namesake.issueServer({ name: 'ldap-1' }));
    expect(text).toMatch(/ is not trusted; ca holds a CA of that name, but with another key$/);
  });

  test('when many CAs are trusted, and not its own', async () => {
    const { ca: namesake } = await createPki(join(folder, 'second'));
    const trusted = await readFile(namesake.cert, 'utf8');
    const { text } = await refusal(await pki.otherCa.issueServer({ name: 'ldap-1' }), { ca: [ca, trusted, ca, trusted, ca].join('') });
    expect(text).toContain(`trusted here: ${CA}, ${CA}, ${CA} and 2 more`);
  });

  test('when its certificate is for another name', async () => {
    const certificate = await pki.ca.issueServer({ name: 'ldap-2', sans: ['DNS:ldap-2.example.org', 'IP:192.0.2.2'] });
    const { until } = await validity(certificate);
    const facts = `the server's certificate ("O=Example, CN=ldap-2", issued by ${CA}, valid until ${until})`;
    const names = 'DNS:ldap-2.example.org, IP Address:192.0.2.2';
    expect(await refusal(certificate)).toEqual({
      text: `${facts} is for ${names}, and not for "127.0.0.1"`,
      hints: ['use a name that is in the certificate in uris, or set server_name in [source.tls] to it'],
      requests: 0,
    });
    const named = await refusal(certificate, { serverName: 'ldap-1.example.org' });
    expect(named.text).toBe(`${facts} is for ${names}, and not for "ldap-1.example.org"`);
  });

  test('when its certificate is for a great many other names', async () => {
    const sans = Array.from({ length: 60 }, (_, index) => `DNS:ldap-${index}.example.org`);
    const { text } = await refusal(await pki.ca.issueServer({ name: 'farm', sans }));
    expect(text).toMatch(/ is for DNS:ldap-0\.example\.org, .*DNS:ldap-\d\.example\.org and more, and not for "127\.0\.0\.1"$/);
  });

  test('when its certificate has expired', async () => {
    const certificate = await pki.ca.issueServer({ name: 'ldap-1', ...expired() });
    const { until } = await validity(certificate);
    const { text, hints, requests } = await refusal(certificate);
    expect(text).toMatch(/; here it is \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    expect(text).toContain(`the server's certificate ("O=Example, CN=ldap-1", issued by ${CA}) expired on ${until};`);
    expect({ hints, requests }).toEqual({ hints: ["renew it on the server, or set this host's clock if that is wrong"], requests: 0 });
  });

  test('when its certificate is not valid yet', async () => {
    const certificate = await pki.ca.issueServer({ name: 'ldap-1', ...notYetValid() });
    const { from } = await validity(certificate);
    const { text, hints } = await refusal(certificate);
    expect(text).toContain(`the server's certificate ("O=Example, CN=ldap-1", issued by ${CA}) is valid only from ${from}; here it is `);
    expect(hints).toEqual(["check this host's clock (timedatectl)"]);
  });

  test('when its certificate is for clients', async () => {
    const { text, hints } = await refusal(await pki.ca.issueClient({ commonName: 'host-1' }));
    expect(text).toContain('is not for TLS servers (its extended key usage is 1.3.6.1.5.5.7.3.2)) is not accepted');
    expect(hints).toEqual(['give the server a certificate with the extended key usage serverAuth']);
  });

  test('when the system trusts none like it and ca is not set', async () => {
    const { cert, key } = await pki.ca.issueServer({ name: 'ldap-1' });
    await using fake = await startFakeLdap({}, { ldaps: true, tls: { cert: await readFile(cert), key: await readFile(key) } });
    const { message, hints } = await failureOf(fetchAll(ldapSource(fake.uri)));
    expect(message).toContain("is not trusted; trusted here: this system's CAs");
    expect(hints[0]).toMatch(/^set ca in \[source\.tls\]/);
  });

  test('over StartTLS as well', async () => {
    const { cert, key } = await pki.otherCa.issueServer({ name: 'ldap-1' });
    await using fake = await startFakeLdap({}, { tls: { cert: await readFile(cert), key: await readFile(key) } });
    const { code, message } = await failureOf(fetchAll(ldapSource(fake.uri, { mode: 'starttls', tls: { ca } })));
    expect(code).toBe('source-refused');
    expect(message).toContain(`issued by ${OTHER_CA}`);
    expect(fake.requests.map(({ operation }) => operation)).toEqual(['extended']);
  });
});
