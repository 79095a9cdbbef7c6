import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readRunRecord, type RunRecord, writeRunRecord } from '../../src/state/run-record.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-record-'));
  path = join(folder, 'last-run.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const least: Omit<RunRecord, 'version'> = {
  startedAt: '2026-01-02T03:04:05.000Z',
  finishedAt: '2026-01-02T03:04:06.000Z',
  outcome: 'unchanged',
  exitStatus: 0,
  sources: [],
  findings: [],
};

describe('a run record', () => {
  test.each<[string, Omit<RunRecord, 'version'>]>([
    ['of a run that changed nothing', least],
    [
      'with everything in it',
      {
        ...least,
        outcome: 'failed',
        exitStatus: 75,
        message: 'source "corp": "no answer"\nand more',
        generation: 42,
        sources: [{ name: 'corp', lastSuccess: '2026-01-02T03:04:05.000Z', users: 10, groups: 0, error: 'no answer' }, { name: 'two' }],
        findings: [{ code: 'name-invalid', verdict: 'quarantined', count: 3 }],
      },
    ],
  ])('%s is read as it was written', (_what, record) => {
    writeRunRecord(path, record);
    expect(readRunRecord(path)).toEqual({ version: 1, ...record });
  });

  test('that is not there is none', () => {
    expect(readRunRecord(path)).toBeUndefined();
  });

  test('that is cut, at whatever byte, is none', async () => {
    writeRunRecord(path, least);
    const text = await readFile(path, 'utf8');
    for (let length = 0; length < text.length - 2; length += 1) {
      await writeFile(path, text.slice(0, length));
      expect(readRunRecord(path), `after ${length} bytes`).toBeUndefined();
    }
  });

  test.each([
    ['another version', { version: 2, ...least }],
    ['an outcome that is none', { version: 1, ...least, outcome: 'maybe' }],
    ['a status that is no number', { version: 1, ...least, exitStatus: '0' }],
    ['generation 0', { version: 1, ...least, generation: 0 }],
    ['a source without a name', { version: 1, ...least, sources: [{ users: 1 }] }],
    ['a negative count of users', { version: 1, ...least, sources: [{ name: 'corp', users: -1 }] }],
    ['a field that this version has not', { version: 1, ...least, more: true }],
  ])('with %s is none', async (_what, record) => {
    await writeFile(path, JSON.stringify(record));
    expect(readRunRecord(path)).toBeUndefined();
  });
});
