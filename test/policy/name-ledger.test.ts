/** To whom a login name passes, by the uid ledger. */
import { describe, expect, test } from 'vitest';
import { formatDay } from '../../src/directory/day.ts';
import { approvalOf, type Days, LedgerStory, named, START, tell, withoutId } from './ledger-story.ts';

const [first, tenth] = [formatDay(START), formatDay(START + 10)];

const alice = named('alice', 2001, 'a');
const bob = named('bob', 2002, 'b');

describe('a name goes', () => {
  const other = named('alice', 2009, 'b', 'aws');
  test.each<[string, Days, Record<string, number>]>([
    [
      'to another after 90 days',
      [
        [0, [alice]],
        [10, []],
        [101, [other]],
      ],
      { alice: 2009 },
    ],
    [
      'to another with an approval',
      [
        [0, [alice]],
        [10, [other], [other]],
        [20, [other]],
      ],
      { alice: 2009 },
    ],
    [
      'back to her own after a rename',
      [
        [0, [alice]],
        [10, [named('alicia', 2001, 'a')]],
        [20, [alice]],
      ],
      { alice: 2001 },
    ],
    [
      'to her own who comes back under an earlier one',
      [
        [0, [alice]],
        [10, [named('alicia', 2001, 'a')]],
        [20, []],
        [30, [alice]],
      ],
      { alice: 2001 },
    ],
    [
      'to another 90 days after its owner took another name',
      [
        [0, [alice]],
        [10, [named('alicia', 2001, 'a')]],
        [101, [named('alicia', 2001, 'a'), other]],
      ],
      { alicia: 2001, alice: 2009 },
    ],
    [
      'both ways with two approvals',
      [
        [0, [alice, bob]],
        [10, [named('bob', 2001, 'a'), named('alice', 2002, 'b')], [named('bob', 2001, 'a'), named('alice', 2002, 'b')]],
      ],
      { bob: 2001, alice: 2002 },
    ],
  ])('%s', (_what, days, shown) => {
    expect(tell(days)).toMatchObject({ shown, contests: {} });
  });
});

describe('a name does not go', () => {
  const other = named('alice', 2009, 'b', 'aws');
  const claim = 'login name "alice", which uid 2009 of source "aws" has now';
  const owner = `uid 2001 of source "corp" (first seen ${first})`;
  const gone = `uid 2001 of source "corp" (first seen ${first}, gone since ${tenth})`;
  test.each<[string, Days, readonly string[]]>([
    [
      'to another on the day on which she goes',
      [
        [0, [alice]],
        [10, [other]],
      ],
      [`name-reused ${claim}, was that of ${gone}, who has left`],
    ],
    [
      'to another on the 90th day',
      [
        [0, [alice]],
        [10, []],
        [100, [other]],
      ],
      [`name-reused ${claim}, was that of ${gone}, who has left`],
    ],
    [
      'to whoever has waited for 90 days, without an approval',
      [
        [0, [alice]],
        [10, [other]],
        [300, [other]],
      ],
      [`name-reused ${claim}, was that of ${gone}, who has left`],
    ],
    [
      'to another whose entry comes first, while she is there',
      [
        [0, [alice]],
        [10, [other, alice], [other]],
      ],
      [`name-duplicate ${claim}, is that of ${owner}, who is in the directory with it`],
    ],
    [
      'to another while her new uid waits, whatever was approved',
      [
        [0, [alice]],
        [10, [other, named('alice', 2005, 'a')], [other]],
      ],
      [
        `name-duplicate ${claim}, is that of ${owner}, whose new uid nobody has approved`,
        `uid-changed "alice" had uid 2001 (first seen ${first}) and now has uid 2005`,
      ],
    ],
    [
      'to another who had another name',
      [
        [0, [alice, named('bob', 2009, 'b', 'aws')]],
        [10, [other]],
      ],
      [`name-reused ${claim}, was that of ${gone}, who has left`],
    ],
    [
      'to another who had another name and has tried for long',
      [
        [0, [alice, named('bob', 2009, 'b', 'aws')]],
        [10, [other, alice]],
        [20, [other]],
      ],
      [`name-reused ${claim}, was that of ${gone.replace(tenth, formatDay(START + 20))}, who has left`],
    ],
    [
      'to another on the day on which she takes another',
      [
        [0, [alice]],
        [10, [other, named('alicia', 2001, 'a')]],
      ],
      [`name-reused ${claim}, was that of ${owner}, who is called "alicia" now`],
    ],
    [
      'to another after she took another',
      [
        [0, [alice]],
        [10, [named('alicia', 2001, 'a')]],
        [20, [other, named('alicia', 2001, 'a')]],
      ],
      [`name-reused ${claim}, was that of ${gone}, who is called "alicia" since`],
    ],
    [
      'to another for the approval of another name',
      [
        [0, [alice]],
        [10, [other], [named('carol', 2009, 'b', 'aws')]],
      ],
      [`name-reused ${claim}, was that of ${gone}, who has left`],
    ],
    [
      "to another source's of the same uid, which shows no ids",
      [
        [0, [alice]],
        [10, [{ ...withoutId('alice', 2001), source: 'aws' }]],
      ],
      [`uid-reused uid 2001, which "alice" has now, was that of "alice" (first seen ${first}, gone since ${tenth})`],
    ],
    [
      'back to her, once another was approved for it',
      [
        [0, [alice]],
        [10, [other], [other]],
        [20, [alice]],
      ],
      [
        `name-reused login name "alice", which uid 2001 of source "corp" has now, was that of uid 2009 of source "aws" (first seen ${tenth}, gone since ${formatDay(START + 20)}), who has left`,
      ],
    ],
  ])('%s', (_what, days, contests) => {
    const { shown, withheld } = tell(days);
    expect(withheld).toEqual(contests);
    expect(Object.values(shown)).not.toContain(days.at(-1)?.[1][0]?.uid);
  });

  test('while her own entry is refused, however long', () => {
    const story = new LedgerStory();
    story.run(START, [alice]);
    for (const day of [10, 200, 400]) story.run(START + day, [], [], ['alice']);
    expect(story.run(START + 500, [other], [], ['alice']).withheld).toEqual([
      `name-reused ${claim}, was that of ${gone}, whose entry is refused now`,
    ]);
    expect(story.run(START + 501, [other], [approvalOf(other)], ['alice']).shown).toEqual({ alice: 2009 });
  });
});
