import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCovered, listNamed, type Named, settle } from '../../../src/policy/guards/approval.ts';
import { checkGuards, checkRemoval } from '../../../src/policy/guards/guards.ts';
import { type PastRemoval, type Removal, removalsOf } from '../../../src/policy/guards/removals.ts';
import { planSync } from '../../../src/policy/plan.ts';
import { access, people as some } from '../sample-directory.ts';
import { hostView, hostViews } from '../sample-views.ts';

const people: Named = { guard: 'passwd-removals', tally: 'passwd', names: ['alice', 'bob'] };
const members: Named = { guard: 'member-removals', tally: 'member web', names: ['alice'] };
const vanished: Named = { guard: 'deny-group-vanished', names: ['suspended'] };

function removal(tally: Removal['tally'], ...names: readonly string[]): Removal {
  return { tally, before: 9, names };
}

describe('listNamed', () => {
  test('has a line for everything that a finding names, sorted', () => {
    expect(listNamed([people, members, vanished])).toEqual([
      'deny-group-vanished suspended',
      'member web alice',
      'passwd alice',
      'passwd bob',
    ]);
  });

  test('says of an empty map which it is', () => {
    const lines = listNamed(checkGuards(planSync(hostView(), hostView()), { alwaysAllowed: 5, maxRemovedPercent: 10, maxRemoved: 500 }));
    expect(lines).toEqual(['empty-map passwd']);
  });

  test('has no line twice, and none for nothing', () => {
    expect(listNamed([people, people])).toHaveLength(2);
    expect(listNamed([])).toEqual([]);
  });
});

describe('isCovered', () => {
  test.each<[string, readonly Named[]]>([
    ['the same', [people, members, vanished]],
    ['the same in another order', [vanished, { ...people, names: ['bob', 'alice'] }, members]],
    ['less of one', [{ ...people, names: ['bob'] }, members]],
    ['one less', [people]],
  ])('is %s as was shown', (_what, now) => {
    expect(isCovered(now, [people, members, vanished])).toBe(true);
  });

  test.each<[string, readonly Named[]]>([
    ['another person', [{ ...people, names: ['alice', 'carol'] }]],
    ['one person more', [{ ...people, names: ['alice', 'bob', 'carol'] }]],
    ['the same person as member of another group', [{ ...members, tally: 'member sre' }]],
    ['the same person, who also loses the keys', [people, { guard: 'keys-vanished', tally: 'keys', names: ['alice'] }]],
    ['another guard', [people, { guard: 'always-group-empty', names: ['suspended'] }]],
    ['a map that is empty', [people, { guard: 'empty-map', tally: 'passwd', names: [] }]],
    ['another map that is empty', [people, { guard: 'empty-map', tally: 'group', names: [] }]],
  ])('is not %s', (_what, now) => {
    expect(isCovered(now, [people, members, vanished])).toBe(false);
  });

  test('lets no crowd go of whom somebody was not named, whatever the directory does meanwhile', () => {
    const limits = { alwaysAllowed: 1, maxRemovedPercent: 20, maxRemoved: 500 };
    let covered = 0;
    fc.assert(
      fc.property(hostViews(), hostViews(), hostViews(), (before, shown, now) => {
        const held = checkGuards(planSync(before, shown), limits);
        const plan = planSync(before, now);
        if (!isCovered(checkGuards(plan, limits), held)) return;
        for (const going of removalsOf(plan)) {
          const { tally, names } = going;
          if (checkRemoval(going, limits, new Map()).length === 0) continue;
          covered += 1;
          const telling = held.filter((one) => one.tally === tally || tally === 'access');
          expect(telling.flatMap((one) => one.names)).toEqual(expect.arrayContaining([...names]));
        }
      }),
      { numRuns: 2000 },
    );
    expect(covered).toBeGreaterThan(0);
  });
});

describe('settle', () => {
  const NOW = Date.parse('2026-03-01T12:00:00Z');
  const rules = access({ allow: some({ groups: ['ops'] }) });

  function earlier(one: Removal): PastRemoval {
    return { ...one, at: NOW - 1 };
  }

  function settled(finding: Removal, going: readonly Removal[], past: readonly Removal[] = []): string[] {
    const guard = finding.tally === 'passwd' ? 'passwd-removals' : 'member-removals';
    const findings = [{ guard, text: '', names: finding.names, tally: finding.tally } as const];
    const left = settle(past.map(earlier), { findings, access: rules, going: [finding, ...going], now: NOW });
    return left.map(({ tally, names, at }) => `${at === NOW ? '' : 'earlier '}${tally}: ${names.join(' ')}`);
  }

  const crowd = removal('passwd', 'alice', 'bob');

  test('counts what went beside what was approved, and not that', () => {
    const going = [removal('member web', 'carol'), removal('access', 'alice', 'bob', 'carol')];
    expect(settled(crowd, going)).toEqual(['member web: carol', 'access: carol']);
    expect(settled(crowd, [removal('access', 'alice', 'bob')])).toEqual([]);
  });

  test('counts nothing else of who was approved to be deleted, but a group that is called like them', () => {
    const going = [removal('member web', 'alice', 'carol'), removal('keys', 'bob'), removal('group', 'alice')];
    expect(settled(crowd, going)).toEqual(['member web: carol', 'group: alice']);
    expect(settled(removal('member web', 'alice'), [removal('passwd', 'alice')])).toEqual(['passwd: alice']);
  });

  test('forgets what the approved count was before, with its people in the sum, and nobody else', () => {
    const past = [removal('passwd', 'erin'), removal('access', 'erin', 'frank'), removal('refused', 'frank')];
    expect(settled(crowd, [], past)).toEqual(['earlier access: frank', 'earlier refused: frank']);
  });

  test('goes on counting who lost access, though they were approved as members of a group that lets nobody in', () => {
    const past = [removal('member web', 'erin'), removal('access', 'erin')];
    const going = [removal('access', 'alice')];
    expect(settled(removal('member web', 'alice'), going, past)).toEqual(['earlier access: erin', 'access: alice']);
    const pastOfOps = [removal('member ops', 'erin'), removal('access', 'erin')];
    expect(settled(removal('member ops', 'alice'), going, pastOfOps)).toEqual([]);
  });
});
