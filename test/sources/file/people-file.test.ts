import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SnapshotBuilder } from '../../../src/directory/validate.ts';
import type { DirectorySnapshot } from '../../../src/directory/snapshot.ts';
import { peopleFileReader } from '../../../src/sources/file/people-file.ts';
import { formatProblem } from '../../../src/toml/problem.ts';
import { ed25519 } from '../../directory/public-keys.ts';

const KEY = `${ed25519.type} ${ed25519.blob} alice@laptop`;
const HASH = '$6$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789';
const ALICE = 'name = "alice"\nuid = 5000\ngid = 5000\n';

function read(text: string, passwordHashes = false): ReturnType<ReturnType<typeof peopleFileReader>> {
  return peopleFileReader({ passwordHashes })({ path: '/p.toml', bytes: Buffer.from(text) });
}

/** The mistakes without the file's name; none for a file that is right. */
function mistakesIn(text: string, passwordHashes = false): string[] {
  const result = read(text, passwordHashes);
  return 'users' in result ? [] : result.map((problem) => formatProblem(problem).replace('/p.toml:', ''));
}

function snapshotOf(text: string, passwordHashes = false): DirectorySnapshot {
  const result = read(text, passwordHashes);
  if (!('users' in result)) throw new Error(result.map(formatProblem).join('\n'));
  const builder = new SnapshotBuilder('glass');
  for (const user of result.users) builder.addUser(user);
  for (const group of result.groups) builder.addGroup(group);
  return builder.finish(0);
}

describe('a file of people', () => {
  test('gives people with all that an account has', () => {
    const text = `[[user]]\n${ALICE}gecos = "Alice"\nhome = "/home/alice"\nshell = "/bin/sh"\nkeys = ["${KEY}"]\npassword_hash = "${HASH}"\nid = "a-1"\n`;
    const { users, rejections } = snapshotOf(text, true);
    expect(rejections).toEqual([]);
    expect(users).toMatchObject([
      {
        ...{ source: 'glass', id: 'a-1', dn: 'uid=alice', name: 'alice', uid: 5000, gid: 5000, gecos: 'Alice' },
        ...{ home: '/home/alice', shell: '/bin/sh', passwordHash: HASH, keys: KEY },
      },
    ]);
  });

  test('gives people of whom only the least is said, by their names', () => {
    expect(snapshotOf(`[[user]]\n${ALICE}`).users).toMatchObject([{ id: 'alice', home: undefined, shell: undefined, gecos: '' }]);
  });

  test('gives groups of people and of groups, those of other sources too', () => {
    const text =
      '[[group]]\nname = "sre"\ngid = 7000\nmembers = ["bob", "alice"]\ngroups = ["ops", "abroad"]\n[[group]]\nname = "ops"\nid = "g-1"\n';
    expect(snapshotOf(text)).toMatchObject({
      rejections: [],
      groups: [
        { name: 'sre', gid: 7000, id: 'sre', members: ['alice', 'bob'], nested: ['abroad', 'ops'] },
        { name: 'ops', gid: undefined, id: 'g-1', members: [], nested: [] },
      ],
    });
  });

  test.each([
    ['a date: from its first moment on', '2026-12-31', Date.UTC(2026, 11, 31)],
    ['a time in UTC', '2026-12-31T18:00:00Z', Date.UTC(2026, 11, 31, 18)],
    ['a time elsewhere', '2026-12-31T18:00:00.5+02:00', Date.UTC(2026, 11, 31, 16)],
  ])('ends an account at %s', (_what, expires, at) => {
    expect(snapshotOf(`[[user]]\n${ALICE}expires = ${expires}\n`).users[0]?.limits).toEqual([{ kind: 'ends', at, by: 'expires' }]);
  });

  test('may be empty', () => {
    expect(read('')).toEqual({ users: [], groups: [] });
  });

  test.each<[string, string, string]>([
    ['a name that is none', '[[user]]\nname = "a b"\nuid = 1\ngid = 1\n', '2:1: user[0].name: login name "a b" has characters'],
    ['no uid', '[[user]]\nname = "a"\ngid = 1\n', '1:3: user[0].uid: is missing; wanted: a number'],
    ['root', '[[user]]\nname = "a"\nuid = 0\ngid = 1\n', '3:1: user[0].uid: 0 is no id of an account: uid 0 is root'],
    ['an unknown key', `[[user]]\n${ALICE}key = "x"\n`, '5:1: user[0].key: is no key that holdfast knows; did you mean "keys"?'],
    ["a group's key", `[[user]]\n${ALICE}members = []\n`, '5:1: user[0].members: is no key that holdfast knows; it is one of [[group]]'],
    ['a key that is none', `[[user]]\n${ALICE}keys = [\n  "ssh-rsa",\n]\n`, '6:3: user[0].keys[0]: "ssh-rsa" '],
    ['a home in /etc', `[[user]]\n${ALICE}home = "/etc"\n`, '5:1: user[0].home: home directory "/etc" is in a folder'],
    ['a shell that is none', `[[user]]\n${ALICE}shell = "sh"\n`, '5:1: user[0].shell: shell "sh" is no absolute path'],
    ['two lines in one', `[[user]]\n${ALICE}gecos = "a\\nb"\n`, '5:1: user[0].gecos: "a\\u{a}b" has a ":"'],
    [
      'a time without a zone',
      `[[user]]\n${ALICE}expires = 2026-12-31T10:00:00\n`,
      '5:1: user[0].expires: "2026-12-31T10:00:00.000" says no',
    ],
    ['a time of no day', `[[user]]\n${ALICE}expires = 10:00:00\n`, '5:1: user[0].expires: '],
    [
      'a date in quotes',
      `[[user]]\n${ALICE}expires = "2026-12-31"\n`,
      '5:1: user[0].expires: "2026-12-31" is a string; wanted: a date such as',
    ],
    ['an empty id', `[[user]]\n${ALICE}id = ""\n`, '5:1: user[0].id: "" '],
    ['a nested group that is none', '[[group]]\nname = "g"\ngroups = ["a b"]\n', '3:11: group[0].groups[0]: group name "a b" has'],
    [
      'a name twice',
      `[[user]]\n${ALICE}[[user]]\nname = "alice"\nuid = 6\ngid = 6\nid = "b"\n`,
      '6:1: user[1].name: "alice" is that of user[0]',
    ],
    ['a uid twice', `[[user]]\n${ALICE}[[user]]\nname = "bob"\nuid = 5000\ngid = 6\n`, '7:1: user[1].uid: "5000" is that of user[0], too'],
    ['an id twice', `[[user]]\n${ALICE}[[user]]\nname = "bob"\nuid = 6\ngid = 6\nid = "alice"\n`, '9:1: user[1].id: "alice" is that of'],
    ['a gid twice', '[[group]]\nname = "a"\ngid = 7\n[[group]]\nname = "b"\ngid = 7\n', '6:1: group[1].gid: "7" is that of group[0]'],
    ['a hash that nobody asked for', `[[user]]\n${ALICE}password_hash = "${HASH}"\n`, '5:1: user[0].password_hash: counts only with'],
    ['no TOML', '[[user]\n', '1:8: '],
    ['Latin-1', '# \u00e4', ''],
  ])('is refused whole for %s', (_what, text, mistake) => {
    const bytes = Buffer.from(text, mistake === '' ? 'latin1' : 'utf8');
    const result = peopleFileReader({ passwordHashes: false })({ path: '/p.toml', bytes });
    const problems = 'users' in result ? [] : result.map((problem) => formatProblem(problem).replace('/p.toml:', ''));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.slice(0, mistake.length)).toBe(mistake);
  });

  test('has all its mistakes said at once, in their order, and no hash', () => {
    const text = '[[user]]\nname = ""\nuid = 0\npassword_hash = "hunter2"\n[[group]]\nmembers = [1]\n[other]\n';
    const mistakes = mistakesIn(text, true);
    expect(mistakes.map((mistake) => mistake.replace(/: .*/, ''))).toEqual(['1:3', '2:1', '3:1', '4:1', '5:3', '6:12', '7:2']);
    expect(mistakes.join('\n')).not.toContain('hunter2');
  });

  test.each([
    ['ten thousand mistakes', '[[user]]\nnaem = 1\n'.repeat(10_000), 101],
    ['a key of ten thousand parts', `${'a.'.repeat(10_000)}a = 1\n`, 2],
  ])('is refused without end of words for %s', (_what, text, count) => {
    expect(mistakesIn(text)).toHaveLength(count);
  });

  test('is read or refused, whatever it holds, and what is read passes the border', () => {
    const piece = fc.constantFrom(
      '[[user]]\n',
      '[[group]]\n',
      ALICE,
      'uid = ',
      'name = "',
      '"\n',
      '5',
      'keys = [',
      ']',
      `"${KEY}"`,
      '\n',
      '\u0000',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        if ('users' in read(text)) expect(snapshotOf(text).rejections).toEqual([]);
        else expect(mistakesIn(text)).not.toEqual([]);
      }),
    );
  });
});
