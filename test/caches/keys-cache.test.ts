import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bucketOf, isLookupName, linesOf } from '../../src/caches/keys-cache.ts';
import type { KeysMap } from '../../src/directory/host-view.ts';
import { joinKeyLines, NO_KEYS, splitKeyLines } from '../../src/directory/key-lines.ts';
import type { LoginName } from '../../src/directory/names.ts';
import { lookUpKeys } from '../../src/sync/lookup.ts';
import { filesOfView } from './rendering.ts';
import { names, viewOf, views } from './views.ts';

const script = join(import.meta.dirname, '../../packaging/authorized-keys');

/** Names that are none, and names that mean something to a shell, to awk, to a path or to a pattern. */
const hostile = [
  ...[
    '',
    '.',
    '..',
    '-',
    '--',
    '-v',
    '-rf',
    '.hidden',
    '$',
    '$$',
    '@',
    '_',
    '0',
    '0x10',
    '1e5',
    '$(id)',
    '`id`',
    '${HOME',
    '$HOME',
    '$1',
    '*',
    '?',
    '[a]',
    '[!a]',
  ],
  ...[
    'a*',
    'al.ce',
    'al?ce',
    'ali',
    'alice:',
    ':alice',
    'alice ssh',
    'a b',
    'a\tb',
    'a\nb',
    'alice\n',
    '\nalice',
    'bob\nalice',
    'a\\',
    '\\141',
    'a\\nb',
    'a"b',
  ],
  ...[
    "a'b",
    'a;id',
    'a|b',
    'a&b',
    'a>b',
    'a#b',
    '#a',
    '!a',
    '~',
    '~root',
    'a/b',
    '../a',
    '/etc/passwd',
    'keys/1',
    'é',
    'alicé',
    'аlice',
    '😀',
    'a\u0300',
    'a\u200b',
  ],
  ...[
    'a%s',
    '%s',
    'a=b',
    'login=x',
    'NR',
    'ALICE',
    'Alice',
    'alice$',
    'a'.repeat(256),
    'a'.repeat(257),
    'z'.repeat(4096),
    '\u0001',
    '\u007f',
    '\u00a0',
    'a\r',
  ],
];

function generatedNames(): string[] {
  const anything = fc.oneof(
    { weight: 4, arbitrary: names },
    { weight: 2, arbitrary: fc.stringMatching(/^[A-Za-z0-9_@$][A-Za-z0-9._@$-]{0,60}$/) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 12 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  );
  return fc.sample(anything, 220).filter((name) => !name.includes('\0') && name.isWellFormed());
}

const asked = [...new Set([...hostile, ...generatedNames(), 'alice', 'al', 'lice', 'alice2', 'alicea'])];

let folder: string;
/** Each login in its bucket. */
let cache: string;
/** Each bucket holds the keys of all, those of names that are none too: it is not the hash that keeps one from the other's keys. */
let crowded: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
  cache = join(folder, 'cache');
  crowded = join(folder, 'crowded');
  const logins = asked.filter((name) => isLookupName(name)) as LoginName[];
  const keys = new Map(
    logins.map((login) => [login, joinKeyLines([`from="10.0.0.1" ssh-rsa BBBB ${login.length}`, `ssh-ed25519 AAAA ${login}: é 漢`])]),
  );
  await writeKeys(cache, keys);
  await mkdir(join(crowded, 'current/keys'), { recursive: true });
  const text = asked
    .filter((name) => !name.includes('\n'))
    .map((name) => `${name}:ssh-ed25519 CCCC ${name.length}\n`)
    .join('');
  await writeFile(join(crowded, 'all'), text);
  for (let bucket = 0; bucket < 1024; bucket += 1) await link(join(crowded, 'all'), join(crowded, 'current/keys', String(bucket)));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function writeKeys(state: string, keys: KeysMap): Promise<void> {
  await mkdir(join(state, 'generations/1/keys'), { recursive: true });
  await symlink('generations/1', join(state, 'current'));
  for (const [name, bytes] of filesOfView({ ...viewOf(), keys })) await writeFile(join(state, 'generations/1', name), bytes);
}

/** Sources the script once for each name, in a process of its own: what it prints, and its status. */
async function askShell(shell: string, state: string, logins: readonly string[]): Promise<string[]> {
  const loop = 'for login do ( set -- "$login"; . "$SCRIPT" ); printf "\\0%s\\0" "$?"; done';
  const child = spawn(shell, ['-c', loop, shell, ...logins], {
    env: { PATH: process.env['PATH'], SCRIPT: script, HOLDFAST_STATE_DIR: state },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks).toString().split('\0').slice(0, -1);
}

describe('the lookup command', () => {
  test.each([
    ['dash', 'each login in its bucket', () => cache],
    ['bash', 'each login in its bucket', () => cache],
    ['dash', 'every login in every bucket', () => crowded],
    ['bash', 'every login in every bucket', () => crowded],
  ])('in %s prints what "holdfast keys" prints, byte for byte, with %s', async (shell, _how, state) => {
    const expected = asked.flatMap((login) => [lookUpKeys(state(), login).toString(), '0']);
    expect(await askShell(shell, state(), asked)).toEqual(expected);
  });

  test('is asked here for names that have keys and for names that have none', () => {
    const found = asked.filter((login) => lookUpKeys(cache, login).length > 0);
    expect(found.length).toBeGreaterThan(100);
    expect(asked.length - found.length).toBeGreaterThan(60);
    expect(new Set(found.map(bucketOf)).size).toBeGreaterThan(80);
  });

  test.each<[string, string[]]>([
    ['one login', ['alice']],
    ['no argument', []],
    ['two arguments', ['alice', 'alice']],
    ['an option', ['-x']],
    ['a name with a line end', ['alice\n']],
    ['a name of 100,000 letters', ['a'.repeat(100_000)]],
  ])('run as sshd runs it, with %s, ends with status 0', (_what, args) => {
    const { status, stdout, stderr } = spawnSync(script, args, { env: { HOLDFAST_STATE_DIR: cache }, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [login = '', ...more] = args;
    expect(stdout).toBe(more.length > 0 ? '' : lookUpKeys(cache, login).toString());
  });

  test('knows other names in a locale with other letters', () => {
    const env = { HOLDFAST_STATE_DIR: cache, LC_ALL: 'C.UTF-8' };
    for (const login of ['alice', 'alicé', 'é']) {
      expect(spawnSync(script, [login], { env }).stdout.toString()).toBe(lookUpKeys(cache, login).toString());
    }
  });

  test.each([
    ['nothing was ever committed', 'nothing'],
    ['the path has a space and a quote', 'a "folder\' here'],
  ])('ends with status 0 where %s', (_what, name) => {
    const { status, stdout, stderr } = spawnSync(script, ['alice'], { env: { HOLDFAST_STATE_DIR: join(folder, name) }, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('ends with status 0 when sshd stops reading', () => {
    const { stderr } = spawnSync('sh', ['-c', '{ sleep 0.1; "$0" alice; echo "status $?" >&2; } | :', script], {
      env: { PATH: process.env['PATH'], HOLDFAST_STATE_DIR: cache },
      encoding: 'utf8',
    });
    expect(stderr).toBe('status 0\n');
  });
});

describe('isLookupName', () => {
  test.each(['alice', 'a', 'A.b_c@d-e', 'host$', '0', '_', '@x', '$x', 'a'.repeat(256)])('is true for %j', (name) => {
    expect(isLookupName(name)).toBe(true);
  });

  test.each(['', '.', '-', '.a', '-a', 'a b', 'a:b', 'a\n', '\na', 'é', 'a/b', 'a\0', 'a'.repeat(257)])('is false for %j', (name) => {
    expect(isLookupName(name)).toBe(false);
  });

  test('is true for every login that the directory can have', () => {
    fc.assert(fc.property(names, (name) => isLookupName(name)));
  });
});

describe('bucketOf', () => {
  test.each([
    ['a', 27],
    ['alice', 993],
    ['', 0],
  ])('of "%s" is %i, for ever: the script on a host may be older than the agent', (login, bucket) => {
    expect(bucketOf(login)).toBe(bucket);
  });

  test('spreads logins over all buckets', () => {
    const sizes = new Map<number, number>();
    for (let number = 0; number < 102_400; number += 1) {
      const bucket = bucketOf(`user${number}`);
      sizes.set(bucket, (sizes.get(bucket) ?? 0) + 1);
    }
    expect(sizes.size).toBe(1024);
    expect(Math.max(...sizes.values())).toBeLessThan(250);
  });

  test('never needs more than 31 bits on the way', () => {
    expect(16_777_212 * 67 + 67).toBeLessThan(2 ** 31);
  });
});

describe('a bucket', () => {
  test('gives back the lines of each login, and an empty answer for anybody else', () => {
    fc.assert(
      fc.property(views, names, ({ keys }, other) => {
        const files = filesOfView({ ...viewOf(), keys });
        for (const login of [...keys.keys(), other]) {
          const bucket = files.get(`keys/${bucketOf(login)}`) ?? Buffer.alloc(0);
          const expected = splitKeyLines(keys.get(login) ?? NO_KEYS)
            .map((line) => `${line}\n`)
            .join('');
          expect(linesOf(bucket, login).toString()).toBe(expected);
        }
      }),
    );
  });

  test.each([
    ['alice', 'alice:one\nalice:two\n', 'one\ntwo\n'],
    ['alice', 'al:no\nalice2:no\nalice:yes\nxalice:no\n', 'yes\n'],
    ['alice', 'bob:alice:no\nalice:alice:yes\n', 'alice:yes\n'],
    ['alice', 'alice\n', ''],
    ['alice', '', ''],
    ['alice', '\n\nalice:yes\n', 'yes\n'],
  ])('of %j in %j: %j', (login, bucket, lines) => {
    expect(linesOf(Buffer.from(bucket), login).toString()).toBe(lines);
  });
});
