import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clearHeldRemovals, digestRemovals, readHeldRemovals, writeHeldRemovals } from '../../src/state/held-removals.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-held-'));
  path = join(folder, 'held-removals.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const held = {
  digest: digestRemovals('alice\nbob'),
  since: '2026-01-02T03:04:05.000Z',
  findings: [{ guard: 'max_removed', text: '2 people would go', names: ['alice', 'bob'] }],
  refused: [{ name: 'carol', source: 'corp' }, { name: 'dave' }],
};

describe('held removals', () => {
  test('are read as they were written', () => {
    writeHeldRemovals(path, held);
    expect(readHeldRemovals(path)).toEqual({ version: 1, ...held });
  });

  test('are none when nothing is held, and after they are cleared', () => {
    expect(readHeldRemovals(path)).toBeUndefined();
    writeHeldRemovals(path, held);
    clearHeldRemovals(path);
    clearHeldRemovals(path);
    expect(existsSync(path)).toBe(false);
    expect(readHeldRemovals(path)).toBeUndefined();
  });

  test('that are cut, at whatever byte, are none: nothing is approved by half a file', async () => {
    writeHeldRemovals(path, held);
    const text = await readFile(path, 'utf8');
    for (let length = 0; length < text.length - 2; length += 1) {
      await writeFile(path, text.slice(0, length));
      expect(readHeldRemovals(path), `after ${length} bytes`).toBeUndefined();
    }
  });
});

describe('digestRemovals', () => {
  test('is the sha256 of the text', () => {
    expect(digestRemovals('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test('is the same for the same removals alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(digestRemovals(one) === digestRemovals(other)).toBe(one === other);
      }),
    );
  });
});
