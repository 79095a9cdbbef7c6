import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import { checkGuards, type GuardLimits } from '../../../src/policy/guards/guards.ts';
import { planSync } from '../../../src/policy/plan.ts';
import {
  goneToday,
  type PastRemoval,
  REMOVAL_WINDOW,
  removalsOf,
  withoutTallies,
  withRemovals,
} from '../../../src/policy/guards/removals.ts';
import { groupName, login } from '../../directory/valid.ts';
import { groupEntry, hostView, passwdEntry } from '../sample-views.ts';

const limits: GuardLimits = { alwaysAllowed: 2, maxRemovedPercent: 10, maxRemoved: 500 };
const NOW = Date.parse('2026-03-01T12:00:00Z');

function past(tally: PastRemoval['tally'], before: number, names: readonly string[], ago = 0): PastRemoval {
  return { tally, before, names, at: NOW - ago };
}

function peopleView(names: Iterable<string>): HostView {
  return hostView({ passwd: [...names].map((name, index) => passwdEntry(name, 2000 + index)) });
}

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `u${from + index}`);
}

describe('removalsOf', () => {
  test('counts people, groups, members of each group and vanished keys for themselves', () => {
    const keys = new Map([[login('ann'), 'a' as never]]);
    const entitled = new Set([login('ann')]);
    const before = hostView({
      ...peopleView(['ann', 'bob']),
      group: [groupEntry('web', 5001, 'ann', 'bob'), groupEntry('db', 5002)],
      keys,
    });
    const after = hostView({ ...peopleView(['ann']), group: [groupEntry('web', 5001, 'ann')], entitled });
    expect(removalsOf(planSync(before, after))).toEqual([
      { tally: 'passwd', before: 2, names: ['bob'] },
      { tally: 'group', before: 2, names: ['db'] },
      { tally: 'member web', before: 2, names: ['bob'] },
      { tally: 'keys', before: 1, names: ['ann'] },
      { tally: 'access', before: 1, names: ['ann'] },
    ]);
  });
});

describe('goneToday', () => {
  const shown = hostView({
    ...peopleView(['ann']),
    group: [groupEntry('web', 5001, 'ann'), groupEntry('sre', 5002)],
    keys: new Map([[login('ann'), 'a' as never]]),
    accessGroups: new Map([[groupName('sre'), [login('ann')]]]),
  });

  function goneOf(...removals: readonly PastRemoval[]): Record<string, string[]> {
    return Object.fromEntries([...goneToday(removals, NOW, shown)].map(([tally, { names }]) => [tally, [...names]]));
  }

  test('adds up the runs of a day, with the most that there ever were', () => {
    const gone = goneToday([past('passwd', 20, ['bob'], 1000), past('passwd', 30, ['carol', 'bob'])], NOW, shown);
    expect(gone.get('passwd')).toEqual({ before: 30, names: new Set(['bob', 'carol']) });
  });

  test.each<[string, PastRemoval, string[]]>([
    ['just within the day', past('passwd', 9, ['bob'], REMOVAL_WINDOW - 1), ['bob']],
    ['a day ago', past('passwd', 9, ['bob'], REMOVAL_WINDOW), []],
    ['in the future of a clock that was wrong for a while', past('passwd', 9, ['bob'], -REMOVAL_WINDOW), []],
  ])('of a removal %s has %j', (_what, removal, names) => {
    expect(goneOf(removal)['passwd'] ?? []).toEqual(names);
  });

  test.each<PastRemoval['tally']>(['passwd', 'keys', 'member web', 'member sre'])('leaves out who has come back to %s', (tally) => {
    expect(goneOf(past(tally, 9, ['ann', 'bob']))).toEqual({ [tally]: ['bob'] });
  });

  test('leaves out groups that have come back', () => {
    expect(goneOf(past('group', 9, ['web', 'db']))).toEqual({ group: ['db'] });
  });
});

describe('checkGuards with what has gone', () => {
  const before = peopleView(numbered(0, 100));
  const plan = planSync(before, peopleView(numbered(5, 100)));

  test.each<[string, PastRemoval[], string | undefined]>([
    ['as many as a day may lose', [past('passwd', 105, numbered(200, 205))], undefined],
    [
      'one more',
      [past('passwd', 105, numbered(200, 206))],
      '5 more of the people would go (11 of 105 within a day: 10 %, max_removed_percent is 10)',
    ],
    ['the same people once more, since a run was killed', [past('passwd', 100, numbered(0, 9))], undefined],
    ['groups, which are not people', [past('group', 105, numbered(200, 300))], undefined],
  ])('judges %s', (_what, removals, text) => {
    const findings = checkGuards(plan, limits, goneToday(removals, NOW, before));
    expect(findings.map((finding) => finding.text)).toEqual(text === undefined ? [] : [text]);
  });

  test('lets a day be over when nobody goes, whatever went before', () => {
    const gone = goneToday([past('passwd', 100, numbered(200, 290))], NOW, before);
    expect(checkGuards(planSync(before, before), limits, gone)).toEqual([]);
  });
});

describe('whatever happens in whatever order', () => {
  /** A run: so many minutes after the one before, with these people in the directory. */
  const runs = fc.array(
    fc.record({ minutes: fc.integer({ min: 1, max: 900 }), people: fc.subarray(numbered(0, 24)), keepsMost: fc.boolean() }),
    { minLength: 1, maxLength: 25 },
  );

  test('no day takes more than the percentage without a question', () => {
    fc.assert(
      fc.property(runs, (steps) => {
        let shown = new Set(numbered(0, 24));
        let counted: PastRemoval[] = [];
        let now = NOW;
        const history: { at: number; size: number; gone: string[] }[] = [];
        for (const { minutes, people, keepsMost } of steps) {
          now += minutes * 60_000;
          // Otherwise hardly a run would stay below the limits.
          const wanted = keepsMost ? new Set([...people, ...[...shown].slice(2)]) : new Set(people);
          const [before, view] = [peopleView(shown), peopleView(wanted)];
          const plan = planSync(before, view);
          if (checkGuards(plan, limits, goneToday(counted, now, view)).length > 0) continue;
          counted = withRemovals(counted, removalsOf(plan), now);
          history.push({ at: now, size: shown.size, gone: [...shown.difference(wanted)] });
          shown = wanted;
          const day = history.filter(({ at }) => now - at < REMOVAL_WINDOW);
          const lost = new Set(day.flatMap(({ gone }) => gone)).difference(shown).size;
          const most = Math.max(...day.map(({ size }) => size));
          if (plan.passwd.removed.length > 0 && lost > limits.alwaysAllowed) expect(lost * 10).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('withoutTallies', () => {
  test('forgets what was approved, and nothing else', () => {
    const removals = [
      past('passwd', 9, ['bob']),
      past('member web', 9, ['bob']),
      past('keys', 9, ['bob']),
      past('access', 9, ['bob', 'eve']),
    ];
    const settled = new Set<PastRemoval['tally'] | undefined>(['passwd', 'member web', undefined]);
    expect(withoutTallies(removals, settled, new Set(['bob']))).toEqual([past('keys', 9, ['bob']), past('access', 9, ['eve'])]);
    expect(withoutTallies(removals.slice(3), settled, new Set(['bob', 'eve']))).toEqual([]);
  });
});
