import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgetAgeingDay, readAgeingDay, writeAgeingDay } from '../../src/state/ageing-day.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-ageing-day-'));
  path = join(folder, 'ageing-day.json');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('is read as it was written, by root alone, and written anew only when it is another', async () => {
  expect(readAgeingDay(path)).toBeUndefined();
  writeAgeingDay(path, { day: 20_500, clock: 20_400, behindSince: 20_399 });
  expect(readAgeingDay(path)).toMatchObject({ day: 20_500, clock: 20_400, behindSince: 20_399 });
  const { ino, mode } = await stat(path);
  expect(mode & 0o777).toBe(0o600);
  writeAgeingDay(path, { day: 20_500, clock: 20_400, behindSince: 20_399 });
  expect((await stat(path)).ino).toBe(ino);
  writeAgeingDay(path, { day: 20_501, clock: 20_501 });
  expect(readAgeingDay(path)).toEqual({ version: 1, day: 20_501, clock: 20_501 });
});

test.each(['', '{', '{"version":1,"day":-1,"clock":1}', '{"version":1,"day":1e400,"clock":1}', '{"version":1,"day":"1","clock":1}'])(
  'is none when the file holds %j',
  async (text) => {
    await writeFile(path, text);
    expect(readAgeingDay(path)).toBeUndefined();
  },
);

test('is none when it was forgotten, twice too', async () => {
  await writeFile(path, 'x');
  forgetAgeingDay(path);
  forgetAgeingDay(path);
  expect(readAgeingDay(path)).toBeUndefined();
});
