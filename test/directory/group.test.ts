import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatGroup, type GroupEntry, parseGroup } from '../../src/directory/group.ts';
import { almost, gids, groupNames, loginNames } from './arbitraries.ts';
import { gid, groupName, login } from './valid.ts';

const staff: GroupEntry = { name: groupName('staff'), gid: gid(3001), members: [login('alice'), login('bob')] };

test('formatGroup writes four fields, the password always x', () => {
  expect(formatGroup(staff)).toBe('staff:x:3001:alice,bob');
});

test('formatGroup leaves the members of an empty group empty', () => {
  expect(formatGroup({ ...staff, members: [] })).toBe('staff:x:3001:');
});

describe('parseGroup', () => {
  test.each([
    ['several members', 'staff:x:3001:alice,bob', staff],
    ['one member', 'staff:x:3001:alice', { ...staff, members: ['alice'] }],
    ['no member', 'staff:x:3001:', { ...staff, members: [] }],
  ])('reads a group with %s', (_what, line, entry) => {
    expect(parseGroup(line)).toEqual(entry);
  });

  test.each([
    ['three fields', 'staff:x:3001'],
    ['five fields', 'staff:x:3001:alice:'],
    ['a password', 'staff:!:3001:alice'],
    ['no name', ':x:3001:alice'],
    ['a name of digits', '3001:x:3001:alice'],
    ['gid 0', 'staff:x:0:alice'],
    ['no gid', 'staff:x::alice'],
    ['an empty member', 'staff:x:3001:alice,,bob'],
    ['a comma at the end', 'staff:x:3001:alice,'],
    ['a member that is no name', 'staff:x:3001:alice,b ob'],
    ['a comment', '#......'],
    ['nothing', ''],
  ])('reads no entry from a line with %s', (_what, line) => {
    expect(parseGroup(line)).toBeUndefined();
  });

  test('is the inverse of formatGroup', () => {
    const entries = fc.record<GroupEntry>({ name: groupNames(), gid: gids(), members: fc.array(loginNames()) });
    fc.assert(
      fc.property(entries, (entry) => {
        expect(parseGroup(formatGroup(entry))).toEqual(entry);
      }),
    );
  });

  test('reads no line that formatGroup would write otherwise', () => {
    const members = fc.array(almost(loginNames()), { maxLength: 4 }).map((names) => names.join(','));
    const fields = fc.tuple(almost(groupNames()), almost(fc.constant('x')), almost(gids().map(String)), members);
    fc.assert(
      fc.property(fields, (texts) => {
        const line = texts.join(':');
        const entry = parseGroup(line);
        if (entry !== undefined) expect(formatGroup(entry)).toBe(line);
      }),
    );
  });
});
