import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAccessGroupLines, parseAccessGroups } from '../../src/directory/access-groups.ts';
import { parseGroupName } from '../../src/directory/names.ts';
import { Invalid } from '../../src/directory/rejection.ts';

describe('parseAccessGroups', () => {
  test.each<[string, string, string[]]>([
    ['one name', 'web-prod', ['web-prod']],
    ['names between commas', 'web-prod,bastion', ['web-prod', 'bastion']],
    ['names between commas and spaces', ' web-prod,  bastion ,', ['web-prod', 'bastion']],
    ['names between spaces', 'web-prod bastion', ['web-prod', 'bastion']],
    ['a name twice', 'web web', ['web']],
    ['"none"', 'none', []],
    ['256 characters', `${'a,'.repeat(127)}bb`, ['a', 'bb']],
  ])('reads %s', (_what, text, groups) => {
    expect(parseAccessGroups(text)).toEqual(groups);
  });

  test.each<[string, string, string]>([
    ['nothing', '', 'is empty; wanted: names of access groups, or "none"'],
    ['commas alone', ' , ', 'is empty'],
    ['"none" beside a name', 'web-prod, none', '"none" is no name of an access group'],
    ['a semicolon', 'web-prod;bastion', 'group name "web-prod;bastion" has characters other than'],
    ['a tab', 'web-prod\tbastion', 'group name "web-prod\\u{9}bastion"'],
    ['a line end', 'web-prod\nbastion', 'group name "web-prod\\u{a}bastion"'],
    ['a colon', 'team:web', 'group name "team:web"'],
    ['a path', '../web', 'group name "../web"'],
    ['a number', '0', 'group name "0" is all digits'],
    ['an option', '-x', 'group name "-x"'],
    ['another script', 'wеb', 'group name "w\\u{435}b"'],
    ['a wildcard', '*', 'group name "*"'],
    ['one name among good ones', 'web,ok,a/b', 'group name "a/b"'],
    ['33 characters', 'a'.repeat(33), 'has 33 characters'],
    ['257 characters', `${'a '.repeat(128)}b`, 'has 257 characters; wanted: at most 256'],
  ])('refuses %s whole', (_what, text, reason) => {
    const outcome = parseAccessGroups(text);
    expect(outcome).toBeInstanceOf(Invalid);
    expect((outcome as Invalid).reason).toContain(reason);
  });

  test('gives nothing but names of groups, and those that stand there', () => {
    const words = fc.array(fc.oneof(fc.constantFrom('web', 'none', 'everyone', '*', '__proto__', 'a$', ''), fc.string({ unit: 'binary' })));
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.tuple(words, fc.constantFrom(' ', ',', ', ')).map(([all, by]) => all.join(by)),
    );
    fc.assert(
      fc.property(text, (value) => {
        const groups = parseAccessGroups(value);
        if (groups instanceof Invalid) return;
        for (const group of groups) {
          expect(parseGroupName(group)).toBe(group);
          expect(value.split(/[ ,]/)).toContain(group);
        }
      }),
    );
  });
});

describe('parseAccessGroupLines', () => {
  const read = (text: string): unknown => {
    const groups = parseAccessGroupLines('/etc/groups', text);
    return groups instanceof Invalid ? groups.reason : groups;
  };

  test.each<[string, string, string[]]>([
    ['one name a line', 'web\nbastion\n', ['web', 'bastion']],
    ['comments and blank lines', '# here\n\n  web # the web\n', ['web']],
    ['an empty file', '', []],
    ['comments alone', '# nobody\n', []],
    ['"none"', 'none\n', []],
  ])('reads %s', (_what, text, groups) => {
    expect(read(text)).toEqual(groups);
  });

  test('says the line that is wrong', () => {
    expect(read('# here\nweb\nweb prod\n')).toMatch(/^\/etc\/groups:3: group name "web prod" has characters/);
  });
});
