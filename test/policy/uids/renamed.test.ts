import { describe, expect, test } from 'vitest';
import type { DirectoryUser } from '../../../src/directory/snapshot.ts';
import { UNKNOWN_OWNER } from '../../../src/directory/uid-holding.ts';
import { AccessRules } from '../../../src/policy/access.ts';
import { findRenamed } from '../../../src/policy/uids/renamed.ts';
import { ownerOf } from '../../../src/state/uid-ledger.ts';
import { applyUpdate, NOBODY } from '../../../src/state/uid-ledger-lines.ts';
import { groupName, login } from '../../directory/valid.ts';
import { LedgerStory, named, withoutId } from '../ledger-story.ts';
import { access, people } from '../sample-directory.ts';

const bob = named('bob', 2001, 'bob');
const robert = named('robert', 2001, 'bob');
const alice = named('alice', 2002, 'alice');

/** After runs that saw these directories. */
function ledgerOf(...days: readonly (readonly DirectoryUser[])[]): LedgerStory {
  const story = new LedgerStory('bob');
  for (const [index, users] of days.entries()) story.run(100 + index, users);
  return story;
}

function renamed(names: readonly string[], { ledger }: LedgerStory, users: readonly DirectoryUser[]): Record<string, string> {
  return Object.fromEntries(findRenamed(names.map(login), ledger, users, ownerOf));
}

describe('findRenamed', () => {
  test.each<[string, LedgerStory, readonly DirectoryUser[], Record<string, string>]>([
    ['somebody in the run that first sees the new name', ledgerOf([bob, alice]), [robert, alice], { robert: 'bob' }],
    ['somebody whom the ledger has under the new name', ledgerOf([bob, alice], [robert, alice]), [robert, alice], { robert: 'bob' }],
    ['the same where the directory cannot be read', ledgerOf([bob, alice], [robert, alice]), [], { robert: 'bob' }],
    ['somebody renamed again', ledgerOf([bob], [robert]), [named('rob', 2001, 'bob')], { rob: 'bob', robert: 'bob' }],
    ['somebody who was gone and comes back otherwise', ledgerOf([bob], [alice]), [named('rob', 2009, 'bob'), alice], { rob: 'bob' }],
    ['nobody who has the name still', ledgerOf([bob, alice]), [bob, alice], {}],
    ['the one before, where another has the name now', ledgerOf([bob], [robert]), [robert, named('bob', 2003, 'other')], { robert: 'bob' }],
    ['nobody by a number alone', ledgerOf([bob], [alice]), [named('carol', 2001, 'carol'), alice], {}],
    ['nobody whom the source tells by a DN that has changed', ledgerOf([withoutId('bob', 2001)]), [withoutId('robert', 2001)], {}],
  ])('finds %s', (_what, story, users, found) => {
    expect(renamed(['bob'], story, users)).toEqual(found);
  });

  test('finds nobody where no rule names anybody, or nobody had the name', () => {
    const story = ledgerOf([bob], [robert]);
    expect(renamed([], story, [robert])).toEqual({});
    expect(renamed(['mallory'], story, [robert])).toEqual({});
  });

  test('takes those whose id is not known for nobody in particular', () => {
    const added = [bob, alice].map(({ uid, name }) => ({ uid, name, owner: UNKNOWN_OWNER, firstSeen: 1 }));
    const ledger = applyUpdate(NOBODY, { day: 1, removed: new Set(), added, past: [] });
    expect(findRenamed([bob.name], ledger, [robert, alice], ownerOf)).toEqual(new Map());
  });

  test('remembers for as long as a rule names them, and 90 days otherwise', () => {
    const [denying, other] = [ledgerOf([bob, alice], [robert, alice]), new LedgerStory()];
    for (const [index, users] of [
      [bob, alice],
      [robert, alice],
    ].entries())
      other.run(100 + index, users);
    // Every other day somebody comes, so that the ledger is written.
    for (let day = 102; day < 400; day += 2) {
      for (const story of [denying, other]) story.run(day, [robert, alice, named(`new${day}`, day + 3000, `new${day}`)]);
    }
    expect(renamed(['bob'], denying, [robert])).toEqual({ robert: 'bob' });
    expect(renamed(['bob'], other, [robert])).toEqual({});
  });
});

describe('rules that deny somebody under another name', () => {
  const nobody = { members: () => new Set<never>(), everybody: () => new Set<never>() };
  const rules = new AccessRules(
    access({ everyone: true, deny: people({ users: ['bob'] }), deniedAs: new Map([[robert.name, bob.name]]) }),
    nobody,
  );

  test('deny them and whoever has that name now, and nobody else', () => {
    expect(rules.decide(robert.name)).toEqual({ granted: false, rule: 'deny', formerly: 'bob' });
    expect(rules.decide(bob.name)).toEqual({ granted: false, rule: 'deny' });
    expect(rules.decide(alice.name)).toMatchObject({ granted: true });
    expect([...rules.denied()].sort()).toEqual(['bob', 'robert']);
    expect([rules.isDenied(robert.name), rules.mayShare(robert.name)]).toEqual([true, false]);
  });

  test('say the group where one denies them as well', () => {
    const suspended = { members: nobody.members, everybody: () => new Set([robert.name]) };
    const policy = access({ deny: people({ groups: ['suspended'] }), deniedAs: new Map([[robert.name, bob.name]]) });
    expect(new AccessRules(policy, suspended).decide(robert.name)).toEqual({ granted: false, rule: 'deny', group: groupName('suspended') });
  });
});
