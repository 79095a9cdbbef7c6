/**
 * Directories that are down, hang, or break off, and the real command against them: status 75 within bounded time, the reason,
 * and caches that nobody has touched.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CommandResult } from '../cli/command.ts';
import type { Changes } from '../config/configuration.ts';
import { failureOf, fetchAll, ldapSource, type SourceOptions } from '../sources/ldap-source.ts';
import { SyncedHost } from '../sources/synced-host.ts';
import { generatePeople } from '../support/people.ts';
import { type Certificate, createPki, type Pki } from '../support/pki.ts';
import { SERVICE_ACCOUNTS } from '../support/slapd-config.ts';
import { type Slapd, startSlapd } from '../support/slapd.ts';
import { type Fault, startProxy, startSilentServer, type TcpProxy } from '../support/tcp-proxy.ts';

const UNCHANGED = 'holdfast: nothing to do: generation 1 already shows all this (300 people, 28 groups)\n';
const FALLBACK = 'holdfast: source "corp": its last good snapshot goes on serving\n';
/** Nobody listens on port 1 of this machine. */
const DEAD = 'ldaps://127.0.0.1:1';

let folder: string;
let pki: Pki;
let client: Certificate;
let slapd: Slapd;
let host: SyncedHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  pki = await createPki(folder);
  const [server, ours] = await Promise.all([pki.ca.issueServer({ name: 'ldap-1' }), pki.ca.issueClient({ commonName: 'host-1' })]);
  client = ours;
  slapd = await startSlapd({
    people: generatePeople({ count: 300, named: [{ uid: 'alice' }] }),
    tls: { ...server, clientCa: pki.ca.cert },
    limits: [{ dn: SERVICE_ACCOUNTS.limited.dn, allow: 'size=100 size.prtotal=100' }],
  });
  host = await SyncedHost.create(from(slapd.uris.ldaps));
});

afterAll(async () => {
  await Promise.all([slapd, host].map(async (one) => await one?.[Symbol.asyncDispose]()));
  await rm(folder, { recursive: true });
});

afterEach(async () => expect(await host.touched()).toEqual([]));

/** Two passes that are told apart by their base. */
function from(uris: string | readonly string[], more: Changes = {}): Changes {
  return {
    'source[0].uris': [uris].flat(),
    'source[0].tls': { ca: `file:${pki.ca.cert}`, cert: `file:${client.cert}`, key: `file:${client.key}` },
    'source[0].bind': { method: 'external' },
    'source[0].users': { base: 'ou=people,dc=example,dc=org' },
    'source[0].groups': { base: 'ou=group,dc=example,dc=org' },
    ...more,
  };
}

function uriOf({ port }: { readonly port: number }): string {
  return `ldaps://127.0.0.1:${port}`;
}

/** The lines of the error, without `holdfast: error: `; a run like this says nothing else but what goes on serving. */
function errorsOf({ status, stderr }: CommandResult): string[] {
  expect(status).toBe(75);
  expect(stderr.endsWith(`${FALLBACK}${UNCHANGED}`), stderr).toBe(true);
  const lines = stderr.slice(0, -`${FALLBACK}${UNCHANGED}`.length).trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^holdfast: (?:error|hint): \S/);
  return lines.filter((line) => line.startsWith('holdfast: error: ')).map((line) => line.slice('holdfast: error: '.length));
}

async function failing(changes: Changes): Promise<string[]> {
  return errorsOf(await host.sync(changes));
}

describe('several servers', () => {
  test('are tried in their order until one gives everything', async () => {
    const { status, stderr } = await host.sync(from([DEAD, slapd.uris.ldaps]));
    expect({ status, stderr }).toEqual({ status: 0, stderr: UNCHANGED });
  });

  test('that are all down are all named', async () => {
    expect(await failing(from([DEAD, 'ldaps://127.0.0.1:2']))).toEqual([
      `source "corp": ${DEAD}: cannot connect: connect ECONNREFUSED 127.0.0.1:1`,
      'ldaps://127.0.0.1:2: cannot connect: connect ECONNREFUSED 127.0.0.1:2',
    ]);
  });

  test('of which one refuses and one is down may do better later', async () => {
    const bind = { method: 'simple', dn: SERVICE_ACCOUNTS.sync.dn, password: `file:${client.key}` };
    const errors = await failing(from([slapd.uris.ldaps, DEAD], { 'source[0].bind': bind }));
    expect(errors).toEqual([
      expect.stringContaining('was answered invalidCredentials (49)'),
      `${DEAD}: cannot connect: connect ECONNREFUSED 127.0.0.1:1`,
    ]);
  });
});

describe('a server that does not answer', () => {
  test('is given up after connect_timeout, each of them', async () => {
    await using silent = await startSilentServer();
    const uri = uriOf(silent);
    const started = Date.now();
    expect(await failing(from([uri, uri], { 'source[0].connect_timeout': '1s' }))).toEqual([
      `source "corp": ${uri}: TLS handshake: no answer within 1 s (connect_timeout)`,
      `${uri}: TLS handshake: no answer within 1 s (connect_timeout)`,
    ]);
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  test('is given up after timeout, however many are left', async () => {
    await using silent = await startSilentServer();
    const uri = uriOf(silent);
    const started = Date.now();
    const errors = await failing(from([uri, uri, uri], { 'source[0].connect_timeout': '1m', 'source[0].timeout': '1s' }));
    expect(errors).toEqual([`source "corp": ${uri}: TLS handshake: not done within 1 s (timeout)`]);
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  test('because it is suspended in the middle is given up after timeout', async () => {
    await using proxy = await startProxy({ port: slapd.ports.ldaps });
    const run = host.sync(from(uriOf(proxy), { 'source[0].page_size': 1, 'source[0].timeout': '2s' }));
    await passed(proxy, 50_000);
    slapd.suspend();
    const [error] = errorsOf(await run.finally(() => slapd.resume()));
    expect(error).toMatch(/: search below "ou=people,dc=example,dc=org", after \d{2,3} entries: not done within 2 s \(timeout\)$/);
  });
});

describe('a directory that is not all there', () => {
  test('because of a size limit is none', async () => {
    const bind = { method: 'simple', dn: SERVICE_ACCOUNTS.limited.dn, password: 'env:BIND_PASSWORD' };
    const env = { BIND_PASSWORD: SERVICE_ACCOUNTS.limited.password };
    const changes = from(slapd.uris.ldaps, { 'source[0].bind': bind, 'source[0].page_size': 50 });
    const [error] = errorsOf(await host.sync(changes, env));
    expect(error).toMatch(/search below "ou=people,dc=example,dc=org", after \d+ entries: answered sizeLimitExceeded \(4\)$/);
  });

  test('because its base does not exist is none', async () => {
    const [error] = await failing(from(slapd.uris.ldaps, { 'source[0].groups': { base: 'ou=nowhere,dc=example,dc=org' } }));
    expect(error).toMatch(/search below "ou=nowhere,dc=example,dc=org", after 0 entries: answered noSuchObject \(32\)$/);
  });

  test('because the port is for plain LDAP is none, and the hint says so', async () => {
    const { stderr } = await host.sync(from(slapd.uris.ldap.replace('ldap:', 'ldaps:')));
    expect(stderr).toContain('TLS handshake: the server closed the connection\n');
    expect(stderr).toContain('holdfast: hint: the server may speak no TLS on this port');
  });
});

test('a directory that is down leaves everything as it was, and the same keys', async () => {
  const before = await host.keys('alice');
  await slapd.stop();
  try {
    expect(await failing(from(slapd.uris.ldaps))).toEqual([expect.stringContaining('cannot connect: connect ECONNREFUSED')]);
    expect(await host.keys('alice')).toBe(before);
  } finally {
    await slapd.start();
  }
  expect(before).toMatch(/^ssh-ed25519 \S+ alice@laptop\n$/);
});

test('a run that is terminated in the middle of a pull says so and leaves everything as it was', async () => {
  await using proxy = await startProxy({ port: slapd.ports.ldaps }, { kind: 'silence', afterBytes: 40_000 });
  const run = host.start(await host.configure(from(uriOf(proxy))));
  await passed(proxy, 40_000);
  run.signal('SIGTERM');
  expect(await run.ended).toMatchObject({
    status: 75,
    stderr: 'holdfast: error: interrupted by SIGTERM; the caches were not touched\n',
  });
});

/** How many bytes come from the server in a whole pull by the real command. */
async function lengthOfPull(): Promise<number> {
  await using proxy = await startProxy({ port: slapd.ports.ldaps });
  expect((await host.sync(from(uriOf(proxy)))).status).toBe(0);
  return proxy.passed['from-server'];
}

describe('a connection that is cut anywhere between the first byte and the last', () => {
  const WORKERS = 4;
  let length: number;
  let hosts: readonly SyncedHost[];

  beforeAll(async () => {
    length = await lengthOfPull();
    hosts = await Promise.all(Array.from({ length: WORKERS }, async () => await host.copy()));
  });

  afterAll(async () => {
    for (const one of hosts) await one[Symbol.asyncDispose]();
  });

  /** By FIN and by RST in turn. */
  function faults(count: number): Fault[] {
    const kinds = ['fin', 'reset'] as const;
    return Array.from({ length: count }, (_, index) => ({
      kind: kinds[index % 2] ?? 'fin',
      afterBytes: Math.floor((index * length) / count),
    }));
  }

  test.each([
    ['first', 'search below "ou=people,'],
    ['second', 'search below "ou=people,'],
    ['last', 'search below "ou=group,'],
  ])('leaves everything as it was: the %s third', async (third, somewhere) => {
    const queue = faults(36).splice(['first', 'second', 'last'].indexOf(third) * 12, 12);
    const errors: string[] = [];
    const work = hosts.map(async (one) => {
      for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
        await using proxy = await startProxy({ port: slapd.ports.ldaps }, fault);
        const [error = ''] = errorsOf(await one.sync(from(uriOf(proxy))));
        expect(await one.touched(), `${fault.kind} after ${fault.afterBytes} bytes`).toEqual([]);
        errors.push(error.replace(/^.*:\d+: /, ''));
      }
    });
    await Promise.all(work);
    expect(errors).toHaveLength(12);
    expect(errors).toContainEqual(expect.stringContaining(somewhere));
  });

  test('gives no part of the directory, at 200 places', async () => {
    const search = { scope: 'sub' as const, passwordHashes: false };
    const options: SourceOptions = {
      ...(await secured()),
      users: { ...search, searchBase: 'ou=people,dc=example,dc=org', filter: '(objectClass=posixAccount)' },
      groups: { ...search, searchBase: 'ou=group,dc=example,dc=org', filter: '(objectClass=posixGroup)' },
    };
    const queue = faults(200);
    const work = Array.from({ length: 8 }, async () => {
      for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) await meet(slapd, options, fault);
    });
    await Promise.all(work);
  });
});

/** Over TLS with our certificate, for a source in this process. */
async function secured(): Promise<SourceOptions> {
  const read = async (path: string): Promise<string> => await readFile(path, 'utf8');
  const tls = { ca: await read(pki.ca.cert), cert: await read(client.cert), key: await read(client.key) };
  return { bind: { method: 'external' }, tls };
}

/** @returns how many bytes came from the server */
async function meet(server: Slapd, options: SourceOptions, fault?: Fault): Promise<number> {
  await using proxy = await startProxy({ port: server.ports.ldaps }, fault);
  const source = ldapSource(uriOf(proxy), options);
  if (fault === undefined) await fetchAll(source);
  else expect((await failureOf(fetchAll(source))).code, `${fault.kind} after ${fault.afterBytes} bytes`).toBe('source-unavailable');
  return proxy.passed['from-server'];
}

describe.each(['1.2', '1.3'] as const)('a handshake over TLS %s that is cut', (version) => {
  let server: Slapd;

  beforeAll(async () => {
    const certificate = await pki.ca.issueServer({ name: 'ldap-1' });
    server = await startSlapd({ tls: { ...certificate, clientCa: pki.ca.cert, versions: [version] } });
  });

  afterAll(async () => await server?.[Symbol.asyncDispose]());

  /**
   * Every second byte around the end of the server's part, which is about 1270 long with TLS 1.2 and 1430 with TLS 1.3, and 65
   * more in the second look. It varies, since ECDSA signatures are not all of one length.
   */
  test.each(['fin', 'reset'] as const)('at any byte, by %s, is not taken for a refusal of the certificate', async (kind) => {
    const options = await secured();
    const length = await meet(server, options);
    const end = version === '1.2' ? 1270 : 1430;
    const coarse = Array.from({ length: 40 }, (_, index) => Math.floor((index * length) / 40));
    const around = Array.from({ length: 80 }, (_, index) => end - 10 + 2 * index).filter((offset) => offset < length);
    await Promise.all([...coarse, ...around].map(async (afterBytes) => await meet(server, options, { kind, afterBytes })));
  });
});

/** Waits until that many bytes have come from the server. */
async function passed(proxy: TcpProxy, bytes: number): Promise<void> {
  while (proxy.passed['from-server'] < bytes) await nextTurn();
}
