import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listBatches } from '../../src/state/audit-batch.ts';
import { isHeldRemovalsDamaged } from '../../src/state/held-removals.ts';
import { moveFoldersAside } from '../../src/state/misplaced-folders.ts';
import { loadSnapshot } from '../../src/state/snapshot-file.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-state-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('moveFoldersAside', () => {
  test.each([
    'held-removals.json',
    'last-run.json.123',
    'snapshot-corp.ndjson',
    'snapshot-corp.ndjson.new',
    'audit-3-1760000000000.batch',
    'audit.batch.new',
    'uid-ledger',
  ])('puts an empty file in the place of a folder %s, and keeps what is in it', (name) => {
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(join(path, 'within'), 'text');
    expect(moveFoldersAside(folder)).toEqual([{ from: path, to: `${path}.folder-1` }]);
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(readFileSync(join(`${path}.folder-1`, 'within'), 'utf8')).toBe('text');
    expect(moveFoldersAside(folder)).toEqual([]);
  });

  test('takes another name where that is taken', () => {
    mkdirSync(join(folder, 'audit.json'));
    mkdirSync(join(folder, 'audit.json.folder-1'));
    expect(moveFoldersAside(folder)).toMatchObject([{ to: join(folder, 'audit.json.folder-2') }]);
  });

  test('leaves files, and folders that are nothing of its own', () => {
    writeFileSync(join(folder, 'audit.json'), '{}');
    mkdirSync(join(folder, 'notes'));
    expect(moveFoldersAside(folder)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['audit.json', 'notes']);
  });

  test('leaves damaged state, not missing state', () => {
    for (const name of ['held-removals.json', 'snapshot-corp.ndjson', 'audit-3-1760000000000.batch']) mkdirSync(join(folder, name));
    moveFoldersAside(folder);
    expect(isHeldRemovalsDamaged(join(folder, 'held-removals.json'))).toBe(true);
    expect(loadSnapshot(join(folder, 'snapshot-corp.ndjson'))).toMatch(/is damaged or cut$/);
    expect(listBatches(folder)).toEqual([]);
    expect(existsSync(join(folder, 'audit-3-1760000000000.batch'))).toBe(false);
  });
});
