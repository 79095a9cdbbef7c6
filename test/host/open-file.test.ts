import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceOpenFile } from '../../src/host/open-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-open-file-'));
  path = join(folder, 'x.prom');
});

afterEach(() => rmSync(folder, { recursive: true }));

test('replaces a file by one for everybody, whatever the umask', () => {
  writeFileSync(path, 'old', { mode: 0o600 });
  const umask = process.umask(0o077);
  replaceOpenFile(path, 'new');
  process.umask(umask);
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder)).toEqual(['x.prom']);
});

test.each(['x.prom', 'x.prom.new'])('writes through no link: %s', (name) => {
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'theirs');
  symlinkSync(victim, join(folder, name));
  replaceOpenFile(path, 'new');
  expect([readFileSync(victim, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['theirs', 'new']);
});

test('goes on where a run was killed', () => {
  writeFileSync(`${path}.new`, 'half');
  replaceOpenFile(path, 'new');
  expect(readdirSync(folder)).toEqual(['x.prom']);
});

test('fails where a folder is in its place, and leaves nothing behind', () => {
  expect(() => replaceOpenFile(folder, 'new')).toThrow(/EISDIR|ENOTEMPTY|directory/);
  expect(readdirSync(folder)).toEqual([]);
});
