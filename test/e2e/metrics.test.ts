/**
 * What node_exporter finds after each kind of run: as Prometheus reads it, and the same as `holdfast metrics` prints.
 */
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CommandResult, ScratchRoot } from '../cli/command.ts';
import { configText } from '../config/configuration.ts';
import { checkMetrics } from '../support/promtool.ts';

const TEXTFILE = '/var/lib/prometheus/node-exporter/holdfast.prom';

let root: ScratchRoot;
let textfile: string;

beforeEach(async () => {
  root = await ScratchRoot.create();
  textfile = join(root.path, TEXTFILE);
  await mkdir(join(textfile, '..'), { recursive: true });
  await employ(12);
  await root.write('etc/holdfast/holdfast.toml', config());
});

afterEach(async () => await root?.[Symbol.asyncDispose]());

test('a run, one that is held and one that fails each leave their metrics', async () => {
  expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
  const first = await written();
  expect(first).toContain('\nholdfast_generation_entries{map="passwd"} 12\n');
  expect(first).toContain('\nholdfast_last_run_outcome{outcome="committed"} 1\n');
  expect(first).toContain('\nholdfast_source_up{source="people"} 1\n');
  expect(first).toContain('\nholdfast_held 0\n');
  expect((await root.holdfast('metrics')).stdout).toBe(first);
  expect((await stat(textfile)).mode & 0o777).toBe(0o644);
  expect(await checkMetrics(textfile)).toMatchObject({ status: 0, stdout: '', stderr: '' });

  await employ(1);
  expect(await root.holdfast('sync')).toMatchObject({ status: 65 });
  const held = await written();
  expect(held).toContain('\nholdfast_held 1\n');
  expect(held).toContain('\nholdfast_held_names{guard="passwd-removals"} 11\n');
  expect(held).toContain('\nholdfast_generation_entries{map="passwd"} 12\n');
  expect(held).toMatch(/^holdfast_held_since_timestamp_seconds 1[0-9.]+$/m);

  await rm(join(root.path, 'people.toml'));
  const { status } = await root.holdfast('sync');
  const failed = await written();
  expect(failed).toContain(`\nholdfast_last_run_exit_status ${status}\n`);
  expect(failed).toContain('\nholdfast_source_up{source="people"} 0\n');
  expect(failed).toContain('\nholdfast_generation_number 1\n');
  expect(await checkMetrics(textfile)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect((await root.holdfast('metrics')).stdout).toBe(failed);
});

test('a file that cannot be written is a warning, here and in status, and no failure', async () => {
  await rm(join(textfile, '..'), { recursive: true });
  const warning = `metrics: cannot write "${textfile}": ENOENT`;
  expectWarning(await root.holdfast('sync'), warning);
  expect((await root.holdfast('status')).stdout).toContain(warning);

  await mkdir(join(textfile, '..'));
  await mkdir(textfile);
  expectWarning(await root.holdfast('sync'), 'EISDIR');

  await rm(textfile, { recursive: true });
  await writeFile(join(root.path, 'victim'), 'theirs');
  await symlink(join(root.path, 'victim'), textfile);
  expect(await root.holdfast('sync')).toMatchObject({ status: 0, stderr: expect.not.stringContaining('metrics') as string });
  expect(await readFile(join(root.path, 'victim'), 'utf8')).toBe('theirs');
  expect(await root.holdfast('status')).toMatchObject({ stdout: expect.not.stringContaining('metrics') as string });
});

function expectWarning({ status, stderr }: CommandResult, text: string): void {
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining(text) as string });
  expect(stderr).toContain('holdfast: warning: metrics: ');
}

async function written(): Promise<string> {
  return await readFile(textfile, 'utf8');
}

function config(): string {
  const people = { name: 'people', type: 'file', path: join(root.path, 'people.toml') };
  return configText({ source: [people], metrics: { textfile: TEXTFILE } });
}

async function employ(count: number): Promise<void> {
  const users = Array.from({ length: count }, (_one, index) =>
    [
      `[[user]]`,
      `name = "p${index}"`,
      `uid = ${5000 + index}`,
      'gid = 5000',
      `home = "/home/p${index}"`,
      'shell = "/bin/sh"',
      'keys = []',
    ].join('\n'),
  );
  await root.write('people.toml', [...users, '[[group]]', 'name = "people"', 'gid = 5000', ''].join('\n'));
}
