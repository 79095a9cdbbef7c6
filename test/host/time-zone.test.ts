import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostPaths } from '../../src/host/paths.ts';
import { readTimeZone } from '../../src/host/time-zone.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-zone-'));
  await mkdir(join(root, 'etc'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

test.each([
  ['/usr/share/zoneinfo/Europe/Berlin', 'Europe/Berlin'],
  ['../usr/share/zoneinfo/America/Argentina/Salta', 'America/Argentina/Salta'],
  ['/usr/share/zoneinfo/posix/Asia/Tokyo', 'Asia/Tokyo'],
  ['/usr/share/zoneinfo/Mars/Olympus', 'UTC'],
])('readTimeZone follows the link %s', async (target, zone) => {
  await symlink(target, join(root, 'etc/localtime'));
  expect(readTimeZone(hostPaths(root, '/var/lib/holdfast'))).toBe(zone);
});

test('readTimeZone takes the name beside a copy of the file', async () => {
  await writeFile(join(root, 'etc/localtime'), 'TZif2');
  await writeFile(join(root, 'etc/timezone'), 'Asia/Tokyo\n');
  expect(readTimeZone(hostPaths(root, '/var/lib/holdfast'))).toBe('Asia/Tokyo');
});

test('readTimeZone is UTC where the host has none, as in glibc', async () => {
  await writeFile(join(root, 'etc/timezone'), 'Asia/Tokyo\n');
  expect(readTimeZone(hostPaths(root, '/var/lib/holdfast'))).toBe('UTC');
});
