import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { failureOf } from './failure.ts';
import { type Changes, configOf, configText, FILE, problemsOf, problemsOfText } from './configuration.ts';

describe('loadConfig', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-config-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('reads a file', async () => {
    const path = join(folder, 'holdfast.toml');
    await writeFile(path, configText());
    expect(loadConfig(path).source[0]?.name).toBe('corp');
  });

  test.each([
    ['Windows line ends', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['no line end at the end', (text: string) => text.trimEnd()],
  ])('reads a file with %s', async (_what, edit) => {
    const path = join(folder, 'holdfast.toml');
    await writeFile(path, edit(configText()));
    expect(loadConfig(path).source[0]?.name).toBe('corp');
  });

  test('says that there is none, and what to do', () => {
    const path = join(folder, 'holdfast.toml');
    const { code, message, hints } = failureOf(() => loadConfig(path));
    expect(code).toBe('configuration');
    expect(message).toMatch(`configuration: cannot read "${path}": there is no such file`);
    expect(hints.join('\n')).toContain('--config');
  });

  test.each([
    ['a folder', (): string => folder, 'it is a folder; wanted: a file'],
    ['a file where a folder should be', (): string => join(import.meta.filename, 'holdfast.toml'), 'a part of its path is no folder'],
  ])('says that %s cannot be read', (_what, path, reason) => {
    const { code, message } = failureOf(() => loadConfig(path()));
    expect(code).toBe('configuration');
    expect(message).toContain(`configuration: cannot read "${path()}": ${reason}`);
  });
});

describe('a file that cannot be taken', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-config-'));
    path = join(folder, 'holdfast.toml');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('is one that others may write, for what they would like to write', async () => {
    await writeFile(path, configText());
    await chmod(path, 0o666);
    expect(failureOf(() => loadConfig(path)).message).toBe(`${path}: is writable by everyone (mode 0666); wanted: 0644`);
  });

  test('is reported with all that is wrong inside it', async () => {
    await writeFile(path, configText({ version: 2 }));
    await chmod(path, 0o646);
    expect(failureOf(() => loadConfig(path)).message).toBe(
      `${path}: is writable by everyone (mode 0646); wanted: 0644\n${path}:1:1: version: 2 is not a version this holdfast reads; wanted: 1`,
    );
  });

  test.runIf(process.geteuid?.() === 0)('is one of another user', async () => {
    await writeFile(path, configText());
    await chown(path, 1234, 0);
    expect(failureOf(() => loadConfig(path)).message).toBe(`${path}: is owned by uid 1234, who can change it; wanted: owned by root`);
  });

  test('is one in Latin-1, with the place of the first letter of it', async () => {
    await writeFile(path, Buffer.from('version = 1\n# ä é\n# \u00fc\n', 'latin1'));
    expect(failureOf(() => loadConfig(path)).message).toBe(`${path}:2:3: is not UTF-8 (byte 0xe4); wanted: UTF-8`);
  });

  test('is one in UTF-16', async () => {
    await writeFile(path, Buffer.from('\uFEFFversion = 1\n', 'utf16le'));
    expect(failureOf(() => loadConfig(path)).message).toBe(`${path}:1:1: is not UTF-8 (byte 0xff); wanted: UTF-8`);
  });

  test('is a named pipe that nobody writes to', () => {
    execFileSync('mkfifo', [path]);
    expect(failureOf(() => loadConfig(path)).message).toBe(`configuration: cannot read "${path}": it is a named pipe; wanted: a file`);
  });

  test('is nested without end', async () => {
    await writeFile(path, `version = 1\n${'a.'.repeat(3000)}a = 1\n`);
    expect(failureOf(() => loadConfig(path)).message).toContain('is no key that holdfast knows');
  });

  test('is a huge one', async () => {
    await writeFile(path, '');
    await truncate(path, 2 ** 40);
    expect(failureOf(() => loadConfig(path)).message).toBe(
      `configuration: cannot read "${path}": it has 1099511627776 bytes; wanted: at most 4194304`,
    );
  });
});

describe('parseConfig', () => {
  test.each([
    ['a table that does not end', 'version = 1\n[[source]\n', '2:10'],
    ['a text that does not end', 'version = 1\nname = "corp\n', '2:13'],
    ['a key without a value', 'version =\n', '1:10'],
    ['a key that is there twice', 'version = 1\n\nversion = 1\n', '3:1'],
    ['a table that is there twice', '[access]\neveryone = true\n[access]\n', '3:2'],
    ['a number that does not fit', 'version = 99999999999999999999\n', '1:11'],
    ['no TOML at all', '{"version": 1}', '1:1'],
  ])('says line and column of %s', (_what, text, position) => {
    const { code, message } = failureOf(() => parseConfig(FILE, text));
    expect(code).toBe('configuration');
    expect(message).toMatch(new RegExp(`^${FILE}:${position}: [^\n]+$`));
  });

  test('names the key that is there twice', () => {
    expect(problemsOfText('version = 1\nversion = 2\n')).toEqual(['the key "version" is there already, further up; wanted: one of them']);
    expect(problemsOfText('[access]\n[access]\n')).toEqual([
      'the table [access] is there already, further up; wanted: one table with all of its keys',
    ]);
  });

  test('says where what is missing should be: at its table', () => {
    const text = 'version = 1\n[access]\neveryone = true\n\n[[source]]\nname = "corp"\ntype = "ldap"\nuris = ["ldaps://a"]\n';
    expect(failureOf(() => parseConfig(FILE, text)).message).toBe(`${FILE}:5:3: source[0].base: is missing; wanted: a string`);
  });

  test('does not quote a line that is no TOML: it may hold a secret', () => {
    expect(problemsOfText('password = "hunter2\n').join('\n')).not.toContain('hunter2');
  });

  test('names file, line and column in each line of the message', () => {
    const text = configText({ version: 2, 'state.keep_generations': 0 });
    expect(() => parseConfig(FILE, text)).toThrow(
      /^\/etc\/holdfast\/holdfast\.toml:1:1: version: .*\n\/etc\/holdfast\/holdfast\.toml:\d+:1: state\.keep_generations: .*$/,
    );
  });

  test('reports every problem in one run', () => {
    const changes: Changes = {
      version: 2,
      surprise: 1,
      'source[0].uris[0]': 'http://a',
      'source[0].base': undefined,
      'source[0].timeout': 'soon',
      'source[0].tls.key': 'secret',
      'source[0].tls.surprise': 1,
      'source[0].bind.method': 'kerberos',
      'source[0].users.filter': 'uid=*',
      'access.users': ['al:ice', 'bob', 7],
      'access.surprise': 1,
      'access.another': 1,
      'policy.uid_range': [2, 1],
      'policy.keys.types': ['ssh-dss'],
      'guards.max_removed': -1,
      'staleness.warn_after': '',
      'state.dir': '/',
    };
    expect(
      problemsOf(changes)
        .map((problem) => problem.replace(/: .*/, ''))
        .toSorted(),
    ).toEqual(
      [
        'version',
        'surprise',
        'source[0].uris[0]',
        'source[0].base',
        'source[0].timeout',
        'source[0].tls.key',
        'source[0].tls.surprise',
        'source[0].bind.method',
        'source[0].users.filter',
        'access.users[0]',
        'access.users[2]',
        'access.surprise',
        'access.another',
        'policy.uid_range',
        'policy.keys.types[0]',
        'guards.max_removed',
        'staleness.warn_after',
        'state.dir',
      ].toSorted(),
    );
  });

  test.each<[string, Changes]>([
    ['in place of a reference to it', { 'source[0].bind': { method: 'simple', dn: 'cn=host', password: 'hunter2' } }],
    ['with a method that is none', { 'source[0].bind': { method: 'simpel', dn: 'cn=host', password: 'hunter2' } }],
    ['with a method that wants none', { 'source[0].bind': { method: 'external', password: 'hunter2' } }],
    ['as a private key', { 'source[0].tls.key': 'hunter2' }],
    ['in a list', { 'source[0].bind': { method: 'simple', dn: 'cn=host', password: ['hunter2'] } }],
    ['in a URI', { 'source[0].uris': ['ldaps://cn=host:hunter2@ldap.example.org'] }],
    ['in a source that is no list', { source: { bind: { password: 'hunter2' } } }],
  ])('does not print a password that stands %s', (_where, changes) => {
    const problems = problemsOf(changes);
    expect(problems).not.toEqual([]);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  test('reads an empty file as one that lacks everything', () => {
    expect(problemsOfText('').map((problem) => problem.replace(/: .*/, ''))).toEqual(['version', 'source', 'access']);
  });

  test('drops no shared account without a word, whatever its name', () => {
    const changes = { 'access.accounts': Object.fromEntries([['__proto__', { users: ['alice'] }]]) };
    if (problemsOf(changes).length === 0) expect(Object.keys(configOf(changes).access.accounts)).toEqual(['__proto__']);
  });
});
