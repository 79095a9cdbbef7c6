import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readStateFile, writeStateFile } from '../../src/state/state-file.ts';
import { failureOf } from '../config/failure.ts';

const schema = z.strictObject({ version: z.literal(1), text: z.string() });

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-state-'));
  path = join(folder, 'state.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('writeStateFile', () => {
  test('writes what readStateFile reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        writeStateFile(path, { version: 1, text });
        expect(readStateFile(path, schema)).toEqual({ version: 1, text });
      }),
      { numRuns: 20 },
    );
  });

  test('leaves one file, that only its owner can read', async () => {
    writeStateFile(path, { version: 1, text: 'a' });
    writeStateFile(path, { version: 1, text: 'b' });
    expect(await readdir(folder)).toEqual(['state.json']);
    expect((await stat(path)).mode & 0o7777).toBe(0o600);
  });

  test('makes a file private again that was open', async () => {
    await writeFile(path, '{}');
    await chmod(path, 0o666);
    writeStateFile(path, { version: 1, text: 'a' });
    expect((await stat(path)).mode & 0o7777).toBe(0o600);
  });

  test('replaces the file, so that a reader of the old one reads it to its end', async () => {
    writeStateFile(path, { version: 1, text: 'a' });
    const before = (await stat(path)).ino;
    writeStateFile(path, { version: 1, text: 'b' });
    expect((await stat(path)).ino).not.toBe(before);
    expect(await readFile(path, 'utf8')).toBe('{\n "version": 1,\n "text": "b"\n}\n');
  });

  test.each([
    ['there is no folder', () => join(folder, 'gone/state.json')],
    ['a folder is in its place', () => folder],
  ])('says that it cannot write when %s', (_why, where) => {
    const failure = failureOf(() => writeStateFile(where(), {}));
    expect(failure.code).toBe('cache-failed');
    expect(failure.message).toContain(`cannot write ${where()}: `);
  });
});

describe('readStateFile', () => {
  test('is undefined for a file that is not there', () => {
    expect(readStateFile(path, schema)).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['half of it', '{"version": 1, "te'],
    ['another version', '{"version": 2, "text": "a"}'],
    ['a field too many', '{"version": 1, "text": "a", "more": 1}'],
    ['a field too few', '{"version": 1}'],
    ['null', 'null'],
    ['zeros, as after a power cut', '\0'.repeat(64)],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
  ])('is undefined for %s: it is made anew', async (_what, content) => {
    await writeFile(path, content);
    expect(readStateFile(path, schema)).toBeUndefined();
  });

  test('says that it cannot read a link to itself, and calls it no bug', async () => {
    await symlink('state.json', path);
    expect(failureOf(() => readStateFile(path, schema)).message).toContain(path);
  });

  test('takes a folder for damaged state, which the next run moves aside', async () => {
    await mkdir(path);
    expect(readStateFile(path, schema)).toBeUndefined();
  });
});
