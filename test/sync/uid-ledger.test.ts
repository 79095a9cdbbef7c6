import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Generation } from '../../src/caches/generation.ts';
import { emptyView } from '../../src/directory/host-view.ts';
import type { PasswdEntry } from '../../src/directory/passwd.ts';
import type { DirectoryUser } from '../../src/directory/snapshot.ts';
import type { LedgerUpdate, UidHolding } from '../../src/directory/uid-holding.ts';
import { readContestedUids } from '../../src/state/contested-uids.ts';
import { writeRunRecord } from '../../src/state/run-record.ts';
import { keepStaged, stageSnapshot } from '../../src/state/snapshot-file.ts';
import { keepStagedLedger, ownerOf, stageUidLedger } from '../../src/state/uid-ledger.ts';
import { NOBODY } from '../../src/state/uid-ledger-lines.ts';
import type { Baseline } from '../../src/sync/baseline.ts';
import type { DirectoryContext } from '../../src/sync/context.ts';
import { type JudgedUid, type OpenedLedger, openLedger, recordContests } from '../../src/sync/uid-ledger.ts';
import { localAccounts, person, policy, snapshot } from '../policy/sample-directory.ts';

const DAY = 86_400_000;
const alice = person('alice', { uid: 2001 });
const bob = person('bob', { uid: 2002 });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-uids-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const inFolder = (name: string): string => join(folder, name);

function contextOn(day: number): DirectoryContext {
  const paths = {
    uidLedger: inFolder('uid-ledger'),
    contestedUids: inFolder('contested-uids.json'),
    runRecord: inFolder('last-run.json'),
    snapshot: (source: string) => inFolder(`snapshot-${source}.ndjson`),
  };
  const sources = [{ name: 'corp' }];
  return { paths, sources, policy: policy(), local: localAccounts(), now: () => new Date(day * DAY) } as unknown as DirectoryContext;
}

/** A host that shows these people. */
function showing(...people: readonly DirectoryUser[]): Baseline {
  const generation = { manifest: { sources: [{ name: 'corp' }] } } as unknown as Generation;
  return { generation, fault: undefined, view: () => ({ ...emptyView, passwd: people as unknown as PasswdEntry[] }) };
}

const newHost: Baseline = { generation: undefined, fault: undefined, view: () => emptyView };

function keepLedgerOf(day: number): void {
  const update: LedgerUpdate = { day, removed: new Set(), added: [], past: [] };
  stageUidLedger(inFolder('uid-ledger'), { day, held: NOBODY, past: [] }, update);
  keepStagedLedger(inFolder('uid-ledger'));
}

function keepSnapshotOf(day: number, ...people: readonly DirectoryUser[]): void {
  const path = inFolder('snapshot-corp.ndjson');
  stageSnapshot(path, { ...snapshot(people), fetchedAt: day * DAY });
  keepStaged(path);
}

function holdings({ ledger: { held } }: OpenedLedger): UidHolding[] {
  return Array.from({ length: held.count }, (_, index) => held.read(index));
}

describe('a ledger that is not there yet', () => {
  test('is empty on a new host', () => {
    const opened = openLedger(contextOn(20_010), newHost);
    expect(opened).toMatchObject({ isNew: true, ledger: { day: 20_010 } });
    expect(holdings(opened)).toEqual([]);
  });

  test('begins with the last good snapshot, of its day', () => {
    keepSnapshotOf(20_000, alice);
    const opened = openLedger(contextOn(20_010), showing(alice, bob));
    expect(opened.isNew).toBe(true);
    expect(holdings(opened)).toEqual([{ uid: 2001, owner: ownerOf(alice), name: 'alice', firstSeen: 20_000 }]);
  });

  test('begins with whom the caches show, where no snapshot is left', () => {
    const opened = openLedger(contextOn(20_010), showing(bob, alice));
    expect(holdings(opened)).toEqual([
      { uid: 2001, owner: 'u', name: 'alice', firstSeen: 20_010 },
      { uid: 2002, owner: 'u', name: 'bob', firstSeen: 20_010 },
    ]);
  });

  test('is none that is missed on a new host', () => {
    expect(openLedger(contextOn(20_010), newHost).fault).toBeUndefined();
  });

  test.each<[string, Baseline]>([
    ['shows people', showing(alice)],
    ['has damaged caches alone', { ...newHost, fault: 'generation 1: passwd.cache has 0 bytes' }],
  ])('is missed on a host that %s', (_what, baseline) => {
    const text = `${inFolder('uid-ledger')} is missing, though generations were committed here`;
    const opened = openLedger(contextOn(20_010), baseline);
    expect(opened).toMatchObject({ isNew: true, fault: { kind: 'missing', text }, ledger: { rebuilt: { day: 20_010, fault: text } } });
  });

  test('takes the place of a damaged one, and says what was wrong with that', async () => {
    await writeFile(inFolder('uid-ledger'), 'nonsense');
    const text = `${inFolder('uid-ledger')} is damaged or cut`;
    const expected = { isNew: true, fault: { kind: 'damaged', text }, ledger: { rebuilt: { day: 20_010, fault: text } } };
    expect(openLedger(contextOn(20_010), newHost)).toMatchObject(expected);
    expect(await readFile(inFolder('uid-ledger'), 'utf8')).toBe('nonsense');
  });
});

describe('a ledger after a run', () => {
  test.each([
    ['of today', 20_010, 20_010, 20_000, false],
    ['of long ago', 20_010, 20_001, 20_000, false],
    ['by a clock that was ahead of this one', 19_000, 20_010, 20_010, true],
    ['before it was written', 19_000, 19_999, 20_000, false],
  ])('%s has the latest day', (_what, today, lastRun, day, isNew) => {
    keepLedgerOf(20_000);
    const time = new Date(lastRun * DAY).toISOString();
    const run = { startedAt: time, finishedAt: time, outcome: 'unchanged', exitStatus: 0, sources: [], findings: [] } as const;
    writeRunRecord(inFolder('last-run.json'), { ...run, sources: [], findings: [] });
    expect(openLedger(contextOn(today), showing(alice))).toMatchObject({ isNew, ledger: { day } });
  });
});

describe('what waits for a decision', () => {
  const wants: JudgedUid = {
    source: 'corp',
    login: 'bob',
    uid: 2001,
    owner: 'i=corp/b',
    code: 'uid-reused',
    reason: 'was that of "alice"',
    settled: false,
  };
  const gets: JudgedUid = { ...wants, settled: true };
  const record = (judged: readonly JudgedUid[], isSettled: boolean, isFresh: boolean, day = 20_010): string[] => {
    const context = contextOn(day);
    recordContests(context, judged, { isSettled, isFresh });
    return readContestedUids(context.paths.contestedUids).map(({ login, since }) => `${login} ${since.slice(0, 10)}`);
  };

  test.each<[string, readonly JudgedUid[], boolean, boolean, readonly string[]]>([
    ['stays, since the first day', [wants], true, true, ['bob 2024-10-14']],
    ['is done when the person has the uid', [gets], true, true, []],
    ['is not done while a guard holds', [gets], false, true, ['bob 2024-10-14']],
    ['is done when the directory says so no longer', [], true, true, []],
    ['is not done because the directory is down', [], true, false, ['bob 2024-10-14']],
  ])('%s', (_what, judged, isSettled, isFresh, left) => {
    expect(record([wants], true, true)).toEqual(['bob 2024-10-14']);
    expect(record(judged, isSettled, isFresh, 20_020)).toEqual(left);
  });
});
