/**
 * Certificates and passwords from Parameter Store: the real command against moto, which checks policies, and a slapd that demands a
 * client certificate.
 */
import { chmod, chown, lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CommandResult, holdfast, ScratchRoot } from '../cli/command.ts';
import { type Changes, configText } from '../config/configuration.ts';
import { type AwsProxy, startAwsProxy } from '../support/aws/aws-proxy.ts';
import { type AccessKey, type Moto, REGION, startMoto } from '../support/aws/moto.ts';
import { generatePeople } from '../support/people.ts';
import { type Certificate, createPki, expired, type Pki } from '../support/pki.ts';
import { runProgram } from '../support/running-program.ts';
import { SERVICE_ACCOUNTS } from '../support/slapd-config.ts';
import { type Slapd, startSlapd } from '../support/slapd.ts';

const DAY = 86_400_000;
const PASSWORD_LINE = 'not-the-password-of-anybody';

let folder: string;
let pki: Pki;
let client: Certificate;
let slapd: Slapd;
let moto: Moto;
let proxy: AwsProxy;
let agent: AccessKey;
let stranger: AccessKey;
let root: ScratchRoot;
/** Everything that must never be seen: lines of the private keys that were stored, and the password. */
const secrets: string[] = [PASSWORD_LINE];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'));
  pki = await createPki(folder);
  const server = await pki.ca.issueServer({ name: 'ldap-1' });
  client = await pki.ca.issueClient({ commonName: 'web-1' });
  slapd = await startSlapd({ people: generatePeople({ count: 20 }), tls: { ...server, clientCa: pki.ca.cert, verifyClient: 'demand' } });
  moto = await startMoto();
  proxy = await startAwsProxy(moto.port);
  agent = await moto.createAgent('agent', ['ssm:GetParameters']);
  stranger = await moto.createAgent('stranger', ['ssm:GetParameter', 'ssm:DescribeParameters']);
});

afterAll(async () => {
  await proxy?.stop();
  await moto?.stop();
  await slapd?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await moto.allowSetUp();
  await moto.putSecret('/prod/ca', await readFile(pki.ca.cert, 'utf8'));
  await store(client);
  await moto.requireAuthorization();
  root = await ScratchRoot.create(config());
});

afterEach(async () => {
  proxy.reset();
  await root[Symbol.asyncDispose]();
});

describe('secrets from Parameter Store', () => {
  test('are all fetched with one request, and are nowhere afterwards', async () => {
    await root.write('etc/holdfast/holdfast.toml', configText(twoSources()));
    const { status, stdout, stderr } = await run('sync', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'committed', generation: 1, counts: { passwd: 20 } });
    expect(proxy.calls).toEqual(['ssm:GetParameters']);
    expect(`${stdout}${stderr}`).not.toMatch(/PRIVATE KEY/);
    await seeNoSecret();
    expect(await run('status')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^all is well$/m) });
  });

  test('are fetched ten at a time', async () => {
    const people = Array.from({ length: 5 }, (_, index) => index);
    await moto.allowSetUp();
    for (const index of people) {
      await moto.putSecret(`/many/${index}/cert`, await readFile(client.cert, 'utf8'));
      await moto.putSecret(`/many/${index}/key`, await readFile(client.key, 'utf8'));
    }
    await moto.requireAuthorization();
    const sources = people.map((index) =>
      source(`corp-${index}`, { ca: 'ssm:/prod/ca', cert: `ssm:/many/${index}/cert`, key: `ssm:/many/${index}/key` }),
    );
    await root.write('etc/holdfast/holdfast.toml', configText({ source: sources }));
    await run('sync');
    expect(proxy.counts).toEqual({ 'ssm:GetParameters': 2 });
  });

  test('that are not wanted ask nobody', async () => {
    await root.write('etc/holdfast/holdfast.toml', configText({ source: [source('corp', fromFiles())] }));
    expect(await run('sync')).toMatchObject({ status: 0 });
    expect(proxy.calls).toEqual([]);
  });

  test('come after two throttled requests', async () => {
    proxy.strike({ kind: 'throttle', times: 2 });
    expect(await run('sync')).toMatchObject({ status: 0, stderr: expect.not.stringContaining('warning') });
    expect(proxy.counts).toEqual({ 'ssm:GetParameters': 3 });
  });

  test('are checked by config check, with the key that names them', async () => {
    expect(await run('config', 'check')).toMatchObject({ status: 0, stdout: `${root.config}: ok\n` });
    await root.write('etc/holdfast/holdfast.toml', configText(config({ 'source[0].tls.key': 'ssm:/prod/none' })));
    const { status, stderr } = await run('config', 'check');
    expect(status).toBe(78);
    expect(stderr).toContain(`: source[0].tls.key: ssm:/prod/none: there is no such parameter in ${REGION}`);
    expect(proxy.calls).toEqual(['ssm:GetParameters', 'ssm:GetParameters']);
  });

  test('are not waited for by config check when nobody answers, which says so', async () => {
    proxy.strike({ kind: 'silence', times: 100 });
    const { status, stderr } = await run('config', 'check');
    expect(status).toBe(75);
    expect(stderr).toContain('error: what ssm: names was not fetched, so that it is not checked: AWS: no answer within 5 s\n');
  });

  test('are taken in their newest version by the next run, and in the pinned one as long as it is pinned', async () => {
    expect(await run('sync')).toMatchObject({ status: 0 });
    await moto.allowSetUp();
    const { Parameter: before } = await moto.ssm.getParameter({ Name: '/prod/cert' });
    await store(await pki.otherCa.issueClient({ commonName: 'web-1' }));
    expect(await run('sync')).toMatchObject({ status: 77, stderr: expect.stringContaining('Somebody Else Root CA') });

    const pinned = { 'source[0].tls.cert': `ssm:/prod/cert:${before?.Version}`, 'source[0].tls.key': `ssm:/prod/key:${before?.Version}` };
    await root.write('etc/holdfast/holdfast.toml', configText(config(pinned)));
    expect(await run('sync')).toMatchObject({ status: 0 });

    await store(await pki.ca.issueClient({ commonName: 'web-1' }));
    await root.write('etc/holdfast/holdfast.toml', configText(config()));
    expect(await run('sync')).toMatchObject({ status: 0 });
    await seeNoSecret();
  });

  test.each<[string, Changes, () => Promise<unknown>, RegExp]>([
    [
      'a list',
      { 'source[0].tls.cert': 'ssm:/prod/list' },
      async () => await put('/prod/list', 'StringList', 'a,b'),
      /tls\.cert: ssm:\/prod\/list: it is a StringList; wanted: a SecureString$/m,
    ],
    [
      'more than AWS keeps',
      { 'source[0].tls.ca': 'ssm:/prod/big' },
      async () => await moto.putSecret('/prod/big', 'x'.repeat(8193)),
      /tls\.ca: ssm:\/prod\/big: it has 8193 bytes; wanted: at most 8192$/m,
    ],
    [
      'no certificate',
      { 'source[0].tls.ca': 'ssm:/prod/text' },
      async () => await moto.putSecret('/prod/text', PASSWORD_LINE),
      /tls\.ca holds no certificate in PEM/m,
    ],
    [
      'a version that is not there',
      { 'source[0].tls.key': 'ssm:/prod/key:999' },
      async () => await moto.putSecret('/prod/other', 'x'),
      /tls\.key: ssm:\/prod\/key:999: there is no such parameter in eu-central-1, or not in this version/m,
    ],
  ])('that are %s are a configuration error of that source', async (_what, changes, prepare, text) => {
    await moto.allowSetUp();
    await prepare();
    await moto.requireAuthorization();
    await root.write('etc/holdfast/holdfast.toml', configText(config(changes)));
    expect(await run('sync')).toMatchObject({ status: 78, stderr: expect.stringMatching(text) });
    await seeNoSecret();
  });

  test('that anybody may read who reads parameters are warned of, and used', async () => {
    await moto.allowSetUp();
    await put('/plain/key', 'String', await readFile(client.key, 'utf8'));
    await moto.requireAuthorization();
    await root.write('etc/holdfast/holdfast.toml', configText(config({ 'source[0].tls.key': 'ssm:/plain/key' })));
    const text = 'source "corp": tls.key: ssm:/plain/key is a String, which whoever may read parameters reads; wanted: a SecureString';
    expect(await run('sync')).toMatchObject({ status: 0, stderr: expect.stringContaining(`holdfast: warning: ${text}\n`) });
    expect(await run('status')).toMatchObject({ status: 1, stdout: expect.stringContaining(`problem: ${text}\n`) });
    expect(await run('config', 'check')).toMatchObject({ status: 0, stderr: expect.stringContaining(text) });
    await seeNoSecret();
  });

  test('that are passwords have no line end', async () => {
    const account = SERVICE_ACCOUNTS.sync;
    await moto.allowSetUp();
    await moto.putSecret('/prod/password', `${account.password}\n`);
    await moto.requireAuthorization();
    const bind = { method: 'simple', dn: account.dn, password: 'ssm:/prod/password' };
    await root.write('etc/holdfast/holdfast.toml', configText(config({ 'source[0].bind': bind })));
    expect(await run('sync')).toMatchObject({ status: 0 });
  });

  test('that are refused fail their source, say the permission, and leave the caches', async () => {
    expect(await run('sync')).toMatchObject({ status: 0 });
    const { status, stderr } = await run('sync', { as: stranger });
    expect(status).toBe(77);
    expect(stderr).toMatch(/source "corp": AWS: ssm:GetParameters of parameters \/prod\/ca, \/prod\/cert, \/prod\/key in eu-central-1: /);
    expect(stderr).toContain('its last good snapshot goes on serving');
    expect(await run('status')).toMatchObject({ status: 1, stdout: expect.stringContaining('ssm:GetParameters') });
  });

  test('that are not to be had fail the sources that want them, and no other', async () => {
    await root.write('etc/holdfast/holdfast.toml', configText(twoSources({ second: fromFiles() })));
    proxy.strike({ kind: 500, times: 100 });
    const { status, stderr } = await run('sync');
    expect(status).toBe(75);
    expect(stderr).toMatch(/source "corp": AWS: .* AWS fails with status 500/);
    expect(stderr).not.toContain('source "two"');
  });
});

describe('with secrets.cache = true', () => {
  const cached = { 'secrets.cache': true };

  beforeEach(async () => {
    await root.write('etc/holdfast/holdfast.toml', configText(config(cached)));
  });

  test('they serve while Parameter Store is down, encrypted with the host key, and their age is said', async () => {
    expect(await run('sync')).toMatchObject({ status: 0 });
    expect((await lstat(copy())).mode & 0o7777).toBe(0o600);
    await seeNoSecret();
    expect(await run('status')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^secrets +copy of \d seconds? ago, encrypted with systemd's host key$/m),
    });

    const before = await readFile(copy(), 'utf8');
    proxy.strike({ kind: 500, times: 100 });
    const { status, stdout, stderr } = await run('sync');
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^holdfast: warning: secrets are from the copy of \S+Z, \d+ seconds? ago: AWS: ssm:GetParameters .* status 500/m,
    );
    expect(await readFile(copy(), 'utf8')).toBe(before);
    expect(await run('status')).toMatchObject({ status: 1, stdout: expect.stringMatching(/^problem: secrets are from the copy of /m) });
    expect(await run('config', 'check')).toMatchObject({
      status: 75,
      stderr: expect.stringMatching(/^holdfast: error: what ssm: names was not fetched, so that it is not checked: AWS: /m),
    });
    await seeNoSecret(`${stdout}${stderr}`);
  });

  test('they are not used while Parameter Store answers, be it with a refusal', async () => {
    expect(await run('sync')).toMatchObject({ status: 0 });
    expect(await run('sync', { as: stranger })).toMatchObject({ status: 77, stderr: expect.not.stringContaining('copy') });
    await moto.allowSetUp();
    await store(await pki.otherCa.issueClient({ commonName: 'web-1' }));
    expect(await run('sync')).toMatchObject({ status: 77 });
  });

  test('there is none of what was not fetched yet', async () => {
    expect(await run('sync')).toMatchObject({ status: 0 });
    await root.write('etc/holdfast/holdfast.toml', configText(config({ ...cached, 'source[0].tls.key': 'ssm:/prod/key:1' })));
    proxy.strike({ kind: 500, times: 100 });
    const text = /source "corp": tls\.key: ssm:\/prod\/key:1: AWS: .* status 500.*\n.*and the copy of the secrets has none of it$/m;
    expect(await run('sync')).toMatchObject({ status: 75, stderr: expect.stringMatching(text) });
    await root.write('etc/holdfast/holdfast.toml', configText(config({ ...cached, 'aws.region': 'eu-west-1' })));
    expect(await run('sync')).toMatchObject({ status: 75, stderr: expect.stringContaining('it is of another [aws] region') });
  });

  test('they go when that is taken back, and when nothing of Parameter Store is wanted any more', async () => {
    await run('sync');
    await root.write('etc/holdfast/holdfast.toml', configText(config()));
    proxy.strike({ kind: 500, times: 5 });
    expect(await run('sync')).toMatchObject({ status: 75 });
    await expect(lstat(copy())).rejects.toThrow('ENOENT');
    await root.write('etc/holdfast/holdfast.toml', configText(config(cached)));
    await run('sync');
    await lstat(copy());
    await root.write('etc/holdfast/holdfast.toml', configText({ ...cached, source: [source('corp', fromFiles())] }));
    expect(await run('sync')).toMatchObject({ status: 0 });
    await expect(lstat(copy())).rejects.toThrow('ENOENT');
  });

  test('diff writes none', async () => {
    expect(await run('diff')).toMatchObject({ status: 1 });
    await expect(lstat(copy())).rejects.toThrow('ENOENT');
  });

  test('they are kept in the clear, for root alone, where there is no host key', async () => {
    await root.write('var/lib/systemd', 'no folder');
    expect(await run('sync')).toMatchObject({ status: 0 });
    expect((await lstat(copy())).mode & 0o7777).toBe(0o600);
    expect(await readFile(copy(), 'utf8')).toContain('PRIVATE KEY');
    expect(await run('status')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^secrets .*, not encrypted, readable by root \(systemd-creds: .*\)$/m),
    });
    proxy.strike({ kind: 500, times: 100 });
    expect(await run('sync')).toMatchObject({ status: 0 });
  });

  test.each<[string, (path: string) => Promise<unknown>, RegExp]>([
    ['cut', async (path) => await writeFile(path, (await readFile(path, 'utf8')).slice(0, -20)), /it is damaged$/m],
    ['changed', async (path) => await changeText(path), /it cannot be decrypted: systemd-creds: /],
    [
      'of another host',
      async () => await rm(join(root.path, 'var/lib/systemd'), { recursive: true }),
      /it cannot be decrypted: systemd-creds: /,
    ],
    ['readable by everyone', async (path) => await chmod(path, 0o644), /it is readable by everyone \(mode 0644\); wanted: 0600$/m],
    ["somebody else's", async (path) => await chown(path, 1234, 0), /it is owned by uid 1234/],
    ['huge', async (path) => await writeFile(path, Buffer.alloc(5_000_000, 32)), /it has 5000000 bytes$/m],
    ['a link', async (path) => await link(path), /it is no file$/m],
    ['gone', async (path) => await rm(path), /there is no copy of the secrets yet$/m],
  ])('a copy that is %s is as good as none, and the next one is right', async (_what, spoil, text) => {
    expect(await run('sync')).toMatchObject({ status: 0 });
    await spoil(copy());
    proxy.strike({ kind: 500, times: 5 });
    const { status, stdout, stderr } = await run('sync');
    expect({ status, stderr }).toMatchObject({ status: 75, stderr: expect.stringMatching(text) });
    await seeNoSecret(`${stdout}${stderr}`);
    expect(await run('sync')).toMatchObject({ status: 0 });
    const { mode, uid } = await lstat(copy());
    expect({ mode: mode & 0o7777, uid }).toEqual({ mode: 0o600, uid: 0 });
    await seeNoSecret();
  });
});

describe('certificates that end', () => {
  test('are warned of by each run and by status, from three weeks before', async () => {
    await moto.allowSetUp();
    await store(await pki.ca.issueClient({ commonName: 'web-1', notAfter: new Date(Date.now() + 20.5 * DAY) }));
    const text = /source "corp": the client certificate expires in 20 days, on \S+ \S+ UTC \("O=Example, OU=hosts, CN=web-1"\)$/m;
    expect(await run('sync')).toMatchObject({ status: 0, stderr: expect.stringMatching(text) });
    expect(await run('status')).toMatchObject({ status: 1, stdout: expect.stringMatching(text) });
    await store(await pki.ca.issueClient({ commonName: 'web-1', notAfter: new Date(Date.now() + 22 * DAY) }));
    expect(await run('sync')).toMatchObject({ status: 0, stderr: expect.not.stringContaining('warning') });
    expect(await run('status')).toMatchObject({ status: 0 });
  });

  test('and have ended are the reason that is said, in files too', async () => {
    const { cert, key } = await pki.ca.issueClient({ commonName: 'web-1', ...expired() });
    await root.write(
      'etc/holdfast/holdfast.toml',
      configText({ source: [source('corp', { ...fromFiles(), cert: `file:${cert}`, key: `file:${key}` })] }),
    );
    const { status, stderr } = await run('sync');
    expect(status).toBe(77);
    expect(stderr).toMatch(/the server does not take our client certificate \(.* expired on /);
    expect(stderr).toMatch(/warning: source "corp": the client certificate expired on /);
    expect(await run('status')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^problem: source "corp": the client certificate expired on /m),
    });
  });
});

test('the binary does it too, under systemd-like conditions: no HOME, and credentials from the environment alone', async () => {
  await root.write('etc/holdfast/holdfast.toml', configText(config({ 'secrets.cache': true })));
  const binary = join(import.meta.dirname, '../../dist/holdfast');
  const variables = Object.entries(environment(agent)).map(([name, value]) => `${name}=${value}`);
  const command = ['env', '-i', ...variables, binary, '--root', root.path, 'sync'];
  expect(await runProgram(command, { cwd: '/' })).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('generation 1 serves: 20 people'),
  });
  proxy.strike({ kind: 500, times: 100 });
  expect(await runProgram(command, { cwd: '/' })).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('secrets are from the copy'),
  });
  await seeNoSecret();
});

function source(name: string, tls: object): Record<string, unknown> {
  return { name, type: 'ldap', uris: [slapd.uris.ldaps], base: slapd.base, tls };
}

function fromFiles(): object {
  return { ca: `file:${pki.ca.cert}`, cert: `file:${client.cert}`, key: `file:${client.key}` };
}

const fromParameters = { ca: 'ssm:/prod/ca', cert: 'ssm:/prod/cert', key: 'ssm:/prod/key' };

function config(changes: Changes = {}): Changes {
  return { source: [source('corp', fromParameters)], 'aws.region': REGION, ...changes };
}

function twoSources({ second = fromParameters }: { readonly second?: object } = {}): Changes {
  return { ...config(), source: [source('corp', fromParameters), source('two', second)] };
}

async function store({ cert, key }: Certificate): Promise<void> {
  const pem = await readFile(key, 'utf8');
  secrets.push(...pem.split('\n').filter((line) => line.length > 30 && !line.startsWith('-----')));
  await moto.putSecret('/prod/cert', await readFile(cert, 'utf8'));
  await moto.putSecret('/prod/key', pem);
}

async function put(name: string, type: 'String' | 'StringList', value: string): Promise<void> {
  await moto.ssm.putParameter({ Name: name, Value: value, Type: type, Overwrite: true });
}

function copy(): string {
  return join(root.state, 'state/secrets.json');
}

async function changeText(path: string): Promise<void> {
  const file = JSON.parse(await readFile(path, 'utf8')) as { content: { text: string } };
  const text = Buffer.from(file.content.text, 'base64');
  text.writeUInt8((text.at(-30) ?? 0) ^ 1, text.length - 30);
  file.content.text = text.toString('base64');
  await writeFile(path, JSON.stringify(file));
}

/** To a good copy, elsewhere. */
async function link(path: string): Promise<void> {
  const elsewhere = join(root.path, 'elsewhere');
  await writeFile(elsewhere, await readFile(path), { mode: 0o600 });
  await rm(path);
  await symlink(elsewhere, path);
}

function environment({ accessKeyId, secretAccessKey }: AccessKey): Record<string, string> {
  return {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

async function run(...args: readonly (string | { readonly as: AccessKey })[]): Promise<CommandResult> {
  const words = args.filter((arg) => typeof arg === 'string');
  const as = args.find((arg) => typeof arg === 'object')?.as ?? agent;
  return await holdfast(['--root', root.path, ...words], { env: environment(as) });
}

/** In nothing that was said, and in no file of the host. */
async function seeNoSecret(said = ''): Promise<void> {
  const entries = await readdir(root.path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) expect(found(await readFile(file, 'latin1')), file).toEqual([]);
  expect(found(said)).toEqual([]);
}

function found(text: string): string[] {
  return [...secrets, agent.secretAccessKey].filter((secret) => text.includes(secret));
}
