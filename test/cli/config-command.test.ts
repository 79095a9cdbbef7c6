import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { checkAccessMapFile, readSigningKeys } from '../../src/sync/host-access/access-map.ts';
import { checkHostGroupFiles } from '../../src/sync/host-access/host-groups.ts';
import { hostPolicy } from '../../src/sync/host-policy.ts';
import { checksOf } from '../../src/sync/sources/open-sources.ts';
import { readLocalSecret } from '../../src/sync/secrets/secrets.ts';
import { type Changes, configOf, configText } from '../config/configuration.ts';
import { failureOf } from '../config/failure.ts';
import { createPki } from '../support/pki.ts';
import { holdfast, ScratchRoot } from './command.ts';

/** Nothing to warn of. */
const sound: Changes = { 'access.always': { users: ['alice'] } };
const DAY = 86_400_000;

describe.concurrent('config check', () => {
  test('says that all is well', async () => {
    await using root = await ScratchRoot.create(sound);
    expect(await root.holdfast('config', 'check')).toEqual({ status: 0, stdout: `${root.config}: ok\n`, stderr: '' });
  });

  test('says it as JSON', async () => {
    await using root = await ScratchRoot.create(sound);
    const { stdout } = await root.holdfast('config', 'check', '--json');
    expect(JSON.parse(stdout)).toEqual({ file: root.config, ok: true, warnings: [] });
  });

  test('warns with status 0, and says where', async () => {
    await using root = await ScratchRoot.create({ ...sound, 'guards.max_removed_percent': 100 });
    const { status, stdout, stderr } = await root.holdfast('config', 'check');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${root.config}: ok\n` });
    expect(stderr).toMatch(`holdfast: warning: ${root.config}:19:1: guards.max_removed_percent: 100 switches this guard off`);
    const json = await root.holdfast('config', 'check', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, warnings: [{ line: 19, column: 1, key: 'guards.max_removed_percent' }] });
  });

  test('says problems as JSON, with their places', async () => {
    await using root = await ScratchRoot.create({ version: 2, 'source[0].tls.ca': 'file:relative' });
    const { status, stdout } = await root.holdfast('config', 'check', '--json');
    expect(status).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: 'configuration' },
      problems: [
        { file: root.config, line: 1, column: 1, key: 'version' },
        { file: root.config, key: 'source[0].tls.ca' },
      ],
    });
  });

  test.each([
    ['expired', -1, /^.*:\d+:\d+: source\[0\]\.tls\.cert: the client certificate expired on /m],
    ['about to expire', 20, /: the client certificate expires in (?:19|20) days, on .* UTC \("O=.*"\); wanted: a new one, in time$/m],
  ])('warns of a client certificate that is %s', async (_what, days, warning) => {
    await using root = await ScratchRoot.create();
    const { ca } = await createPki(join(root.path, 'pki'));
    const validity = { notBefore: new Date(Date.now() - 30 * DAY), notAfter: new Date(Date.now() + days * DAY) };
    const { cert, key } = await ca.issueClient({ commonName: 'host-1', ...validity });
    await root.write('etc/holdfast/holdfast.toml', configText({ ...sound, 'source[0].tls': { cert: `file:${cert}`, key: `file:${key}` } }));
    const { status, stderr } = await root.holdfast('config', 'check');
    expect(status).toBe(0);
    expect(stderr).toMatch(warning);
  });

  test('lists every problem, each as an error of its own, and one hint', async () => {
    await using root = await ScratchRoot.create({ version: 2, 'source[0].timeout': 'soon', 'access.grups': [] });
    expect(await root.holdfast('config', 'check')).toEqual({
      status: 78,
      stdout: '',
      stderr: [
        `holdfast: error: ${root.config}:1:1: version: 2 is not a version this holdfast reads; wanted: 1`,
        `holdfast: error: ${root.config}:8:1: source[0].timeout: "soon" does not fit; wanted: a duration from "1s" to "1d"`,
        `holdfast: error: ${root.config}:15:1: access.grups: is no key that holdfast knows; did you mean "groups"?`,
        'holdfast: hint: "holdfast config schema" prints every key with its type and default',
        '',
      ].join('\n'),
    });
  });

  test('says what to do when there is none', async () => {
    await using root = await ScratchRoot.create();
    const { status, stdout, stderr } = await root.holdfast('config', 'check');
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toMatch(`holdfast: error: configuration: cannot read "${root.config}": there is no such file`);
    expect(stderr).toContain('holdfast: hint: make one: holdfast init; or name yours with --config');
  });

  test.each<[string, Changes, string]>([
    ['a certificate that is not there', { 'source[0].tls.ca': 'file:/gone.pem' }, 'tls.ca: cannot read "/gone.pem": there is no such file'],
    ['a variable that is not set', password('env:HOLDFAST_GONE'), 'bind.password: env:HOLDFAST_GONE is not set'],
    ['a credential outside of the service', password('credential:bind'), 'bind.password: "credential:bind" needs systemd'],
    ['an empty password', password('file:/dev/null'), 'bind.password'],
    [
      'a file of groups that is not there',
      { 'access.host_groups': 'file:/gone' },
      'access.host_groups: cannot read "/gone": there is no such file',
    ],
    [
      'a file of groups with a line that is no name',
      { 'access.host_groups': ['imds-tag:A', `file:${import.meta.filename}`] },
      '.ts:1: group name',
    ],
    ['a map that is not there', mapped('/gone'), 'access.map_file: cannot read "/gone": there is no such file'],
    ['a map that is none', mapped(import.meta.filename), `${import.meta.filename}:1:`],
    [
      'a file of keys that is not there',
      { ...mapped('/gone'), 'access.map_public_key': 'file:/gone.pub' },
      'access.map_public_key: cannot read "/gone.pub": there is no such file',
    ],
    ['a filter that cannot be read', { 'source[0].users.filter': '(uid=*)()' }, 'users.filter: '],
    ['a port that is none', { 'source[0].uris': ['ldaps://a:99999'] }, 'uris'],
    ['a port that is no number', { 'source[0].uris': ['ldaps://a:ldap'] }, 'uris'],
    ['a URI without a host', { 'source[0].uris': ['ldaps://:636'] }, 'uris'],
    ['a bracket that does not close', { 'source[0].uris': ['ldaps://[::1'] }, 'uris'],
    ['a timeout that is over at once', { 'source[0].timeout': '0' }, 'timeout'],
    ['a connect timeout that is over at once', { 'source[0].connect_timeout': '0' }, 'connect_timeout'],
    ['a timeout that no timer of Node can hold', { 'source[0].timeout': '25d' }, 'timeout'],
  ])('finds %s', (_what, changes, message) => {
    const failure = failureOf(() => check(changes));
    expect(failure.code).toBe('configuration');
    expect(failure.message).toContain(message);
  });

  test('ends with status 78 for a file that is not there', async () => {
    await using root = await ScratchRoot.create({ 'source[0].tls.ca': 'file:/gone.pem' });
    const { status, stdout, stderr } = await root.holdfast('config', 'check');
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toBe(`holdfast: error: ${root.config}:13:1: source[0].tls.ca: cannot read "/gone.pem": there is no such file\n`);
  });

  test('finds a password that everybody may read, and does not show it', async () => {
    await using root = await ScratchRoot.create();
    await root.write('password', 'hunter2');
    const path = join(root.path, 'password');
    await chmod(path, 0o644);
    await root.write('etc/holdfast/holdfast.toml', configText(password(`file:${path}`)));
    const { status, stdout, stderr } = await root.holdfast('config', 'check');
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toContain(`bind.password: "${path}" is readable by everyone (mode 0644); wanted: 0600`);
    expect(stderr).not.toContain('hunter2');
  });

  test('reports files that it cannot read beside what is wrong in the text, each at its line, and as JSON', async () => {
    await using root = await ScratchRoot.create();
    const { ca } = await createPki(join(root.path, 'pki'));
    const client = await ca.issueClient({ commonName: 'host-1' });
    const text = configText({
      ...{ version: 2, 'guards.max_removed': 'few', 'access.grups': [], 'access.host_groups': 'file:/gone' },
      ...{
        'source[0].tls': { ca: 'file:/gone.pem', cert: `file:${client.cert}`, key: `file:${client.key}` },
        'policy.keys': { types: 'ssh-rsa', revoked: 'file:/gone-keys' },
      },
    });
    await root.write('etc/holdfast/holdfast.toml', text);
    const lineOf = (key: string): number => text.split('\n').findIndex((line) => line.startsWith(`${key} =`)) + 1;
    const { status, stdout, stderr } = await root.holdfast('config', 'check', '--json');
    expect({ status, stderr }).toEqual({ status: 78, stderr: '' });
    const { problems } = JSON.parse(stdout) as { readonly problems: readonly { readonly line: number; readonly key: string }[] };
    const wanted: readonly (readonly [number, string])[] = [
      [lineOf('version'), 'version'],
      [lineOf('ca'), 'source[0].tls.ca'],
      [lineOf('grups'), 'access.grups'],
      [lineOf('host_groups'), 'access.host_groups'],
      [lineOf('types'), 'policy.keys.types'],
      [lineOf('revoked'), 'policy.keys.revoked'],
      [lineOf('max_removed'), 'guards.max_removed'],
    ];
    expect(problems.map(({ line, key }) => [line, key])).toEqual(wanted.toSorted(([a], [b]) => a - b));
  });

  test('hints at chmod for a file that others may write, and at the schema for no other mistake than of key or type', async () => {
    await using root = await ScratchRoot.create({ 'source[0].timeout': 'soon' });
    await chmod(root.config, 0o666);
    expect((await root.holdfast('config', 'check')).stderr).toMatch(
      /wanted: 0644\nholdfast: error: .*"soon" .*\nholdfast: hint: chown root:root \S+ && chmod go-w \S+\n$/,
    );
  });

  test('tries certificates and filters, and says where they are', async () => {
    await using root = await ScratchRoot.create({ 'source[0].users.filter': '(uid=*)()' });
    expect((await root.holdfast('config', 'check')).stderr).toMatch(
      /toml:\d+:1: source\[0\]\.users\.filter: "\(uid=\*\)\(\)" is no LDAP filter/,
    );
  });

  test('reports all files that it cannot read, not only the first', async () => {
    await using root = await ScratchRoot.create({
      'source[0].tls': { ca: 'file:/gone-ca.pem', cert: 'file:/gone.crt', key: 'file:/gone.key' },
      'access.host_groups': 'file:/gone-groups',
    });
    const { stderr } = await root.holdfast('config', 'check');
    for (const name of ['/gone-ca.pem', '/gone.crt', '/gone.key', '/gone-groups']) expect(stderr).toContain(name);
  });
});

describe.concurrent('config show', () => {
  test('prints TOML that means the same', async () => {
    await using root = await ScratchRoot.create({ 'source[0].timeout': '120s' });
    const { status, stdout, stderr } = await root.holdfast('config', 'show');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(parse(stdout)).toMatchObject({
      version: 1,
      source: [
        {
          ...{ timeout: '2m', page_size: 1000, tls: { mode: 'ldaps' }, bind: { method: 'anonymous' } },
          users: { base: 'dc=example,dc=org', filter: expect.stringContaining('posixAccount') as string },
        },
      ],
    });
    await root.write('etc/holdfast/holdfast.toml', stdout);
    expect(await root.holdfast('config', 'show')).toMatchObject({ status: 0, stdout });
  });

  test('prints the same as JSON', async () => {
    await using root = await ScratchRoot.create({});
    const [toml, json] = [await root.holdfast('config', 'show'), await root.holdfast('config', 'show', '--json')];
    expect(JSON.parse(json.stdout)).toEqual(JSON.parse(JSON.stringify(parse(toml.stdout))));
  });

  test('shows where a secret is, and not what it is', async () => {
    await using root = await ScratchRoot.create(password('env:HOLDFAST_TEST_PASSWORD'));
    const { stdout } = await holdfast(['--root', root.path, 'config', 'show'], { env: { HOLDFAST_TEST_PASSWORD: 'hunter2' } });
    expect(stdout).toContain('password = "env:HOLDFAST_TEST_PASSWORD"');
    expect(stdout).not.toContain('hunter2');
  });
});

describe.concurrent('config schema', () => {
  test('is JSON that describes every key and refuses all others', async () => {
    const { status, stdout, stderr } = await holdfast(['config', 'schema']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const schema = JSON.parse(stdout) as JsonSchema;
    expect(Object.keys(schema.properties ?? {})).toEqual([
      'version',
      'source',
      'access',
      'policy',
      'guards',
      'staleness',
      'state',
      'secrets',
      'aws',
      'audit',
      'metrics',
      'hooks',
      'emergency',
    ]);
    expect(schema.required).toEqual(['version', 'source']);
    expect(
      objectsOf(schema).filter(({ additionalProperties }) => additionalProperties === undefined || additionalProperties === true),
    ).toEqual([]);
  });
});

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

function objectsOf(schema: unknown): JsonSchema[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.values(schema).flatMap(objectsOf);
  return 'properties' in schema && 'type' in schema ? [schema as JsonSchema, ...inner] : inner;
}

function password(reference: string): Changes {
  return { 'source[0].bind': { method: 'simple', dn: 'cn=host,dc=example,dc=org', password: reference } };
}

function mapped(file: string): Changes {
  return { 'access.host_groups': 'imds-tag:A', 'access.map_file': `file:${file}` };
}

/** What the command does, without a process. */
function check(changes: Changes): void {
  const config = configOf(changes);
  hostPolicy(config);
  checkHostGroupFiles(config.access.host_groups);
  readSigningKeys(config.access.map_public_key);
  checkAccessMapFile(config.access.map_file, config.access.map_public_key);
  for (const source of config.source) for (const { check: look } of checksOf(source, readLocalSecret)) look();
}
