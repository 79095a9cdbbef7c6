import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HostPaths, hostPaths } from '../../src/host/paths.ts';
import { decryptWithHostKey, encryptWithHostKey } from '../../src/host/systemd-creds.ts';

let root: string;
let paths: HostPaths;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-creds-'));
  paths = hostPaths(root, '/var/lib/holdfast');
});

afterEach(async () => await rm(root, { recursive: true }));

test.each(['', 'password\n', 'ü€', 'x'.repeat(512 * 1024)])('a text comes back as it was', async (text) => {
  const encrypted = await encryptWithHostKey(paths, 'one', text);
  expect(encrypted).toMatchObject({ text: expect.not.stringContaining('password') as string });
  expect(await decryptWithHostKey(paths, 'one', textOf(encrypted))).toEqual({ text });
});

test('under another name there is none', async () => {
  const encrypted = textOf(await encryptWithHostKey(paths, 'one', 'password'));
  const fault = expect.stringMatching(/^systemd-creds: .*'one' does not match/) as string;
  expect(await decryptWithHostKey(paths, 'two', encrypted)).toEqual({ fault });
});

test('what it could not decrypt again is not encrypted', async () => {
  expect(await encryptWithHostKey(paths, 'one', 'x'.repeat(512 * 1024 + 1))).toMatchObject({ fault: expect.any(String) as string });
});

test.each(['', 'no base64!', 'AAAA', '\0'.repeat(100)])('what is none has a reason: %j', async (text) => {
  expect(await decryptWithHostKey(paths, 'one', text)).toMatchObject({ fault: expect.stringMatching(/^systemd-creds: ./) as string });
});

function textOf(creds: { readonly text: string } | { readonly fault: string }): string {
  if ('fault' in creds) throw new Error(creds.fault);
  return creds.text;
}
