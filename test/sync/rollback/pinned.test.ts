import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Manifest } from '../../../src/caches/manifest.ts';
import { login } from '../../directory/valid.ts';
import { type PinRecord, writePin } from '../../../src/state/pin.ts';
import { pinInEffect, returnsOf } from '../../../src/sync/rollback/pinned.ts';

const PINNED = { target: 3, generation: 8, since: '2026-01-02T03:04:05.000Z', keys: [{ name: 'a', values: ['SHA256:x'] }], members: [] };
const serving = (generation: number): Manifest => ({ generation }) as Manifest;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-pin-'));
  path = join(folder, 'pin.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('pinInEffect', () => {
  test.each([
    ['is one whose generation serves', PINNED, serving(8), 3],
    ['is one that later runs have lessened', PINNED, serving(11), 3],
    ['is none whose generation never served, since the rollback was killed', PINNED, serving(7), undefined],
    ['is the one before, whose successor was killed', { ...PINNED, previous: { ...PINNED, target: 2, generation: 6 } }, serving(7), 2],
    ['is one of which the caches cannot tell', PINNED, 'damaged', 3],
  ])('%s', (_text, record: Omit<PinRecord, 'version'>, current, target) => {
    writePin(path, record);
    const pin = pinInEffect(path, current);
    expect(pin === undefined || !('target' in pin) ? undefined : pin.target).toBe(target);
  });

  test('is none without a record, and one whose record is damaged', async () => {
    expect(pinInEffect(path, serving(1))).toBeUndefined();
    await writeFile(path, '{"version":1');
    const pin = pinInEffect(path, serving(1));
    expect(pin).toEqual({ damaged: true });
    expect(pin !== undefined && returnsOf(pin).key(login('a'), 'SHA256:x')).toBe(false);
  });
});

test('returnsOf gives exactly what the rollback gave', () => {
  const { key, member } = returnsOf({ version: 1, ...PINNED });
  expect([key(login('a'), 'SHA256:x'), key(login('a'), 'SHA256:y'), key(login('b'), 'SHA256:x')]).toEqual([true, false, false]);
  expect(member('web' as never, login('a'))).toBe(false);
});
