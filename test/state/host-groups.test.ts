import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readKeptMap, writeKeptMap } from '../../src/state/access-map.ts';
import { type KnownGroups, readKnownGroups, writeKnownGroups } from '../../src/state/host-groups.ts';
import { groupName } from '../directory/valid.ts';

const SINCE = '2026-11-23T12:00:00.000Z';
const MACHINE = 'i-0123456789abcdef0';
const known: KnownGroups[] = [{ reference: 'imds-tag:AccessGroup', groups: [groupName('web-prod')], since: SINCE }];
const map = { reference: 's3://maps/prod', text: 'version = 1\n', signature: 'signed', since: SINCE };

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-known-'));
  path = join(folder, 'state.json');
});

afterEach(async () => await rm(folder, { recursive: true }));

describe('known groups', () => {
  test('are read as they were written, by root alone', async () => {
    writeKnownGroups(path, MACHINE, known);
    expect(readKnownGroups(path, MACHINE)).toEqual(known);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('are nothing on another machine', () => {
    writeKnownGroups(path, MACHINE, known);
    expect(readKnownGroups(path, 'i-0123456789abcdef1')).toEqual([]);
    expect(readKnownGroups(path, '')).toEqual([]);
  });

  test('are not written again when they are the same', async () => {
    writeKnownGroups(path, MACHINE, known);
    const { ino } = await stat(path);
    writeKnownGroups(path, MACHINE, structuredClone(known));
    expect((await stat(path)).ino).toBe(ino);
    writeKnownGroups(path, MACHINE, []);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    writeKnownGroups(path, MACHINE, []);
  });

  test.each([
    ['half a file', (text: string) => text.slice(0, 40)],
    ['another version', (text: string) => text.replace('"version": 1', '"version": 2')],
    ['a group that is no name', (text: string) => text.replace('web-prod', '../web')],
    ['a group "none"', (text: string) => text.replace('web-prod', 'none')],
    ['a time that is none', (text: string) => text.replace(SINCE, 'yesterday')],
  ])('are nothing in a file with %s', async (_what, edit) => {
    writeKnownGroups(path, MACHINE, known);
    await writeFile(path, edit(await readFile(path, 'utf8')));
    expect(readKnownGroups(path, MACHINE)).toEqual([]);
  });
});

describe('the kept map', () => {
  test('is read as it was written, by root alone', async () => {
    writeKeptMap(path, map);
    expect(readKeptMap(path, 's3://maps/prod')).toMatchObject(map);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('is none for another place', () => {
    writeKeptMap(path, map);
    expect(readKeptMap(path, 's3://maps/dev')).toBeUndefined();
  });

  test('is not written again when it is the same, and goes when there is none', async () => {
    writeKeptMap(path, map);
    const { ino } = await stat(path);
    writeKeptMap(path, { ...map });
    expect((await stat(path)).ino).toBe(ino);
    writeKeptMap(path, { ...map, signature: 'signed anew' });
    expect(readKeptMap(path, 's3://maps/prod')?.signature).toBe('signed anew');
    writeKeptMap(path, undefined);
    expect(readKeptMap(path, 's3://maps/prod')).toBeUndefined();
    writeKeptMap(path, undefined);
  });
});
