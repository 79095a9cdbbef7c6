import { chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../src/state/run-record.ts';
import { configText } from '../config/configuration.ts';
import { atTerminal, type CommandResult, ScratchRoot } from './command.ts';

describe.concurrent('status', () => {
  test('of a new host says that nobody can log in, and what to do', async () => {
    await using root = await ScratchRoot.create({});
    expect(await root.holdfast('status')).toEqual({
      status: 1,
      stderr: '',
      stdout: `NOBODY of the directory can log in; 2 problems

problem: nothing was ever committed here: nobody of the directory can log in
   hint: holdfast sync
problem: source "corp" has never given a complete directory
   hint: holdfast sync

generation   none
source corp  never complete on this host
quarantined  nothing
adjusted     nothing
last run     never
held         nothing
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

  describe('at a terminal', () => {
    const VERDICT = 'NOBODY of the directory can log in; 3 problems';
    const atWidth = async (root: ScratchRoot, width: number, env: Record<string, string> = {}): Promise<string> => {
      const line = `stty cols ${width} rows 24; holdfast --root ${root.path} status`;
      return (await atTerminal(line, { TERM: 'xterm', ...env })).stdout.replaceAll('\r\n', '\n');
    };

    test.each([80, 120])('breaks its lines at %i columns', async (width) => {
      await using root = await ScratchRoot.create({});
      await record(root, { exitStatus: 75, message: 'no answer, '.repeat(30) });
      const lines = (await atWidth(root, width, { NO_COLOR: '1' })).split('\n');
      expect(lines[0]).toBe(VERDICT);
      const longest = Math.max(...lines.map((line) => line.length));
      expect(longest).toBeGreaterThan(width - 20);
      expect(longest).toBeLessThanOrEqual(width);
    });

    test.each([
      [{}, `\u001b[31m${VERDICT}\u001b[0m\n`],
      [{ NO_COLOR: '1' }, `${VERDICT}\n`],
      [{ NO_COLOR: '' }, `\u001b[31m${VERDICT}\u001b[0m\n`],
      [{ TERM: 'dumb' }, `${VERDICT}\n`],
    ])('with %j has its colours accordingly', async (env, start) => {
      await using root = await ScratchRoot.create({});
      await record(root, { exitStatus: 75 });
      expect((await atWidth(root, 80, env)).startsWith(start)).toBe(true);
    });

    test('is drawn again and again with --watch, on a screen of its own, and Ctrl-C ends that with status 0', async () => {
      await using root = await ScratchRoot.create({});
      // Not the function, since a shell that runs one in the background hears no SIGINT.
      const command = `"$NODE" "$MAIN" --root ${root.path} status --watch 1`;
      const line = `stty cols 80 rows 24; ${command} & pid=$!; sleep 5; kill -INT $pid; wait $pid; echo "status $?"`;
      const stdout = (await atTerminal(line, { TERM: 'xterm', NO_COLOR: '1' })).stdout.replaceAll('\r\n', '\n');
      const [start = '', ...frames] = stdout.split('\u001b[H');
      expect(start).toBe('\u001b[?1049h\u001b[?25l');
      expect(frames.length).toBeGreaterThan(1);
      expect(frames[0]?.startsWith('NOBODY of the directory can log in; 2 problems\u001b[K\n')).toBe(true);
      expect(stdout.endsWith('every 1 s; Ctrl-C ends it\u001b[K\u001b[J\u001b[?25h\u001b[?1049lstatus 0\n')).toBe(true);
    });
  });

  test.each([[['--watch']], [['--watch', '3']]])('refuses %j without a terminal with status 64', async (args) => {
    await using root = await ScratchRoot.create({});
    const { status, stdout, stderr } = await root.holdfast('status', ...args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain('--watch wants a terminal for its output');
  });

  test('changes nothing on the host', async () => {
    await using root = await ScratchRoot.create({});
    await root.holdfast('status');
    await expect(rm(root.state, { recursive: true })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('says with status 78 that there is no configuration, and what serves all the same', async () => {
    await using root = await ScratchRoot.create();
    await record(root, { outcome: 'unchanged', exitStatus: 0, sources: [{ name: 'corp', users: 3, groups: 1 }] });
    const { status, stdout, stderr } = await root.holdfast('status');
    expect({ status, stderr }).toEqual({ status: 78, stderr: '' });
    expect(stdout).toMatch(/^source corp  never complete on this host: 3 people, 1 group$/m);
    expect(stdout).toMatch(/^problem: the configuration is wrong, so that no run can start: configuration: cannot read/m);
  });

  test('of a wrong configuration has its first mistake, how many more there are, and all as JSON', async () => {
    await using root = await ScratchRoot.create({ version: 2, 'access.grups': [], 'state.dir': '/srv/holdfast' });
    await root.write('srv/holdfast/state/last-run.json', runRecord({ outcome: 'unchanged', exitStatus: 0 }));
    const { status, stdout } = await root.holdfast('status');
    expect(status).toBe(78);
    expect(unwrapped(stdout)).toContain(
      `problem: the configuration is wrong, so that no run can start: ${root.config}:1:1: version: 2 is not a version this holdfast reads; wanted: 1; and 1 more\n   hint: holdfast config check; `,
    );
    expect(stdout).toMatch(/^last run +\d+ seconds? ago: unchanged, status 0$/m);
    const json = JSON.parse((await root.holdfast('status', '--json')).stdout) as object;
    expect(json).toMatchObject({
      ok: false,
      configuration: { ok: false, problems: [{ key: 'version', line: 1 }, { key: 'access.grups' }] },
    });
  });

  test('finds a file of rules that the next run will miss, and leaves to it what a source names', async () => {
    await using root = await ScratchRoot.create({ 'policy.keys': { revoked: 'file:/gone' }, 'source[0].tls.ca': 'file:/gone.pem' });
    const { status, stdout } = await root.holdfast('status');
    expect(status).toBe(78);
    expect(unwrapped(stdout)).toMatch(/: policy\.keys\.revoked: cannot read "\/gone": there is no such file\n/);
    expect(stdout).not.toContain('gone.pem');
  });

  test('finds keys of the access map that the next run will miss, and says of a file of access groups what counts without it', async () => {
    const map = { 'access.host_groups': 'file:/gone', 'access.map_file': 's3://maps/a' };
    await using root = await ScratchRoot.create({ ...map, 'access.map_public_key': 'file:/gone.pub' });
    const { status, stdout } = await root.holdfast('status');
    expect(status).toBe(78);
    expect(unwrapped(stdout)).toMatch(/: access\.map_public_key: cannot read "\/gone\.pub": there is no such file\n/);
    await root.write('etc/holdfast/holdfast.toml', configText(map));
    const without = await root.holdfast('status');
    expect(without.status).toBe(1);
    expect(unwrapped(without.stdout)).toContain(
      'access groups (file:/gone) cannot be read: access.host_groups: cannot read "/gone": there is no such file; nothing was ever known',
    );
  });

  test('believes nothing of a configuration that others may write', async () => {
    await using root = await ScratchRoot.create({ 'state.dir': '/tmp/elsewhere' });
    await chmod(root.config, 0o666);
    await record(root, { outcome: 'unchanged', exitStatus: 0 });
    const { status, stdout } = await root.holdfast('status');
    expect(status).toBe(78);
    expect(stdout).toMatch(/^last run +\d+ seconds? ago: unchanged, status 0$/m);
  });

  test('names the keys of [access] that lead nowhere, what may be meant, and what follows', async () => {
    await using root = await ScratchRoot.create({
      'access.groups': ['web-prd'],
      'access.deny': { groups: ['left'] },
      'access.accounts': { deploy: { groups: ['web-prd'] } },
    });
    await record(root, {
      accessFaults: [
        { map: 'group', name: 'web-prd', similar: ['web-prod'] },
        { map: 'group', name: 'left', similar: [] },
        { map: 'group', name: 'taken-out-since', similar: [] },
        { map: 'passwd', name: 'deploy', similar: [] },
      ],
    });
    const problems = unwrapped((await root.holdfast('status')).stdout).split('\n');
    expect(problems.filter((line) => line.startsWith('problem: access.'))).toEqual([
      'problem: access.groups names "web-prd", but the directory has no such group: it lets nobody in; did you mean "web-prod"?',
      'problem: access.accounts.deploy.groups names "web-prd", but the directory has no such group: it lets nobody in; did you mean "web-prod"?',
      'problem: access.deny.groups names "left", but the directory has no such group: it denies nobody',
      'problem: access.accounts.deploy: neither this host nor the directory has an account "deploy", so nobody can log in as it',
    ]);
  });

  describe('while a guard holds', () => {
    const findings = [{ guard: 'passwd-removals', text: '7 of 9 people would go', names: ['carol', 'dave'] }];
    const holding = async (root: ScratchRoot): Promise<void> =>
      await root.write(
        'var/lib/holdfast/state/held-removals.json',
        JSON.stringify({ version: 1, digest: 'x', since: new Date().toISOString(), findings, refused: [] }),
      );

    test('says that rules which were changed since are judged by the next run', async () => {
      await using root = await ScratchRoot.create({});
      await holding(root);
      await record(root, { outcome: 'held', exitStatus: 65, finishedAt: new Date(Date.now() - 60_000).toISOString() });
      const { stdout } = await root.holdfast('status');
      expect(unwrapped(stdout)).toMatch(
        /would go: carol, dave\. The configuration was changed \d+ seconds? ago, after the last run: the next run decides anew\n {3}hint: holdfast diff, then holdfast sync\n/,
      );
    });

    test('says so of a list of revoked keys and of a file of access groups that were changed since', async () => {
      await using root = await ScratchRoot.create({});
      await root.write('revoked', '');
      await root.write('etc/holdfast/holdfast.toml', configText({ 'policy.keys': { revoked: `file:${join(root.path, 'revoked')}` } }));
      await utimes(root.config, 1, 1);
      await holding(root);
      await record(root, { outcome: 'held', exitStatus: 65, finishedAt: new Date(Date.now() - 60_000).toISOString() });
      expect((await root.holdfast('status')).stdout).toMatch(/\. The configuration was changed \d+ seconds? ago, after the last run/);
    });

    test('begins with how many, since when and the commands, and bounds its lists', async () => {
      await using root = await ScratchRoot.create({});
      const names = Array.from({ length: 200 }, (_, index) => `user${index}`);
      const ofGroups = Array.from({ length: 40 }, (_, index) => ({ guard: 'member-removals', text: `all of group ${index}`, names }));
      const held = [
        { guard: 'passwd-removals', text: '200 of 210 people would go', names },
        { guard: 'group-removals', text: '1 group', names: ['web'] },
      ];
      await root.write(
        'var/lib/holdfast/state/held-removals.json',
        JSON.stringify({ version: 1, digest: 'x', since: '2026-01-01T00:00:00.000Z', findings: [...held, ...ofGroups], refused: [] }),
      );
      await record(root, { outcome: 'held', exitStatus: 65, finishedAt: '2126-01-01T00:00:00.000Z' });
      const { stdout } = await root.holdfast('status');
      expect(stdout).toMatch(
        /^HELD: NOBODY of the directory can log in; \d problems\n\nHELD +by a guard for \d+ days \(since 2026-01-01T00:00:00Z\): removals of 200 people and 1 group\n +holdfast diff, .*--approve-removals\n/,
      );
      expect(stdout).toContain('user9 and 190 more; 1 group: web; all of group 0: ');
      expect(stdout).toContain('; and 39 more of the kind\n');
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(500);
      const json: unknown = JSON.parse((await root.holdfast('status', '--json')).stdout);
      expect(json).toMatchObject({ held: { people: 200, groups: 1, hint: expect.stringContaining('holdfast diff') } });
    });

    test('offers no approval of what no run can see', async () => {
      await using root = await ScratchRoot.create({});
      await holding(root);
      await record(root, { finishedAt: '2126-01-01T00:00:00.000Z', sources: [{ name: 'corp', error: 'no answer' }] });
      const { stdout } = await root.holdfast('status');
      expect(unwrapped(stdout)).toContain('Not every source answers, so that they cannot be approved now\n');
      expect(stdout).not.toContain('--approve-removals');
    });
  });

  test('tells how the last run went', async () => {
    await using root = await ScratchRoot.create({});
    await record(root, { outcome: 'failed', exitStatus: 75, message: 'source "corp": no answer' });
    const { status, stdout } = await root.holdfast('status');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^last run {5}\d+ seconds? ago: failed, status 75$/m);
    expect(stdout).toContain('problem: the last run failed with status 75: source "corp": no answer\n');
    await record(root, { outcome: 'failed', exitStatus: 78, message: 'tls.key: "k" has mode 0644', hint: 'chmod 0600 k' });
    expect((await root.holdfast('status')).stdout).toContain('has mode 0644\n   hint: chmod 0600 k; then holdfast sync\n');
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

/** Problems in one line each. */
function unwrapped(text: string): string {
  return text.replaceAll(/\n {9}(?=\S)/g, ' ');
}

async function record(root: ScratchRoot, changes: Partial<RunRecord>): Promise<void> {
  await root.write('var/lib/holdfast/state/last-run.json', runRecord(changes));
}

function runRecord(changes: Partial<RunRecord>): string {
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
  return JSON.stringify(run);
}
