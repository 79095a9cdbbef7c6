import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyView, type HostView, type KeysMap, type PublishedView } from '../../src/directory/host-view.ts';
import { formatGroup } from '../../src/directory/group.ts';
import { joinKeyLines } from '../../src/directory/key-lines.ts';
import { formatPasswd } from '../../src/directory/passwd.ts';
import { AGING_FIELDS, formatShadow, type PasswordAging } from '../../src/directory/shadow.ts';
import type { Change, MapPlan } from '../../src/policy/map-plan.ts';
import { isEmptyPlan, type Plan, planSync } from '../../src/policy/plan.ts';
import { groupEntry, hostView, hostViews, passwdEntry, shadowEntry } from './sample-views.ts';

const alice = passwdEntry('alice', 2001);
const bob = passwdEntry('bob', 2002);
/** The keys of alice, and of bob. */
function keysOf(...lines: readonly (readonly string[])[]): KeysMap {
  return new Map(lines.map((ofLogin, index) => [index === 0 ? alice.name : bob.name, joinKeyLines(ofLogin)]));
}

const nothing = { added: [], removed: [], changed: [] };

/** The plan of a map with entries as lines. */
type LinePlan = MapPlan<string>;

describe('planSync', () => {
  test('says what is added, removed and changed, by name and with the lines', () => {
    const { passwd } = inLines(
      planSync(hostView({ passwd: [alice, bob] }), hostView({ passwd: [{ ...alice, gecos: 'A' }, passwdEntry('carol', 2003)] })),
    );
    expect(passwd).toEqual({
      before: 2,
      after: 2,
      added: [{ key: 'carol', after: 'carol:x:2003:3001::/home/carol:/bin/bash' }],
      removed: [{ key: 'bob', before: 'bob:x:2002:3001::/home/bob:/bin/bash' }],
      changed: [{ key: 'alice', before: 'alice:x:2001:3001::/home/alice:/bin/bash', after: 'alice:x:2001:3001:A:/home/alice:/bin/bash' }],
    });
  });

  test.each<[string, Partial<HostView>, Partial<HostView>, 'passwd' | 'group' | 'shadow' | 'keys', Partial<LinePlan>]>([
    [
      'a person who came',
      {},
      { passwd: [alice] },
      'passwd',
      { before: 0, after: 1, added: [{ key: 'alice', after: 'alice:x:2001:3001::/home/alice:/bin/bash' }] },
    ],
    [
      'a person who went',
      { passwd: [alice] },
      {},
      'passwd',
      { before: 1, after: 0, removed: [{ key: 'alice', before: 'alice:x:2001:3001::/home/alice:/bin/bash' }] },
    ],
    [
      'a person with another name and the same uid as one who went and one who came',
      { passwd: [alice] },
      { passwd: [passwdEntry('al', 2001)] },
      'passwd',
      {
        added: [{ key: 'al', after: 'al:x:2001:3001::/home/al:/bin/bash' }],
        removed: [{ key: 'alice', before: 'alice:x:2001:3001::/home/alice:/bin/bash' }],
      },
    ],
    [
      'another uid as a change',
      { passwd: [alice] },
      { passwd: [{ ...alice, uid: bob.uid }] },
      'passwd',
      {
        changed: [{ key: 'alice', before: 'alice:x:2001:3001::/home/alice:/bin/bash', after: 'alice:x:2002:3001::/home/alice:/bin/bash' }],
      },
    ],
    [
      'a group that came',
      {},
      { group: [groupEntry('web', 5001, 'alice')] },
      'group',
      { added: [{ key: 'web', after: 'web:x:5001:alice' }] },
    ],
    ['a group that went', { group: [groupEntry('web', 5001)] }, {}, 'group', { removed: [{ key: 'web', before: 'web:x:5001:' }] }],
    [
      'another member as a change',
      { group: [groupEntry('web', 5001, 'alice')] },
      { group: [groupEntry('web', 5001, 'alice', 'bob')] },
      'group',
      {
        changed: [{ key: 'web', before: 'web:x:5001:alice', after: 'web:x:5001:alice,bob' }],
      },
    ],
    [
      'another password as a change',
      { shadow: [shadowEntry('alice', '*')] },
      { shadow: [shadowEntry('alice', '$1$x')] },
      'shadow',
      {
        changed: [{ key: 'alice', before: 'alice:*:::::::', after: 'alice:$1$x:::::::' }],
      },
    ],
    [
      'an expiry of 0 instead of none as a change',
      { shadow: [shadowEntry('alice')] },
      { shadow: [{ ...shadowEntry('alice'), aging: { expire: 0 } }] },
      'shadow',
      {
        changed: [{ key: 'alice', before: 'alice:*:::::::', after: 'alice:*::::::0:' }],
      },
    ],
    ['first keys', {}, { keys: keysOf(['a', 'b']) }, 'keys', { added: [{ key: 'alice', after: 'a\nb' }] }],
    ['no keys any more', { keys: keysOf(['a']) }, {}, 'keys', { removed: [{ key: 'alice', before: 'a' }] }],
    [
      'another key as a change',
      { keys: keysOf(['a']) },
      { keys: keysOf(['b']) },
      'keys',
      {
        changed: [{ key: 'alice', before: 'a', after: 'b' }],
      },
    ],
  ])('has %s', (_what, before, after, map, expected) => {
    const plan = planSync(hostView(before), hostView(after));
    expect(inLines(plan)[map]).toMatchObject({ ...nothing, ...expected });
    expect(isEmptyPlan(plan)).toBe(false);
  });

  test.each<[string, HostView, HostView]>([
    ['two empty views', hostView(), hostView()],
    ['another order of entries', hostView({ passwd: [alice, bob] }), hostView({ passwd: [bob, alice] })],
    ['other people entitled', hostView({ passwd: [alice], entitled: new Set([alice.name]) }), hostView({ passwd: [alice] })],
    ['other members of an access group', hostView({ accessGroups: new Map([[groupEntry('web', 5001).name, [alice.name]]]) }), hostView()],
  ])('has nothing for %s', (_what, before, after) => {
    expect(isEmptyPlan(planSync(before, after))).toBe(true);
  });
});

test.each<[string, Partial<typeof alice>]>([
  ['uid', { uid: bob.uid }],
  ['gid', { gid: groupEntry('web', 5001).gid }],
  ['gecos', { gecos: 'A' }],
  ['home', { home: bob.home }],
  ['shell', { shell: bob.home }],
])('planSync sees another %s of a person', (_field, change) => {
  expect(planSync(hostView({ passwd: [alice] }), hostView({ passwd: [{ ...alice, ...change }] })).passwd.changed).toHaveLength(1);
});

test.each(AGING_FIELDS)('planSync sees another %s in shadow', (field) => {
  const view = (aging: PasswordAging): HostView => hostView({ shadow: [{ ...shadowEntry('alice'), aging }] });
  expect(planSync(view({ [field]: 1 }), view({ [field]: 2 })).shadow.changed).toHaveLength(1);
  expect(planSync(view({ [field]: 1 }), view({})).shadow.changed).toHaveLength(1);
});

test.each([
  ['another gid', groupEntry('web', 5002, 'alice', 'bob')],
  ['a member less', groupEntry('web', 5001, 'alice')],
  ['another member', groupEntry('web', 5001, 'alice', 'carol')],
])('planSync sees %s of a group', (_what, changed) => {
  expect(
    planSync(hostView({ group: [groupEntry('web', 5001, 'alice', 'bob')] }), hostView({ group: [changed] })).group.changed,
  ).toHaveLength(1);
});

describe('membersLost', () => {
  const web = groupEntry('web', 5001, 'alice', 'bob', 'carol');
  const { name } = web;
  const { members } = web;
  const fewer = members.slice(0, 1);

  test.each<[string, Partial<PublishedView>, Partial<PublishedView>, readonly object[]]>([
    [
      'members who leave a group',
      { group: [web] },
      { group: [{ ...web, members: fewer }] },
      [{ group: 'web', before: 3, after: 1, lost: ['bob', 'carol'] }],
    ],
    ['all members of a group that goes', { group: [web] }, {}, [{ group: 'web', before: 3, after: 0, lost: ['alice', 'bob', 'carol'] }]],
    [
      'members who are replaced by others',
      { group: [groupEntry('web', 5001, 'alice')] },
      { group: [groupEntry('web', 5001, 'bob')] },
      [{ group: 'web', before: 1, after: 1, lost: ['alice'] }],
    ],
    ['nobody when members only come', { group: [{ ...web, members: fewer }] }, { group: [web] }, []],
    ['nobody for a group that comes', {}, { group: [web] }, []],
    [
      'members who leave an access group that is not shown',
      { accessGroups: new Map([[name, members]]) },
      { accessGroups: new Map([[name, fewer]]) },
      [{ group: 'web', before: 3, after: 1, lost: ['bob', 'carol'], staying: ['alice'] }],
    ],
    [
      'all members of an access group that vanished',
      { accessGroups: new Map([[name, members]]) },
      { accessGroups: new Map([[name, []]]) },
      [{ group: 'web', before: 3, after: 0, lost: ['alice', 'bob', 'carol'], staying: [] }],
    ],
    ['nobody of an access group whose rule is gone', { accessGroups: new Map([[name, members]]) }, {}, []],
    ['nobody of an access group whose rule is new', {}, { accessGroups: new Map([[name, members]]) }, []],
    [
      'members of a shown access group once, by everybody who belongs',
      { group: [web], accessGroups: new Map([[name, members]]) },
      { group: [{ ...web, members: [] }], accessGroups: new Map([[name, fewer]]) },
      [{ group: 'web', before: 3, after: 1, lost: ['bob', 'carol'], staying: ['alice'] }],
    ],
    [
      'members of a shown group whose rule is gone, by its list',
      { group: [web], accessGroups: new Map([[name, members]]) },
      { group: [{ ...web, members: fewer }] },
      [{ group: 'web', before: 3, after: 1, lost: ['bob', 'carol'] }],
    ],
    [
      'members of a shown group whose rule is new, by its list',
      { group: [web] },
      { group: [{ ...web, members: fewer }], accessGroups: new Map([[name, fewer]]) },
      [{ group: 'web', before: 3, after: 1, lost: ['bob', 'carol'] }],
    ],
  ])('has %s', (_what, before, after, lost) => {
    expect(planSync(hostView(before), hostView(after)).membersLost).toEqual(lost);
  });
});

describe('keysVanished', () => {
  const keys = keysOf(['a'], ['b']);

  test.each<[string, Partial<HostView>, readonly string[]]>([
    ['who may log in and has no keys any more', { entitled: new Set([alice.name, bob.name]) }, ['alice', 'bob']],
    [
      'not whose keys the host withholds on purpose',
      { entitled: new Set([alice.name, bob.name]), keysWithheld: new Set([alice.name]) },
      ['bob'],
    ],
    ['not who may not log in any more', { entitled: new Set([bob.name]) }, ['bob']],
    ['not who has other keys', { entitled: new Set([alice.name, bob.name]), keys: keysOf(['c']) }, ['bob']],
    ['not who keeps the keys', { entitled: new Set([alice.name, bob.name]), keys }, []],
    [
      'not who is refused on purpose, though the rules let them in',
      { entitled: new Set([alice.name]), refused: new Set([alice.name, bob.name]) },
      [],
    ],
  ])('has %s', (_what, after, vanished) => {
    expect(planSync(hostView({ keys }), hostView(after)).keysVanished).toEqual(vanished);
  });
});

test('a plan between a view and its copy is empty, and loses nobody', () => {
  fc.assert(
    fc.property(hostViews(), (view) => {
      const plan = planSync(view, structuredClone(view));
      expect(isEmptyPlan(plan)).toBe(true);
      expect([...plan.membersLost, ...plan.keysVanished]).toEqual([]);
    }),
  );
});

test('a plan applied to the old lines gives the new ones', () => {
  fc.assert(
    fc.property(hostViews(), hostViews(), (before, after) => {
      const plan = inLines(planSync(before, after));
      for (const map of ['passwd', 'group', 'shadow', 'keys'] as const) {
        expect(apply(linesOf(before)[map], plan[map])).toEqual(linesOf(after)[map]);
        expect([plan[map].before, plan[map].after]).toEqual([linesOf(before)[map].size, linesOf(after)[map].size]);
      }
      expect(isEmptyPlan(planSync(before, after))).toBe(JSON.stringify(sorted(before)) === JSON.stringify(sorted(after)));
    }),
    { numRuns: 300 },
  );
});

test('the way there and the way back swap additions and removals', () => {
  fc.assert(
    fc.property(hostViews(), hostViews(), (one, other) => {
      const there = planSync(one, other);
      const back = planSync(other, one);
      expect(there.passwd.added.map(({ key }) => key).sort()).toEqual(back.passwd.removed.map(({ key }) => key).sort());
      expect(there.keys.changed.map(({ key }) => key).sort()).toEqual(back.keys.changed.map(({ key }) => key).sort());
    }),
  );
});

test('the first plan, from the empty view, only adds', () => {
  fc.assert(
    fc.property(hostViews(), (view) => {
      const { passwd, group, shadow, keys, membersLost, keysVanished } = planSync(emptyView, view);
      expect([passwd, group, shadow, keys].flatMap(({ removed, changed }) => [...removed, ...changed])).toEqual([]);
      expect([...membersLost, ...keysVanished]).toEqual([]);
    }),
  );
});

function inLines({ passwd, group, shadow, keys }: Plan): Record<'passwd' | 'group' | 'shadow' | 'keys', LinePlan> {
  return {
    passwd: mapPlan(passwd, formatPasswd),
    group: mapPlan(group, formatGroup),
    shadow: mapPlan(shadow, formatShadow),
    keys: mapPlan(keys, String),
  };
}

function mapPlan<Entry>({ before, after, added, removed, changed }: MapPlan<Entry>, format: (entry: Entry) => string): LinePlan {
  const line = ({ key, ...change }: Change<Entry>): Change<string> => ({
    key,
    ...(change.before === undefined ? {} : { before: format(change.before) }),
    ...(change.after === undefined ? {} : { after: format(change.after) }),
  });
  return { before, after, added: added.map(line), removed: removed.map(line), changed: changed.map(line) };
}

type Lines = Readonly<Record<'passwd' | 'group' | 'shadow' | 'keys', ReadonlyMap<string, string>>>;

function linesOf({ passwd, group, shadow, keys }: PublishedView): Lines {
  return {
    passwd: new Map(passwd.map((entry) => [entry.name, formatPasswd(entry)])),
    group: new Map(group.map((entry) => [entry.name, formatGroup(entry)])),
    shadow: new Map(shadow.map((entry) => [entry.name, formatShadow(entry)])),
    keys: new Map([...keys].map(([name, lines]) => [name, String(lines)])),
  };
}

/** @throws Error for a change that does not fit what is there */
function apply(lines: ReadonlyMap<string, string>, { added, removed, changed }: LinePlan): Map<string, string> {
  const result = new Map(lines);
  for (const { key, before, after } of [...removed, ...changed, ...added]) {
    if (result.get(key) !== before) throw new Error(`${key} is ${result.get(key)}, not ${before}`);
    if (after === undefined) result.delete(key);
    else result.set(key, after);
  }
  return result;
}

function sorted(view: PublishedView): string[][] {
  return Object.values(linesOf(view)).map((lines) => [...lines].map(([key, line]) => `${key} ${line}`).sort());
}
