import { describe, expect, test } from 'vitest';
import { schemas } from '../../../src/sources/ldap/schema.ts';
import { answerSearch, startFakeLdap, type Step } from '../../support/fake-ldap.ts';
import type { SearchRequest } from '../../support/ldap-request.ts';
import { type Entry, searchDone, searchEntry } from '../../support/ldap-response.ts';
import { failureOf, fetchAll, ldapSource } from '../ldap-source.ts';

const { userFilter, groupFilter, ...schema } = schemas.ad;
const base = 'dc=example,dc=org';
const settings = {
  schema,
  users: { searchBase: base, scope: 'sub' as const, filter: userFilter, passwordHashes: false },
  groups: { searchBase: base, scope: 'sub' as const, filter: groupFilter },
};
const ALL = `CN=all,OU=groups,${base}`;
const logins = ['alice', 'bob', 'carol', 'dave', 'erin'];
/** `(objectClass=*)` on the wire. */
const PRESENT = '\u0087\u000bobjectClass';
const guid = Buffer.from('0bc17af4cc587243a5670e02b2c3d479', 'hex');

function person(uid: string, index: number): Entry {
  const attributes = {
    sAMAccountName: [uid],
    uidNumber: [String(10_000 + index)],
    gidNumber: ['5000'],
    unixHomeDirectory: [`/home/${uid}`],
    objectGUID: [guid],
    userAccountControl: ['514'],
  };
  return { dn: personDn(uid), attributes };
}

function personDn(uid: string): string {
  return `CN=${uid},OU=people,${base}`;
}

/** A part of the group, as Active Directory sends it: the attribute itself is empty then. */
function part(range: string, ...members: readonly string[]): Entry {
  return { dn: ALL, attributes: { sAMAccountName: ['all'], member: [], [`member;range=${range}`]: members.map(personDn) } };
}

type Answer = (attribute: string) => Iterable<Step>;

/** @param answer to a search for the rest of the group */
function script(first: Entry, answer: Answer): { search: (request: SearchRequest) => Iterable<Step> } {
  return {
    search: (request) => {
      if (request.scope === 'base') return answer(request.attributes.join(' '));
      return answerSearch(request.filter.includes('group') ? [first] : logins.map(person), request);
    },
  };
}

function* entry(...entries: readonly Entry[]): Generator<Step> {
  for (const one of entries) yield searchEntry(one);
  yield searchDone({ cookie: '' });
}

describe('a group whose members come in parts', () => {
  test('is whole when all parts have come', async () => {
    const rest: Readonly<Record<string, Entry>> = {
      'member;range=2-*': part('2-3', 'carol', 'dave'),
      'member;range=4-*': part('4-*', 'erin'),
    };
    await using server = await startFakeLdap(script(part('0-1', 'alice', 'bob'), (attribute) => entry(...[rest[attribute] ?? []].flat())));
    const { groups } = await fetchAll(ldapSource(server.uri, settings));
    expect(groups).toMatchObject([{ name: 'all', members: logins }]);
    expect(
      server.searches.filter(({ scope }) => scope === 'base').map(({ base: dn, rawFilter }) => [dn, rawFilter.toString('latin1')]),
    ).toEqual([
      [ALL, PRESENT],
      [ALL, PRESENT],
    ]);
  });

  test.each<[string, Answer]>([
    ['the next part is not there', () => entry()],
    ['it is another part', () => entry(part('3-*', 'dave', 'erin'))],
    ['it is empty', () => entry(part('2-*'))],
    ['it has no members at all', () => entry({ dn: ALL, attributes: {} })],
    ['there are parts without end', () => entry(part('2-1', 'carol'))],
  ])('fails the fetch when %s', async (_what, answer) => {
    await using server = await startFakeLdap(script(part('0-1', 'alice', 'bob'), answer));
    const { code, message } = await failureOf(fetchAll(ldapSource(server.uri, settings)));
    expect(code).toBe('source-unavailable');
    expect(message).toContain(`the server gave the first 2 members of "${ALL}" and not those behind them`);
  });

  test('fails the fetch when it does not begin with the first', async () => {
    await using server = await startFakeLdap(script(part('1-*', 'bob'), () => entry()));
    expect((await failureOf(fetchAll(ldapSource(server.uri, settings)))).code).toBe('source-unavailable');
  });

  test('fails the fetch when the rest is refused', async () => {
    await using server = await startFakeLdap(script(part('0-1', 'alice', 'bob'), () => [searchDone({ code: 32 })]));
    expect((await failureOf(fetchAll(ldapSource(server.uri, settings)))).message).toContain(`search below "${ALL}"`);
  });
});

test('people of Active Directory have their objectGUID as a text, and their locks', async () => {
  await using server = await startFakeLdap(script(part('0-*', 'alice'), () => entry()));
  const { users } = await fetchAll(ldapSource(server.uri, settings));
  expect(users[0]).toMatchObject({
    name: 'alice',
    uid: 10_000,
    home: '/home/alice',
    id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    limits: [{ kind: 'refused', code: 'account-disabled' }],
  });
});
