import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostView } from '../../../src/directory/host-view.ts';
import { joinKeyLines, splitKeyLines } from '../../../src/directory/key-lines.ts';
import { type Limited, limitView, type Present, type Returns } from '../../../src/policy/rollback/limited.ts';
import { groupName, login } from '../../directory/valid.ts';
import { hostView } from '../sample-views.ts';

const NOTHING: Returns = { key: () => false, member: () => false };
const ALL: Returns = { key: () => true, member: () => true };

function keysOf(people: Readonly<Record<string, readonly string[]>>): HostView['keys'] {
  return new Map(Object.entries(people).map(([name, keys]) => [login(name), joinKeyLines(keys.map((key) => `ssh-ed25519 ${key}`).sort())]));
}

function limit(then: Partial<HostView>, now: Partial<HostView>, refused: readonly string[] = [], returns = NOTHING): Limited {
  const present: Present = { shown: hostView(now), refused: new Set(refused.map(login)), fingerprint: (blob) => `#${blob}` };
  return limitView(hostView(then), present, returns);
}

function shown({ view: { keys } }: Limited): string {
  return [...keys]
    .map(
      ([name, lines]) =>
        `${name}: ${splitKeyLines(lines)
          .map((line) => line.split(' ')[1])
          .join(' ')}`,
    )
    .join(', ');
}

const group = (members: readonly string[]) => ({ name: groupName('web'), gid: 5000 as never, members: members.map(login) });
const deploy = (person: string, print: string) => ({ account: login('deploy'), person: login(person), fingerprints: [print] });
const shadow = (name: string, password: string) => ({ name: login(name), password, aging: {} });

describe('limitView', () => {
  test.each([
    ['gives keys that are there then and now', { a: ['1', '2'] }, { a: ['2', '1'] }, 'a: 1 2', 'a: 1 2'],
    ['gives nobody who came since', { a: ['1'] }, { a: ['1'], b: ['2'] }, 'a: 1', 'a: 1'],
    ['gives no key that was taken away since, but with the flag', { a: ['1', '2'] }, { a: ['2'] }, 'a: 2', 'a: 1 2'],
    ['gives no key that came since', { a: ['1'] }, { a: ['1', '3'] }, 'a: 1', 'a: 1'],
    ['gives nobody back who is gone, but with the flag', { a: ['1'], b: ['2'] }, { a: ['1'] }, 'a: 1', 'a: 1, b: 2'],
    ['gives nothing to who is refused now, with the flag either', { a: ['1'], eve: ['6'] }, { a: ['1'], eve: ['6'] }, 'a: 1', 'a: 1'],
  ])('%s', (_text, then, now, without, withFlag) => {
    expect(shown(limit({ keys: keysOf(then) }, { keys: keysOf(now) }, ['eve']))).toBe(without);
    expect(shown(limit({ keys: keysOf(then) }, { keys: keysOf(now) }, ['eve'], ALL))).toBe(withFlag);
  });

  test('takes the line of now, which may end earlier', () => {
    const ending = joinKeyLines(['expiry-time="20300101" ssh-ed25519 1']);
    const { view } = limit({ keys: keysOf({ a: ['1'] }) }, { keys: new Map([[login('a'), ending]]) });
    expect(view.keys.get(login('a'))).toBe(ending);
  });

  test('keeps the keys of a refused person out of a shared account, and those of which it is not known whose they are', () => {
    const then = { keys: keysOf({ deploy: ['1', '6', '9'] }), accountKeys: [deploy('a', '#1'), deploy('eve', '#6')] };
    const { view } = limit(then, then, ['eve'], ALL);
    expect(view.keys).toEqual(keysOf({ deploy: ['1'] }));
    expect(view.accountKeys).toEqual([deploy('a', '#1')]);
  });

  test('says what is withheld and what comes back', () => {
    const then = { keys: keysOf({ a: ['1'], b: ['2'] }), group: [group(['a', 'b'])] };
    const now = { keys: keysOf({ a: ['1'] }), group: [group(['a'])] };
    const difference = { keys: new Map([['b', ['#2']]]), members: new Map([['web', ['b']]]) };
    const nothing = { keys: new Map(), members: new Map() };
    expect(limit(then, now)).toMatchObject({ withheld: difference, returned: nothing, view: { group: [group(['a'])] } });
    expect(limit(then, now, [], ALL)).toMatchObject({ withheld: nothing, returned: difference, view: { group: [group(['a', 'b'])] } });
  });

  test('gives no password of then back', () => {
    const then = { shadow: [shadow('a', 'old'), shadow('b', 'old'), shadow('eve', 'old')] };
    const { view } = limit(then, { shadow: [shadow('a', 'new'), shadow('eve', 'new')] }, ['eve'], ALL);
    expect(view.shadow.map(({ password }) => password)).toEqual(['new', '*', '*']);
  });

  test('never gives a key that is not there now, unless it may return, nor any to who is refused', () => {
    const people = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.uniqueArray(fc.constantFrom<string>('1', '2', '3', '4')));
    const returning = fc.uniqueArray(fc.constantFrom<string>('#1', '#2'));
    fc.assert(
      fc.property(people, people, fc.uniqueArray(fc.constantFrom('a', 'b')), returning, (then, now, refused, back) => {
        const returns: Returns = { key: (_login, print) => back.includes(print), member: () => false };
        const { view } = limit({ keys: keysOf(then) }, { keys: keysOf(now) }, refused, returns);
        for (const [name, lines] of view.keys) {
          expect(refused).not.toContain(name);
          for (const key of splitKeyLines(lines).map((line) => line.split(' ')[1] ?? '')) {
            expect(then[name]).toContain(key);
            if (now[name]?.includes(key) !== true) expect(back).toContain(`#${key}`);
          }
        }
      }),
    );
  });
});
