import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import { joinKeyLines } from '../../../src/directory/key-lines.ts';
import {
  checkAccessGuards,
  checkAlwaysRefused,
  checkNobodyLeft,
  checkSources,
  type SourceSize,
} from '../../../src/policy/guards/access-guards.ts';
import { listNamed } from '../../../src/policy/guards/approval.ts';
import { planSync } from '../../../src/policy/plan.ts';
import { applyPolicy } from '../../../src/policy/policy.ts';
import { groupName, login } from '../../directory/valid.ts';
import { access, crowd, group, host, keyOf, people, person, policy, snapshot } from '../sample-directory.ts';
import { hostView } from '../sample-views.ts';

function keysOf(...names: readonly string[]): HostView['keys'] {
  return new Map(names.map((name) => [login(name), joinKeyLines(['key'])]));
}

function members(...names: readonly string[]): HostView['accessGroups'] {
  return new Map([[groupName('ops'), names.map(login)]]);
}

describe('checkAccessGuards', () => {
  const always = access({ always: people({ groups: ['ops'] }) });
  const deny = access({ deny: people({ groups: ['ops'] }) });
  const allow = access({ allow: people({ groups: ['ops'] }) });
  const unknown = { unknownGroups: new Set([groupName('ops')]) };

  test.each([
    ['an "always" group with somebody left', always, { accessGroups: members('bob') }, []],
    ['an "always" group of others', always, { accessGroups: members('carol') }, []],
    ['an empty "always" group', always, { accessGroups: members() }, ['group "ops" of access.always has become empty (members before: 2)']],
    [
      'an "always" group that is gone',
      always,
      { accessGroups: members(), ...unknown },
      ['group "ops" of access.always is gone from the directory (members before: 2)'],
    ],
    ['an empty "deny" group, since so a denial ends', deny, { accessGroups: members() }, []],
    [
      'a "deny" group that is gone',
      deny,
      { accessGroups: members(), ...unknown },
      ['group "ops" of access.deny is gone from the directory: its 2 members would no longer be denied'],
    ],
    ['an access group that is gone, which other guards judge', allow, { accessGroups: members(), ...unknown }, []],
    ['a rule that is gone', always, {}, []],
  ])('judges %s', (_what, rules, after, texts) => {
    const view = hostView(after);
    const plan = planSync(hostView({ accessGroups: members('alice', 'bob') }), view);
    expect(checkAccessGuards(plan, rules, view).map(({ text }) => text)).toEqual(texts);
  });

  test('sees members who came through a nested group', () => {
    const rules = policy({ access: access({ allow: people({ users: ['alice'] }), always: people({ groups: ['ops'] }) }) });
    const show = (inner: readonly string[]): HostView =>
      applyPolicy(
        [snapshot(crowd('alice', 'bob'), [group('ops', { nested: ['night'] }), group('night', { members: inner })])],
        rules,
        host(),
      );
    const after = show([]);
    expect(checkAccessGuards(planSync(show(['bob']), after), rules.access, after)).toMatchObject([
      { guard: 'always-group-empty', names: ['ops'] },
    ]);
  });

  describe('of an "always" group whose members were two with keys', () => {
    const two = hostView({ accessGroups: members('alice', 'bob'), keys: keysOf('alice', 'bob', 'carol') });
    const others = 'group "ops" of access.always would have others in place of all its members who had keys (members before: 2)';
    const nobody = 'group "ops" of access.always has nobody left who has keys (members before: 2)';

    test.each<[string, readonly string[], readonly string[], readonly string[]]>([
      ['one of whom stays', ['bob', 'carol'], ['bob', 'carol'], []],
      [
        'who are others now, one with keys of before',
        ['carol', 'mallory'],
        ['carol', 'mallory'],
        [`${others}: ops by carol, ops by mallory`],
      ],
      ['who are one other now', ['mallory'], ['alice', 'bob', 'mallory'], [`${others}: ops by mallory`]],
      ['one of whom stays without keys, beside another', ['alice', 'mallory'], ['bob', 'mallory'], [`${others}: ops by mallory`]],
      ['one of whom stays without keys', ['alice'], ['bob'], [`${nobody}: ops`]],
      ['who are others now, without keys', ['mallory'], ['carol'], [`${nobody}: ops`]],
    ])('judges one %s', (_what, names, withKeys, texts) => {
      const view = hostView({ accessGroups: members(...names), keys: keysOf(...withKeys) });
      const findings = checkAccessGuards(planSync(two, view), always, view);
      expect(findings.map((one) => `${one.text}: ${one.names.join(', ')}`)).toEqual(texts);
    });

    test('takes whoever stays with other keys for somebody else, once another has left', () => {
      const mallorys = joinKeyLines([`ssh-ed25519 ${'A'.repeat(40)} mallory`]);
      const view = hostView({ accessGroups: members('bob'), keys: new Map([...two.keys, [login('bob'), mallorys]]) });
      expect(checkAccessGuards(planSync(two, view), always, view)).toMatchObject([
        { guard: 'always-group-replaced', names: ['ops by bob'] },
      ]);
    });

    test('says nothing where nobody had keys, or of a group that is not of access.always', () => {
      const view = hostView({ accessGroups: members('mallory'), keys: keysOf('mallory') });
      expect(checkAccessGuards(planSync(hostView({ ...two, keys: new Map() }), view), always, view)).toEqual([]);
      expect(checkAccessGuards(planSync(two, view), allow, view)).toEqual([]);
    });
  });

  const shared = access({ accounts: { deploy: people({ groups: ['ops'] }) } });

  test.each([
    ['a shared account that loses its keys', shared, {}, ['deploy']],
    ['a shared account that keeps a key', shared, { keys: keysOf('deploy') }, []],
    ['a shared account that a rule denies', shared, { refused: new Set([login('deploy')]) }, []],
    ['an account that is shared no more', access(), {}, []],
  ])('judges %s', (_what, rules, after, accounts) => {
    const view = hostView(after);
    const findings = checkAccessGuards(planSync(hostView({ keys: keysOf('deploy') }), view), rules, view);
    expect(findings.flatMap(({ names }) => names)).toEqual(accounts);
  });
});

describe('checkAlwaysRefused', () => {
  const always = access({ always: people({ users: ['carol'], groups: ['ops'] }) });
  const refused = (...names: readonly string[]): Partial<HostView> => ({
    refused: new Set(names.map(login)),
    accessGroups: members('alice', 'bob'),
  });

  test.each([
    ['nobody is refused', ['alice', 'bob', 'carol'], refused(), []],
    ['some of them are', ['alice', 'bob', 'carol'], refused('alice', 'bob'), []],
    ['the only one with keys is: one person is disabled at once', ['alice'], refused('alice'), []],
    ['others are', ['alice', 'dave', 'erin'], refused('dave', 'erin'), []],
    ['all of them are', ['alice', 'carol', 'dave'], refused('alice', 'carol'), ['alice', 'carol']],
    ['they lose their keys, and nobody refuses them', ['alice', 'bob'], { accessGroups: members('alice', 'bob'), keys: keysOf() }, []],
  ])('judges that %s', (_what, before, after, names) => {
    const left = before.filter((name) => after.refused?.has(login(name)) !== true);
    const view = hostView({ keys: keysOf(...left), ...after });
    const plan = planSync(hostView({ keys: keysOf(...before) }), view);
    expect(checkAlwaysRefused(plan, always, view).flatMap((finding) => finding.names)).toEqual(names);
  });
});

describe('checkNobodyLeft', () => {
  const rules = access({ accounts: { deploy: people() } });
  const refused = (...names: readonly string[]): Partial<HostView> => ({ refused: new Set(names.map(login)) });

  test.each<[string, HostView['keys'], Partial<HostView>, boolean]>([
    ['the last keys that go', keysOf('alice'), {}, true],
    ['the last keys of a shared account', keysOf('deploy'), {}, true],
    ['keys that somebody still has', keysOf('alice', 'bob'), { keys: keysOf('bob') }, false],
    ['keys that nobody ever had', keysOf(), {}, false],
    ['the last ones, refused on purpose', keysOf('alice', 'deploy'), refused('alice'), false],
    ['the last ones, revoked on purpose', keysOf('alice'), { keysWithheld: new Set([login('alice')]) }, false],
    ['the last ones, of whom only one is refused', keysOf('alice', 'bob'), refused('alice'), true],
    ['those whose source has been silent for too long', keysOf('alice'), { staleDenied: new Map([[login('alice'), 'corp']]) }, false],
  ])('judges %s', (_what, before, after, isHeld) => {
    const view = hostView(after);
    expect(checkNobodyLeft(planSync(hostView({ keys: before }), view), rules, view).length > 0).toBe(isHeld);
  });

  test('is approved as what it is', () => {
    const view = hostView({ passwd: [] });
    const plan = planSync(hostView({ keys: keysOf('alice') }), view);
    expect(listNamed(checkNobodyLeft(plan, rules, view))).toEqual(['nobody-left alice']);
  });
});

describe('checkSources', () => {
  const corp: SourceSize = { name: 'corp', users: 5, groups: 2 };
  const lab: SourceSize = { name: 'lab', users: 3, groups: 0 };

  test.each<[string, SourceSize[], string[]]>([
    ['both as they were', [corp, lab], []],
    ['one that gives nobody', [corp, { ...lab, users: 0 }], ['source "lab" suddenly gives no people (3 before)']],
    ['one that gives no group', [{ ...corp, groups: 0 }, lab], ['source "corp" suddenly gives no groups (2 before)']],
    ['one that failed', [corp, { name: 'lab' }], []],
    ['one that is configured no more', [corp], []],
    ['one that is new, and empty', [corp, lab, { name: 'new', users: 0, groups: 0 }], []],
  ])('judges %s', (_what, after, texts) => {
    expect(checkSources([corp, lab], after).map(({ text }) => text)).toEqual(texts);
  });
});

describe('a stale source', () => {
  const everyone = [person('alice', { uid: 2001, keys: [keyOf('A')] }), person('bob', { uid: 2002, source: 'lab', keys: [keyOf('B')] })];

  test.each([
    ['leaves keys to people of other sources', access({ everyone: true }), { bob: 'B' }],
    ['leaves keys to access.always', access({ everyone: true, always: people({ users: ['alice'] }) }), { alice: 'A', bob: 'B' }],
    [
      'takes its people out of shared accounts',
      access({ allow: people({ users: ['bob'] }), accounts: { deploy: people({ users: ['alice', 'bob'] }) } }),
      { bob: 'B', deploy: 'B' },
    ],
    [
      'leaves access.always in shared accounts',
      access({ always: people({ users: ['alice'] }), accounts: { deploy: people({ users: ['alice'] }) } }),
      { alice: 'A', deploy: 'A' },
    ],
  ])('%s', (_what, rules, keys) => {
    const view = applyPolicy([snapshot(everyone)], policy({ access: rules, staleSources: new Set(['corp']), hidden: true }), host());
    expect(Object.fromEntries([...view.keys].map(([name, lines]) => [name, lines.slice(-1)]))).toEqual(keys);
  });

  test('leaves names, and says who is denied', () => {
    const rules = policy({ access: access({ everyone: true }), staleSources: new Set(['corp']), hidden: true });
    const view = applyPolicy([snapshot(everyone)], rules, host());
    expect(view.passwd.map(({ name }) => name)).toEqual(['alice', 'bob']);
    expect(view.staleDenied).toEqual(new Map([['alice', 'corp']]));
  });
});
