import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectSuccess, runProgram } from '../support/running-program.ts';
import { BUILT } from './entry-point.ts';
import { recordSession, shownSession } from './session.ts';

const repository = join(import.meta.dirname, '../..');
const demo = [process.execPath, join(import.meta.dirname, 'demo.ts')];
const escape = '\u001B[';

/** Everything that the demo makes is below; everything that it starts has the name in its environment. */
let scratch: string;

beforeAll(async () => {
  if (existsSync(BUILT.holdfast)) return;
  const build = [process.execPath, join(repository, 'packaging/build.ts')];
  expectSuccess(await runProgram(build, { timeoutMs: 100_000 }), build);
});

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'holdfast-demo-test-'));
});

afterEach(async () => {
  expect({ files: readdirSync(scratch), processes: processesOf(scratch) }).toEqual({ files: [], processes: [] });
  await rm(scratch, { recursive: true });
});

describe('npm run demo', () => {
  test('shows a sync, a change and an outage, and leaves nothing behind', async () => {
    const { status, stdout, stderr } = await runProgram(demo, { env: { TMPDIR: scratch } });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

    const session = readSession(stdout);
    expect(session.filter(({ exitStatus }) => exitStatus !== 0).map(({ line, exitStatus }) => [line, exitStatus])).toEqual([
      ['holdfast why dennis.lamport', 1],
      ['holdfast quarantine', 1],
      ['holdfast diff', 1],
      ['getent passwd alan.turing', 2],
      ['ldapwhoami -Q', 255],
      ['holdfast sync', 75],
      ['holdfast status', 1],
    ]);

    const [firstSync, changedSync, outageSync] = outputsOf(session, 'holdfast sync');
    expect(firstSync).toContain('generation 1 serves: 200 people, 20 groups, keys for 24 logins');
    expect(changedSync).toContain('generation 2 serves: 199 people, 20 groups, keys for 23 logins');
    expect(outageSync).toContain('source "corp": its last good snapshot goes on serving');
    expect(outageSync).toContain('nothing to do: generation 2 already shows all this');
    expect(outputsOf(session, 'holdfast status')[1]).toBe('people can log in; 1 problem\n');
    expect(stdout).toMatch(/^source corp +complete \d+ seconds? ago: .*; failed in the last run$/m);

    expect(outputsOf(session, 'holdfast why grace.hopper')[0]).toMatch(
      /^grace\.hopper can log in here: allowed by group web-prod, 1 key$/m,
    );

    const lookup = 'runuser -u nobody -- /usr/lib/holdfast/authorized-keys';
    for (const [login, keys] of [
      ['grace.hopper', 1],
      ['margaret.hamilton', 2],
    ] as const) {
      const [printed = ''] = outputsOf(session, `holdfast keys ${login}`);
      expect(printed.match(new RegExp(`^ssh-ed25519 [A-Za-z0-9+/=]+ ${login}@`, 'gm'))).toHaveLength(keys);
      expect(outputsOf(session, `${lookup} ${login}`)).toEqual([printed]);
    }
    expect(outputsOf(session, `${lookup} alan.turing`)).toEqual(['(no output)\n']);

    const login = (key: string, name: string): string[] =>
      outputsOf(session, `ssh -F ssh_config -i ${key}.key ${name}@web-1 'whoami; pwd'`);
    expect(login('grace', 'grace.hopper')).toEqual(Array.from({ length: 2 }, () => 'grace.hopper\n/home/grace.hopper\n'));
    expect(login('margaret', 'margaret.hamilton')).toEqual(Array.from({ length: 2 }, () => 'margaret.hamilton\n/home/margaret.hamilton\n'));

    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    expect(shownSession(readme), 'npm run session records it anew').toBe(recordSession(stdout));

    expect(stdout).not.toContain(escape);
    expect(stdout.trimEnd().split('\n').slice(-5, -3)).toEqual(['== What you saw', '']);
  });

  test('has colours on a terminal, ends at Ctrl-C, and leaves nothing behind', async () => {
    const { status, shown } = await onTerminal([['generation 1 serves', '\u0003']]);
    expect(shown).toContain(`${escape}1mholdfast sync${escape}22m`);
    expect(shown).toContain('demo: error: interrupted by SIGINT');
    expect(status).toBe(130);
  });

  test('with --keep stays until Ctrl-C, with a way onto the host and a directory that Enter stops', async () => {
    const steps = [
      ['Enter again starts it.', '\r'],
      ['The directory is down.', '\u0003'],
    ] as const;
    const { status, shown } = await onTerminal(steps, '--keep');
    expect(shown).toMatch(/holdfast-demo-\w+\/on-host/);
    expect(shown).toContain('Taken down.');
    expect(status).toBe(0);
  });

  test('knows no other arguments', async () => {
    const { status, stderr } = await runProgram([...demo, '--stay']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'demo: error: "--stay" is not known here; wanted: nothing, or --keep\n' });
  });

  test('says who can run it', async () => {
    // Reads every file, like root, and is not root.
    const capability = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
    const result = await runProgram(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...capability, '--', ...demo]);
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toMatch(/^demo: error: must be run as root: .*\n$/);
  });
});

interface Command {
  readonly line: string;
  readonly output: string;
  readonly exitStatus: number;
}

/** The commands of a transcript; each one's output goes to an empty line before prose, or to the next command. */
function readSession(transcript: string): Command[] {
  return transcript.split(/^\$ /m).flatMap((text, index) => {
    if (index === 0) return [];
    const [line = '', ...rest] = text.split('\n');
    const output = rest.join('\n');
    const exitStatus = Number(/^\(exit status (\d+)\)$/m.exec(output)?.[1] ?? 0);
    return [{ line, output: output.replace(/\n\n[^$]*$/s, '\n'), exitStatus }];
  });
}

function outputsOf(session: readonly Command[], line: string): string[] {
  return session.filter((command) => command.line === line).map(({ output }) => output);
}

type Step = readonly [awaited: string, key: string];

/** Runs the demo on a terminal of its own, where each key is typed once its text is on the screen. */
async function onTerminal(steps: readonly Step[], ...args: readonly string[]): Promise<{ status: unknown; shown: string }> {
  const environment: NodeJS.ProcessEnv = { ...process.env, TMPDIR: scratch, NODE: demo[0], DEMO: demo[1], ARGS: args.join(' ') };
  delete environment['NO_COLOR'];
  const child = spawn('/usr/bin/script', ['--quiet', '--return', '--command', 'exec "$NODE" "$DEMO" $ARGS', '/dev/null'], {
    env: environment,
  });
  let shown = '';
  const left = [...steps];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const [awaited, key] = left[0] ?? [];
    if (awaited === undefined || key === undefined || !shown.includes(awaited)) return;
    left.shift();
    child.stdin.write(key);
  });
  const [status] = (await once(child, 'close')) as [unknown];
  return { status, shown };
}

/** The names of the processes whose TMPDIR this is. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const isTheirs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${folder}\0`);
        return isTheirs ? [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()] : [];
      } catch {
        return []; // ended meanwhile
      }
    });
}
