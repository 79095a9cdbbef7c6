import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Changes } from '../config/configuration.ts';
import { ScratchRoot } from './command.ts';

/** Nobody listens on port 1 of this machine. */
const nobody: Changes = { 'source[0].uris': ['ldaps://127.0.0.1:1'] };

describe.concurrent.each(['sync', 'diff'])('%s', (command) => {
  test('refuses a configuration that is not there with status 78', async () => {
    await using root = await ScratchRoot.create();
    const { status, stdout, stderr } = await root.holdfast(command);
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toMatch(/^holdfast: error: configuration: cannot read ".*": there is no such file\nholdfast: hint: .*--config\n$/);
    expect(await readdir(root.path)).toEqual([]);
  });

  test('refuses a configuration that is wrong with status 78, as JSON too, and touches nothing', async () => {
    await using root = await ScratchRoot.create({ 'access.grups': [] });
    const { status, stdout, stderr } = await root.holdfast(command, '--json');
    expect(status).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      exitStatus: 78,
      problems: [
        { file: root.config, line: 14, column: 1, key: 'access.grups', text: 'is no key that holdfast knows; did you mean "groups"?' },
      ],
    });
    expect(stderr).toBe('');
    expect(await readdir(root.path)).toEqual(['etc']);
  });

  test('ends with status 75 when the source does not answer, and commits nothing', async () => {
    await using root = await ScratchRoot.create(nobody);
    const { status, stderr } = await root.holdfast(command);
    expect(status).toBe(75);
    expect(stderr).toContain('holdfast: error: source "corp": ');
    expect(stderr).toContain('holdfast: source "corp": no last good snapshot of it is here\n');
    await expect(readdir(join(root.state, 'generations'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('prints JSON and nothing else', async () => {
    await using root = await ScratchRoot.create(nobody);
    const { status, stdout, stderr } = await root.holdfast(command, '--json');
    expect({ status, stderr }).toEqual({ status: 75, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ sources: [{ name: 'corp', fresh: false, error: { code: 'source-unavailable' } }] });
  });
});

describe.concurrent('sync', () => {
  test('keeps its private state from everybody else', async () => {
    await using root = await ScratchRoot.create(nobody);
    await root.holdfast('sync');
    const { stat } = await import('node:fs/promises');
    expect(((await stat(root.state)).mode & 0o7777).toString(8)).toBe('755');
    expect(((await stat(join(root.state, 'state'))).mode & 0o7777).toString(8)).toBe('700');
    for (const name of await readdir(join(root.state, 'state'))) {
      expect(((await stat(join(root.state, 'state', name))).mode & 0o077).toString(8), name).toMatch(/^(?:0|44)$/);
    }
  });

  test('writes down that it failed, for status', async () => {
    await using root = await ScratchRoot.create(nobody);
    await root.holdfast('sync');
    const { status, stdout } = await root.holdfast('status', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ lastRun: { outcome: 'failed', exitStatus: 75, sources: [{ name: 'corp' }] } });
  });

  test('says that the state folder cannot be made', async () => {
    await using root = await ScratchRoot.create(nobody);
    await root.write('var/lib/holdfast', 'a file');
    const { status, stderr } = await root.holdfast('sync');
    expect(status).toBe(73);
    expect(stderr).toContain(`cannot make the state folder "${join(root.state, 'state')}": `);
  });
});

describe.concurrent('diff', () => {
  test('writes nothing at all', async () => {
    await using root = await ScratchRoot.create(nobody);
    await root.holdfast('diff');
    expect(await readdir(root.path)).toEqual(['etc']);
  });

  test('is what sync --dry-run does', async () => {
    await using root = await ScratchRoot.create(nobody);
    expect(await root.holdfast('sync', '--dry-run', '--json')).toEqual(await root.holdfast('diff', '--json'));
    expect(await readdir(root.path)).toEqual(['etc']);
  });
});
