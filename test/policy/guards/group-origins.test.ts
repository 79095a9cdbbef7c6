/** Which entry a group of an access rule is, from run to run. */
import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import type { DirectoryGroup } from '../../../src/directory/snapshot.ts';
import { checkAccessGuards } from '../../../src/policy/guards/access-guards.ts';
import { listNamed } from '../../../src/policy/guards/approval.ts';
import { planSync } from '../../../src/policy/plan.ts';
import { applyPolicy } from '../../../src/policy/policy.ts';
import { groupName } from '../../directory/valid.ts';
import { from } from '../policy-oracle.ts';
import { access, group, host, people, person, policy, snapshot } from '../sample-directory.ts';
import { hostView } from '../sample-views.ts';

const rules = policy({ access: access({ allow: people({ groups: ['sre'] }) }) });
const alice = person('alice', { uid: 2001 });
const mallory = person('mallory', { uid: 2666 });
const ours = group('sre', { gid: 5001, id: 'ours', members: ['alice'] });
const theirs = group('sre', { gid: 5001, id: 'theirs', members: ['mallory'] });

/** A run over the sources `a` and `b`, on a host that shows what the run before found. */
function show(a: readonly DirectoryGroup[], b: readonly DirectoryGroup[], before?: HostView): HostView {
  const incumbents = {
    users: new Map<string, number>(before?.passwd.map(({ name, uid }) => [name, uid])),
    groups: new Map<string, number>(before?.group.map(({ name, gid }) => [name, gid])),
    ...(before === undefined ? {} : { origins: before.groupOrigins }),
  };
  const snapshots = [from('a', snapshot([alice], a)), from('b', snapshot([mallory], b))];
  return applyPolicy(snapshots, rules, { ...host(), incumbents: () => incumbents });
}

function textsOf(before: HostView, after: HostView): string[] {
  return checkAccessGuards(planSync(before, after), rules.access, after).map(({ guard, text }) => `${guard}: ${text}`);
}

const first = show([ours], []);
const taken = 'group-source-changed: group "sre" of access.groups was that of source "a" and would be that of source "b", with its members';

describe('the group that this host shows', () => {
  test.each<[string, readonly DirectoryGroup[], readonly DirectoryGroup[]]>([
    ['with another number, when another source has its number', [{ ...ours, gid: group('x', { gid: 5002 }).gid }], [theirs]],
    ['in another place of the source, before one of another source', [{ ...ours, id: 'moved' }], [theirs]],
    ['before another entry of its own source', [theirs, ours], []],
  ])('keeps its name: %s', (_what, a, b) => {
    const after = show(a, b, first);
    expect(after.accessGroups).toEqual(new Map([['sre', ['alice']]]));
    expect(textsOf(first, after)).toEqual([]);
  });

  test('keeps its name whatever the order of the sources', () => {
    const second = show([], [theirs]);
    const after = show([ours], [theirs], second);
    expect(after.accessGroups).toEqual(new Map([['sre', ['mallory']]]));
    expect(textsOf(second, after)).toEqual([]);
  });

  test('is told by its number, where an earlier version has not recorded more', () => {
    const { groupOrigins: _none, ...recorded } = show([], [theirs]);
    const after = show([{ ...ours, gid: group('x', { gid: 5002 }).gid }], [theirs], hostView(recorded));
    expect(after.accessGroups).toEqual(new Map([['sre', ['mallory']]]));
    expect(textsOf(hostView(recorded), after)).toEqual([]);
  });
});

describe("another source's group of the name", () => {
  test('is held when the first is gone or refused', () => {
    expect(textsOf(first, show([], [theirs], first))).toContain(taken);
  });

  test('is held when the first has gone before', () => {
    const without = show([], [], first);
    expect(without.groupOrigins.get(groupName('sre'))).toEqual({ source: 'a', id: 'ours' });
    expect(textsOf(without, show([], [theirs], without))).toEqual([taken]);
  });

  test('is held inside a group of a rule, too', () => {
    const outer = group('sre', { id: 'outer', nested: ['ops'] });
    const show2 = (a: readonly DirectoryGroup[], b: readonly DirectoryGroup[]): HostView => show(a, [outer, ...b]);
    const before = show2([group('ops', { members: ['alice'] })], []);
    const after = show2([], [group('ops', { members: ['mallory'] })]);
    expect(textsOf(before, after)).toEqual([
      'group-source-changed: group "ops" which is inside groups of [access] was that of source "a" and would be that of source "b", with its members',
    ]);
  });

  test('is approved with both sources, and no third', () => {
    const after = show([], [theirs], first);
    const plan = planSync(first, after);
    expect(listNamed(checkAccessGuards(plan, rules.access, after))).toContain('group-source-changed sre from a to b');
  });
});
