import { describe, expect, test } from 'vitest';
import { formatDay } from '../../../src/directory/day.ts';
import { ownerOf } from '../../../src/state/uid-ledger.ts';
import { type Days, named, START, tell, withoutId } from '../ledger-story.ts';

const [first, tenth] = [formatDay(START), formatDay(START + 10)];

const alice = named('alice', 2001, 'a');
const bob = named('bob', 2002, 'b');
const carol = named('carol', 2003, 'c');

describe('a uid goes', () => {
  test.each<[string, Days, Record<string, number>]>([
    ['to whoever comes first', [[0, [alice, bob]]], { alice: 2001, bob: 2002 }],
    [
      'to the same person again',
      [
        [0, [alice]],
        [10, []],
        [20, [alice]],
      ],
      { alice: 2001 },
    ],
    [
      'to the same person under another name',
      [
        [0, [alice]],
        [10, [named('alicia', 2001, 'a')]],
      ],
      { alicia: 2001 },
    ],
    [
      'to another after 90 days',
      [
        [0, [alice]],
        [10, []],
        [101, [named('bob', 2001, 'b')]],
      ],
      { bob: 2001 },
    ],
    [
      'to another with an approval',
      [
        [0, [alice]],
        [10, [named('bob', 2001, 'b')], [named('bob', 2001, 'b')]],
      ],
      { bob: 2001 },
    ],
    [
      'to whoever was approved for it, and changes',
      [
        [0, [alice]],
        [10, [named('alice', 2009, 'a')], [named('alice', 2009, 'a')]],
      ],
      { alice: 2009 },
    ],
    [
      'with an approval to whoever changes both name and uid',
      [
        [0, [alice]],
        [10, [named('al', 2009, 'a')], [named('al', 2009, 'a')]],
      ],
      { al: 2009 },
    ],
    [
      'both ways with two approvals',
      [
        [0, [alice, bob]],
        [10, [named('alice', 2002, 'a'), named('bob', 2001, 'b')], [named('alice', 2002, 'a'), named('bob', 2001, 'b')]],
      ],
      { alice: 2002, bob: 2001 },
    ],
    [
      'to a person without an id who moves in the tree',
      [
        [0, [withoutId('alice', 2001)]],
        [10, [withoutId('alice', 2001, 'staff')]],
      ],
      { alice: 2001 },
    ],
    [
      'to a person whose id begins to show',
      [
        [0, [withoutId('alice', 2001)]],
        [10, [alice]],
      ],
      { alice: 2001 },
    ],
    [
      'to a person whose id shows no longer',
      [
        [0, [alice]],
        [10, [withoutId('alice', 2001)]],
      ],
      { alice: 2001 },
    ],
    [
      'to a person without an id who was away',
      [
        [0, [withoutId('alice', 2001)]],
        [10, []],
        [20, [withoutId('alice', 2001, 'x')]],
      ],
      { alice: 2001 },
    ],
  ])('%s', (_what, days, shown) => {
    expect(tell(days)).toMatchObject({ shown, contests: {} });
  });

  test('to two people with one id, as long as they stay', () => {
    const twins = [named('alice', 2001, 'a'), named('alice-admin', 2002, 'a')];
    expect(
      tell([
        [0, twins],
        [10, twins],
      ]),
    ).toMatchObject({ shown: { alice: 2001, 'alice-admin': 2002 }, isNews: false });
  });
});

describe('a uid does not go', () => {
  const gone = `was that of "alice" (first seen ${first}, gone since ${tenth})`;
  test.each<[string, Days, Record<string, string>]>([
    [
      'to another who comes as she goes',
      [
        [0, [alice]],
        [10, [named('bob', 2001, 'b')]],
      ],
      { bob: `uid-reused uid 2001, which "bob" has now, ${gone}` },
    ],
    [
      'to another on the 90th day',
      [
        [0, [alice]],
        [10, []],
        [100, [named('bob', 2001, 'b')]],
      ],
      { bob: `uid-reused uid 2001, which "bob" has now, ${gone}` },
    ],
    [
      'to another of her name',
      [
        [0, [alice]],
        [10, [named('alice', 2001, 'b')]],
      ],
      { alice: `uid-reused uid 2001, which "alice" has now, ${gone}` },
    ],
    [
      'to the same id of another source',
      [
        [0, [alice]],
        [10, [named('alice', 2001, 'a', 'aws')]],
      ],
      { alice: `uid-reused uid 2001, which "alice" has now, ${gone}` },
    ],
    [
      'to whoever has waited for 90 days, without an approval',
      [
        [0, [alice]],
        [10, [named('bob', 2001, 'b')]],
        [300, [named('bob', 2001, 'b')]],
      ],
      { bob: `uid-reused uid 2001, which "bob" has now, ${gone}` },
    ],
    [
      'to whoever had another, without an approval',
      [
        [0, [alice]],
        [10, [named('alice', 2009, 'a')]],
      ],
      { alice: `uid-changed "alice" had uid 2001 (first seen ${first}) and now has uid 2009` },
    ],
    [
      'to whoever had another and another name',
      [
        [0, [alice]],
        [10, [named('alicia', 2009, 'a')]],
      ],
      { alicia: `uid-changed "alicia" had uid 2001 as "alice" (first seen ${first}) and now has uid 2009` },
    ],
    [
      'to whoever comes back with another',
      [
        [0, [alice]],
        [10, []],
        [20, [named('alice', 2009, 'a')]],
      ],
      { alice: `uid-changed "alice" had uid 2001 (first seen ${first}, gone since ${tenth}) and now has uid 2009` },
    ],
    [
      "to a newcomer, because its holder's change waits",
      [
        [0, [alice]],
        [10, [named('alice', 2009, 'a'), named('bob', 2001, 'b')]],
      ],
      {
        alice: `uid-changed "alice" had uid 2001 (first seen ${first}) and now has uid 2009`,
        bob: `uid-reused uid 2001, which "bob" has now, is that of "alice" (first seen ${first}), whose new uid nobody has approved`,
      },
    ],
    [
      'to a newcomer while its holder has it',
      [
        [0, [alice]],
        [10, [named('bob', 2001, 'b'), alice], [named('bob', 2001, 'b')]],
      ],
      {
        bob: `id-duplicate uid 2001, which "bob" has now, is already that of "alice" (first seen ${first}), who is in the directory with it`,
      },
    ],
    [
      'to a newcomer on the day on which its holder gets another name',
      [
        [0, [alice]],
        [10, [named('bob', 2001, 'b'), named('alicia', 2001, 'a')]],
      ],
      {
        bob: `id-duplicate uid 2001, which "bob" has now, is already that of "alice" (first seen ${first}), who is in the directory with it`,
      },
    ],
    [
      'to another for the approval of a third',
      [
        [0, [alice]],
        [10, [named('bob', 2001, 'b')], [named('carol', 2001, 'c')]],
      ],
      { bob: `uid-reused uid 2001, which "bob" has now, ${gone}` },
    ],
    [
      'to somebody for the approval of another uid',
      [
        [0, [alice]],
        [10, [named('bob', 2001, 'b')], [named('bob', 2009, 'b')]],
      ],
      { bob: `uid-reused uid 2001, which "bob" has now, ${gone}` },
    ],
    [
      'back to her, once another was approved for it',
      [
        [0, [alice]],
        [10, [named('bob', 2001, 'b')], [named('bob', 2001, 'b')]],
        [20, [alice]],
      ],
      { alice: `uid-reused uid 2001, which "alice" has now, was that of "bob" (first seen ${tenth}, gone since ${formatDay(START + 20)})` },
    ],
    [
      'back to her, once she was approved for another',
      [
        [0, [alice]],
        [10, [named('alice', 2009, 'a')], [named('alice', 2009, 'a')]],
        [20, [alice]],
      ],
      { alice: `uid-changed "alice" had uid 2009 (first seen ${tenth}) and now has uid 2001` },
    ],
    [
      'to another, once she was approved for another',
      [
        [0, [alice]],
        [10, [named('alice', 2009, 'a')], [named('alice', 2009, 'a')]],
        [20, [named('alice', 2009, 'a'), named('bob', 2001, 'b')]],
      ],
      { bob: `uid-reused uid 2001, which "bob" has now, ${gone}` },
    ],
    [
      'to somebody who has no id and another name',
      [
        [0, [withoutId('alice', 2001)]],
        [10, [withoutId('bob', 2001)]],
      ],
      { bob: `uid-reused uid 2001, which "bob" has now, ${gone}` },
    ],
    [
      'to somebody who has no id and had another',
      [
        [0, [withoutId('alice', 2001)]],
        [10, [withoutId('alice', 2009, 'staff')]],
      ],
      { alice: `uid-changed "alice" had uid 2001 (first seen ${first}) and now has uid 2009` },
    ],
  ])('%s', (_what, days, contests) => {
    const { shown, contests: found } = tell(days);
    expect(found).toEqual(contests);
    for (const name of Object.keys(contests)) expect(shown).not.toHaveProperty(name);
  });

  test('round a ring of three, until all are approved; then each has what was meant', () => {
    const ring = [named('alice', 2002, 'a'), named('bob', 2003, 'b'), named('carol', 2001, 'c')];
    const before: Days = [
      [0, [alice, bob, carol]],
      [10, ring],
    ];
    expect(Object.keys(tell(before).contests)).toEqual(['alice', 'bob', 'carol']);
    expect(tell([...before, [11, ring, ring.slice(0, 1)]])).toMatchObject({ shown: { alice: 2002 } });
    expect(tell([...before, [11, ring, ring.slice(0, 1)], [12, ring, ring.slice(1)]])).toMatchObject({
      shown: { alice: 2002, bob: 2003, carol: 2001 },
      contests: {},
    });
  });
});

describe('a clock that goes back', () => {
  test('forgets nobody and lets nobody in', () => {
    const thief = named('bob', 2001, 'b');
    const { contests, story } = tell([
      [0, [alice]],
      [10, []],
      [-9000, [thief]],
      [20, [thief]],
    ]);
    expect(contests).toHaveProperty('bob');
    expect(story.ledger.past).toMatchObject([{ name: 'alice', goneSince: START + 10 }]);
  });

  test('counts no departure as one of long ago', () => {
    const { story } = tell([
      [0, [alice]],
      [-9000, []],
    ]);
    expect(story.ledger.past).toMatchObject([{ name: 'alice', goneSince: START }]);
    expect(story.run(START + 90, [named('bob', 2001, 'b')]).contests).toHaveProperty('bob');
  });
});

describe('the next ledger', () => {
  test('is no news on a day on which nothing changed, nor while the same people wait', () => {
    const thief = named('bob', 2001, 'b');
    expect(
      tell([
        [0, [alice, carol]],
        [50, [alice, carol]],
      ]).isNews,
    ).toBe(false);
    expect(
      tell([
        [0, [alice]],
        [10, [thief]],
        [11, [thief]],
        [200, [thief]],
      ]).isNews,
    ).toBe(false);
  });

  test('remembers who has left for 90 days', () => {
    expect(
      tell([
        [0, [alice]],
        [10, []],
        [100, []],
      ]),
    ).toMatchObject({ isNews: false, story: { ledger: { past: [{ name: 'alice' }] } } });
    expect(
      tell([
        [0, [alice]],
        [10, []],
        [101, []],
      ]),
    ).toMatchObject({ isNews: true, story: { ledger: { past: [] } } });
  });

  test('holds nobody whom the rules of the host refuse', () => {
    const { story } = tell([[0, [named('alice', 999, 'a'), named('admin', 2001, 'b'), carol]]]);
    expect(story.ledger.held.count).toBe(1);
    expect(story.ledger.held.read(0)).toEqual({ uid: 2003, owner: ownerOf(carol), name: 'carol', firstSeen: START });
  });

  test('has the latest name and the first day', () => {
    const { story } = tell([
      [0, [alice]],
      [10, [named('alicia', 2001, 'a')]],
    ]);
    expect(story.ledger.held.read(0)).toMatchObject({ name: 'alicia', firstSeen: START });
  });
});
