import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CharacterMap } from '../../../src/directory/iam-names.ts';
import { derivedUid } from '../../../src/sources/iam/derived-uid.ts';
import type { IamPerson } from '../../../src/sources/iam/iam-directory.ts';
import { identify, type IdentitySettings, type KnownIdentities } from '../../../src/sources/iam/identities.ts';
import { login } from '../../directory/valid.ts';

const CHARACTERS: CharacterMap = { '+': '.plus.', '=': '.equal.', ',': '.comma.', '.': '.', '@': '.at.' };
const SETTINGS: IdentitySettings = { characters: CHARACTERS, uidRange: [1_879_048_192, 2_147_352_575], given: new Map() };
const NOBODY: KnownIdentities = new Map();

/** Made in the order of their numbers. */
function user(name: string, number = 1): IamPerson {
  return { id: `AIDA${String(number).padStart(16, '0')}`, name, arn: `arn:aws:iam::123456789012:user/${name}`, createdAt: number * 1000 };
}

function namesOf(people: readonly IamPerson[], settings = SETTINGS, known = NOBODY): string[] {
  return identify(people, settings, known).identified.map(({ person, name }) => `${person.name} is ${name}`);
}

function refusalsOf(people: readonly IamPerson[], settings = SETTINGS, known = NOBODY): string[] {
  return identify(people, settings, known).refused.map(({ label, reason }) => `${label}: ${reason.code}`);
}

describe('a login name', () => {
  test.each([
    ['alice', 'alice'],
    ['Alice', 'alice'],
    ['alan.turing', 'alan.turing'],
    ['alice@corp', 'alice.at.corp'],
    ['a+b=c,d', 'a.plus.b.equal.c.comma.d'],
    ['x_1-y', 'x_1-y'],
    ['__proto__', '__proto__'],
  ])('of %s is %s', (name, expected) => {
    expect(namesOf([user(name)])).toEqual([`${name} is ${expected}`]);
  });

  test.each([
    ['starts with a dot', '.hidden'],
    ['starts with a dash', '-rf'],
    ['starts with a character that becomes a dot', '+alice'],
    ['is all digits', '1000'],
    ['is too long', 'a'.repeat(33)],
    ['becomes too long', 'grace.brewster.murray@example.org'],
    ['is none of IAM', 'al ice'],
    ['has a colon', 'a:b'],
    ['has a newline', 'a\nb'],
    ['has another script', 'аlice'],
    ['is empty', ''],
  ])('is refused when it %s', (_what, name) => {
    const { identified, refused } = identify([user(name)], SETTINGS, NOBODY);
    expect(identified).toEqual([]);
    expect(refused).toMatchObject([{ reason: { code: 'name-invalid' } }]);
    expect(refused[0]?.reason.reason).toContain('wanted: rename one in IAM, or a name of its own in [source.users] AIDA0000000000000001');
  });

  test('follows the configuration', () => {
    const given = new Map([[user('x').id, { name: login('alice') }]]);
    expect(namesOf([user('not-alice-at-all+')], { ...SETTINGS, given })).toEqual(['not-alice-at-all+ is alice']);
    expect(namesOf([user('a@b')], { ...SETTINGS, characters: { ...CHARACTERS, '@': '_' } })).toEqual(['a@b is a_b']);
  });
});

describe('a login name that two would have', () => {
  const [alice, other] = [user('alice@corp', 1), user('alice.at.corp', 2)];

  test('is given to neither, and both are named', () => {
    expect(namesOf([alice, other])).toEqual([]);
    expect(refusalsOf([alice, other])).toEqual(['alice.at.corp: name-duplicate', 'alice.at.corp: name-duplicate']);
    expect(identify([alice, other], SETTINGS, NOBODY).refused[1]?.reason.reason).toBe(
      '"alice.at.corp" is what IAM users "alice.at.corp" and "alice@corp" would both be called, and nobody may be taken for another; ' +
        'wanted: rename one in IAM, or a name of its own in [source.users] AIDA0000000000000002',
    );
  });

  test.each([
    ['the first', alice],
    ['the second', other],
  ])('stays with the one who had it: %s', (_which, holder) => {
    const known = new Map([[holder.id, { name: 'alice.at.corp', uid: 1 }]]);
    expect(namesOf([alice, other], SETTINGS, known)).toEqual([`${holder.name} is alice.at.corp`]);
  });

  test('is not taken by one who is known by another name and was renamed', () => {
    const known = new Map([[other.id, { name: 'mallory', uid: 1 }]]);
    expect(namesOf([alice, other], SETTINGS, known)).toEqual([]);
  });

  test('is the one to whom the configuration gives it', () => {
    const given = new Map([[other.id, { name: login('alice.at.corp') }]]);
    const known = new Map([[alice.id, { name: 'alice.at.corp', uid: 1 }]]);
    expect(namesOf([alice, other], { ...SETTINGS, given }, known)).toEqual(['alice.at.corp is alice.at.corp']);
  });

  test('is given to none of three, and no text is endless', () => {
    const many = Array.from({ length: 32 }, (_, bits) =>
      user(`a${[0, 1, 2, 3, 4].map((bit) => ((bits & (1 << bit)) === 0 ? '.at.' : '@')).join('b')}c`, bits + 1),
    );
    const { identified, refused } = identify(many, { ...SETTINGS, characters: CHARACTERS }, NOBODY);
    expect(identified).toEqual([]);
    expect(refused).toHaveLength(32);
    for (const { reason } of refused) expect(reason.reason.length).toBeLessThan(600);
  });
});

describe('a uid', () => {
  test.each([
    ['AIDACKCEVSQ6C2EXAMPLE', 2_068_412_443],
    ['AIDA0000000000000001', 2_135_108_670],
  ])('of %s is this for ever (as sha256sum and sh have it)', (id, expected) => {
    expect(derivedUid(id, SETTINGS.uidRange)).toBe(expected);
  });

  test('is in its range, and the same whoever else is there and in whatever order', () => {
    const people = fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { maxLength: 20 });
    fc.assert(
      fc.property(people, fc.integer({ min: 0, max: 20 }), (numbers, rotation) => {
        const all = numbers.map((number) => user(`user${number}`, number));
        const turned = [...all.slice(rotation), ...all.slice(0, rotation)];
        const uids = new Map(identify(turned, SETTINGS, NOBODY).identified.map(({ person, uid }) => [person.id, uid]));
        for (const one of all) {
          const [alone] = identify([one], SETTINGS, NOBODY).identified;
          expect(uids.get(one.id)).toBe(alone?.uid);
          expect(alone?.uid).toBeGreaterThanOrEqual(SETTINGS.uidRange[0]);
          expect(alone?.uid).toBeLessThanOrEqual(SETTINGS.uidRange[1]);
        }
      }),
    );
  });

  test('that two lead to stays with the one who had it, else with the one who was made first', () => {
    const narrow: IdentitySettings = { ...SETTINGS, uidRange: [5000, 5000] };
    const [first, second] = [user('first', 1), user('second', 2)];
    expect(namesOf([second, first], narrow)).toEqual(['first is first']);
    expect(namesOf([second, first], narrow, new Map([[second.id, { name: 'second', uid: 5000 }]]))).toEqual(['second is second']);
    expect(identify([first, second], narrow, NOBODY).refused).toMatchObject([
      {
        label: 'second',
        reason: {
          code: 'id-duplicate',
          reason:
            'uid 5000 is what the UserIds of IAM users "second" and "first" both lead to; wanted: a uid of its own in [source.users] AIDA0000000000000002',
        },
      },
    ]);
    expect(namesOf([first, second], { ...narrow, given: new Map([[second.id, { uid: 5001 }]]) })).toEqual([
      'first is first',
      'second is second',
    ]);
  });
});

test('nobody shares a name or uid with another, and everybody is accounted for', () => {
  const names = fc.stringMatching(/^[abAB@.+]{1,4}(?:\.at\.|\.plus\.)?[ab]?$/);
  const people = fc
    .uniqueArray(names, { maxLength: 12, selector: (name) => name.toLowerCase() })
    .map((all) => all.map((name, index) => user(name, index + 1)));
  fc.assert(
    fc.property(people, fc.integer({ min: 0, max: 30 }), (all, width) => {
      const { identified, refused } = identify(all, { ...SETTINGS, uidRange: [5000, 5000 + width] }, NOBODY);
      expect(new Set(identified.map(({ name }) => name)).size).toBe(identified.length);
      expect(new Set(identified.map(({ uid }) => uid)).size).toBe(identified.length);
      expect([...identified, ...refused].map(({ person }) => person.id).sort()).toEqual(all.map(({ id }) => id).sort());
    }),
  );
});
