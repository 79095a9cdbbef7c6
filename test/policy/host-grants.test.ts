import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAccessGroups } from '../../src/directory/access-groups.ts';
import { Invalid } from '../../src/directory/rejection.ts';
import { type AccessMap, allowedHere, grantBehind, grantsOf } from '../../src/policy/host-grants.ts';
import type { People } from '../../src/policy/host-policy.ts';
import { applyPolicy } from '../../src/policy/policy.ts';
import { groupName, login } from '../directory/valid.ts';
import { access, crowd, group, host, keyOf, labelsOf, people, person, policy, snapshot } from './sample-directory.ts';

const TAG = 'imds-tag:AccessGroup';
const MAP: AccessMap = new Map([
  [groupName('web-prod'), people({ groups: ['web-admins'], users: ['carol'] })],
  [groupName('db-prod'), people({ groups: ['db-admins'] })],
  [groupName('constructor'), people()],
]);

const directory = snapshot(
  [...crowd('alice', 'bob'), person('carol', { uid: 2003 }), person('dave', { uid: 2004 })].map((user) =>
    person(user.name, { uid: user.uid, keys: [keyOf(user.name)] }),
  ),
  [
    group('web-admins', { gid: 4001, members: [login('alice')] }),
    group('db-admins', { gid: 4002, members: [login('bob')] }),
    group('web-prod', { gid: 4003, members: [login('dave')] }),
  ],
);

/** Who has keys, and what was said, on a host that has these access groups. */
function admitted(text: string, map: AccessMap | undefined, allow: People = people()): { logins: string[]; said: string[] } {
  const groups = parseAccessGroups(text);
  if (groups instanceof Invalid) throw new Error(groups.reason);
  const hostGrants = grantsOf([{ reference: TAG, groups }], map);
  const view = applyPolicy([directory], policy({ access: access({ allow, hostGrants }) }), host());
  const said = view.rejections
    .filter(({ code }) => code.startsWith('access-group'))
    .map(({ code, key, reason }) => `${code} ${key}: ${reason}`);
  return { logins: [...labelsOf(view).keys()].sort(), said };
}

describe('access groups of the host let in', () => {
  test.each<[string, string, AccessMap | undefined, string[]]>([
    ['whom the map says', 'web-prod', MAP, ['alice', 'carol']],
    ['whom it says of all of them', 'web-prod db-prod', MAP, ['alice', 'bob', 'carol']],
    ['nobody for "none"', 'none', MAP, []],
    ['nobody of a group that the map gives nobody to', 'constructor', MAP, []],
    ['the group of that name, without a map', 'web-prod', undefined, ['dave']],
  ])('%s', (_whom, text, map, logins) => {
    expect(admitted(text, map)).toEqual({ logins, said: [] });
  });

  test('nobody for a name that the map does not have, though the directory has it, and say so', () => {
    expect(admitted('db-admins, toString', MAP)).toEqual({
      logins: [],
      said: ['db-admins', 'toString'].map(
        (name) =>
          `access-group-unmapped ${name}: an access group of this host (${TAG}), but the map has none of that name: it lets nobody in`,
      ),
    });
  });

  test('nobody by a group that the directory does not have, and say who names it', () => {
    const map: AccessMap = new Map([[groupName('web-prod'), people({ groups: ['web-amdins'] })]]);
    expect(admitted('web-prod', map)).toEqual({
      logins: [],
      said: [
        `access-group-unknown web-amdins: named in access group web-prod of this host (${TAG}), but the directory has no such group; did you mean "web-admins"?`,
      ],
    });
    expect(admitted('web-prod', map, people({ groups: ['web-amdins'] })).said).toEqual([
      `access-group-unknown web-amdins: named in access.groups and access group web-prod of this host (${TAG}), but the directory has no such group; did you mean "web-admins"?`,
    ]);
  });

  test('those of [access] in any case', () => {
    expect(admitted('none', MAP, people({ users: ['dave'] })).logins).toEqual(['dave']);
  });

  test('nobody whom the map does not name, whatever is written', () => {
    const word = fc.oneof(
      fc.constantFrom('web-prod', 'db-prod', 'web-admins', 'everyone', 'always', '__proto__', 'none'),
      fc.string({ maxLength: 10 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const text = words.join(',');
        if (parseAccessGroups(text) instanceof Invalid) return;
        const written = new Set(text.split(/[ ,]/));
        const expected = [...(written.has('web-prod') ? ['alice', 'carol'] : []), ...(written.has('db-prod') ? ['bob'] : [])];
        expect(admitted(text, MAP).logins).toEqual(expected.sort());
      }),
    );
  });
});

describe('allowedHere', () => {
  test('has each once, those of [access] first', () => {
    const hostGrants = grantsOf([{ reference: TAG, groups: [groupName('web-prod')] }], MAP);
    const allow = people({ groups: ['ops', 'web-admins'], users: ['carol', 'eve'] });
    expect(allowedHere(access({ allow, hostGrants }))).toEqual({ groups: ['ops', 'web-admins'], users: ['carol', 'eve'] });
    expect(allowedHere(access({ hostGrants }))).toEqual({ groups: ['web-admins'], users: ['carol'] });
    expect(allowedHere(access({ allow }))).toBe(allow);
  });
});

describe('grantBehind', () => {
  const hostGrants = grantsOf([{ reference: TAG, groups: [groupName('db-prod'), groupName('web-prod')] }], MAP);

  test('is the access group that names the group, or the person', () => {
    expect(grantBehind(access({ hostGrants }), login('alice'), groupName('web-admins'))?.accessGroup).toBe('web-prod');
    expect(grantBehind(access({ hostGrants }), login('carol'), undefined)?.accessGroup).toBe('web-prod');
  });

  test('is none where [access] says it itself', () => {
    expect(
      grantBehind(access({ allow: people({ groups: ['web-admins'] }), hostGrants }), login('alice'), groupName('web-admins')),
    ).toBeUndefined();
    expect(grantBehind(access({ allow: people({ users: ['carol'] }), hostGrants }), login('carol'), undefined)).toBeUndefined();
  });
});
