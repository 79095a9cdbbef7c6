import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerSearch, startFakeLdap, type FakeLdap, type FakeLdapOptions, type Script, type Step } from './fake-ldap.ts';
import {
  bindResponse,
  compareResponse,
  noticeOfDisconnection,
  oversizedMessage,
  searchDone,
  searchEntry,
  searchReference,
} from './ldap-response.ts';
import { createPki } from './pki.ts';
import { type ProgramResult, runProgram, startProgram } from './running-program.ts';

const alice = { dn: 'uid=alice,dc=example,dc=org', attributes: { uid: ['alice'], sshPublicKey: ['ssh-ed25519 AAAA', 'ssh-rsa BBBB'] } };
const bob = { dn: 'uid=bob,dc=example,dc=org', attributes: { uid: ['bob'], jpegPhoto: [Buffer.from([0xff, 0x00])] } };

let folder: string;
let env: Record<string, string>;
let ldaps: FakeLdapOptions;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  const { ca } = await createPki(folder);
  const { cert, key } = await ca.issueServer({ name: 'fake' });
  ldaps = { tls: { cert: await readFile(cert), key: await readFile(key) }, ldaps: true };
  env = { LDAPTLS_CACERT: ca.cert };
});

afterAll(async () => await rm(folder, { recursive: true }));

async function ldapsearch(server: FakeLdap, ...options: string[]): Promise<ProgramResult> {
  const command = ['ldapsearch', '-x', '-LLL', '-o', 'ldif_wrap=no', '-H', server.uri, '-b', 'dc=example,dc=org', ...options];
  return await runProgram(command, { env, timeoutMs: 5000 });
}

describe('a fake LDAP server', () => {
  test('answers ldapsearch with entries, and remembers what it was asked', async () => {
    await using server = await startFakeLdap({ search: (request) => answerSearch([alice, bob], request) });
    const result = await ldapsearch(server, '-D', 'cn=me', '-w', 'secret', '(&(uid=a*)(!(cn=x)))', 'uid', 'sshPublicKey');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toBe(
      'dn: uid=alice,dc=example,dc=org\nuid: alice\nsshPublicKey: ssh-ed25519 AAAA\nsshPublicKey: ssh-rsa BBBB\n\n' +
        'dn: uid=bob,dc=example,dc=org\nuid: bob\njpegPhoto:: /wA=\n\n',
    );
    expect(server.binds).toMatchObject([{ dn: 'cn=me', method: 'simple', credentials: Buffer.from('secret') }]);
    const attributes = ['uid', 'sshPublicKey'];
    expect(server.searches).toMatchObject([{ base: 'dc=example,dc=org', scope: 'sub', filter: '(&(uid=a*)(!(cn=x)))', attributes }]);
    expect(server.requests.map(({ operation }) => operation)).toEqual(['bind', 'search', 'unbind']);
  });

  test('gives pages of the size that is wanted', async () => {
    await using server = await startFakeLdap({ search: (request) => answerSearch([alice, bob, alice], request) });
    const { stdout } = await ldapsearch(server, '-E', 'pr=2/noprompt');
    expect(stdout.match(/^dn:/gm)).toHaveLength(3);
    expect(server.searches.map(({ paging }) => [paging?.size, paging?.cookie.toString()])).toEqual([
      [2, ''],
      [2, '2'],
    ]);
  });

  test('speaks TLS, at once or after StartTLS', async () => {
    const script: Script = { search: (request) => answerSearch([alice], request) };
    await using secure = await startFakeLdap(script, ldaps);
    expect(await ldapsearch(secure)).toMatchObject({ status: 0, stderr: '' });
    await using upgraded = await startFakeLdap(script, { ...ldaps, ldaps: false });
    expect(await ldapsearch(upgraded, '-ZZ')).toMatchObject({ status: 0, stderr: '' });
    expect(upgraded.requests.map(({ operation }) => operation)).toEqual(['extended', 'bind', 'search', 'unbind']);
  });

  test('refuses StartTLS when it has no certificate', async () => {
    await using server = await startFakeLdap();
    expect((await ldapsearch(server, '-ZZ')).stderr).toContain('ldap_start_tls: Protocol error (2)');
  });

  test('takes a new script while it runs', async () => {
    await using server = await startFakeLdap({ bind: () => [bindResponse({ code: 52 })] });
    expect(await ldapsearch(server)).toMatchObject({ status: 52 });
    server.script = {};
    expect(await ldapsearch(server)).toMatchObject({ status: 0, stdout: '' });
  });
});

describe('a script', () => {
  const failures: [what: string, steps: () => Iterable<Step>, stderr: string][] = [
    ['a result code', () => [searchEntry(alice), searchDone({ code: 4 })], 'Size limit exceeded (4)'],
    ['a diagnostic', () => [searchDone({ code: 50, diagnostic: 'not you' })], 'Insufficient access (50)\nAdditional information: not you'],
    ['a matched DN', () => [searchDone({ code: 32, matchedDn: 'dc=org' })], 'No such object (32)\nMatched DN: dc=org'],
    ['a referral', () => [searchDone({ code: 10, referrals: ['ldap://a/', 'ldap://b/'] })], 'Referral: ldap://a/\n'],
    ['a notice of disconnection', () => [noticeOfDisconnection({ code: 52, diagnostic: 'bye' }), 'close'], 'Server is unavailable (52)'],
    ['garbage', () => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'close'], "Can't contact LDAP server (-1)"],
    ['a message without end', () => [oversizedMessage(0x7fffffff), 'close'], "Can't contact LDAP server (-1)"],
    ['an end', () => [searchEntry(alice), 'close'], "Can't contact LDAP server (-1)"],
    ['a reset', () => [searchEntry(alice), 'reset'], "Can't contact LDAP server (-1)"],
  ];

  test.each(failures)('answers a search with %s', async (_, steps, stderr) => {
    await using server = await startFakeLdap({ search: steps });
    expect((await ldapsearch(server)).stderr).toContain(stderr);
  });

  test('answers a bind with any result', async () => {
    await using server = await startFakeLdap({ bind: () => [bindResponse({ code: 49, diagnostic: 'wrong password' })] });
    const stderr = 'ldap_bind: Invalid credentials (49)\n\tadditional info: wrong password\n';
    expect(await ldapsearch(server)).toMatchObject({ status: 49, stderr });
  });

  test('refers to another server', async () => {
    await using server = await startFakeLdap({ search: () => [searchReference('ldap://elsewhere/'), searchDone()] });
    expect((await ldapsearch(server)).stdout).toContain('# refldap://elsewhere/');
  });

  test('gives entries with the number of another request, which clients ignore', async () => {
    await using server = await startFakeLdap({ search: () => [{ ...searchEntry(alice), messageId: 99 }, searchDone()] });
    expect(await ldapsearch(server)).toMatchObject({ status: 0, stdout: '' });
  });

  test('answers with an operation that nobody asked for, after which clients know of no search', async () => {
    await using server = await startFakeLdap({ search: () => [compareResponse({ code: 6 }), searchEntry(alice), 'close'] });
    expect(await ldapsearch(server)).toMatchObject({ status: 255, stdout: '' });
  });

  test('loses or changes the paging cookie', async () => {
    await using server = await startFakeLdap({
      search: (_, earlier) => [searchEntry(alice), searchDone(earlier === 0 ? { cookie: 'a' } : {})],
    });
    expect((await ldapsearch(server, '-E', 'pr=1/noprompt')).stdout.match(/^dn:/gm)).toHaveLength(2);
    expect(server.searches.map(({ paging }) => paging?.cookie.toString())).toEqual(['', 'a']);
  });

  test('stops answering, and leaves the client waiting', async () => {
    await using server = await startFakeLdap({ search: () => [searchEntry(alice), 'silence'] });
    const client = startProgram(['ldapsearch', '-x', '-LLL', '-H', server.uri, '-b', 'dc=example,dc=org']);
    await client.waitFor(/^uid: alice$/m);
    expect(await Promise.race([client.ended, sleep(200, 'still waiting')])).toBe('still waiting');
    client.signal('SIGKILL');
  });

  test('pauses, and answers byte by byte', async () => {
    await using server = await startFakeLdap({
      *search() {
        yield { pauseMs: 10 };
        yield { drip: searchEntry(alice), pieceLength: 7, pauseMs: 1 };
        yield searchDone();
      },
    });
    expect((await ldapsearch(server)).stdout).toContain('uid: alice');
  });
});
