import { describe, expect, test } from 'vitest';
import { formatAuthorizedKey } from '../../src/directory/authorized-key.ts';
import type { HostView } from '../../src/directory/host-view.ts';
import { NO_KEYS, splitKeyLines } from '../../src/directory/key-lines.ts';
import { applyPolicy } from '../../src/policy/policy.ts';
import { login } from '../directory/valid.ts';
import { access, group, host, keyOf, labelsOf, localAccounts, people, person, policy, snapshot } from './sample-directory.ts';

function namesOf(entries: readonly { readonly name: string }[]): string[] {
  return entries.map(({ name }) => name);
}

function keysOf(view: HostView): Record<string, readonly string[]> {
  return Object.fromEntries(labelsOf(view));
}

/** alice and bob, each with a key; alice is in web. */
const alice = person('alice', { uid: 2001, keys: [keyOf('A')] });
const bob = person('bob', { uid: 2002, keys: [keyOf('B')] });
const web = group('web', { gid: 5001, members: ['alice'] });
/** Everybody's primary group, unless said otherwise. */
const staff = group('staff', { gid: 3001 });
const directory = snapshot([alice, bob], [web]);

describe('applyPolicy', () => {
  test('shows people, groups and keys as the directory has them', () => {
    const full = person('alice', {
      gid: 5001,
      gecos: 'Alice Ä',
      shell: '/bin/zsh',
      passwordHash: '$6$saltsalt$x',
      aging: { max: 90, expire: 20_000 },
      keys: [keyOf('A', { comment: 'alice@laptop' })],
    });
    expect(applyPolicy([snapshot([full], [web])], policy({ access: access({ allow: people({ groups: ['web'] }) }) }), host())).toEqual({
      passwd: [{ name: 'alice', uid: 2001, gid: 5001, gecos: 'Alice Ä', home: '/home/alice', shell: '/bin/zsh' }],
      shadow: [{ name: 'alice', password: '$6$saltsalt$x', aging: { max: 90, expire: 20_000 } }],
      group: [{ name: 'web', gid: 5001, members: ['alice'] }],
      keys: new Map([['alice', formatAuthorizedKey(keyOf('A', { comment: 'alice@laptop' }))]]),
      accessGroups: new Map([['web', ['alice']]]),
      groupOrigins: new Map([['web', { source: 'corp', id: 'id-of-web' }]]),
      accountKeys: [],
      entitled: new Set(['alice']),
      refused: new Set(),
      refusedBySource: new Map(),
      keysWithheld: new Set(),
      staleDenied: new Map(),
      unknownGroups: new Set(),
      unknownAccounts: [],
      rejections: [],
    });
  });

  test('sorts people and groups by number, so that new ones come last', () => {
    const users = [person('a', { uid: 2003 }), person('b', { uid: 2001 }), person('c', { uid: 2002 })];
    const view = applyPolicy([snapshot(users, [group('x', { gid: 5002 }), group('y', { gid: 5001 })])], policy(), host());
    expect(namesOf(view.passwd)).toEqual(['b', 'c', 'a']);
    expect(namesOf(view.shadow)).toEqual(['b', 'c', 'a']);
    expect(namesOf(view.group)).toEqual(['y', 'x']);
  });

  test('shows no password where the directory gave none', () => {
    expect(applyPolicy([directory], policy(), host()).shadow).toEqual([
      { name: 'alice', password: '*', aging: {} },
      { name: 'bob', password: '*', aging: {} },
    ]);
  });

  test('shows people without access, and gives them no keys', () => {
    const view = applyPolicy([directory], policy({ access: access({ allow: people({ groups: ['web'] }) }) }), host());
    expect(namesOf(view.passwd)).toEqual(['alice', 'bob']);
    expect(keysOf(view)).toEqual({ alice: ['A'] });
    expect([...view.entitled]).toEqual(['alice']);
  });

  test('keeps who has access and no keys out of the keys map', () => {
    const view = applyPolicy([snapshot([person('alice')])], policy(), host());
    expect(keysOf(view)).toEqual({});
    expect([...view.entitled]).toEqual(['alice']);
  });

  test('collects what the source, the claims, the groups, the shells and the keys withheld', () => {
    const quarantined = {
      verdict: 'quarantined',
      source: 'corp',
      map: 'passwd',
      key: 'zoe',
      code: 'id-missing',
      reason: 'has no uid',
    } as const;
    const users = [
      person('low', { uid: 1 }),
      person('homeless', { uid: 2005, home: undefined }),
      person('fish', { uid: 2006, shell: '/opt/fish' }),
      person('rsa', { uid: 2007, keys: [keyOf('R', { rsaBits: 1024 })] }),
    ];
    const view = applyPolicy(
      [snapshot(users, [staff, group('web', { members: ['gone'] })], [quarantined])],
      policy(),
      host(localAccounts({}, {}, ['/bin/bash'])),
    );
    expect(view.rejections.map(({ verdict, key, code }) => [verdict, key, code])).toEqual([
      ['quarantined', 'zoe', 'id-missing'],
      ['quarantined', 'low', 'id-out-of-range'],
      ['adjusted', 'web', 'member-unknown'],
      ['quarantined', 'homeless', 'home-missing'],
      ['adjusted', 'fish', 'shell-unlisted'],
      ['quarantined', 'rsa', 'key-type'],
    ]);
    expect(namesOf(view.passwd)).toEqual(['fish', 'rsa']);
  });

  test('gives the shell and home of the policy', () => {
    const { passwd } = applyPolicy([directory], policy({ overrideShell: '/opt/menu', home: '/srv/{name}' }), host());
    expect(passwd).toMatchObject([
      { home: '/srv/alice', shell: '/opt/menu' },
      { home: '/srv/bob', shell: '/opt/menu' },
    ]);
  });

  test('asks for nothing of an empty directory', () => {
    expect(applyPolicy([], policy(), host())).toMatchObject({ passwd: [], group: [], shadow: [], keys: new Map(), rejections: [] });
  });
});

describe('a hidden host', () => {
  const hidden = policy({ hidden: true, access: access({ allow: people({ groups: ['web'] }) }) });

  test('shows only who has access', () => {
    const view = applyPolicy([directory], hidden, host());
    expect(namesOf(view.passwd)).toEqual(['alice']);
    expect(namesOf(view.shadow)).toEqual(['alice']);
    expect(keysOf(view)).toEqual({ alice: ['A'] });
  });

  test.each([
    ['groups that somebody shown is in, with those members alone', group('db', { gid: 5002, members: ['alice', 'bob'] }), ['alice']],
    ['the primary group of somebody shown, empty', group('staff', { gid: 3001, members: ['bob'] }), []],
    ['groups that somebody shown is in through a nested one', group('outer', { gid: 5002, nested: ['web'] }), ['alice']],
  ])('shows %s', (_what, one, members) => {
    const view = applyPolicy([snapshot([alice, bob], [web, one])], hidden, host());
    expect(view.group.find(({ name }) => name === one.name)?.members).toEqual(members);
  });

  test('leaves out groups that nobody shown is in', () => {
    const view = applyPolicy([snapshot([alice, bob], [web, group('db', { gid: 5002, members: ['bob'] })])], hidden, host());
    expect(namesOf(view.group)).toEqual(['web']);
  });

  test('shows a shared account that the directory has: nobody could log in to it otherwise', () => {
    const shared = access({ accounts: { deploy: people({ users: ['alice'] }) } });
    const view = applyPolicy([snapshot([alice, person('deploy', { uid: 2010 })])], policy({ hidden: true, access: shared }), host());
    expect(keysOf(view)).toEqual({ deploy: ['A'] });
    expect(namesOf(view.passwd)).toEqual(['deploy']);
  });
});

describe('a shared account', () => {
  const shared = (accounts: Parameters<typeof access>[0]): HostView =>
    applyPolicy([directory], policy({ access: access(accounts) }), host());

  test.each([
    ['a group', people({ groups: ['web'] }), ['A']],
    ['people named', people({ users: ['bob'] }), ['B']],
    ['both, each key once', people({ users: ['bob', 'alice'], groups: ['web'] }), ['A', 'B']],
  ])('has the keys of %s, and nobody has keys of their own by it', (_what, sharers, lines) => {
    expect(keysOf(shared({ accounts: { deploy: sharers } }))).toEqual({ deploy: lines });
  });

  test.each([
    ['nobody shares it', people()],
    ['its group is not there', people({ groups: ['gone'] })],
    ['its people are not there', people({ users: ['zoe'] })],
  ])('has no record when %s', (_what, sharers) => {
    expect(keysOf(shared({ accounts: { deploy: sharers } }))).toEqual({});
  });

  test.each([
    ['by name', people({ users: ['alice'] })],
    ['by group', people({ groups: ['web'] })],
  ])('loses the keys of whom a rule denies %s', (_how, deny) => {
    expect(keysOf(shared({ deny, accounts: { deploy: people({ users: ['alice', 'bob'] }) } }))).toEqual({ deploy: ['B'] });
  });

  test.each([
    ['neither the host nor the directory has it', host(), directory, ['deploy']],
    ["it is the host's own", host(localAccounts({ deploy: 900 })), directory, []],
    ['it is in the directory', host(), snapshot([alice, person('deploy', { uid: 2010 })]), []],
  ])('is named as one that nobody can log in as, or not: %s', (_what, here, from, unknown) => {
    const view = applyPolicy([from], policy({ access: access({ accounts: { deploy: people({ users: ['alice'] }) } }) }), here);
    expect(view.unknownAccounts).toEqual(unknown);
    const named = view.rejections.filter(({ code }) => code === 'access-account-unknown');
    expect(named.map(({ map, key }) => [map, key])).toEqual(unknown.map((key) => ['passwd', key]));
  });

  test('is not named when a rule denies it: somebody has switched it off', () => {
    expect(shared({ deny: people({ users: ['deploy'] }), accounts: { deploy: people({ users: ['alice'] }) } }).unknownAccounts).toEqual([]);
  });

  test('has no keys when a rule denies the account', () => {
    expect(keysOf(shared({ deny: people({ users: ['deploy'] }), accounts: { deploy: people({ users: ['alice'] }) } }))).toEqual({});
  });

  test("has only its sharers' keys where it is a person too", () => {
    expect(keysOf(shared({ everyone: true, accounts: { bob: people({ users: ['alice'] }) } }))).toEqual({ alice: ['A'], bob: ['A'] });
  });

  test('never has a key that the policy refuses, and says so once', () => {
    const rsa = person('rsa', { uid: 2003, keys: [keyOf('R', { rsaBits: 1024 }), keyOf('E')] });
    const accounts = access({ everyone: true, accounts: { deploy: people({ users: ['rsa'] }), ops: people({ users: ['rsa'] }) } });
    const view = applyPolicy([snapshot([rsa], [staff])], policy({ access: accounts }), host(localAccounts({ deploy: 900, ops: 901 })));
    expect(keysOf(view)).toEqual({ rsa: ['E'], deploy: ['E'], ops: ['E'] });
    expect(view.rejections).toMatchObject([{ key: 'rsa', map: 'keys', code: 'key-type' }]);
  });

  test('has one line for a key that two people have, whatever the order of the people', () => {
    const twins = [
      person('x', { uid: 2001, keys: [keyOf('S', { comment: 'x' })] }),
      person('y', { uid: 2002, keys: [keyOf('S', { comment: 'y' })] }),
    ];
    const accounts = access({ accounts: { deploy: people({ groups: ['staff'] }) } });
    const lines = [twins, twins.toReversed()].map((users) => {
      const view = applyPolicy([snapshot(users, [group('staff', { gid: 3001 })])], policy({ access: accounts }), host());
      return keysOf(view);
    });
    expect(lines[0]).toEqual({ deploy: ['x'] });
    expect(lines[0]).toEqual(lines[1]);
  });
});

describe('keys', () => {
  test("are written with their options, in an order that is not the directory's", () => {
    const keys = [keyOf('Z'), keyOf('A'), keyOf('B', { options: String.raw`from="a,b",NO-PTY`, comment: 'old' })];
    const rules = { ...policy().keys, allowedOptions: new Set(['from', 'no-pty']) };
    const lines = [keys, keys.toReversed()].map((given) =>
      splitKeyLines(
        applyPolicy([snapshot([person('alice', { keys: given })])], policy({ keys: rules }), host()).keys.get(login('alice')) ?? NO_KEYS,
      ),
    );
    expect(lines[0]).toEqual(lines[1]);
    expect(lines[0]?.map((line) => line.replace(/AAAA\S+/, 'BLOB'))).toEqual([
      String.raw`from="a,b",no-pty ssh-ed25519 BLOB old`,
      expect.stringMatching(/^ssh-ed25519 BLOB [AZ]$/),
      expect.stringMatching(/^ssh-ed25519 BLOB [AZ]$/),
    ]);
  });

  test('without options are there, though the directory has them with options too', () => {
    const keys = [keyOf('A', { options: 'from="10.0.0.0/8"' }), keyOf('A')];
    expect(keysOf(applyPolicy([snapshot([person('alice', { keys })])], policy(), host()))).toEqual({ alice: ['A'] });
  });

  test('of somebody without access are not judged', () => {
    const rsa = person('rsa', { keys: [keyOf('R', { rsaBits: 1024 })] });
    expect(applyPolicy([snapshot([rsa], [staff])], policy({ access: access() }), host()).rejections).toEqual([]);
  });

  test('of somebody who is not shown are not written', () => {
    const homeless = person('alice', { home: undefined, keys: [keyOf('A')] });
    expect(keysOf(applyPolicy([snapshot([homeless])], policy(), host()))).toEqual({});
  });
});

describe('what the host has of its own', () => {
  const local = localAccounts({ root: 0, alice: 1000 }, { root: 0, web: 33 });

  test('is never shown from the directory, and never has its keys', () => {
    const view = applyPolicy([directory], policy(), host(local));
    expect(namesOf(view.passwd)).toEqual(['bob']);
    expect(view.group).toEqual([]);
    expect(keysOf(view)).toEqual({ bob: ['B'] });
  });

  test('is no member of a directory group', () => {
    const view = applyPolicy([snapshot([bob], [group('db', { gid: 5001, members: ['root', 'alice', 'bob'] })])], policy(), host(local));
    expect(view.group).toMatchObject([{ name: 'db', members: ['bob'] }]);
  });

  test('may still be let in by a directory group of a local name', () => {
    const rules = access({ allow: people({ groups: ['web'] }) });
    const view = applyPolicy([snapshot([bob], [group('web', { gid: 5001, members: ['bob'] })])], policy({ access: rules }), host(local));
    expect(keysOf(view)).toEqual({ bob: ['B'] });
  });

  test('may share in as an account', () => {
    const rules = access({ accounts: { root: people({ users: ['bob'] }) } });
    expect(keysOf(applyPolicy([directory], policy({ access: rules }), host(local)))).toEqual({ root: ['B'] });
  });
});

test('names that objects have properties of are people and groups like others', () => {
  const names = ['__proto__', 'constructor', 'toString'];
  const users = names.map((name, index) => person(name, { uid: 2001 + index, keys: [keyOf(name)] }));
  const rules = access({ allow: people({ users: ['constructor'], groups: ['__proto__'] }) });
  const view = applyPolicy(
    [snapshot(users, [group('__proto__', { gid: 5001, members: ['__proto__'] })])],
    policy({ access: rules }),
    host(),
  );
  expect(namesOf(view.passwd)).toEqual(names);
  expect(view.group).toMatchObject([{ name: '__proto__', members: ['__proto__'] }]);
  expect([...view.keys.keys()].sort()).toEqual(['__proto__', 'constructor']);
});
