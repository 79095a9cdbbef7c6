import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import { joinKeyLines } from '../../../src/directory/key-lines.ts';
import { checkGuards, type GuardLimits } from '../../../src/policy/guards/guards.ts';
import { planSync } from '../../../src/policy/plan.ts';
import { groupName, login } from '../../directory/valid.ts';
import { groupEntry, hostView, hostViews, passwdEntry } from '../sample-views.ts';

const limits: GuardLimits = { alwaysAllowed: 5, maxRemovedPercent: 10, maxRemoved: 500 };
const noTolerance: GuardLimits = { alwaysAllowed: 0, maxRemovedPercent: 0, maxRemoved: 0 };

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `u${index}`);
}

function peopleView(count: number): HostView {
  return hostView({ passwd: names(count).map((name, index) => passwdEntry(name, 2000 + index)) });
}

function groupsView(count: number): HostView {
  return hostView({ ...peopleView(1), group: names(count).map((name, index) => groupEntry(name, 2000 + index)) });
}

function membersView(count: number): HostView {
  return hostView({ ...peopleView(1), group: [groupEntry('web', 5001, ...names(count))] });
}

function accessView(count: number): HostView {
  return hostView({ ...peopleView(1), accessGroups: new Map([[groupName('web'), names(count).map(login)]]) });
}

function keysView(count: number): HostView {
  return hostView({
    ...peopleView(1),
    keys: new Map(names(count).map((name) => [login(name), joinKeyLines(['key'])])),
    entitled: new Set(names(10_000).map(login)),
  });
}

/** People whom the directory refuses are not gone: only their keys are. */
function refusalView(count: number): HostView {
  return hostView({ ...keysView(count), refused: new Set(names(10_000).slice(count).map(login)) });
}

describe.each([
  ['passwd-removals', 'people', 'go', peopleView],
  ['group-removals', 'groups', 'go', groupsView],
  ['member-removals', 'members of group "web"', 'go', membersView],
  ['member-removals', 'members of group "web"', 'go', accessView],
  ['keys-vanished', 'people who may log in here and have keys', 'go', keysView],
  ['refusals', 'logins with keys', 'be refused: denied, locked or ended in the directory', refusalView],
] as const)('the guard %s over %s', (guard, what, go, view) => {
  test.each([
    ['none', 100, 0, limits],
    ['as many as are always allowed, though they are half', 10, 5, limits],
    ['exactly the percentage', 100, 10, limits],
    ['exactly the maximum', 6000, 500, limits],
    ['exactly a percentage with a fraction', 800, 100, { ...limits, maxRemovedPercent: 12.5 }],
    ['half, where half may go', 200, 100, { ...limits, maxRemovedPercent: 50 }],
    ['all but one, where all may', 10, 9, { alwaysAllowed: 0, maxRemovedPercent: 100, maxRemoved: 9 }],
    ['more than the maximum, when always allowed', 100, 5, { ...limits, maxRemoved: 1 }],
  ])('lets go %s', (_what, before, removed, guards) => {
    expect(checkGuards(planSync(view(before), view(before - removed)), guards)).toEqual([]);
  });

  test.each([
    ['one more than always allowed, above the percentage', 10, 6, limits, `6 of 10 ${what} would ${go} (60 %, max_removed_percent is 10)`],
    ['one more than the percentage', 100, 11, limits, `11 of 100 ${what} would ${go} (11 %, max_removed_percent is 10)`],
    ['one more than the maximum, below the percentage', 6000, 501, limits, `501 of 6000 ${what} would ${go} (8 %, max_removed is 500)`],
    ['more than both, naming the maximum', 1000, 900, limits, `900 of 1000 ${what} would ${go} (90 %, max_removed is 500)`],
    [
      'just above a percentage with a fraction',
      800,
      101,
      { ...limits, maxRemovedPercent: 12.5 },
      `101 of 800 ${what} would ${go} (13 %, max_removed_percent is 12.5)`,
    ],
    ['one, where none may go', 100, 1, noTolerance, `1 of 100 ${what} would ${go} (1 %, max_removed is 0)`],
    [
      'one of a hundred, where no percentage is allowed',
      100,
      1,
      { ...noTolerance, maxRemoved: 500 },
      `1 of 100 ${what} would ${go} (1 %, max_removed_percent is 0)`,
    ],
  ])('holds %s', (_what, before, removed, guards, text) => {
    const gone = names(before).slice(before - removed);
    expect(checkGuards(planSync(view(before), view(before - removed)), guards)).toMatchObject([{ guard, text, names: gone }]);
  });
});

describe('the guard empty-map', () => {
  const unlimited: GuardLimits = { alwaysAllowed: 100_000, maxRemovedPercent: 100, maxRemoved: 100_000 };

  test('holds a directory that shows nobody any more, whatever the limits', () => {
    expect(checkGuards(planSync(peopleView(3), hostView()), unlimited)).toEqual([
      { guard: 'empty-map', text: 'the directory shows nobody for this host (people before: 3)', names: [], tally: 'passwd' },
    ]);
  });

  test('holds a first directory that shows nobody', () => {
    expect(checkGuards(planSync(hostView(), hostView()), unlimited)).toMatchObject([{ guard: 'empty-map' }]);
  });

  test('holds a directory that shows no group any more, whatever the limits', () => {
    expect(checkGuards(planSync(groupsView(3), groupsView(0)), unlimited)).toEqual([
      { guard: 'empty-map', text: 'the directory shows no group for this host (3 before)', names: [], tally: 'group' },
    ]);
  });

  test('lets a directory be that never had a group', () => {
    expect(checkGuards(planSync(groupsView(0), groupsView(0)), noTolerance)).toEqual([]);
  });

  test('lets the last person but one go', () => {
    expect(checkGuards(planSync(peopleView(2), peopleView(1)), unlimited)).toEqual([]);
  });
});

describe('the guards together', () => {
  test('count each group for itself', () => {
    const view = (web: number, db: number): HostView =>
      hostView({ ...peopleView(1), group: [groupEntry('web', 5001, ...names(web)), groupEntry('db', 5002, ...names(db))] });
    expect(checkGuards(planSync(view(20, 20), view(15, 15)), limits)).toEqual([]);
    expect(checkGuards(planSync(view(20, 20), view(14, 15)), limits)).toMatchObject([
      { guard: 'member-removals', names: ['u14', 'u15', 'u16', 'u17', 'u18', 'u19'] },
    ]);
  });

  test('each say their own finding', () => {
    const plan = planSync(
      { ...groupsView(20), passwd: peopleView(20).passwd, keys: keysView(20).keys },
      { ...groupsView(10), entitled: keysView(0).entitled },
    );
    expect(checkGuards(plan, limits).map(({ guard }) => guard)).toEqual(['passwd-removals', 'group-removals', 'keys-vanished']);
  });

  test('mind no additions and no changes', () => {
    const changed = hostView({ ...peopleView(100), passwd: peopleView(100).passwd.map((entry) => ({ ...entry, gecos: 'changed' })) });
    expect(checkGuards(planSync(peopleView(50), changed), noTolerance)).toEqual([]);
  });

  test('hold exactly what breaks a limit, counted by hand', () => {
    const some = fc.record({ alwaysAllowed: fc.nat(4), maxRemovedPercent: fc.nat(100), maxRemoved: fc.nat(6) });
    fc.assert(
      fc.property(hostViews(), hostViews(), some, (before, after, guards) => {
        const isBroken = (removed: number, of: number): boolean =>
          removed > guards.alwaysAllowed && (removed > guards.maxRemoved || removed / of > guards.maxRemovedPercent / 100);
        const gone = before.passwd.filter(({ name }) => !after.passwd.some((entry) => entry.name === name)).length;
        const vanished = [...before.keys.keys()].filter((name) => !after.keys.has(name) && after.entitled.has(name)).length;
        const found = new Set(checkGuards(planSync(before, after), guards).map(({ guard }) => guard));
        expect(found.has('passwd-removals')).toBe(isBroken(gone, before.passwd.length));
        expect(found.has('keys-vanished')).toBe(isBroken(vanished, before.keys.size));
        expect(found.has('empty-map')).toBe(after.passwd.length === 0 || (after.group.length === 0 && before.group.length > 0));
      }),
      { numRuns: 500 },
    );
  });
});
