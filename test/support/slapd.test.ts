import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupDn, personDn } from './ldif.ts';
import { generatePeople } from './people.ts';
import { createPki, expired, type Certificate, type Pki } from './pki.ts';
import { type ProgramResult, runProgram, startProgram } from './running-program.ts';
import { hostDn, SERVICE_ACCOUNTS, type ServiceAccount } from './slapd-config.ts';
import { startSlapd, type Slapd } from './slapd.ts';

const node = join(import.meta.dirname, '../../node_modules/.bin/node');
const people = generatePeople({ count: 1000 });

let folder: string;
let pki: Pki;
let server: Certificate;
let client: Certificate;
let slapd: Slapd;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  pki = await createPki(folder);
  [server, client] = await Promise.all([pki.ca.issueServer({ name: 'ldap-1' }), pki.ca.issueClient({ commonName: 'host-1' })]);
  slapd = await startSlapd({ people, tls: { ...server, clientCa: pki.ca.cert } });
});

afterAll(async () => {
  await slapd?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const allPeople = ['-LLL', '-E', 'pr=100/noprompt', '-b', 'dc=example,dc=org', '(objectClass=posixAccount)', 'uid'];

async function ldap(program: string, uri: string, options: readonly string[], identity?: Certificate): Promise<ProgramResult> {
  const key = identity ? { LDAPTLS_CERT: identity.cert, LDAPTLS_KEY: identity.key } : {};
  return await runProgram([program, '-H', uri, ...options], { env: { LDAPTLS_CACERT: pki.ca.cert, ...key } });
}

async function external(uri: string, identity?: Certificate, ...options: string[]): Promise<ProgramResult> {
  return await ldap('ldapsearch', uri, ['-Q', '-Y', 'EXTERNAL', ...options, ...allPeople], identity);
}

async function simple(uri: string, { dn, password }: ServiceAccount): Promise<ProgramResult> {
  return await ldap('ldapsearch', uri, ['-x', '-D', dn, '-w', password, ...allPeople]);
}

function entriesIn({ stdout }: ProgramResult): number {
  return stdout.match(/^dn: /gm)?.length ?? 0;
}

describe('slapd', () => {
  test('gives a client certificate every entry, over ldaps and StartTLS', async () => {
    const result = await external(slapd.uris.ldaps, client);
    expect({ ...result, stdout: entriesIn(result) }).toEqual({ status: 0, signal: null, stdout: 1000, stderr: '' });
    expect(entriesIn(await external(slapd.uris.ldap, client, '-ZZ'))).toBe(1000);
    const whoAmI = await ldap('ldapwhoami', slapd.uris.ldaps, ['-Q', '-Y', 'EXTERNAL'], client);
    expect(whoAmI.stdout).toBe(`dn:${hostDn('host-1')}\n`);
  });

  test('refuses a client without a certificate, with an old one, and with one of another CA', async () => {
    const old = await pki.ca.issueClient({ commonName: 'host-1', ...expired() });
    const foreign = await pki.otherCa.issueClient({ commonName: 'host-1' });
    for (const identity of [undefined, old, foreign]) {
      expect((await ldap('ldapsearch', slapd.uris.ldaps, ['-x'], identity)).stderr).toContain("Can't contact LDAP server (-1)");
    }
    expect(await ldap('ldapsearch', slapd.uris.ldaps, ['-x'], client)).not.toMatchObject({ status: 255 });
  });

  test('lets a service account read everything, and another no more than its limit', async () => {
    expect(entriesIn(await simple(slapd.uris.ldap, SERVICE_ACCOUNTS.sync))).toBe(1000);
    const limited = await simple(slapd.uris.ldap, SERVICE_ACCOUNTS.limited);
    expect(limited).toMatchObject({ status: 4, stderr: expect.stringContaining('Size limit exceeded (4)') as string });
    expect(entriesIn(limited)).toBe(500);
    const wrong = await simple(slapd.uris.ldap, { ...SERVICE_ACCOUNTS.sync, password: 'wrong' });
    expect(wrong).toMatchObject({ status: 49, stdout: '' });
  });

  test('takes changes', async () => {
    const dn = groupDn('guests');
    await slapd.add(`dn: ${dn}\nobjectClass: posixGroup\ncn: guests\ngidNumber: 9\n`);
    await slapd.modify(`dn: ${dn}\nchangetype: modify\nadd: memberUid\nmemberUid: zoe\n`);
    const { stdout } = await ldap('ldapsearch', slapd.uris.ldap, ['-x', '-LLL', '-b', slapd.base, '(memberUid=zoe)', 'gidNumber']);
    expect(stdout).toBe(`dn: ${dn}\ngidNumber: 9\n\n`);
    await slapd.delete(dn);
    await expect(slapd.delete(dn)).rejects.toThrow('No such object (32)');
  });

  test('is hung while it is suspended: it takes connections, and answers later', async () => {
    slapd.suspend();
    const answer = simple(slapd.uris.ldap, SERVICE_ACCOUNTS.sync);
    expect(await Promise.race([answer, sleep(300, 'nothing')])).toBe('nothing');
    slapd.resume();
    expect(await answer).toMatchObject({ status: 0 });
  });

  test.each(['stop', 'kill'] as const)('comes back after %s with its data, on the same ports', async (end) => {
    const before = slapd.pid;
    await slapd[end]();
    expect((await external(slapd.uris.ldaps, client)).stderr).toContain("Can't contact LDAP server (-1)");
    await slapd.start();
    expect(slapd.pid).not.toBe(before);
    expect(entriesIn(await external(slapd.uris.ldaps, client))).toBe(1000);
  });
});

describe('a slapd of other settings', () => {
  test('refuses anonymous binds', async () => {
    expect(await ldap('ldapsearch', slapd.uris.ldap, ['-x', '-s', 'base', '-b', slapd.base])).toMatchObject({ status: 0 });
    await using strict = await startSlapd({ anonymous: 'refused' });
    expect(await ldap('ldapsearch', strict.uris.ldap, ['-x', '-s', 'base', '-b', strict.base])).toMatchObject({ status: 48 });
    expect(await simple(strict.uris.ldap, SERVICE_ACCOUNTS.sync)).toMatchObject({ status: 0 });
  });

  test('speaks one version of TLS, asks no certificate, limits one host, and hides what it is told to', async () => {
    const limits = [{ dn: hostDn('host-1'), allow: 'size=10 size.prtotal=10' }];
    const extraConfig = 'access to attrs=sshPublicKey by * none';
    const tls = { ...server, clientCa: pki.ca.cert, verifyClient: 'try', versions: ['1.2'] } as const;
    await using other = await startSlapd({ people, tls, limits, extraConfig });
    expect(entriesIn(await external(other.uris.ldaps, client))).toBe(10);
    expect(await ldap('ldapsearch', other.uris.ldaps, ['-x', '-b', other.base, '(sshPublicKey=*)'])).toMatchObject({
      status: 0,
      stdout: expect.not.stringContaining('dn:') as string,
    });
    const { stderr } = await runProgram(['openssl', 's_client', '-brief', '-connect', `127.0.0.1:${other.ports.ldaps}`]);
    expect(stderr).toContain('Protocol version: TLSv1.2\n');
  });

  test('has groups of DNs', async () => {
    await using bis = await startSlapd({ people: generatePeople({ count: 1, named: [{ uid: 'zoe' }] }), schema: 'rfc2307bis' });
    const { stdout } = await ldap('ldapsearch', bis.uris.ldap, ['-x', '-LLL', '-b', bis.base, '(cn=engineering)', 'member']);
    expect(stdout).toContain(`member: ${groupDn('web-prod')}\nmember: ${personDn('zoe')}\n`);
  });

  test('says what is wrong with its configuration', async () => {
    await expect(startSlapd({ extraConfig: 'no-such-word' })).rejects.toThrow('no-such-word');
  });
});

test('slapd dies with the process that started it', async () => {
  const script = `
    import { startSlapd } from ${JSON.stringify(join(import.meta.dirname, 'slapd.ts'))};
    const slapd = await startSlapd();
    process.stdout.write(JSON.stringify({ pid: slapd.pid, port: slapd.ports.ldap }) + '\\n');
    setInterval(() => undefined, 1000);`;
  const parent = startProgram([node, '--input-type=module', '-e', script], { env: { TMPDIR: folder } });
  await parent.waitFor(/\n/);
  const { pid, port } = JSON.parse(parent.stdout) as { pid: number; port: number };
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  parent.signal('SIGKILL');
  await parent.exited;
  await expect.poll(() => isRefused(port)).toBe(true);
});

async function isRefused(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(false)).once('error', () => resolve(true));
  return await promise.finally(() => socket.destroy());
}
