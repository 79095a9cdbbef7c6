/**
 * A server that answers wrongly in every way: a SourceError, or every entry accounted for; never a crash, never a part of the directory.
 *
 * The damage is random and the same in every run.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../../src/directory/snapshot.ts';
import { SourceError } from '../../../src/sources/source.ts';
import { encode, encodeInteger, encodeLength, tag } from '../../support/ber.ts';
import { type FakeLdap, startFakeLdap, type Step } from '../../support/fake-ldap.ts';
import type { SearchRequest } from '../../support/ldap-request.ts';
import { encodeMessage, type Entry, searchDone, searchEntry } from '../../support/ldap-response.ts';
import { fetchAll, ldapSource, type SourceOptions } from '../ldap-source.ts';

const SEARCH_ENTRY = 0x64;
const PEOPLE = 4;
/** The first request of a connection that is a search. */
const FIRST_SEARCH = 1001;
const last = searchDone({ cookie: '' });

function person(uid: string, more: Entry['attributes'] = {}): Entry {
  const attributes = { uid: [uid], uidNumber: ['10000'], gidNumber: ['5000'], homeDirectory: [`/home/${uid}`], ...more };
  return { dn: `uid=${uid},ou=people,dc=example,dc=org`, attributes };
}

function isForGroups({ filter }: SearchRequest): boolean {
  return filter.toLowerCase().includes('posixgroup');
}

/** What a sound server sends: four people and the end of the page. */
const answer = Buffer.concat(
  [...Array.from({ length: PEOPLE }, (_, index) => searchEntry(person(`user${index}`))), last].map((one) =>
    encodeMessage(FIRST_SEARCH, one),
  ),
);

let server: FakeLdap;

beforeAll(async () => {
  server = await startFakeLdap();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** The directory of a server that answers the search for people like this, and has no groups. */
async function fetchFrom(steps: () => Iterable<Step>, options: SourceOptions = {}): Promise<DirectorySnapshot | SourceError> {
  server.script = { search: (request) => (isForGroups(request) ? [last] : steps()) };
  try {
    return await fetchAll(ldapSource(server.uri, { timeout: 20_000, ...options }));
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
}

async function reasonOf(steps: () => Iterable<Step>, options?: SourceOptions): Promise<string> {
  const outcome = await fetchFrom(steps, options);
  if (!(outcome instanceof SourceError)) throw new Error('it did not fail');
  expect(outcome.code).toBe('source-unavailable');
  return outcome.message.replace(/^ldap:\S+ search below "dc=example,dc=org", /, '');
}

/** Bytes of the answer replaced, put in, taken out, or cut off. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('replace' as const), at: fc.nat(answer.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(answer.length), bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }) }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat(answer.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(answer.length - 1), bytes: fc.constant(new Uint8Array(0)) }),
  // A length that is a few bytes, or a whole message, too long or too short.
  fc.record({
    kind: fc.constant('lengthen' as const),
    at: fc.nat(answer.length - 1),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 1 }),
  }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Buffer, { kind, at, bytes: others }: Damage): Buffer {
  const end = kind === 'insert' || kind === 'cut' ? at : at + others.length;
  if (kind === 'cut') return bytes.subarray(0, at);
  if (kind === 'lengthen')
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([(bytes[at] ?? 0) + (others[0] ?? 0)]), bytes.subarray(at + 1)]);
  return Buffer.concat([bytes.subarray(0, at), kind === 'remove' ? Buffer.alloc(0) : Buffer.from(others), bytes.subarray(end)]);
}

/** Everybody is shown or has a reason. */
function accounted({ users, rejections }: DirectorySnapshot): number {
  return users.length + rejections.filter(({ map, verdict }) => map === 'passwd' && verdict === 'quarantined').length;
}

describe('the answer to a search', () => {
  test('is whole or refused, however it is damaged', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const bytes = damages.reduce(damaged, answer);
        const outcome = await fetchFrom(() => [bytes, 'close']);
        if (outcome instanceof SourceError) {
          refused += 1;
          expect(outcome.message).toMatch(/^[\x20-\x7e…]{1,800}$/);
        } else expect(accounted(outcome)).toBe(PEOPLE);
      }),
      { numRuns: 600, seed: 20_260_101, endOnFailure: true },
    );
    expect(refused).toBeGreaterThan(200);
  });

  test('is refused when it is noise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (noise) => {
        expect(await fetchFrom(() => [Buffer.from(noise), 'close'])).toBeInstanceOf(SourceError);
      }),
      { numRuns: 100, seed: 20_260_102, endOnFailure: true },
    );
  });

  test('is refused when the length of one entry takes in the next', async () => {
    const [one, two] = ['alice', 'bob'].map((name) => searchEntry(person(name)));
    const both = encode(tag.sequence, encodeInteger(FIRST_SEARCH), one?.operation ?? '', encodeMessage(FIRST_SEARCH, two ?? last));
    expect(await reasonOf(() => [both, last])).toBe(
      "after 1 entry: the server's answer is no LDAP: something behind an entry, in the same message",
    );
  });

  test('is taken with controls behind an entry', async () => {
    const outcome = await fetchFrom(() => [{ ...searchEntry(person('alice')), controls: encode(0xa0, encode(tag.sequence)) }, last]);
    expect(outcome).toMatchObject({ users: [{ name: 'alice' }] });
  });

  test('is refused when it is one to another request', async () => {
    const steps = (): Step[] => [searchEntry(person('alice')), { ...searchEntry(person('bob')), messageId: 999 }, last];
    expect(await reasonOf(steps)).toBe(
      "after 1 entry: the server's answer is no LDAP: an answer to request 999, when request 1001 was asked",
    );
  });

  test('is refused when it is nested a hundred thousand times', async () => {
    const depth = 100_000;
    const nested = Buffer.alloc(depth * 6);
    for (let level = 0; level < depth; level += 1) {
      nested.writeUInt16BE(0x3084, level * 6);
      nested.writeUInt32BE((depth - level - 1) * 6, level * 6 + 2);
    }
    expect(await reasonOf(() => [{ operation: encode(SEARCH_ENTRY, nested) }, last])).toBe(
      "after 0 entries: the server's answer is no LDAP: 0x4 was due, 0x30 came",
    );
  });

  test('is refused when an attribute has no end of empty values', async () => {
    const empty = Buffer.alloc(2 * 2_000_001);
    for (let position = 0; position < empty.length; position += 2) empty[position] = tag.octetString;
    const attribute = encode(tag.sequence, encode(tag.octetString, 'sshPublicKey'), encode(tag.set, empty));
    const operation = encode(SEARCH_ENTRY, encode(tag.octetString, 'uid=eve'), encode(tag.sequence, attribute));
    expect(await reasonOf(() => [{ operation }, last])).toBe(
      `after 1 entry: the server's answer is no LDAP: sshpublickey of "uid=eve" has more than 2000000 values`,
    );
  });

  test('is taken with a hundred thousand attributes that nobody asked for', async () => {
    const others = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`x${index}`, ['y']]));
    expect(await fetchFrom(() => [searchEntry(person('alice', others)), last])).toMatchObject({ users: [{ name: 'alice' }] });
  });

  test('with a value of 60 MB harms only its own entry', async () => {
    const long = Buffer.alloc(60_000_000, 'x');
    const outcome = await fetchFrom(() => [searchEntry(person('eve', { homeDirectory: [long] })), searchEntry(person('alice')), last]);
    expect(outcome).toMatchObject({ users: [{ name: 'alice' }], rejections: [{ key: 'eve', code: 'home-invalid' }] });
  });

  test('ends at the number of bytes that a directory may have, whatever they are', async () => {
    const filler = searchEntry(person('eve', { description: [Buffer.alloc(300_000)] }));
    function* endless(): Generator<Step> {
      for (;;) yield* [filler, { pauseMs: 0 }] satisfies Step[];
    }
    expect(await reasonOf(endless, { limits: { entries: 1_000_000, bytes: 5_000_000 } })).toBe(
      'after 16 entries: the directory has more than 5000000 bytes (max_bytes)',
    );
  });

  test('ends at the number of entries that a directory may have, in one page or many', async () => {
    const limits = { entries: 500, bytes: 1_000_000_000 };
    const reason = 'after 500 entries: the directory has more than 500 entries (max_entries)';
    let number = 0;
    function* endless(): Generator<Step> {
      for (;;) yield* [searchEntry(person(`user${(number += 1)}`)), { pauseMs: 0 }] satisfies Step[];
    }
    expect(await reasonOf(endless, { limits })).toBe(reason);
    expect(await reasonOf(() => [searchEntry(person(`user${(number += 1)}`)), searchDone({ cookie: 'more' })], { limits })).toBe(reason);
  });

  test('is refused as soon as a length says more than a message may have', async () => {
    const header = Buffer.concat([Buffer.from([tag.sequence]), encodeLength(0xfffffffe)]);
    expect(await reasonOf(() => [header, 'silence'])).toContain('a message of 4294967294 bytes, at most 67108864 are read');
  });
});
