import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPasswd, type PasswdEntry, parsePasswd } from '../../src/directory/passwd.ts';
import { almost, gecos, gids, loginNames, paths, uids } from './arbitraries.ts';
import { gid, login, path, uid } from './valid.ts';

const alice: PasswdEntry = {
  name: login('alice'),
  uid: uid(2001),
  gid: gid(3001),
  gecos: 'Alice Ä, Room 7',
  home: path('/home/alice'),
  shell: path('/bin/bash'),
};

test('formatPasswd writes seven fields, the password always x', () => {
  expect(formatPasswd(alice)).toBe('alice:x:2001:3001:Alice Ä, Room 7:/home/alice:/bin/bash');
});

test('formatPasswd leaves an empty gecos empty', () => {
  expect(formatPasswd({ ...alice, gecos: '' })).toBe('alice:x:2001:3001::/home/alice:/bin/bash');
});

describe('parsePasswd', () => {
  test('reads what formatPasswd wrote', () => {
    expect(parsePasswd('alice:x:2001:3001:Alice Ä, Room 7:/home/alice:/bin/bash')).toEqual(alice);
  });

  test.each([
    ['six fields', 'alice:x:2001:3001::/home/alice'],
    ['eight fields', 'alice:x:2001:3001::/home/alice:/bin/bash:'],
    ['a password', 'alice:$6$abc:2001:3001::/home/alice:/bin/bash'],
    ['an empty password: anybody may log in', 'alice::2001:3001::/home/alice:/bin/bash'],
    ['no name', ':x:2001:3001::/home/alice:/bin/bash'],
    ['a NIS name', '+alice:x:2001:3001::/home/alice:/bin/bash'],
    ['uid 0', 'alice:x:0:3001::/home/alice:/bin/bash'],
    ['a uid that is no number', 'alice:x:two:3001::/home/alice:/bin/bash'],
    ['a uid with a leading zero', 'alice:x:02001:3001::/home/alice:/bin/bash'],
    ['gid 0', 'alice:x:2001:0::/home/alice:/bin/bash'],
    ['no home', 'alice:x:2001:3001:::/bin/bash'],
    ['the home "/"', 'alice:x:2001:3001::/:/bin/bash'],
    ['no shell', 'alice:x:2001:3001::/home/alice:'],
    ['a comment', '#......'],
    ['nothing', ''],
  ])('reads no entry from a line with %s', (_what, line) => {
    expect(parsePasswd(line)).toBeUndefined();
  });

  test('is the inverse of formatPasswd', () => {
    const entries = fc.record<PasswdEntry>({ name: loginNames(), uid: uids(), gid: gids(), gecos: gecos(), home: paths(), shell: paths() });
    fc.assert(
      fc.property(entries, (entry) => {
        const line = formatPasswd(entry);
        expect(line).not.toContain('\n');
        expect(parsePasswd(line)).toEqual(entry);
      }),
    );
  });

  test('reads no line that formatPasswd would write otherwise', () => {
    const id = uids().map(String);
    const fields = fc.tuple(
      almost(loginNames()),
      almost(fc.constant('x')),
      almost(id),
      almost(id),
      almost(gecos()),
      almost(paths()),
      almost(paths()),
    );
    fc.assert(
      fc.property(fields, (texts) => {
        const line = texts.join(':');
        const entry = parsePasswd(line);
        if (entry !== undefined) expect(formatPasswd(entry)).toBe(line);
      }),
    );
  });
});
