import { describe, expect, test } from 'vitest';
import { splitKeyLines } from '../../src/directory/key-lines.ts';
import type { Rejection } from '../../src/directory/rejection.ts';
import { type RawUser, SnapshotBuilder } from '../../src/directory/validate.ts';
import { base64, dsaLine, ed25519, lineOf, otherEd25519, rsa2048 } from './public-keys.ts';
import { rawGroup, rawUser, snapshotOf } from './raw-entries.ts';

describe('a person', () => {
  test('comes through with everything that the directory says', () => {
    const { users, rejections } = snapshotOf([
      rawUser('alice', {
        gecos: ['Alice Ä'],
        shell: ['/bin/zsh'],
        password: ['{CRYPT}$6$saltsalt$IVL6MjrqYdqK.8QSs6Ww8/'],
        aging: { lastChange: ['19000'], min: ['0'], expire: ['20000'] },
        keys: [`${lineOf(ed25519)} alice@laptop`],
      }),
    ]);
    expect(rejections).toEqual([]);
    expect(users).toEqual([
      {
        source: 'corp',
        id: 'id-of-alice',
        dn: 'uid=alice,ou=people,dc=example,dc=org',
        name: 'alice',
        uid: 2001,
        gid: 3001,
        gecos: 'Alice Ä',
        home: '/home/alice',
        shell: '/bin/zsh',
        passwordHash: '$6$saltsalt$IVL6MjrqYdqK.8QSs6Ww8/',
        aging: { lastChange: 19_000, min: 0, expire: 20_000 },
        keys: `${lineOf(ed25519)} alice@laptop`,
      },
    ]);
  });

  test.each<[string, Partial<RawUser>, object]>([
    ['no home: policy may have one', { home: [] }, { home: undefined }],
    ['an empty home as absent', { home: [''] }, { home: undefined }],
    ['no shell: policy has one', { shell: [] }, { shell: undefined }],
    ['an empty shell as absent', { shell: [''] }, { shell: undefined }],
    ['no immutable id, the DN in its place', { id: [] }, { id: 'uid=alice,ou=people,dc=example,dc=org' }],
    ['no gecos', { gecos: [] }, { gecos: '' }],
    ['the first gecos that is not empty', { gecos: ['', 'Alice Smith', 'Al'] }, { gecos: 'Alice Smith' }],
    ['the first gecos that is UTF-8', { gecos: [undefined, 'Alice Smith'] }, { gecos: 'Alice Smith' }],
    ['a gecos with a colon, made safe', { gecos: ['Alice:x:0:0'] }, { gecos: 'Alice x 0 0' }],
    ['a gecos of 129 characters, cut', { gecos: ['x'.repeat(129)] }, { gecos: 'x'.repeat(128) }],
    ['the one of several names that is in the DN', { name: ['al', 'alice'] }, { name: 'alice' }],
    ['no password', { password: [] }, { passwordHash: undefined }],
    ['a password of another scheme as none', { password: ['{SSHA}x'] }, { passwordHash: undefined }],
    [
      'the first crypt hash of several passwords',
      { password: [undefined, '{SSHA}x', '{CRYPT}rl0uE0eU7/Fgo', '{CRYPT}al0uE0eU7/Fgo'] },
      { passwordHash: 'rl0uE0eU7/Fgo' },
    ],
  ])('comes through with %s', (_what, raw, expected) => {
    const { users, rejections } = snapshotOf([rawUser('alice', raw)]);
    expect(users).toMatchObject([expected]);
    expect(rejections).toEqual([]);
  });

  test.each<[string, Partial<RawUser>, Partial<Rejection>]>([
    ['no name', { name: [] }, { code: 'name-missing', key: 'uid=alice,ou=people,dc=example,dc=org', reason: 'has no name' }],
    ['an empty name', { name: [''] }, { code: 'name-missing', key: 'uid=alice,ou=people,dc=example,dc=org' }],
    ['a name that is none', { name: ['al ice'] }, { code: 'name-invalid', key: 'al ice' }],
    ['a name that is a command to a terminal', { name: ['al\u001b[2Jice'] }, { code: 'name-invalid', key: 'al [2Jice' }],
    ['a name that is no UTF-8', { name: [undefined] }, { code: 'text-invalid', reason: 'name holds bytes that are no UTF-8' }],
    ['several names, none of them in the DN', { name: ['al', 'bob'] }, { code: 'name-ambiguous' }],
    ['several names, all of them in the DN', { dn: 'uid=al+uid=alice,dc=org', name: ['al', 'alice'] }, { code: 'name-ambiguous' }],
    ['several names, the one in the DN invalid', { dn: 'uid=-rf,dc=org', name: ['alice', '-rf'] }, { code: 'name-invalid' }],
    ['no uid', { uid: [] }, { code: 'id-missing', reason: 'has no uid' }],
    ['two uids', { uid: ['2001', '0'] }, { code: 'id-invalid', reason: 'has 2 values for its uid' }],
    ['the uid of root', { uid: ['0'] }, { code: 'id-invalid', reason: 'uid 0 is root' }],
    ['a uid that is no number', { uid: ['0x7d1'] }, { code: 'id-invalid' }],
    ['no gid', { gid: [] }, { code: 'id-missing', reason: 'has no gid' }],
    ['the gid of root', { gid: ['0'] }, { code: 'id-invalid', reason: 'gid 0 is root' }],
    ['a relative home', { home: ['home/alice'] }, { code: 'home-invalid' }],
    ['the home "/"', { home: ['/'] }, { code: 'home-invalid' }],
    ['a home that is no UTF-8', { home: [undefined] }, { code: 'text-invalid' }],
    ['two homes, of which a server may give either first', { home: ['/home/alice', '/home/bob'] }, { code: 'text-invalid' }],
    ['two shells', { shell: ['/bin/sh', '/bin/bash'] }, { code: 'text-invalid', reason: 'has 2 values for its shell' }],
    ['a DN of five thousand characters', { dn: `uid=${'x'.repeat(5000)}` }, { code: 'text-invalid', key: 'alice' }],
    ['an id of ten megabytes', { id: ['x'.repeat(10_000_000)] }, { code: 'text-invalid', key: 'alice' }],
    ['a shell with arguments', { shell: ['/bin/sh -c id'] }, { code: 'shell-invalid' }],
    ['a shell that is no UTF-8', { shell: [undefined] }, { code: 'text-invalid' }],
  ])('with %s is quarantined, and the next one is not', (_what, raw, expected) => {
    const { users, rejections } = snapshotOf([rawUser('alice', raw), rawUser('bob')]);
    expect(users.map(({ name }) => name)).toEqual(['bob']);
    expect(rejections).toMatchObject([{ verdict: 'quarantined', source: 'corp', map: 'passwd', ...expected }]);
  });

  test('with a wrong shell is quarantined each time, however often it was seen', () => {
    const { users, rejections } = snapshotOf(['alice', 'bob', 'carol'].map((name) => rawUser(name, { shell: ['bash'] })));
    expect(users).toEqual([]);
    expect(rejections.map(({ key }) => key)).toEqual(['alice', 'bob', 'carol']);
  });
});

describe('password aging', () => {
  test('is read for each person, alike or not', () => {
    const { users } = snapshotOf([
      rawUser('alice', { aging: { max: ['90'] } }),
      rawUser('bob', { aging: { max: ['90'] } }),
      rawUser('carol', { aging: { max: ['91'] } }),
      rawUser('dave', { aging: { warning: ['90'] } }),
      rawUser('erin'),
    ]);
    expect(users.map(({ aging }) => aging)).toEqual([{ max: 90 }, { max: 90 }, { max: 91 }, { warning: 90 }, {}]);
  });

  test.each([
    ['-1 as absent', ['-1'], {}],
    ['the first of several values', ['20000', '30000'], { expire: 20_000 }],
  ])('takes %s', (_what, expire, aging) => {
    const { users, rejections } = snapshotOf([rawUser('alice', { aging: { expire } })]);
    expect(users).toMatchObject([{ aging }]);
    expect(users[0]?.aging).toEqual(aging);
    expect(rejections).toEqual([]);
  });

  test('leaves an expire of 0 out, which is ambiguous, and says so', () => {
    const { users, rejections } = snapshotOf([rawUser('alice', { aging: { expire: ['0'], lastChange: ['0'] } })]);
    expect(users[0]?.aging).toEqual({ lastChange: 0 });
    expect(rejections).toMatchObject([{ verdict: 'adjusted', map: 'shadow', key: 'alice', code: 'shadow-expire-zero' }]);
  });

  test('that is no number is reported for everybody who has it, and the person stays', () => {
    const { users, rejections } = snapshotOf(['alice', 'bob'].map((name) => rawUser(name, { aging: { max: ['90'], expire: ['never'] } })));
    expect(users.map(({ aging }) => aging)).toEqual([{ max: 90 }, { max: 90 }]);
    expect(rejections).toMatchObject([
      { verdict: 'adjusted', map: 'shadow', key: 'alice', code: 'shadow-invalid', reason: 'shadow expire "never" is no whole number' },
      { verdict: 'adjusted', map: 'shadow', key: 'bob', code: 'shadow-invalid' },
    ]);
  });

  test('with two numbers in one value is not taken for two values', () => {
    const { users } = snapshotOf([
      rawUser('alice', { aging: { lastChange: ['1'], min: ['2'] } }),
      rawUser('bob', { aging: { lastChange: ['1 2'] } }),
    ]);
    expect(users.map(({ aging }) => aging)).toEqual([{ lastChange: 1, min: 2 }, {}]);
  });
});

describe('keys', () => {
  test('come through in an order of their own, each once', () => {
    const { users, rejections } = snapshotOf([
      rawUser('alice', { keys: [`${lineOf(rsa2048)} b`, lineOf(ed25519), `${lineOf(rsa2048)} a`] }),
    ]);
    expect(users.map(({ keys }) => splitKeyLines(keys))).toEqual([[lineOf(ed25519), `${lineOf(rsa2048)} a`]]);
    expect(rejections).toEqual([]);
  });

  test.each([
    ['a DSA key', dsaLine, 'key-type'],
    ['a text that is none', 'hello', 'key-type'],
    ['bytes that are no UTF-8', undefined, 'text-invalid'],
    ['two lines', `${lineOf(otherEd25519)}\n${lineOf(otherEd25519)}`, 'key-malformed'],
  ])('are quarantined one by one: %s goes, the person and the good key stay', (_what, bad, code) => {
    const { users, rejections } = snapshotOf([rawUser('alice', { keys: [bad, lineOf(ed25519)] })]);
    expect(users.map(({ keys }) => splitKeyLines(keys))).toEqual([[lineOf(ed25519)]]);
    expect(rejections).toMatchObject([{ verdict: 'quarantined', source: 'corp', map: 'keys', key: 'alice', code }]);
  });

  test('are the same in whatever order a replica gives them, one key with and without options included', () => {
    const lines = [`from="10.0.0.0/8" ${lineOf(ed25519)}`, lineOf(ed25519)];
    const orders = [lines, lines.toReversed()].map((keys) => snapshotOf([rawUser('alice', { keys })]).users[0]?.keys);
    expect(orders[0]).toEqual(orders[1]);
  });

  test.each([
    [10, ['key-type'], /"hello" is no key type/],
    [11, ['key-type', 'key-malformed'], /^and 1 more keys that are none$/],
    [50_000, ['key-type', 'key-malformed', 'key-malformed'], /^50000 keys, only the first 100 are read$/],
  ])('that are none are a dozen findings at most, were they %i', (count, codes, reason) => {
    const { rejections } = snapshotOf([rawUser('alice', { keys: Array.from({ length: count }, () => 'hello') })]);
    expect(rejections.length).toBeLessThanOrEqual(12);
    expect(rejections.slice(9).map(({ code }) => code)).toEqual(codes);
    expect(rejections.at(-1)?.reason).toMatch(reason);
  });

  test('are read up to 100 of them, and that there are more is said', () => {
    const keys = Array.from({ length: 101 }, (_, index) => `ssh-ed25519 ${base64(['ssh-ed25519', Buffer.alloc(32, index)])}`);
    const readOf = (values: readonly string[]): readonly string[] =>
      snapshotOf([rawUser('alice', { keys: values })]).users.flatMap((user) => splitKeyLines(user.keys));
    expect(readOf(keys.slice(0, 100))).toHaveLength(100);
    expect(readOf(keys).toSorted()).toEqual(keys.slice(0, 100).toSorted());
    expect(snapshotOf([rawUser('alice', { keys: keys.slice(0, 100) })]).rejections).toEqual([]);
    expect(snapshotOf([rawUser('alice', { keys })]).rejections).toMatchObject([
      { verdict: 'quarantined', map: 'keys', key: 'alice', reason: '101 keys, only the first 100 are read' },
    ]);
  });
});

test('a snapshot says where it is from and when it was complete', () => {
  const builder = new SnapshotBuilder('corp');
  builder.addUser(rawUser('alice'));
  builder.addGroup(rawGroup('staff'));
  expect(builder.finish(1234)).toMatchObject({ source: 'corp', fetchedAt: 1234, users: [{ name: 'alice' }], groups: [{ name: 'staff' }] });
});

test('a source without entries is a snapshot without entries', () => {
  expect(snapshotOf([])).toEqual({ source: 'corp', fetchedAt: 0, users: [], groups: [], rejections: [] });
});
