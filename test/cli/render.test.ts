import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ScratchRoot, shell } from './command.ts';

/** Runs with stderr as the journal's stream, which systemd names by device and inode. */
async function journal(root: ScratchRoot, args: string): Promise<{ lines: string[]; stdout: string }> {
  const log = join(root.path, 'journal');
  const { stdout } = await shell(
    `: > "$LOG"; export JOURNAL_STREAM="$(stat -c %d:%i "$LOG")"; holdfast --root "$ROOT" ${args} 2>> "$LOG"`,
    {
      env: { LOG: log, ROOT: root.path },
    },
  );
  return { lines: (await readFile(log, 'utf8')).split('\n').slice(0, -1), stdout };
}

describe.concurrent('stderr', () => {
  test('has an error and a hint for a person', async () => {
    await using root = await ScratchRoot.create({ 'state.keep_generations': 0, 'policy.hidden': 'yes' });
    const { stderr } = await root.holdfast('quarantine');
    expect(stderr.split('\n').map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      'holdfast: error',
      'holdfast: error',
      'holdfast: hint',
      'holdfast: hint',
      '',
    ]);
  });

  test('has one line an event for the journal, with its level', async () => {
    await using root = await ScratchRoot.create({ 'state.keep_generations': 0, 'policy.hidden': 'yes' });
    const { lines } = await journal(root, 'quarantine');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^<3>event=error code=configuration detail=config-mistaken message=".*state\.keep_generations: .*\\n.*policy\.hidden: .*"$/,
    );
    expect(lines[1]).toMatch(/^<6>event=hint text=".*"$/);
  });

  test('is no journal when JOURNAL_STREAM names another stream', async () => {
    await using root = await ScratchRoot.create();
    const { stderr } = await shell('JOURNAL_STREAM=1:1 holdfast --root "$ROOT" quarantine', { env: { ROOT: root.path } });
    expect(stderr).toMatch(/^holdfast: error: /);
  });

  test('shows no progress where nobody looks', async () => {
    await using root = await ScratchRoot.create({ 'source[0].uris': ['ldaps://127.0.0.1:1'] });
    const { stderr } = await root.holdfast('sync');
    expect(stderr).not.toContain('\r');
    expect(stderr).not.toContain('\u001b');
  });
});

describe.concurrent('the journal', () => {
  test('gets fields of a failed sync that a program can read', async () => {
    await using root = await ScratchRoot.create({ 'source[0].uris': ['ldaps://127.0.0.1:1'] });
    const { lines, stdout } = await journal(root, 'sync');
    expect(stdout).toBe('');
    expect(lines.map((line) => /^<[0-7]>event=[a-z-]+/.exec(line)?.[0])).toContain('<3>event=source-failed');
    for (const line of lines) expect(line).toMatch(/^<[346]>event=[a-z-]+(?: [a-z_]+=(?:[\w.:/-]+|"(?:[^"\\]|\\.)*"))*$/);
  });
});
