/**
 * Who is who: certificates of both sides and binds, by the real command against real servers. A run that is refused exits
 * 77, says why so that nobody needs openssl(1), and leaves the caches as they were.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CommandResult } from '../cli/command.ts';
import type { Changes } from '../config/configuration.ts';
import { SyncedHost } from '../sources/synced-host.ts';
import { freePort } from '../support/free-port.ts';
import { generatePeople } from '../support/people.ts';
import { type Certificate, createPki, expired, notYetValid, type Pki } from '../support/pki.ts';
import { startProgram } from '../support/running-program.ts';
import { SERVICE_ACCOUNTS } from '../support/slapd-config.ts';
import { type Slapd, type SlapdOptions, startSlapd } from '../support/slapd.ts';

const HOST = '"O=Example, OU=hosts, CN=host-1"';
const CA = '"O=Example, CN=Example Root CA"';
const OTHER_CA = '"O=Example, CN=Somebody Else Root CA"';
const password = 'env:BIND_PASSWORD';

let folder: string;
let pki: Pki;
let server: Certificate;
let client: Certificate;
let clients: Readonly<Record<'foreign' | 'old' | 'early', Certificate>>;
/** 300 people, TLS 1.2 and 1.3; it demands client certificates. */
let slapd: Slapd;
/** TLS 1.2 alone, and nobody may bind anonymously. */
let strict: Slapd;
let host: SyncedHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  pki = await createPki(folder);
  const request = { commonName: 'host-1' };
  [server, client] = await Promise.all([pki.ca.issueServer({ name: 'ldap-1' }), pki.ca.issueClient(request)]);
  const [foreign, old, early] = await Promise.all([
    pki.otherCa.issueClient(request),
    pki.ca.issueClient({ ...request, ...expired() }),
    pki.ca.issueClient({ ...request, ...notYetValid() }),
  ]);
  clients = { foreign, old, early };
  const tls = { ...server, clientCa: pki.ca.cert };
  slapd = await startSlapd({ people: generatePeople({ count: 300, named: [{ uid: 'alice' }] }), tls });
  strict = await startSlapd({ tls: { ...tls, versions: ['1.2'] }, anonymous: 'refused' });
  host = await SyncedHost.create(over(slapd.uris.ldaps));
});

afterAll(async () => {
  await Promise.all([slapd, strict, host].map(async (one) => await one?.[Symbol.asyncDispose]()));
  await rm(folder, { recursive: true });
});

afterEach(async () => expect(await host.touched()).toEqual([]));

/** With our certificate, or with another. */
function over(uri: string, { cert, key }: Certificate = client, tls: object = {}): Changes {
  return {
    ...withoutCertificate(uri, { cert: `file:${cert}`, key: `file:${key}`, ...tls }),
    'source[0].bind': { method: 'external' },
  };
}

function withoutCertificate(uri: string, tls: object = {}): Changes {
  return { 'source[0].uris': [uri], 'source[0].tls': { ca: `file:${pki.ca.cert}`, ...tls }, 'source[0].bind': { method: 'anonymous' } };
}

function expectSynced({ status, stderr }: CommandResult): void {
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('300 people') as string });
}

/** The lines of the error and of its hints, without `holdfast: error: source "corp": URI: `. */
function errorOf({ stderr }: CommandResult): { readonly error: string; readonly hints: string[] } {
  const lines = stderr.trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^holdfast: (?:(?:error|hint|warning): )?\S/);
  expect(stderr).not.toMatch(/error:[0-9A-F]{8}:|\.c:\d+/);
  expect(lines.at(-1)).toBe('holdfast: nothing to do: generation 1 already shows all this (300 people, 28 groups)');
  const [error = ''] = lines;
  return {
    error: error.replace(/^holdfast: error: source "corp": ldaps?:\/\/\S+?:\d+: /, ''),
    hints: lines.filter((line) => line.startsWith('holdfast: hint: ')).map((line) => line.slice('holdfast: hint: '.length)),
  };
}

async function expectRefused(changes: Changes, error: RegExp | string, hint: string): Promise<void> {
  const result = await host.sync(changes);
  const said = errorOf(result);
  expect(result.status).toBe(77);
  expect(said.error).toMatch(error);
  expect(said.hints).toEqual(expect.arrayContaining([expect.stringContaining(hint)]));
}

describe('a host is let in', () => {
  test.each<[what: string, changes: () => Changes]>([
    ['with its certificate over ldaps', () => over(slapd.uris.ldaps)],
    ['with its certificate over StartTLS', () => over(slapd.uris.ldap, client, { mode: 'starttls' })],
    ['with its certificate over TLS 1.3, when no less will do', () => over(slapd.uris.ldaps, client, { min_version: '1.3' })],
    [
      'with its certificate and a password',
      () => ({ ...over(slapd.uris.ldaps), 'source[0].bind': { method: 'simple', dn: SERVICE_ACCOUNTS.sync.dn, password } }),
    ],
    ['with its certificate and as nobody', () => ({ ...over(slapd.uris.ldaps), 'source[0].bind': { method: 'anonymous' } })],
    [
      'with a password in the clear, when that is said',
      () => ({
        'source[0].uris': [slapd.uris.ldap],
        'source[0].tls': { mode: 'off' },
        'source[0].bind': { method: 'simple', dn: SERVICE_ACCOUNTS.sync.dn, password },
      }),
    ],
    ['as nobody in the clear, when that is said', () => ({ 'source[0].uris': [slapd.uris.ldap], 'source[0].tls': { mode: 'off' } })],
  ])('%s', async (_what, changes) => {
    expectSynced(await host.sync(changes(), { BIND_PASSWORD: SERVICE_ACCOUNTS.sync.password }));
  });
});

describe.each<[version: string, uri: () => string]>([
  ['TLS 1.3', () => slapd.uris.ldaps],
  ['TLS 1.2', () => strict.uris.ldaps],
])('over %s slapd refuses a host', (_version, uri) => {
  test('without a certificate', async () => {
    await expectRefused(
      withoutCertificate(uri()),
      /^the server wants a client certificate and there is none: it hangs up/,
      'name cert and key',
    );
  });

  test('with a certificate of another CA', async () => {
    const error = `the server does not take our client certificate (${HOST}, issued by ${OTHER_CA}, valid until `;
    await expectRefused(over(uri(), clients.foreign), new RegExp(`^${RegExp.escape(error)}`), `trusts the issuer ${OTHER_CA}`);
  });

  test('with a certificate that has expired', async () => {
    const error = `the server does not take our client certificate (${HOST}, issued by ${CA}, expired on `;
    await expectRefused(over(uri(), clients.old), new RegExp(`^${RegExp.escape(error)}`), 'renew cert in [source.tls]: it expired on ');
  });

  test('with a certificate that is not valid yet', async () => {
    await expectRefused(over(uri(), clients.early), /, is valid only from \d{4}-\d\d-\d\d \d\d:\d\d UTC\)/, 'is valid only from');
  });
});

test('over StartTLS slapd refuses a host without a certificate', async () => {
  const changes = withoutCertificate(slapd.uris.ldap, { mode: 'starttls' });
  await expectRefused(changes, /^the server wants a client certificate and there is none/, 'name cert and key');
});

test('a host without a certificate, and with the wrong CA, hears of what the server did', async () => {
  const ca = `file:${pki.otherCa.cert}`;
  await expectRefused(withoutCertificate(strict.uris.ldaps, { ca }), /^the server wants a client certificate/, 'name cert and key');
  await expectRefused(
    withoutCertificate(slapd.uris.ldaps, { ca }),
    /^the server's certificate \(.*is not trusted/,
    'check ca in [source.tls]',
  );
});

describe.each(['1.2', '1.3'] as const)('over TLS %s a server that sends alerts refuses a host', (version) => {
  let uri: string;
  let stop: () => void;

  beforeAll(async () => {
    const port = await freePort();
    const files = ['-cert', server.cert, '-key', server.key, '-CAfile', pki.ca.cert];
    const program = startProgram([
      ...['setpriv', '--pdeathsig', 'KILL', '--', 'openssl', 's_server', '-accept', `127.0.0.1:${port}`, ...files],
      ...['-Verify', '1', '-verify_return_error', `-tls1_${version.slice(2)}`],
    ]);
    await program.waitFor(/ACCEPT/);
    uri = `ldaps://127.0.0.1:${port}`;
    stop = () => program.signal('SIGKILL');
  });

  afterAll(() => stop());

  test('without a certificate', async () => {
    const alert = version === '1.2' ? 'handshake failure' : 'certificate required';
    const error = `^the server wants a client certificate and there is none: the server sent the TLS alert "${alert}"$`;
    await expectRefused(withoutCertificate(uri), new RegExp(error), 'name cert and key');
  });

  test('with a certificate of another CA', async () => {
    await expectRefused(over(uri, clients.foreign), /\): the server sent the TLS alert "unknown ca"$/, `trusts the issuer ${OTHER_CA}`);
  });

  test('with a certificate that has expired', async () => {
    await expectRefused(over(uri, clients.old), /, expired on .*\): the server sent the TLS alert "certificate expired"$/, 'renew cert');
  });
});

async function withServer(certificate: Certificate, error: RegExp, hint: string): Promise<void> {
  const options: SlapdOptions = { tls: { ...certificate, clientCa: pki.ca.cert } };
  await using other = await startSlapd(options);
  await expectRefused(over(other.uris.ldaps), error, hint);
}

describe('a host refuses a server', () => {
  test('of another CA', async () => {
    const error = `the server's certificate ("O=Example, CN=ldap-1", issued by ${OTHER_CA}, valid until `;
    await withServer(
      await pki.otherCa.issueServer({ name: 'ldap-1' }),
      new RegExp(`^${RegExp.escape(error)}.*trusted here: ${CA}$`),
      'check ca',
    );
  });

  test('with another name', async () => {
    const other = await pki.ca.issueServer({ name: 'ldap-2', sans: ['DNS:ldap-2.example.org'] });
    await withServer(other, /^the server's certificate .* is for DNS:ldap-2\.example\.org, and not for "127\.0\.0\.1"$/, 'server_name');
  });

  test('whose certificate has expired', async () => {
    const old = await pki.ca.issueServer({ name: 'ldap-1', ...expired() });
    await withServer(old, /^the server's certificate .* expired on .* UTC; here it is .* UTC$/, 'renew it on the server');
  });

  test('whose TLS version is too old', async () => {
    const result = await host.sync(over(strict.uris.ldaps, client, { min_version: '1.3' }));
    expect(result.status).toBe(75);
    expect(errorOf(result)).toEqual({
      error: 'TLS handshake: the server closed the connection',
      hints: [expect.stringContaining('or no TLS version from min_version of [source.tls] up')],
    });
  });
});

describe('a bind is refused', () => {
  const simple = { method: 'simple', dn: SERVICE_ACCOUNTS.sync.dn, password };

  test('with a wrong password, which is not shown', async () => {
    const result = await host.sync({ ...over(slapd.uris.ldaps), 'source[0].bind': simple }, { BIND_PASSWORD: 'Tr0ub4dor&3' });
    expect(result.status).toBe(77);
    expect(errorOf(result)).toEqual({
      error: `simple bind as "${SERVICE_ACCOUNTS.sync.dn}" was answered invalidCredentials (49)`,
      hints: ['check dn and password of [source.bind]'],
    });
    expect(result.stderr).not.toContain('Tr0ub4dor');
  });

  test('as nobody, where the server wants to know who it is', async () => {
    const anonymous = { ...over(strict.uris.ldaps), 'source[0].bind': { method: 'anonymous' } };
    await expectRefused(
      anonymous,
      /^anonymous bind was answered inappropriateAuthentication \(48\): "anonymous bind disallowed"$/,
      'anonymous',
    );
  });

  test('by certificate, where the server does not look at certificates', async () => {
    await using careless = await startSlapd({ tls: { ...server, clientCa: pki.ca.cert, verifyClient: 'never' } });
    await expectRefused(over(careless.uris.ldaps), /^external bind was answered authMethodNotSupported \(7\)/, 'TLSVerifyClient');
  });
});

describe('the configuration is refused with status 78', () => {
  test.each<[what: string, changes: () => Changes, text: string]>([
    ['when it sends everything in the clear without saying so', () => ({ 'source[0].uris': [slapd.uris.ldap] }), 'is without TLS'],
    ['when a port is none', () => ({ 'source[0].uris': ['ldaps://ldap-1:99999'] }), '"ldaps://ldap-1:99999" is no'],
    ['when a URI has a base', () => ({ 'source[0].uris': ['ldaps://ldap-1/dc=example'] }), 'is no "ldap://host[:port]"'],
    [
      'when the key is of another certificate',
      () => over(slapd.uris.ldaps, { cert: client.cert, key: clients.foreign.key }),
      `source "corp": tls.key does not belong to the certificate of tls.cert (${HOST})`,
    ],
    [
      'when the CA file holds no certificate',
      () => over(slapd.uris.ldaps, client, { ca: `file:${client.key}` }),
      'tls.ca holds no certificate in PEM',
    ],
  ])('%s', async (_what, changes, text) => {
    const { status, stderr } = await host.sync(changes());
    expect({ status, stderr }).toEqual({ status: 78, stderr: expect.stringContaining(text) as string });
  });
});

test('what was synced stays in use through all this', async () => {
  expect(await host.keys('alice')).toMatch(/^ssh-ed25519 \S+ alice@laptop\n$/);
});
