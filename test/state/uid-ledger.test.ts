import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LedgerUpdate, Owner, PastHolding, UidHolding } from '../../src/directory/uid-holding.ts';
import {
  dropStagedLedger,
  keepStagedLedger,
  ownerOf,
  readLedgerRebuilt,
  readUidLedger,
  setLedgerAside,
  stageUidLedger,
  type StoredUidLedger,
} from '../../src/state/uid-ledger.ts';
import { applyUpdate, NOBODY } from '../../src/state/uid-ledger-lines.ts';
import { person } from '../policy/sample-directory.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-ledger-'));
  path = join(folder, 'uid-ledger');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const nothing: StoredUidLedger = { day: 0, held: NOBODY, past: [] };
const alice: UidHolding = { uid: 2001, owner: 'i=corp/a' as Owner, name: 'alice', firstSeen: 20_000 };
const bob: UidHolding = { uid: 10_001, owner: 'd#00112233445566778899aabbccddeeff' as Owner, name: 'bob$', firstSeen: 20_001 };
const carol: PastHolding = { uid: 2002, owner: 'u' as Owner, name: 'carol', firstSeen: 19_000, goneSince: 20_002 };

function update(changes: Partial<LedgerUpdate> = {}): LedgerUpdate {
  return { day: 20_003, removed: new Set(), added: [alice, bob], past: [carol], ...changes };
}

function keep(changes?: Partial<LedgerUpdate>, before: StoredUidLedger = nothing): StoredUidLedger {
  stageUidLedger(path, before, update(changes));
  keepStagedLedger(path);
  return read();
}

function read(): StoredUidLedger {
  const ledger = readUidLedger(path);
  if (typeof ledger !== 'object') throw new Error(ledger ?? 'no ledger');
  return ledger;
}

function holdings({ held }: StoredUidLedger): UidHolding[] {
  return Array.from({ length: held.count }, (_, index) => held.read(index));
}

describe('a uid ledger', () => {
  test('is read as it was written', () => {
    const ledger = keep();
    expect(ledger).toMatchObject({ day: 20_003, past: [carol], rebuilt: undefined });
    expect(holdings(ledger)).toEqual([alice, bob]);
  });

  test('is for root alone', () => {
    keep();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('takes an update: some go, some change, some come between', () => {
    const renamed = { ...alice, name: 'alicia' };
    const dave = { ...alice, uid: 2005, name: 'dave' };
    const next = keep({ removed: new Set([0]), added: [renamed, dave], past: [] }, keep());
    expect(holdings(next)).toEqual([renamed, dave, bob]);
    expect(next.past).toEqual([]);
  });

  test('is what it was until the staged one is kept', () => {
    keep();
    stageUidLedger(path, read(), update({ added: [], past: [] }));
    expect(holdings(read())).toEqual([alice, bob]);
    dropStagedLedger(path);
    expect(existsSync(`${path}.new`)).toBe(false);
    expect(() => keepStagedLedger(path)).toThrow('cannot keep the uid ledger');
  });

  test('is none where nothing was written', () => {
    expect(readUidLedger(path)).toBeUndefined();
    expect(readLedgerRebuilt(path)).toBeUndefined();
  });

  test('that is cut, at whatever byte, is damaged and not a shorter one', async () => {
    keep();
    const bytes = await readFile(path);
    for (let length = 0; length < bytes.length; length += 1) {
      await writeFile(path, bytes.subarray(0, length));
      expect(readUidLedger(path), `after ${length} bytes`).toBe(`${path} is damaged or cut`);
    }
  });

  test('with another byte, wherever, is damaged', async () => {
    keep();
    const bytes = await readFile(path);
    for (const [index, byte] of bytes.entries()) {
      bytes[index] = byte ^ 1;
      await writeFile(path, bytes);
      expect(readUidLedger(path), `byte ${index}`).toEqual(expect.any(String));
      bytes[index] = byte;
    }
  });

  test('that replaces a damaged one says so from then on, and the damaged one stays beside it', async () => {
    await writeFile(path, 'nonsense');
    const rebuilt = { day: 20_003, fault: 'it is damaged' };
    stageUidLedger(path, { ...nothing, rebuilt }, update());
    setLedgerAside(path);
    keepStagedLedger(path);
    expect(readLedgerRebuilt(path)).toEqual(rebuilt);
    expect(await readFile(`${path}.damaged`, 'utf8')).toBe('nonsense');
    keep({}, read());
    expect(readLedgerRebuilt(path)).toEqual(rebuilt);
  });
});

describe('who holds a uid', () => {
  const { held } = applyUpdate(NOBODY, update());

  test.each([
    [2001, 0],
    [10_001, 1],
    [2000, -1],
    [2002, -1],
    [10_002, -1],
    [4_294_967_294, -1],
  ])('is found: %i at %i', (uid, index) => {
    expect(held.indexOf(uid)).toBe(index);
  });

  test.each([
    ['the owner', 'i=corp/a', true],
    ['a longer owner', 'i=corp/ab', false],
    ['a shorter owner', 'i=corp/', false],
    ['another owner', 'i=corp/b', false],
    ['nothing', '', false],
  ])('is compared with %s', (_what, owner, is) => {
    expect(held.isOwner(0, owner as Owner)).toBe(is);
  });

  test.each([
    ['the name', 'alice', true],
    ["the name's end", 'lice', false],
    ['a longer name', 'malice', false],
    ['nothing', '', false],
  ])('is compared with %s', (_what, name, is) => {
    expect(held.isNamed(0, name)).toBe(is);
  });

  test('is found for every set of people', () => {
    const uids = fc.uniqueArray(fc.integer({ min: 1, max: 4_294_967_294 }), { maxLength: 40 });
    fc.assert(
      fc.property(uids, fc.nat(), (numbers, other) => {
        const added = numbers.sort((a, b) => a - b).map((uid) => ({ ...alice, uid, name: `p${uid}`, owner: `i=corp/${uid}` as Owner }));
        const ledger = applyUpdate(NOBODY, update({ added }));
        for (const [index, { uid, owner, name }] of added.entries()) {
          expect(ledger.held.indexOf(uid)).toBe(index);
          expect([ledger.held.isOwner(index, owner), ledger.held.isNamed(index, name)]).toEqual([true, true]);
        }
        if (!numbers.includes(other)) expect(ledger.held.indexOf(other)).toBe(-1);
      }),
    );
  });
});

describe('the owner of a uid', () => {
  test.each([
    ['an immutable id', { id: '4c0c6d9e-8d4b-4b0c-9f3a-0a1b2c3d4e5f' }, 'i=corp/4c0c6d9e-8d4b-4b0c-9f3a-0a1b2c3d4e5f'],
    ['a DN', { id: 'uid=a,dc=x', dn: 'uid=a,dc=x' }, 'd=corp/uid=a,dc=x'],
  ])('is written as %s', (_what, changes, owner) => {
    expect(ownerOf(person('alice', changes))).toBe(owner);
  });

  test.each([['a b'], ['a\n- 2001 u 0 0 x'], ['é'], ['\0'], ['x'.repeat(65)]])('of a strange id is a digest: %j', (id) => {
    expect(ownerOf(person('alice', { id }))).toMatch(/^i#[0-9a-f]{32}$/);
    expect(ownerOf(person('alice', { id }))).not.toBe(ownerOf(person('alice', { id: `${id}.` })));
    expect(ownerOf(person('alice', { id }))).not.toBe(ownerOf(person('alice', { id, source: 'aws' })));
  });

  test('of every id fits into its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (id) => {
        const owner = ownerOf(person('alice', { id }));
        expect(applyUpdate(NOBODY, update({ added: [{ ...alice, owner }] })).held.read(0).owner).toBe(owner);
      }),
    );
  });
});
