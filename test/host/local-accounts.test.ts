import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LocalAccounts } from '../../src/directory/local-accounts.ts';
import { readLocalAccount, readLocalAccounts } from '../../src/host/local-accounts.ts';
import { hostPaths } from '../../src/host/paths.ts';
import { failureOf } from '../config/failure.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-host-accounts-'));
  await mkdir(join(root, 'etc'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function accountsOf(files: Readonly<Record<string, string>>): Promise<LocalAccounts> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'etc', name), text);
  return readLocalAccounts(hostPaths(root, '/var/lib/holdfast'));
}

describe('readLocalAccounts', () => {
  test('reads users, groups and shells', async () => {
    const accounts = await accountsOf({
      passwd: 'root:x:0:0:root:/root:/bin/bash\nadmin:x:1000:1000:Ädmin:/home/admin:/bin/sh\n',
      group: 'root:x:0:\nshadow:x:42:\nadm:x:4:admin,root\n',
      shells: '# /etc/shells\n/bin/sh\n\n/bin/bash\n',
    });
    expect(accounts).toEqual({
      users: new Map([
        ['root', 0],
        ['admin', 1000],
      ]),
      groups: new Map([
        ['root', 0],
        ['shadow', 42],
        ['adm', 4],
      ]),
      shells: new Set(['/bin/sh', '/bin/bash']),
    });
  });

  test.each([
    ['a comment', '#alice:x:1000:1000::/:/bin/sh\n'],
    ['a blank line', '\n\n'],
    ['NIS compat lines', '+\n+::::::\n-mallory::::::\n+@netgroup::::::\n'],
    ['a line without a number', 'alice:x::1000::/:/bin/sh\n'],
    ['a number with a sign', 'alice:x:-1:1000::/:/bin/sh\n'],
    ['a line without a name', ':x:1000:1000::/:/bin/sh\n'],
    ['a cut line', 'alice:x\n'],
  ])('sees nobody in %s', async (_what, passwd) => {
    expect((await accountsOf({ passwd, group: '' })).users).toEqual(new Map());
  });

  test.each([
    ['Windows line ends', 'alice:x:1000:1000::/:/bin/sh\r\nbob:x:1001:1001::/:/bin/sh\r\n'],
    ['no line end at the end', 'alice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh'],
    ['spaces before the name', '  alice:x:1000:1000::/:/bin/sh\n\tbob:x:1001:1001::/:/bin/sh\n'],
  ])('reads lines with %s', async (_what, passwd) => {
    expect([...(await accountsOf({ passwd, group: '' })).users]).toEqual([
      ['alice', 1000],
      ['bob', 1001],
    ]);
  });

  test('believes the first of two lines with one name, as getpwnam does', async () => {
    const { users } = await accountsOf({ passwd: 'alice:x:1000:1::/:/bin/sh\nalice:x:0:0::/:/bin/sh\n', group: '' });
    expect([...users]).toEqual([['alice', 1000]]);
  });

  test('judges no shell where the host has no /etc/shells', async () => {
    expect(await accountsOf({ passwd: '', group: '' })).not.toHaveProperty('shells');
    expect(await accountsOf({ shells: '' })).toHaveProperty('shells', new Set());
  });

  test('is content without passwd and group below a scratch root', async () => {
    expect(await accountsOf({})).toEqual({ users: new Map(), groups: new Map() });
  });

  test.each(['passwd', 'group'])('stops without /etc/%s on a live host', async (name) => {
    await accountsOf({ passwd: '', group: '' });
    const gone = join(root, 'gone');
    const paths = { ...hostPaths(root, '/var/lib/holdfast'), root: '/', [name]: gone };
    const failure = failureOf(() => readLocalAccounts(paths));
    expect(failure.code).toBe('configuration');
    expect(failure.message).toContain(`cannot read the host's own accounts from "${gone}": ENOENT`);
    expect(failure.hints).toEqual(['without them the directory could shadow a local account, so nothing is done']);
  });

  test.each(['passwd', 'group', 'shells'])('stops when /etc/%s is there and cannot be read, below a scratch root too', async (name) => {
    await mkdir(join(root, 'etc', name));
    expect(failureOf(() => readLocalAccounts(hostPaths(root, '/var/lib/holdfast')))).toMatchObject({ code: 'configuration' });
  });
});

describe('readLocalAccount', () => {
  const passwd = 'bad:x::0::/:\nroot:x:0:0:root:/root:/bin/bash\nroot:x:5:5::/:/bin/sh\nshort:x:7\n';

  test.each([
    ['the first of its name', 'root', { uid: 0, gid: 0, home: '/root', shell: '/bin/bash' }],
    ['what there is of a line that is cut', 'short', { uid: 7, gid: 0, home: '', shell: '' }],
    ['nothing of a line without a number', 'bad', undefined],
    ['nothing for another name', 'roo', undefined],
  ])('has %s', async (_what, login, account) => {
    await writeFile(join(root, 'etc/passwd'), passwd);
    expect(readLocalAccount(hostPaths(root, '/state'), login)).toEqual(account);
  });

  test('has nothing below a scratch root without accounts', () => {
    expect(readLocalAccount(hostPaths(root, '/state'), 'root')).toBeUndefined();
  });
});
