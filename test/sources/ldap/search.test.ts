import { describe, expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../../src/directory/snapshot.ts';
import type { HoldfastError } from '../../../src/errors.ts';
import { answerSearch, startFakeLdap, type Step } from '../../support/fake-ldap.ts';
import { encode, encodeInteger, tag } from '../../support/ber.ts';
import type { SearchRequest } from '../../support/ldap-request.ts';
import {
  compareResponse,
  encodeMessage,
  type Entry,
  extendedResponse,
  noticeOfDisconnection,
  oversizedMessage,
  type Response,
  searchDone,
  searchEntry,
  searchReference,
} from '../../support/ldap-response.ts';
import { failureOf, fetchAll, ldapSource, type SourceOptions } from '../ldap-source.ts';

function person(uid: string, number = 10_000): Entry {
  const attributes = { uid: [uid], uidNumber: [String(number)], gidNumber: ['5000'], homeDirectory: [`/home/${uid}`] };
  return { dn: `uid=${uid},ou=people,dc=example,dc=org`, attributes };
}

function people(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => person(`user${index}`, 10_000 + index));
}

const alice = person('alice');
const last = searchDone({ cookie: '' });

type Search = (request: SearchRequest, earlier: number) => Iterable<Step>;

/** The whole directory from a server that answers searches like this. */
async function fetchFrom(search: Search, options?: SourceOptions): Promise<DirectorySnapshot> {
  await using server = await startFakeLdap({ search });
  return await fetchAll(ldapSource(server.uri, options));
}

async function refusal(search: Search, options?: SourceOptions): Promise<HoldfastError> {
  return await failureOf(fetchFrom(search, options));
}

/** What was wrong, without the server and the search that it was wrong with. */
async function reasonOf(search: Search, options?: SourceOptions): Promise<string> {
  const { message, code } = await refusal(search, options);
  expect(code).toBe('source-unavailable');
  return message.replace(/^ldap:\S+ search below "dc=example,dc=org", /, '');
}

function isForGroups({ filter }: SearchRequest): boolean {
  return filter.toLowerCase().includes('posixgroup');
}

describe('a search', () => {
  test('gives every entry of every page', async () => {
    const { users } = await fetchFrom((request) => answerSearch(isForGroups(request) ? [] : people(250), request));
    expect(users.map(({ name }) => name)).toEqual(people(250).map(({ attributes }) => attributes['uid']?.[0]));
  });

  test('asks for pages of the size that is configured, critically, with the cookie of the page before', async () => {
    await using server = await startFakeLdap({ search: (request) => answerSearch(isForGroups(request) ? [] : people(5), request) });
    await fetchAll(ldapSource(server.uri, { pageSize: 2 }));
    expect(server.searches.map(({ paging }) => [paging?.size, paging?.cookie.toString()])).toEqual([
      [2, ''],
      [2, '2'],
      [2, '4'],
      [2, ''],
    ]);
    for (const { controls } of server.searches) expect(controls).toMatchObject([{ oid: '1.2.840.113556.1.4.319', critical: true }]);
  });

  test('asks for what is configured, and sets the server neither a time nor a size limit', async () => {
    await using server = await startFakeLdap();
    await fetchAll(
      ldapSource(server.uri, {
        users: { searchBase: 'ou=people,dc=example,dc=org', scope: 'one', filter: '(&(uid=a*)(!(cn=x\\2a)))', passwordHashes: true },
      }),
    );
    const [users, groups] = server.searches;
    expect(users).toMatchObject({ base: 'ou=people,dc=example,dc=org', scope: 'one', filter: '(&(uid=a*)(!(cn=x\\2a)))' });
    expect(users?.attributes).toContain('userPassword');
    expect(groups).toMatchObject({ base: 'dc=example,dc=org', scope: 'sub', filter: '(objectclass=posixgroup)' });
    for (const search of server.searches) expect(search).toMatchObject({ timeLimit: 0, sizeLimit: 0 });
  });

  test('gives everything when it comes in small pieces', async () => {
    const { users } = await fetchFrom(function* (request) {
      const steps = [...answerSearch(isForGroups(request) ? [] : people(5), request)] as Response[];
      for (const drip of steps) yield { drip, pieceLength: 11, pauseMs: 1 };
    });
    expect(users).toHaveLength(5);
  });

  test('goes on after an empty page that has a cookie, as Active Directory gives', async () => {
    const pages: Step[][] = [
      [searchDone({ cookie: 'a' })],
      [searchEntry(alice), searchDone({ cookie: 'b' })],
      [searchDone({ cookie: 'c' })],
      [last],
    ];
    const { users } = await fetchFrom((request, earlier) => (isForGroups(request) ? [last] : (pages[earlier] ?? [])));
    expect(users).toHaveLength(1);
  });

  test('goes on when each page has the same cookie, as 389-ds gives', async () => {
    const steps = (earlier: number): Step[] => [searchEntry(person(`user${earlier}`)), searchDone({ cookie: earlier < 3 ? 'same' : '' })];
    const { users } = await fetchFrom((request, earlier) => (isForGroups(request) ? [last] : steps(earlier)));
    expect(users).toHaveLength(4);
  });

  test('passes on an entry that came twice, for the policy to judge', async () => {
    const { users } = await fetchFrom((request) => (isForGroups(request) ? [last] : [searchEntry(alice), searchEntry(alice), last]));
    expect(users).toHaveLength(2);
  });

  test('takes an answer with other controls beside the cookie', async () => {
    const other = encode(
      tag.sequence,
      encode(tag.octetString, '1.2.3'),
      encode(tag.boolean, Buffer.from([0xff])),
      encode(tag.octetString, 'x'),
    );
    const { operation, controls = Buffer.alloc(0) } = last;
    const mixed = { operation, controls: encode(0xa0, other, controls.subarray(2)) };
    expect((await fetchFrom(() => [mixed])).users).toEqual([]);
  });
});

describe('no part of a directory passes for the whole', () => {
  test('when the cookie is lost', async () => {
    const lost = /^after 1 entry: the server lost the paging cookie: its answer to a paged search has none/;
    expect(await reasonOf(() => [searchEntry(alice), searchDone()])).toMatch(lost);
    const onSecondPage: Search = (_, earlier) => [searchEntry(person(`user${earlier}`)), searchDone(earlier === 0 ? { cookie: 'a' } : {})];
    expect(await reasonOf(onSecondPage)).toMatch(/^after 2 entries: the server lost the paging cookie/);
  });

  test('with a broken entry on a page, though the next one never comes', async () => {
    const broken = { operation: encode(0x64, encode(tag.octetString, 'dn'), Buffer.from('30ff', 'hex')) };
    const search: Search = (_request, earlier) => (earlier === 0 ? [broken, searchDone({ cookie: 'more' })] : []);
    expect(await reasonOf(search)).toBe("after 1 entry: the server's answer is no LDAP: a length of 127 bytes");
  });

  test('when the second pass fails', async () => {
    const search: Search = (request) => (isForGroups(request) ? [searchDone({ code: 52 })] : [searchEntry(alice), last]);
    expect(await reasonOf(search)).toBe('after 0 entries: answered unavailable (52)');
  });

  test.each(Array.from({ length: 80 }, (_, index) => index + 1))('with result code %i', async (code) => {
    const { message, code: errorCode } = await refusal(() => [searchEntry(alice), searchDone({ code, cookie: '', diagnostic: 'words' })]);
    expect(message).toMatch(new RegExp(`after 1 entry: answered .*\\b${code}\\b.*: "words"$`));
    expect(errorCode).toBe([7, 8, 13, 48, 49, 50].includes(code) ? 'source-refused' : 'source-unavailable');
  });

  test.each<[what: string, steps: () => Iterable<Step>, reason: string]>([
    [
      'a reference to another server',
      () => [searchEntry(alice), searchReference('ldap://elsewhere/dc=b'), last],
      'after 1 entry: referred to "ldap://elsewhere/dc=b": a part of the directory is elsewhere',
    ],
    ['a reference to nowhere', () => [searchReference(), last], 'after 0 entries: referred: a part of the directory is elsewhere'],
    ['a referral', () => [searchDone({ code: 10, referrals: ['ldap://elsewhere/'] })], 'after 0 entries: answered referral (10)'],
    [
      'a notice of disconnection',
      () => [searchEntry(alice), noticeOfDisconnection({ code: 52, diagnostic: 'going down' }), 'close'],
      'after 1 entry: the server ended the connection: unavailable (52): "going down"',
    ],
    [
      'an entry of another search',
      () => [{ ...searchEntry(alice), messageId: 99 }, last],
      "after 0 entries: the server's answer is no LDAP: an answer to request 99, when request 1001 was asked",
    ],
    [
      'another operation',
      () => [compareResponse({ code: 6 }), last],
      "after 0 entries: the server's answer is no LDAP: operation 0x6f in answer to a search",
    ],
    [
      'an extended response',
      () => [extendedResponse(), last],
      "after 0 entries: the server's answer is no LDAP: operation 0x78 in answer to a search",
    ],
    [
      'a message without an operation',
      () => [encode(tag.sequence, encodeInteger(1001)), last],
      "after 0 entries: the server's answer is no LDAP: operation missing in answer to a search",
    ],
    [
      'an entry behind the end',
      () => [Buffer.concat([encodeMessage(1001, last), encodeMessage(1001, searchEntry(alice))])],
      "after 0 entries: the server's answer is no LDAP: a message after the end of the answer",
    ],
    [
      'garbage',
      () => [searchEntry(alice), Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      "after 1 entry: the server's answer is no LDAP: a message starts with 0x48",
    ],
    [
      'an oversized message',
      () => [searchEntry(alice), oversizedMessage(0x7fffffff)],
      "after 1 entry: the server's answer is no LDAP: a message of 2147483647 bytes, at most 67108864 are read",
    ],
    [
      'a broken entry',
      () => [{ operation: encode(0x64, encode(tag.octetString, 'dn'), Buffer.from('30ff', 'hex')) }, last],
      "after 1 entry: the server's answer is no LDAP: a length of 127 bytes",
    ],
    [
      'a broken control',
      () => [{ operation: last.operation, controls: encode(0xa0, encodeInteger(1)) }],
      "after 0 entries: the server's answer is no LDAP: 0x30 was due, 0x2 came",
    ],
    ['a closed connection', () => [searchEntry(alice), 'close'], 'after 1 entry: the server closed the connection'],
    ['a connection reset', () => [searchEntry(alice), { pauseMs: 50 }, 'reset'], 'after 1 entry: the connection was reset (ECONNRESET)'],
    [
      'half a message',
      () => [encodeMessage(1001, searchEntry(alice)).subarray(0, 20), 'close'],
      'after 0 entries: the server closed the connection',
    ],
  ])('with %s', async (_what, steps, reason) => {
    expect(await reasonOf(steps)).toBe(reason);
  });

  test('with empty pages without end', async () => {
    const reason = await reasonOf(() => [searchDone({ cookie: 'again' })]);
    expect(reason).toBe("after 0 entries: the server's answer is no LDAP: 100 empty pages in a row, each with a cookie for another");
  });

  test('with the same pages again and again', async () => {
    const pages = [alice, person('bob')];
    const search: Search = (_, earlier) => [searchEntry(pages[earlier % 2] ?? alice), searchDone({ cookie: String(earlier % 2) })];
    expect(await reasonOf(search)).toBe(
      "after 2 entries: the server's answer is no LDAP: a page that begins as an earlier one did: the server goes in circles",
    );
  });
});

function* endlessEntries(): Generator<Step> {
  for (let number = 0; ; number += 1) {
    yield searchEntry(person(`user${number}`));
    if (number % 100 === 99) yield { pauseMs: 1 };
  }
}

describe.concurrent('a search that takes too long', () => {
  const timeout = 1500;
  const inTime = 'not done within 1.5 s (timeout)';

  test('because the server falls silent', async () => {
    const search: Search = () => [searchEntry(alice), searchEntry(person('bob')), 'silence'];
    expect(await reasonOf(search, { timeout })).toBe(`after 2 entries: ${inTime}`);
  });

  test('because it gives one byte at a time', async () => {
    const search: Search = () => [{ drip: searchEntry(alice), pieceLength: 1, pauseMs: 500 }];
    expect(await reasonOf(search, { timeout })).toBe(`after 0 entries: ${inTime}`);
  });

  test('because there is no end of entries', async () => {
    expect(await reasonOf(endlessEntries, { timeout })).toMatch(/^after \d+ entries: not done within 1\.5 s \(timeout\)$/);
  });

  test('because there is no end of pages', async () => {
    const search: Search = (_, earlier) => [searchEntry(person(`user${earlier}`)), searchDone({ cookie: 'more' })];
    expect(await reasonOf(search, { timeout })).toMatch(/^after \d+ entries: not done within 1\.5 s \(timeout\)$/);
  });
});
