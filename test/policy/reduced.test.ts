import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinKeyLines, splitKeyLines } from '../../src/directory/key-lines.ts';
import { withoutKeysOf } from '../../src/policy/reduced.ts';
import { login } from '../directory/valid.ts';
import { hostView, hostViews, shadowEntry } from './sample-views.ts';

describe('withoutKeysOf', () => {
  const shown = hostView({
    keys: new Map([
      [login('alice'), joinKeyLines(['a'])],
      [login('bob'), joinKeyLines(['b'])],
      [login('deploy'), joinKeyLines(['a', 'b'])],
      [login('release'), joinKeyLines(['a'])],
    ]),
    shadow: [shadowEntry('alice', '$6$x'), shadowEntry('bob', '$6$y')],
  });

  test('takes their keys, out of shared accounts too, and their passwords', () => {
    const { keys, shadow } = withoutKeysOf(shown, new Set([login('alice')]));
    expect(Object.fromEntries(keys)).toEqual({ bob: 'b', deploy: 'b' });
    expect(shadow.map(({ password }) => password)).toEqual(['*', '$6$y']);
  });

  test('changes nothing for those who are not there', () => {
    expect(withoutKeysOf(shown, new Set([login('mallory')]))).toMatchObject({ keys: shown.keys, shadow: shown.shadow });
  });

  test('leaves no line of theirs to anybody, and no other line out', () => {
    fc.assert(
      fc.property(hostViews(), fc.subarray(['alice', 'bob', '__proto__']), (view, names) => {
        const refused = new Set(names.map(login));
        const theirs = new Set([...refused].flatMap((name) => splitKeyLines(view.keys.get(name) ?? joinKeyLines([]))));
        const left = withoutKeysOf(view, refused).keys;
        const expected = [...view.keys]
          .map(([name, lines]) => [name, splitKeyLines(lines).filter((line) => !theirs.has(line))] as const)
          .filter(([, lines]) => lines.length > 0);
        expect([...left].map(([name, lines]) => [name, splitKeyLines(lines)])).toEqual(expected);
      }),
    );
  });
});
