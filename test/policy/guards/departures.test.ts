import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import { findDepartures } from '../../../src/policy/guards/departures.ts';
import type { GuardFinding, GuardLimits } from '../../../src/policy/guards/guards.ts';
import type { GoneToday } from '../../../src/policy/guards/removals.ts';
import type { AccessPolicy } from '../../../src/policy/host-policy.ts';
import { planSync } from '../../../src/policy/plan.ts';
import { applyPolicy } from '../../../src/policy/policy.ts';
import { groupName } from '../../directory/valid.ts';
import { access, group, host, keyOf, people, person, policy, snapshot } from '../sample-directory.ts';

const limits: GuardLimits = { alwaysAllowed: 5, maxRemovedPercent: 10, maxRemoved: 500 };
const STAFF = Array.from({ length: 40 }, (_, index) => `u${index}`);

/** Whoever is of ops may log in; web lets nobody in. */
const ofOps = access({ allow: people({ groups: ['ops'] }) });

interface Directory {
  readonly users?: readonly string[];
  readonly ops?: readonly string[];
  readonly web?: readonly string[];
}

function show({ users = STAFF, ops = users, web = [] }: Directory, rules: AccessPolicy): HostView {
  const staff = users.map((name) => person(name, { uid: 2001 + STAFF.indexOf(name), keys: [keyOf(name)] }));
  const groups = [group('ops', { gid: 5001, members: ops }), group('web', { gid: 5002, members: web })];
  return applyPolicy([snapshot(staff, groups)], policy({ access: rules }), host());
}

interface Case {
  readonly after: Directory;
  readonly findings: readonly GuardFinding[];
  readonly rules?: AccessPolicy;
  readonly earlier?: readonly string[];
  /** Who lost access within the day. */
  readonly gone?: readonly string[];
}

function departures({ after, findings, rules = ofOps, earlier = [], gone = [] }: Case): readonly string[] {
  const before = show({}, rules);
  const view = show(after, rules);
  const removals = planSync(before, view);
  const today: GoneToday = new Map([['access', { before: STAFF.length, names: new Set(gone) }]]);
  const hold = { removals, findings, before, view, access: rules, limits, gone: today, earlier: new Set(earlier) };
  return [...findDepartures(hold)].sort();
}

function finding(guard: GuardFinding['guard'], names: readonly string[], tally?: GuardFinding['tally']): GuardFinding {
  return { guard, text: '', names, ...(tally === undefined ? {} : { tally }) };
}

function without(...gone: readonly string[]): readonly string[] {
  return STAFF.filter((name) => !gone.includes(name));
}

describe('findDepartures', () => {
  const deleted = { users: without('u1', 'u2') };

  test.each<[string, GuardFinding]>([
    ['members of a group that lets nobody in', finding('member-removals', ['u1', 'u2', 'u3'], 'member web')],
    ['groups, of which one is called like a person', finding('group-removals', ['u1', 'u2'], 'group')],
    ['a group of access.deny that is called like a person', finding('deny-group-vanished', ['u1'])],
  ])('heeds who is deleted while a guard holds %s', (_what, held) => {
    expect(departures({ after: deleted, findings: [held] })).toEqual(['u1', 'u2']);
  });

  test.each<[string, GuardFinding]>([
    ['people', finding('passwd-removals', ['u1', 'u9'], 'passwd')],
    ['their keys', finding('keys-vanished', ['u1'], 'keys')],
    ['their access', finding('access-losses', ['u1'], 'access')],
    ['members of a group that lets them in', finding('member-removals', ['u1'], 'member ops')],
    ['people behind a shared account', finding('account-removals', ['u1'], 'account deploy')],
  ])('leaves alone whom a guard names that holds %s', (_what, held) => {
    expect(departures({ after: deleted, findings: [held] })).toEqual(['u2']);
  });

  test('protects members of a group that an access group of this host lets in, and heeds who leaves it', () => {
    const rules = access({
      hostGrants: [{ accessGroup: groupName('prod'), reference: 'file:/groups', people: people({ groups: ['ops'] }) }],
    });
    const held = finding('member-removals', ['u1'], 'member ops');
    expect(departures({ after: deleted, findings: [held], rules })).toEqual(['u2']);
    const left = departures({ after: { ops: without('u3') }, findings: [finding('group-removals', ['x'], 'group')], rules });
    expect(left).toEqual(['u3']);
  });

  test('takes nothing for a departure in an answer that may be wrong as a whole, but for who was out before', () => {
    const findings = [finding('source-empty', ['corp people'])];
    expect(departures({ after: deleted, findings })).toEqual([]);
    expect(departures({ after: deleted, findings, earlier: ['u2'] })).toEqual(['u2']);
  });

  test('heeds nobody who leaves an "always" group that others have taken over', () => {
    const after = { ops: without('u1') };
    expect(departures({ after, findings: [finding('always-group-replaced', ['web by u9'])] })).toEqual(['u1']);
    expect(departures({ after, findings: [finding('always-group-replaced', ['ops by u9'])] })).toEqual([]);
    expect(departures({ after, findings: [finding('always-group-empty', ['ops'])] })).toEqual([]);
  });

  describe('counts over the day', () => {
    const findings = [finding('group-removals', ['x'], 'group')];
    const five = ['u1', 'u2', 'u3', 'u4', 'u5'];

    test('five may go at once, and a sixth with them may not', () => {
      expect(departures({ after: { users: without(...five) }, findings })).toEqual(five);
      expect(departures({ after: { users: without(...five, 'u6') }, findings })).toEqual([]);
    });

    test('one more may not after five of an earlier hold, and those five are no more for being out still', () => {
      expect(departures({ after: { users: without('u6') }, findings, gone: five })).toEqual([]);
      expect(departures({ after: { users: without(...five) }, findings, gone: five, earlier: five })).toEqual(five);
      expect(departures({ after: { users: without(...five, 'u6') }, findings, gone: five, earlier: five })).toEqual(five);
    });
  });
});
