import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import { packKeys } from '../../../src/directory/key-lines.ts';
import { checkAccessGuards } from '../../../src/policy/guards/access-guards.ts';
import {
  type Arrivals,
  arrivalsOf,
  joinedToday,
  NO_ARRIVALS,
  recentKeys,
  smallestSizes,
  withArrivals,
} from '../../../src/policy/guards/arrivals.ts';
import { checkGuards, type GuardLimits } from '../../../src/policy/guards/guards.ts';
import { planSync } from '../../../src/policy/plan.ts';
import { goneToday, REMOVAL_WINDOW } from '../../../src/policy/guards/removals.ts';
import { groupName, login } from '../../directory/valid.ts';
import { access, keyOf, people } from '../sample-directory.ts';
import { groupEntry, hostView, passwdEntry } from '../sample-views.ts';

const limits: GuardLimits = { alwaysAllowed: 5, maxRemovedPercent: 10, maxRemoved: 500 };
const NOW = Date.parse('2026-03-01T12:00:00Z');
const rules = access({ always: people({ groups: ['ops'] }) });
const fingerprintOf = (blob: string): string => `of ${blob}`;

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `u${from + index}`);
}

/** @param keysOf names of the keys of each */
function company(names: readonly string[], keysOf: (name: string) => readonly string[], more: Partial<HostView> = {}): HostView {
  return hostView({
    passwd: names.map((name, index) => passwdEntry(name, 2000 + index)),
    keys: new Map(names.map((name) => [login(name), packKeys(keysOf(name).map((key) => keyOf(key)))])),
    entitled: new Set(names.map(login)),
    ...more,
  });
}

/** Runs an hour apart, each committed: what the guards say of the last one. */
function judgeLast(views: readonly HostView[], between = 3_600_000): string[] {
  let arrivals: Arrivals = NO_ARRIVALS;
  let findings: string[] = [];
  for (const [index, view] of views.entries()) {
    const before = views[index - 1];
    if (before === undefined) continue;
    const now = NOW + index * between;
    const plan = planSync(before, view, recentKeys(arrivals, fingerprintOf, now));
    const gone = goneToday([], now, view, smallestSizes(arrivals, now));
    const told = [...checkGuards(plan, limits, gone), ...checkAccessGuards(plan, rules, view, joinedToday(arrivals, now))];
    findings = told.map(({ guard, text }) => `${guard}: ${text}`);
    arrivals = withArrivals(arrivals, arrivalsOf({ plan, access: rules, fingerprintOf, now }), now);
  }
  return findings;
}

const everybody = numbered(0, 30);

describe('keys of a crowd', () => {
  const own = company(everybody, (name) => [name]);
  const both = company(everybody, (name) => [name, `${name}-new`]);
  const others = company(everybody, (name) => [`${name}-new`]);
  const held = [
    'keys-replaced: 30 of 30 people with keys would have none of their keys left, but others (100 %, max_removed_percent is 10)',
  ];

  test('that are swapped in two steps are replaced', () => {
    expect(judgeLast([own, both, others])).toEqual(held);
  });

  test('that are swapped in three steps are replaced', () => {
    const half = company(everybody, (name) => (name < 'u2' ? [name, `${name}-new`] : [name]));
    expect(judgeLast([own, half, both, others])).toEqual(held);
  });

  test('that were there for a day are theirs', () => {
    expect(judgeLast([own, both, others], REMOVAL_WINDOW)).toEqual([]);
  });

  test('that are new and go again have replaced nothing', () => {
    expect(judgeLast([own, both, own])).toEqual([]);
  });

  test('of whom all keys are new may lose one of them', () => {
    expect(judgeLast([company([], () => []), own, both, both])).toEqual([]);
  });
});

describe('a number that was made bigger first', () => {
  const few = company(numbered(0, 20), (name) => [name]);
  const many = company(numbered(0, 300), (name) => [name]);
  const without = company(numbered(20, 300), (name) => [name]);

  test('does not make the removal of all who were there small', () => {
    expect(judgeLast([few, many, without])).toContain(
      'passwd-removals: 20 of 300 people would go (100 %, of 20 earlier today, max_removed_percent is 10)',
    );
  });

  test('counts as it is after a day', () => {
    expect(judgeLast([few, many, without], REMOVAL_WINDOW)).toEqual([]);
  });

  test('does so for the members of a group', () => {
    const group = (...names: readonly string[]): HostView =>
      company(everybody, (name) => [name], { group: [groupEntry('web', 5001, ...names)] });
    expect(judgeLast([group(...numbered(0, 8)), group(...numbered(0, 90)), group(...numbered(8, 90))])).toEqual([
      'member-removals: 8 of 90 members of group "web" would go (100 %, of 8 earlier today, max_removed_percent is 10)',
    ]);
  });

  test('is remembered as its smallest', () => {
    const sizes = (before: number): Arrivals => ({ ...NO_ARRIVALS, sizes: [{ at: NOW, tally: 'passwd', before }] });
    const past = withArrivals(withArrivals(sizes(20), sizes(30), NOW), sizes(10), NOW);
    expect(past.sizes).toEqual([{ at: NOW, tally: 'passwd', before: 10 }]);
    expect([...smallestSizes(past, NOW)]).toEqual([
      ['passwd', 10],
      ['shell', 10],
    ]);
  });
});

describe('an "always" group', () => {
  const ops = (...names: readonly string[]): HostView =>
    company(['alice', 'bob', 'mallory'], (name) => [name], { accessGroups: new Map([[groupName('ops'), names.map(login)]]) });

  test('is not left to who joined it within the day', () => {
    expect(judgeLast([ops('alice', 'bob'), ops('alice', 'bob', 'mallory'), ops('mallory')])).toEqual([
      'always-group-replaced: group "ops" of access.always would have others in place of all its members who had keys (members before: 3)',
    ]);
  });

  test('is left to who joined it a day ago', () => {
    expect(judgeLast([ops('alice', 'bob'), ops('alice', 'bob', 'mallory'), ops('mallory')], REMOVAL_WINDOW)).toEqual([]);
  });

  test('may lose all but one of those who were in it', () => {
    expect(judgeLast([ops('alice', 'bob'), ops('alice', 'bob', 'mallory'), ops('bob', 'mallory')])).toEqual([]);
  });
});
