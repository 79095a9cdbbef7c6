import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joinKeyLines } from '../../src/directory/key-lines.ts';
import type { GuardFinding } from '../../src/policy/guards/guards.ts';
import { planSync } from '../../src/policy/plan.ts';
import { readPastRemovals } from '../../src/state/past-removals.ts';
import { digestRemovals, readHeldRemovals, writeHeldRemovals } from '../../src/state/held-removals.ts';
import { forgetHeld, type HoldContext, hold, rememberRemovals } from '../../src/sync/hold.ts';
import type { Judgement, Refused } from '../../src/sync/judge.ts';
import { login } from '../directory/valid.ts';
import { access } from '../policy/sample-directory.ts';
import { hostView } from '../policy/sample-views.ts';

const MONDAY = new Date('2026-03-02T08:00:00Z');
const TUESDAY = new Date('2026-03-03T08:00:00Z');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-hold-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function contextAt(time: Date): HoldContext {
  return {
    paths: {
      heldRemovals: join(folder, 'held-removals.json'),
      pastRemovals: join(folder, 'past-removals.json'),
      pastArrivals: join(folder, 'past-arrivals.json'),
    },
    now: () => time,
  };
}

function leaving(...names: readonly string[]): GuardFinding {
  return { guard: 'passwd-removals', text: `${names.length} would go`, names, tally: 'passwd' };
}

function found(findings: readonly GuardFinding[], refused: Refused = new Map()): Judgement {
  return { findings, removals: planSync(hostView(), hostView()), accepted: undefined, refused, departed: new Set() };
}

/** Each has keys, but who is locked or gone. */
function losing({ locked = [], departed = [] }: { readonly locked?: readonly string[]; readonly departed?: readonly string[] }): Judgement {
  const keys = new Map(['alice', 'bob', 'carol', 'dave'].map((name) => [login(name), joinKeyLines(['key'])]));
  const out = new Set([...locked, ...departed]);
  const refused = new Set(locked.map(login));
  const removals = planSync(hostView({ keys }), hostView({ keys: new Map([...keys].filter(([name]) => !out.has(name))), refused }));
  return {
    findings: [leaving('x')],
    removals,
    accepted: undefined,
    refused: new Map([...locked, ...departed].map((name) => [login(name), 'corp'])),
    departed: new Set(departed.map(login)),
  };
}

function countedToday(): string[] {
  const past = readPastRemovals(contextAt(MONDAY).paths.pastRemovals);
  return past.map(({ tally, before, names, at }) => `${new Date(at).toISOString().slice(0, 10)} ${tally} of ${before}: ${names.join(' ')}`);
}

describe('hold', () => {
  test('is since when something has been held at every run, whatever is added, goes, or rides along', () => {
    hold(contextAt(MONDAY), found([leaving('alice', 'bob')]), undefined);
    for (const findings of [[leaving('alice', 'bob', 'carol')], [leaving('dave')], [leaving('dave'), { ...leaving('x'), text: 'y' }]]) {
      expect(hold(contextAt(TUESDAY), found(findings), undefined)).toMatchObject({ since: MONDAY, findings });
      expect(readHeldRemovals(contextAt(TUESDAY).paths.heldRemovals)).toMatchObject({ since: MONDAY.toISOString(), findings });
    }
  });

  test('begins anew when nothing was held in between, and by a clock that was wrong', () => {
    hold(contextAt(MONDAY), found([leaving('alice')]), undefined);
    expect(hold(contextAt(MONDAY), found([]), undefined)).toBeUndefined();
    forgetHeld(contextAt(MONDAY), { sources: [{ name: 'corp', fresh: true }] });
    expect(hold(contextAt(TUESDAY), found([leaving('alice')]), undefined)).toMatchObject({ since: TUESDAY });
    expect(hold(contextAt(MONDAY), found([leaving('alice')]), undefined)).toMatchObject({ since: MONDAY });
  });

  test.each<[string, readonly GuardFinding[], boolean]>([
    ['the same', [leaving('alice', 'bob')], true],
    ['less', [leaving('bob')], true],
    ['one more', [leaving('alice', 'bob', 'carol')], false],
    ['another', [leaving('alice', 'carol')], false],
    ['something else as well', [leaving('alice', 'bob'), { guard: 'always-group-empty', text: '', names: ['sre'] }], false],
  ])('lets %s go when somebody approves what was held: that is all who were shown', (_what, findings, isReleased) => {
    hold(contextAt(MONDAY), found([leaving('alice', 'bob')]), undefined);
    expect(hold(contextAt(TUESDAY), found(findings), {}) === undefined).toBe(isReleased);
  });

  test('shows what an approval does not cover, and the next one does', () => {
    hold(contextAt(MONDAY), found([leaving('alice')]), undefined);
    expect(hold(contextAt(MONDAY), found([leaving('alice', 'bob')]), {})).toMatchObject({ approvalRefused: true });
    expect(hold(contextAt(MONDAY), found([leaving('alice', 'bob')]), {})).toBeUndefined();
  });

  test('goes by the digest that was read, where one is given', () => {
    const read = hold(contextAt(MONDAY), found([leaving('alice')]), undefined);
    hold(contextAt(MONDAY), found([leaving('alice', 'bob')]), undefined);
    const late = hold(contextAt(TUESDAY), found([leaving('alice', 'bob')]), { digest: digestIn(read) });
    expect(late).toMatchObject({ approvalRefused: true });
    expect(hold(contextAt(TUESDAY), found([leaving('alice', 'bob')]), { digest: digestIn(late) })).toBeUndefined();
  });

  test('lets nothing go by a record whose findings its digest does not say, such as one of another version', () => {
    const { paths } = contextAt(MONDAY);
    const findings = [{ guard: 'passwd-removals', text: '', names: ['alice'], tally: 'passwd' }];
    writeHeldRemovals(paths.heldRemovals, { digest: digestRemovals('access alice'), since: MONDAY.toISOString(), findings, refused: [] });
    expect(hold(contextAt(TUESDAY), found([leaving('alice')]), {})).toMatchObject({ since: MONDAY, approvalRefused: true });
  });

  test('keeps whom the directory refuses beside what is held', () => {
    const { paths } = contextAt(MONDAY);
    hold(contextAt(MONDAY), found([leaving('alice')], new Map([[login('bob'), 'corp']])), undefined);
    expect(readHeldRemovals(paths.heldRemovals)).toMatchObject({ refused: [{ name: 'bob', source: 'corp' }] });
    hold(contextAt(MONDAY), found([leaving('alice')]), undefined);
    expect(readHeldRemovals(paths.heldRemovals)).toMatchObject({ refused: [] });
  });

  test('counts for the day who is out though something is held, once', () => {
    hold(contextAt(MONDAY), losing({ locked: ['alice'], departed: ['bob'] }), undefined);
    expect(countedToday()).toEqual(['2026-03-02 refused of 4: alice', '2026-03-02 access of 4: alice bob']);
    hold(contextAt(MONDAY), losing({ locked: ['alice'], departed: ['bob'] }), undefined);
    expect(countedToday()).toHaveLength(2);
    hold(contextAt(MONDAY), losing({ locked: ['alice'], departed: ['bob', 'carol'] }), undefined);
    expect(countedToday().slice(2)).toEqual(['2026-03-02 access of 4: carol']);
  });

  test('does not count them anew for being out on the next day', () => {
    hold(contextAt(MONDAY), losing({ departed: ['bob'] }), undefined);
    hold(contextAt(TUESDAY), losing({ departed: ['bob'] }), undefined);
    expect(countedToday()).toEqual(['2026-03-02 access of 4: bob']);
  });
});

describe('rememberRemovals', () => {
  test('counts what goes beside what was approved', () => {
    const judgement = losing({ departed: ['bob'] });
    rememberRemovals(
      contextAt(MONDAY),
      { ...judgement, findings: [{ ...leaving('x'), tally: 'member web', guard: 'member-removals' }] },
      access(),
    );
    expect(countedToday()).toEqual(['2026-03-02 access of 4: bob']);
  });

  test('writes nothing where nothing goes, and nothing is left of what was approved', () => {
    rememberRemovals(contextAt(MONDAY), found([]), access());
    const judgement = losing({ departed: ['bob'] });
    rememberRemovals(contextAt(MONDAY), { ...judgement, findings: [leaving('bob')] }, access());
    expect(existsSync(contextAt(MONDAY).paths.pastRemovals)).toBe(false);
  });
});

/** As much of it as is shown. */
function digestIn(held: ReturnType<typeof hold>): string {
  return held?.digest.slice(0, 12) ?? '';
}
