import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../src/state/run-record.ts';
import { type CommandResult, ScratchRoot } from './command.ts';

describe.concurrent('status', () => {
  test('of a new host says that nobody can log in, and what to do', async () => {
    await using root = await ScratchRoot.create({});
    expect(await root.holdfast('status')).toEqual({
      status: 1,
      stderr: '',
      stdout: `generation   none
source corp  never complete on this host
quarantined  nothing
adjusted     nothing
last run     never
held         nothing

problem: nothing was ever committed here: nobody of the directory can log in
   hint: holdfast sync
problem: source "corp" has never given a complete directory
   hint: holdfast sync
`,
    });
  });

  test('says the same as JSON', async () => {
    await using root = await ScratchRoot.create({});
    const { status, stdout, stderr } = await root.holdfast('status', '--json');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, sources: [{ name: 'corp' }], problems: [{ hint: 'holdfast sync' }, {}] });
  });

  test('says which access groups nobody has read yet', async () => {
    await using root = await ScratchRoot.create({ 'access.host_groups': 'imds-tag:AccessGroup', 'access.map_file': 's3://maps/prod.toml' });
    const { stdout } = await root.holdfast('status');
    expect(stdout).toContain('access groups  never known (imds-tag:AccessGroup)\naccess map     never known (s3://maps/prod.toml)\n');
    expect(stdout).toContain(
      'problem: access groups (imds-tag:AccessGroup): not read yet; nothing was ever known of them on this host, so they let nobody in\n',
    );
    expect(stdout).toContain('problem: access map (s3://maps/prod.toml): not read yet; this host never had a good one');
  });

  test('changes nothing on the host', async () => {
    await using root = await ScratchRoot.create({});
    await root.holdfast('status');
    await expect(rm(root.state, { recursive: true })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('refuses a configuration that is not there', async () => {
    await using root = await ScratchRoot.create();
    expect(await root.holdfast('status')).toMatchObject({ status: 78, stdout: '' });
  });

  test('tells how the last run went', async () => {
    await using root = await ScratchRoot.create({});
    await record(root, { outcome: 'failed', exitStatus: 75, message: 'source "corp": no answer' });
    const { status, stdout } = await root.holdfast('status');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^last run {5}\d+ seconds? ago: failed, status 75$/m);
    expect(stdout).toContain('problem: the last run failed with status 75: source "corp": no answer\n');
  });

  test.each([
    ['no record at all', ''],
    ['half a record', '{"version":1,"startedAt":"2026-'],
    ['a record of another version', '{"version":2}'],
    ['a JSON null', 'null'],
  ])('takes %s for no last run', async (_what, text) => {
    await using root = await ScratchRoot.create({});
    await root.write('var/lib/holdfast/state/last-run.json', text);
    expect(await root.holdfast('status')).toMatchObject({ status: 1, stderr: '' });
  });

  test.each<[string, (generations: string) => Promise<unknown>, string]>([
    ['has no generation', async () => await Promise.resolve(), 'generation 7 has no manifest.json'],
    ['has an empty manifest', async (folder) => await writeIn(folder, 'manifest.json', ''), 'manifest.json is no JSON'],
    ['has half a manifest', async (folder) => await writeIn(folder, 'manifest.json', '{"version":1}'), 'manifest.json: '],
    ['has a folder for a manifest', async (folder) => await mkdir(join(folder, '7/manifest.json'), { recursive: true }), 'manifest.json'],
    ['leads to a file', async (folder) => await writeFile(join(folder, '7'), ''), 'generation 7'],
  ])('tells of a current that %s', async (_what, damage, fault) => {
    await using root = await ScratchRoot.create({});
    const generations = join(root.state, 'generations');
    await mkdir(generations, { recursive: true });
    await damage(generations);
    await symlink('generations/7', join(root.state, 'current'));
    expectProblem(await root.holdfast('status'), fault);
  });

  test.each([
    ['outside', '../../../etc'],
    ['by its whole path', '/var/lib/holdfast/generations/7'],
    ['above', 'generations/../../7'],
    ['to zero', 'generations/0'],
  ])('tells of a current that leads %s', async (_where, target) => {
    await using root = await ScratchRoot.create({});
    await mkdir(root.state, { recursive: true });
    await symlink(target, join(root.state, 'current'));
    expectProblem(await root.holdfast('status'), `current leads to "${target}", which is no generation`);
  });
});

function expectProblem({ status, stdout, stderr }: CommandResult, fault: string): void {
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const problem = stdout.split('\n').find((line) => line.startsWith('problem: '));
  expect(problem).toContain('problem: the current generation is damaged: ');
  expect(problem).toContain(fault);
}

async function writeIn(generations: string, name: string, text: string): Promise<void> {
  await mkdir(join(generations, '7'), { recursive: true });
  await writeFile(join(generations, '7', name), text);
}

async function record(root: ScratchRoot, changes: Partial<RunRecord>): Promise<void> {
  const now = new Date().toISOString();
  const run: RunRecord = {
    version: 1,
    startedAt: now,
    finishedAt: now,
    outcome: 'failed',
    exitStatus: 75,
    sources: [],
    findings: [],
    ...changes,
  };
  await root.write('var/lib/holdfast/state/last-run.json', JSON.stringify(run));
}
