import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PublishedView } from '../../src/directory/host-view.ts';
import { blobsOf } from '../../src/directory/key-blobs.ts';
import { joinKeyLines, type KeyLines } from '../../src/directory/key-lines.ts';
import type { LoginName } from '../../src/directory/names.ts';
import { type Reduction, reduceView } from '../../src/policy/reduced.ts';
import { login } from '../directory/valid.ts';
import { hostView, shadowEntry } from './sample-views.ts';

const PEOPLE = ['alice', 'bob', 'carol', '__proto__'].map(login);
const ACCOUNTS = ['deploy', 'release'].map(login);

function lines(...blobs: readonly string[]): KeyLines {
  return joinKeyLines(blobs.map((blob) => `ssh-ed25519 ${blob}`));
}

/** `alice=a` is alice's key; `deploy:alice=a` is hers behind an account. */
function shownWith(
  own: Readonly<Record<string, string>>,
  shared: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): PublishedView {
  const accounts = Object.entries(shared);
  return hostView({
    keys: new Map([
      ...Object.entries(own).map(([name, blobs]) => [login(name), lines(...blobs.split(''))] as const),
      ...accounts.map(([name, people]) => [login(name), lines(...new Set(Object.values(people).join('').split('')))] as const),
    ]),
    accountKeys: accounts.flatMap(([account, people]) =>
      Object.entries(people).map(([person, blobs]) => ({
        account: login(account),
        person: login(person),
        fingerprints: blobs.split('').map((blob) => `#${blob}`),
      })),
    ),
    shadow: Object.keys(own).map((name) => shadowEntry(name, `$6$${name}`)),
  });
}

function without(names: readonly string[], revoked: readonly string[] = []): Reduction {
  const isOut = (name: LoginName): boolean => names.includes(name);
  return {
    mayLogIn: (name) => !isOut(name),
    mayShare: (_account, person) => !isOut(person),
    isShared: (name) => ACCOUNTS.includes(name),
    revoked: new Set(revoked.map((blob) => `#${blob}`)),
    fingerprint: (blob) => `#${blob}`,
  };
}

function blobsByLogin({ keys }: PublishedView): Record<string, string> {
  return Object.fromEntries([...keys].map(([name, own]) => [name, [...blobsOf(own)].join('')]));
}

describe('reduceView', () => {
  const shown = shownWith({ alice: 'a', bob: 'b' }, { deploy: { alice: 'a', bob: 'b' }, release: { alice: 'a' } });

  test.each<readonly [string, PublishedView, Reduction, Readonly<Record<string, string>>]>([
    ['takes nothing from those who may stay', shown, without([]), { alice: 'a', bob: 'b', deploy: 'ab', release: 'a' }],
    ['takes their keys, out of shared accounts too', shown, without(['alice']), { bob: 'b', deploy: 'b' }],
    [
      'takes keys out of a shared account from somebody who has none of their own here',
      shownWith({ bob: 'b' }, { deploy: { carol: 'c', bob: 'b' } }),
      without(['carol']),
      { bob: 'b', deploy: 'b' },
    ],
    [
      'leaves an account a key that somebody else behind it has, too',
      shownWith({}, { deploy: { alice: 'x', bob: 'x' } }),
      without(['alice']),
      { deploy: 'x' },
    ],
    [
      'takes no key of one person from another: anybody may register it',
      shownWith({ alice: 'x', bob: 'x' }),
      without(['alice']),
      { bob: 'x' },
    ],
    ['takes revoked keys from everybody', shown, without([], ['a']), { bob: 'b', deploy: 'b' }],
    [
      'takes a key behind an account of which it is not known whose it is',
      { ...shown, accountKeys: shown.accountKeys.slice(1) },
      without([]),
      { alice: 'a', bob: 'b', deploy: 'b', release: 'a' },
    ],
    ['takes the keys of an account that was not shared before', shownWith({ deploy: 'd' }), without([]), {}],
    ['takes the keys of an account that is not shared any more', shownWith({}, { ops: { alice: 'a' } }), without([]), {}],
  ])('%s', (_name, view, reduction, expected) => {
    expect(blobsByLogin(reduceView(view, reduction))).toEqual(expected);
  });

  test('takes passwords, and leaves names', () => {
    const { shadow, passwd } = reduceView(shown, without(['alice']));
    expect(shadow.map(({ name, password }) => [name, password])).toEqual([
      ['alice', '*'],
      ['bob', '$6$bob'],
    ]);
    expect(passwd).toBe(shown.passwd);
  });

  test('says whose keys were revoked', () => {
    expect([...reduceView(shown, without([], ['a'])).keysWithheld].sort()).toEqual(['alice', 'deploy', 'release']);
  });

  test('leaves exactly the keys of those who may stay, behind accounts too', () => {
    const owned = fc.dictionary(fc.constantFrom<string>(...PEOPLE), fc.constantFrom('a', 'b', 'c', 'ab', 'bc'));
    const shared = fc.dictionary(fc.constantFrom<string>(...ACCOUNTS), owned);
    fc.assert(
      fc.property(owned, shared, fc.subarray<string>(PEOPLE), fc.subarray(['a', 'b']), (own, accounts, out, revoked) => {
        const left = blobsByLogin(reduceView(shownWith(own, accounts), without(out, revoked)));
        const byLogin = [...Object.entries(own).map(([name, blobs]) => [name, { [name]: blobs }] as const), ...Object.entries(accounts)];
        for (const [name, people] of byLogin) {
          const staying = Object.entries(people).filter(([person]) => !out.includes(person));
          for (const blob of ['a', 'b', 'c']) {
            const isKept = !revoked.includes(blob) && staying.some(([, blobs]) => blobs.includes(blob));
            expect(Object.hasOwn(left, name) && left[name]?.includes(blob) === true).toBe(isKept);
          }
        }
      }),
    );
  });
});
