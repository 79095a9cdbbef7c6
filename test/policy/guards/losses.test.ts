import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccountKeys, HostView } from '../../../src/directory/host-view.ts';
import { joinKeyLines, type KeyLines, packKeys } from '../../../src/directory/key-lines.ts';
import type { PasswordAging } from '../../../src/directory/shadow.ts';
import { isCovered, listNamed, toBeApproved } from '../../../src/policy/guards/approval.ts';
import { checkGuards, type GuardFinding, type GuardLimits } from '../../../src/policy/guards/guards.ts';
import { type Plan, planSync } from '../../../src/policy/plan.ts';
import {
  goneToday,
  type PastRemoval,
  REMOVAL_WINDOW,
  removalsOf,
  type Tally,
  withoutTallies,
  withRemovals,
} from '../../../src/policy/guards/removals.ts';
import { login, path } from '../../directory/valid.ts';
import { keyOf } from '../sample-directory.ts';
import { groupEntry, hostView, passwdEntry, shadowEntry } from '../sample-views.ts';

const limits: GuardLimits = { alwaysAllowed: 5, maxRemovedPercent: 10, maxRemoved: 500 };
const NOW = Date.parse('2026-03-01T12:00:00Z');
const deploy = login('deploy');

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `u${from + index}`);
}

/** A key of their own for each, or what is given. */
function company(count: number, changes: Readonly<Record<string, KeyLines | undefined>> = {}): HostView {
  const names = numbered(0, count);
  const keys = names.flatMap((name) => {
    const lines = name in changes ? changes[name] : packKeys([keyOf(name)]);
    return lines === undefined ? [] : [[login(name), lines] as const];
  });
  return hostView({
    passwd: names.map((name, index) => passwdEntry(name, 2000 + index)),
    shadow: names.map((name) => shadowEntry(name)),
    keys: new Map(keys),
    entitled: new Set(names.map(login)),
  });
}

function each<T>(names: readonly string[], value: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

function ending(time: string): (name: string) => KeyLines {
  return (name) => packKeys([keyOf(name, { options: `expiry-time="${time}"` })]);
}

function withAging(view: HostView, names: readonly string[], aging: PasswordAging): HostView {
  return { ...view, shadow: view.shadow.map((entry) => (names.includes(entry.name) ? { ...entry, aging } : entry)) };
}

function withShell(view: HostView, names: readonly string[], shell: string): HostView {
  return { ...view, passwd: view.passwd.map((entry) => (names.includes(entry.name) ? { ...entry, shell: path(shell) } : entry)) };
}

function sharer(person: string, { key = person, until }: { readonly key?: string; readonly until?: number } = {}): AccountKeys {
  return { account: deploy, person: login(person), fingerprints: [`SHA256:${key}`], ...(until === undefined ? {} : { until }) };
}

/** Only the shared account has keys by name. */
function sharing(...accountKeys: readonly AccountKeys[]): HostView {
  return hostView({
    passwd: [passwdEntry('deploy', 3000)],
    keys: new Map([[deploy, packKeys(accountKeys.flatMap(({ fingerprints }) => fingerprints.map((one) => keyOf(one))))]]),
    accountKeys,
  });
}

function findingsOf(before: HostView, after: HostView): string[] {
  return checkGuards(planSync(before, after), limits).map(({ guard, text }) => `${guard}: ${text}`);
}

describe('people with keys that are to end', () => {
  const whole = company(30);

  test.each<[string, HostView, HostView, readonly string[]]>([
    ['newly', whole, company(30, each(numbered(0, 6), ending('20300101'))), numbered(0, 6)],
    ['earlier', company(30, each(['u1'], ending('20310101'))), company(30, each(['u1'], ending('20300101'))), ['u1']],
    ['later, who lose nothing', company(30, each(['u1'], ending('20300101'))), company(30, each(['u1'], ending('20310101'))), []],
    ['no more, who lose nothing', company(30, each(['u1'], ending('20300101'))), whole, []],
    [
      'in part, who have another',
      whole,
      company(30, { u1: packKeys([keyOf('u1', { options: 'expiry-time="2030"' }), keyOf('other')]) }),
      [],
    ],
    ['whose account PAM closes', whole, withAging(whole, ['u2'], { expire: 25_000 }), ['u2']],
    ['whose password has to be changed', whole, withAging(whole, ['u2'], { lastChange: 0 }), ['u2']],
    [
      'whose password expires earlier',
      withAging(whole, ['u2'], { lastChange: 9, max: 90 }),
      withAging(whole, ['u2'], { lastChange: 9, max: 30 }),
      ['u2'],
    ],
    [
      'who have a new password',
      withAging(whole, ['u2'], { lastChange: 9, max: 90 }),
      withAging(whole, ['u2'], { lastChange: 99, max: 90 }),
      [],
    ],
    ['without a key', company(3, { u2: undefined }), withAging(company(3, { u2: undefined }), ['u2'], { lastChange: 0 }), []],
    [
      'behind a shared account',
      sharing(sharer('a'), sharer('b', { until: 9 })),
      sharing(sharer('a', { until: 9 }), sharer('b', { until: 9 })),
      ['a'],
    ],
  ])('are those %s', (_whose, before, after, names) => {
    expect(planSync(before, after).keysEnding).toEqual(names);
  });

  test('are held as a crowd, and said as what they are', () => {
    expect(findingsOf(whole, company(30, each(numbered(0, 5), ending('20300101'))))).toEqual([]);
    expect(findingsOf(whole, company(30, each(numbered(0, 30), ending('20300101'))))).toEqual([
      'endings: 30 of 30 people with keys would have an end, or an earlier one (100 %, max_removed_percent is 10)',
    ]);
  });
});

describe('people whose keys are others', () => {
  const whole = company(30);
  const others = company(
    30,
    each(numbered(0, 6), (name) => packKeys([keyOf(`${name}-new`)])),
  );

  const shut = (name: string, address: string, more = ''): KeyLines => packKeys([keyOf(name, { options: `${more}from="${address}"` })]);
  const two = packKeys([keyOf('u1'), keyOf('new')]);

  test.each<[string, HostView, HostView, readonly string[]]>([
    ['all', whole, others, numbered(0, 6)],
    ['in part', whole, company(30, { u1: packKeys([keyOf('u1'), keyOf('new')]) }), []],
    ['around the key alone', whole, company(30, { u1: packKeys([keyOf('u1', { options: 'no-pty', comment: 'new' })]) }), []],
    ['behind an address that was not there', whole, company(30, { u1: packKeys([keyOf('u1', { options: 'from="192.0.2.1"' })]) }), ['u1']],
    ['behind another address', company(30, { u1: shut('u1', '192.0.2.0/24') }), company(30, { u1: shut('u1', '192.0.2.1') }), ['u1']],
    [
      'behind the address of before',
      company(30, { u1: shut('u1', '192.0.2.1') }),
      company(30, { u1: shut('u1', '192.0.2.1', 'no-pty,') }),
      [],
    ],
    ['behind no address any more', company(30, { u1: shut('u1', '192.0.2.1') }), whole, []],
    [
      'and one of two behind an address',
      company(30, { u1: two }),
      company(30, { u1: packKeys([keyOf('u1', { options: 'from="192.0.2.1"' }), keyOf('new')]) }),
      [],
    ],
    ['and have the old one as a comment', whole, company(30, { u1: packKeys([keyOf('new', { comment: blobOf('u1') })]) }), ['u1']],
    ['since some are too old', whole, { ...others, keysWithheld: new Set(numbered(0, 6).map(login)) }, []],
    ['behind a shared account', sharing(sharer('a'), sharer('b')), sharing(sharer('a', { key: 'new' }), sharer('b')), ['a']],
  ])('%s', (_how, before, after, names) => {
    expect(planSync(before, after).keysReplaced).toEqual(names);
  });

  test('are held as a crowd', () => {
    expect(findingsOf(whole, others)).toEqual([
      'keys-replaced: 6 of 30 people with keys would have none of their keys left, but others (20 %, max_removed_percent is 10)',
    ]);
  });
});

describe('people whose shell lets nobody in', () => {
  const whole = company(30);

  test.each<[string, HostView, HostView, readonly string[]]>([
    ['now', whole, withShell(whole, ['u1'], '/usr/sbin/nologin'), ['u1']],
    ['as before', withShell(whole, ['u1'], '/bin/false'), withShell(whole, ['u1'], '/usr/sbin/nologin'), []],
    ['no more', withShell(whole, ['u1'], '/bin/false'), whole, []],
    ['only by its name', whole, withShell(whole, ['u1'], '/home/u1/nologin'), []],
  ])('%s', (_when, before, after, names) => {
    expect(planSync(before, after).shellsRefusing).toEqual(names);
  });

  test('are held as a crowd', () => {
    expect(findingsOf(whole, withShell(whole, numbered(0, 30), '/bin/false'))).toEqual([
      'shells-refusing: 30 of 30 people would have a shell that lets nobody in (100 %, max_removed_percent is 10)',
    ]);
  });
});

describe('people behind a shared account', () => {
  const many = numbered(0, 200);
  const before = sharing(...many.map((name) => sharer(name)));
  const after = sharing(sharer('u199'));

  test('are counted each, though the account keeps a key', () => {
    expect(findingsOf(before, after)).toEqual([
      'account-removals: 199 of 200 people behind the shared account "deploy" would go (100 %, max_removed_percent is 10)',
    ]);
  });

  test.each<[string, Partial<HostView>, readonly string[], readonly string[]]>([
    ['who are gone', {}, ['b', 'c'], []],
    ['whom the directory refuses', { refused: new Set([login('b')]) }, ['c'], ['b']],
    ['whose keys are withheld here', { keysWithheld: new Set([login('b')]) }, ['c'], []],
    ['whose source is silent', { staleDenied: new Map([[login('b'), 'corp']]) }, ['c'], []],
    ['of an account that is refused itself', { refused: new Set([deploy]) }, [], []],
  ])('%s', (_who, meant, lost, refused) => {
    const plan = planSync(sharing(sharer('a'), sharer('b'), sharer('c')), { ...sharing(sharer('a')), ...meant });
    expect(plan.sharersLost.flatMap((one) => one.lost)).toEqual(lost);
    expect(plan.keysRefused).toEqual(refused);
  });

  test('are no news where another guard names them all', () => {
    const people = numbered(0, 20);
    const entries = { passwd: people.map((name, index) => passwdEntry(name, 2000 + index)) };
    const shown = { ...sharing(...people.map((name) => sharer(name))), ...entries };
    const left = { ...sharing(sharer('u0')), passwd: entries.passwd.slice(0, 1) };
    expect(findingsOf(shown, left).map((text) => text.split(':')[0])).toEqual(['passwd-removals']);
  });
});

describe('all who lose access', () => {
  const whole = company(30);
  const [locked, gone, bare, timed] = [numbered(0, 5), numbered(5, 10), numbered(10, 15), numbered(15, 20)];

  function afterAll(): HostView {
    const left = company(30, { ...each([...locked, ...bare], () => undefined), ...each(timed, ending('20300101')) });
    const names = new Set(gone);
    return {
      ...left,
      passwd: left.passwd.filter(({ name }) => !names.has(name)),
      keys: new Map([...left.keys].filter(([name]) => !names.has(name))),
      refused: new Set(locked.map(login)),
      entitled: new Set([...left.entitled].filter((name) => !names.has(name))),
    };
  }

  test('are counted together', () => {
    expect(findingsOf(whole, afterAll())).toEqual([
      'access-losses: 20 of 30 people with keys would lose access, for one reason or another (67 %, max_removed_percent is 10)',
    ]);
  });

  test('are told beside another guard only when it does not name them all', () => {
    const without = (count: number): HostView =>
      company(
        30,
        each(numbered(0, count), () => undefined),
      );
    expect(findingsOf(whole, without(6))).toHaveLength(1);
    const more = withShell(without(6), ['u20'], '/bin/false');
    expect(checkGuards(planSync(whole, more), limits)).toMatchObject([
      { guard: 'keys-vanished', names: numbered(0, 6) },
      { guard: 'access-losses', names: [...numbered(0, 6), 'u20'] },
    ]);
  });

  test.each<[string, Partial<HostView>]>([
    ['withholds', { keysWithheld: new Set(numbered(0, 30).map(login)) }],
    ['denies for a silent source', { staleDenied: new Map(numbered(0, 30).map((name) => [login(name), 'corp'])) }],
  ])('are not those from whom the host %s', (_what, meant) => {
    expect(
      planSync(whole, {
        ...company(
          30,
          each(numbered(0, 30), () => undefined),
        ),
        ...meant,
      }).accessLost,
    ).toEqual([]);
  });

  test('are not those who leave a shared account and have a way left', () => {
    const before = { ...sharing(sharer('a'), sharer('b'), sharer('c')), keys: new Map([[login('a'), joinKeyLines(['x'])]]) };
    const after = { ...before, accountKeys: [{ ...sharer('b'), account: login('other') }] };
    expect(planSync(before, after).accessLost).toEqual(['c']);
  });

  test('an approval is for the same whoever is refused at once, and not for more', () => {
    const found = (after: HostView): readonly GuardFinding[] => checkGuards(planSync(whole, after), limits);
    const held = found(afterAll());
    const alsoRefused = (names: readonly string[]): HostView => {
      const after = afterAll();
      return {
        ...after,
        keys: new Map([...after.keys].filter(([name]) => !names.includes(name))),
        refused: new Set([...after.refused, ...names.map(login)]),
      };
    };
    expect(listNamed(held)).toContain('access u10');
    expect(isCovered(found(afterAll()), held)).toBe(true);
    // Six are more than may be refused at once.
    expect(isCovered(found(alsoRefused(['u25'])), held)).toBe(false);
    const one = planSync(whole, alsoRefused(['u25']));
    const few = checkGuards(one, { ...limits, alwaysAllowed: 6 });
    expect(few.map(({ names }) => names)).toEqual([expect.arrayContaining(['u25'])]);
    expect(isCovered(toBeApproved(few, one.keysRefused), held)).toBe(true);
    expect(isCovered(found(withShell(afterAll(), ['u25'], '/bin/false')), held)).toBe(false);
  });

  test('are told beside those who leave a group that no rule names, or are called like a group', () => {
    const without = company(
      30,
      each(numbered(0, 4), () => undefined),
    );
    const after = withShell(without, numbered(4, 8), '/bin/false');
    const web = [groupEntry('web', 5001, ...numbered(0, 8)), ...numbered(0, 8).map((name, index) => groupEntry(name, 6001 + index))];
    const plan = planSync({ ...whole, group: web }, { ...after, group: [groupEntry('web', 5001)] });
    expect(checkGuards(plan, limits)).toMatchObject([
      { guard: 'group-removals' },
      { guard: 'member-removals', names: numbered(0, 8) },
      { guard: 'access-losses', names: numbered(0, 8) },
    ]);
  });
});

function stepOf(past: readonly PastRemoval[], before: HostView, after: HostView): { plan: Plan; guards: string[] } {
  const plan = planSync(before, after);
  return { plan, guards: checkGuards(plan, limits, goneToday(past, NOW, after)).map(({ guard }) => guard) };
}

describe('within a day', () => {
  test('five who are deleted and five who get an end are ten', () => {
    const whole = company(30);
    const fewer = {
      ...company(
        30,
        each(numbered(0, 5), () => undefined),
      ),
      passwd: whole.passwd.slice(5),
    };
    const first = stepOf([], whole, fewer);
    expect(first.guards).toEqual([]);
    const past = withRemovals([], removalsOf(first.plan), NOW);
    const ends = {
      ...fewer,
      keys: company(30, { ...each(numbered(0, 5), () => undefined), ...each(numbered(5, 10), ending('2030')) }).keys,
    };
    expect(stepOf(past, fewer, ends).guards).toEqual(['access-losses']);
    expect(
      stepOf(withoutTallies(past, new Set<Tally>(['passwd']), new Set(past.flatMap(({ names }) => names))), fewer, ends).guards,
    ).toEqual([]);
  });

  test.each<[Tally, HostView, boolean]>([
    ['ending', company(2), true],
    ['ending', company(2, each(['u1'], ending('2030'))), false],
    ['ending', withAging(company(2), ['u1'], { lastChange: 0 }), false],
    ['ending', sharing(sharer('u1', { until: 9 })), false],
    ['shell', company(2), true],
    ['shell', withShell(company(2), ['u1'], '/bin/false'), false],
    ['replaced', company(2), false],
    ['refused', company(2), true],
    ['refused', sharing(sharer('u1')), true],
    ['refused', company(1), false],
    ['account deploy', sharing(sharer('u1')), true],
    ['account deploy', sharing(sharer('u0')), false],
    ['access', company(2), true],
    ['access', sharing(sharer('u1')), true],
    ['access', company(1), false],
  ])('of %s, who has it back counts no more (%#)', (tally, view, isBack) => {
    const gone = goneToday([{ tally, before: 9, names: ['u1'], at: NOW }], NOW, view);
    expect(gone.get(tally)?.names.size).toBe(isBack ? 0 : 1);
  });

  test.each<[string, HostView, boolean]>([
    ['as before', company(2), true],
    ['with keys that end', company(2, each(['u1'], ending('2030'))), false],
    ['with an account that PAM closes', withAging(company(2), ['u1'], { lastChange: 0 }), false],
    ['with a shell that lets nobody in', withShell(company(2), ['u1'], '/bin/false'), false],
  ])('whoever is there again %s has access: %#', (_how, view, isBack) => {
    const past: PastRemoval[] = [{ tally: 'access', before: 9, names: ['u1'], at: NOW }];
    expect(goneToday(past, NOW, view).get('access')?.names.size).toBe(isBack ? 0 : 1);
  });

  test('whoever has other keys than before has not got access back', () => {
    const past: PastRemoval[] = ['replaced', 'access'].map((tally) => ({ tally: tally as Tally, before: 9, names: ['u1'], at: NOW }));
    expect(goneToday(past, NOW, company(2)).get('access')?.names).toEqual(new Set(['u1']));
  });
});

const STATES = ['well', 'gone', 'bare', 'refused', 'ending', 'aged', 'shut', 'other'] as const;
type State = (typeof STATES)[number];

/** Everybody in a state. */
function inStates(states: ReadonlyMap<string, State>): HostView {
  const of = (...wanted: readonly State[]): string[] => [...states].filter(([, state]) => wanted.includes(state)).map(([name]) => name);
  const keys = {
    ...each(of('gone', 'bare', 'refused'), () => undefined),
    ...each(of('ending'), ending('20300101')),
    ...each(of('other'), (name) => packKeys([keyOf(`${name}-new`)])),
  };
  const view = withShell(withAging(company(states.size, keys), of('aged'), { lastChange: 0 }), of('shut'), '/bin/false');
  const isThere = ({ name }: { readonly name: string }): boolean => states.get(name) !== 'gone';
  const entitled = new Set([...view.entitled].filter((name) => isThere({ name })));
  return {
    ...view,
    entitled,
    passwd: view.passwd.filter(isThere),
    shadow: view.shadow.filter(isThere),
    refused: new Set(of('refused').map(login)),
  };
}

test('whatever is taken in whatever order, no day takes more than the percentage without a question', () => {
  const names = numbered(0, 20);
  const strict = { alwaysAllowed: 2, maxRemovedPercent: 10, maxRemoved: 500 };
  const step = fc.record({
    minutes: fc.integer({ min: 1, max: 900 }),
    changes: fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...STATES)), { minLength: 1, maxLength: 4 }),
  });
  let held = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      let states = new Map<string, State>(names.map((name) => [name, 'well']));
      let past: PastRemoval[] = [];
      let now = NOW;
      const lost: { at: number; name: string }[] = [];
      for (const { minutes, changes } of steps) {
        now += minutes * 60_000;
        const wanted = new Map([...states, ...changes]);
        const [before, after] = [inStates(states), inStates(wanted)];
        const plan = planSync(before, after);
        if (checkGuards(plan, strict, goneToday(past, now, after)).length > 0) {
          held += 1;
          continue;
        }
        past = withRemovals(past, removalsOf(plan), now);
        const stricken = names.filter((name) => states.get(name) === 'well' && wanted.get(name) !== 'well');
        lost.push(...stricken.map((name) => ({ at: now, name })));
        states = wanted;
        const today = new Set(lost.filter(({ at }) => now - at < REMOVAL_WINDOW).map(({ name }) => name));
        const out = [...today].filter((name) => states.get(name) !== 'well' && states.get(name) !== 'other');
        if (stricken.length > 0) expect(out.length).toBeLessThanOrEqual(2);
      }
    }),
    { numRuns: 300 },
  );
  expect(held).toBeGreaterThan(100);
});

function blobOf(label: string): string {
  return packKeys([keyOf(label)]).split(' ')[1] ?? '';
}
