/**
 * The lookup command, in the shells that /bin/sh is, and `holdfast keys`, which must say the same: the keys of exactly the login
 * that was asked for, and status 0 whatever happens.
 */
import { chmod, copyFile, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bucketOf } from '../../src/caches/keys-cache.ts';
import { ScratchRoot } from '../cli/command.ts';
import { HOLDFAST, HOLDFAST_ENV } from '../support/agent-host.ts';
import { startCompanyDirectory } from '../support/company-directory.ts';
import { keyLines } from '../support/company-maps.ts';
import { generatePeople } from '../support/people.ts';
import { type ProgramResult, runProgram } from '../support/running-program.ts';

const script = join(import.meta.dirname, '../../packaging/authorized-keys');
const shells = ['dash', 'bash'];

/** Two logins of one bucket, of which one begins with the other. */
const longer = findInBucketOf('ann', (number) => `ann-${number}`);
/** A pattern, which is nobody's login, and a login in its bucket that it matches. */
const pattern = 'p...t';
const match = findInBucketOf(pattern, (number) => `p${(number + 36 ** 2).toString(36)}t`);
/** Every character that a login may have, the longest login, and one letter. */
const unusual = ['_Build.host-1@example$', 'abcdefghijklmnopqrstuvwxyz012345', 'x', '0day', 'a$'];

const named = ['ann', longer, match, ...unusual].map((uid) => ({ uid }));
const people = [...generatePeople({ count: 1000, keysPerPerson: 2, named }).people];
const keysOf = new Map(people.map((person) => [person.uid, keyLines(person, '').map((line) => `${line}\n`)]));

/** With the keys of 900 people: more than a pipe holds. */
const SHARED = 'everybody';

/** The command's own program for one login after the other: started once instead of a thousand times. */
const keysProgram = `
  import { writeSync } from 'node:fs';
  import { createProgram } from '${join(import.meta.dirname, '../../src/cli/program.ts')}';
  const { signal } = new AbortController();
  const settle = (status) => { process.exitCode = status || process.exitCode; };
  for (const login of process.argv.slice(1)) {
    writeSync(1, '== ' + login + '\\n');
    await createProgram(settle, signal).parseAsync(['keys', '--', login], { from: 'user' });
  }`;

/** For bash: reads one byte of what a command prints, and says how the command ended. */
const readOne = '"$@" | head -c 1; printf " %s" "$PIPESTATUS"';

let root: ScratchRoot;

beforeAll(async () => {
  await using directory = await startCompanyDirectory({ people: generatePeople({ count: 1000, keysPerPerson: 2, named }) });
  const shared = { 'access.accounts': { [SHARED]: { groups: ['vpn-users'] } } };
  root = await ScratchRoot.create(directory.config(shared));
  await chmod(root.path, 0o755);
  expect(await root.holdfast('sync')).toMatchObject({ status: 0 });
});

afterAll(async () => {
  await root?.[Symbol.asyncDispose]();
});

describe('everybody who has keys', () => {
  const expected = [...keysOf].map(([login, lines]) => `== ${login}\n${lines.join('')}`);
  const loop = 'lookup=$1; shift; for login; do printf "== %s\\n" "$login"; "$0" "$lookup" "$login" || exit; done';

  test.each(shells)('gets them from the lookup command in %s', async (shell) => {
    const { status, stdout } = await asNobody([shell, '-c', loop, shell, script, ...keysOf.keys()]);
    expect(status).toBe(0);
    expect(stdout.split(/^(?==)/m)).toEqual(expected);
  });

  test('gets them from holdfast keys', async () => {
    expect((await keysLoop([...keysOf.keys()])).split(/^(?==)/m)).toEqual(expected);
  });

  test('is told from others in the same bucket', () => {
    expect(bucketOf(longer)).toBe(bucketOf('ann'));
    expect(bucketOf(match)).toBe(bucketOf(pattern));
  });
});

/** What somebody could ask for, and what it is. */
const questions: readonly (readonly [what: string, login: string])[] = [
  ['a shared account', SHARED],
  ['a login', 'ann'],
  ['a login that begins with another', longer],
  ['the beginning of a login', 'an'],
  ['the beginning of a login in its own bucket', longer.slice(0, -1)],
  ['a login and more', 'anna'],
  ['capitals', 'ANN'],
  ['a pattern that matches a login', pattern],
  ['a pattern that matches all', '.*'],
  ['a pattern', 'an[n]'],
  ['an alternative', 'ann|x'],
  ['a glob', '*'],
  ['another glob', '???'],
  ['a path to a login', '../ann'],
  ['a path to a bucket', `../keys/${bucketOf('ann')}`],
  ['an absolute path', '/etc/passwd'],
  ['nothing', ''],
  ['a space', ' '],
  ['a login after a space', ' ann'],
  ['a login before a space', 'ann '],
  ['a login before a tab', 'ann\t'],
  ['a line end', '\n'],
  ['a login before a line end', 'ann\n'],
  ['two logins', 'x\nann'],
  ['a login with its colon', 'ann:'],
  ['a login with a key', 'ann:ssh-ed25519'],
  ['a bare colon', ':'],
  ['an option', '-x'],
  ['an option of awk', '-f/etc/passwd'],
  ['the end of options', '--'],
  ['a hidden name', '.ann'],
  ['a shell command', '$(id)'],
  ['another shell command', '`id`'],
  ['a shell variable', '$PATH'],
  ['shell syntax', "ann';id;'"],
  ['double quotes', 'ann"'],
  ['a backslash', 'ann\\'],
  ['an escape that awk understands', '\\141nn'],
  ['an assignment', 'ann=1'],
  ['a comment', '#ann'],
  ['letters that look alike', 'аnn'],
  ['an accent', 'änn'],
  ['control characters', '\u0001\u0007\u001b[2J\u007f'],
  ['a login of the longest length that is asked for', 'a'.repeat(256)],
  ['a longer one', 'a'.repeat(257)],
  ['a very long one', 'a'.repeat(100_000)],
  ['a very long path', '../'.repeat(20_000)],
];

describe.each(shells)('in %s', (shell) => {
  test.each(questions)('%s gets its own keys or nothing', async (_what, login) => {
    const { status, stdout, stderr } = await asNobody([shell, script, login]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(answerFor(login));
  });
});

test('holdfast keys answers all these questions in the same way', async () => {
  const logins = questions.map(([, login]) => login);
  expect(await keysLoop(logins)).toBe(logins.map((login) => `== ${login}\n${answerFor(login)}`).join(''));
});

describe.each(shells)('the lookup command in %s', (shell) => {
  test.each([
    ['no argument', []],
    ['two arguments', ['ann', 'x']],
    ['an empty argument more', ['ann', '']],
  ])('prints nothing for %s', async (_what, args) => {
    expect(await asNobody([shell, script, ...args])).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
  });

  test('prints nothing for bytes that are no text', async () => {
    const command = [shell, '-c', 'exec "$0" "$1" "$(printf "ann\\377\\376")"', shell, script];
    expect(await asNobody(command)).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
  });

  test('finds the keys whatever the locale and the search path are', async () => {
    const env = { LC_ALL: 'tr_TR.UTF-8', LANG: 'C.UTF-8', PATH: '/nonexistent', IFS: 'an', CDPATH: '/' };
    const path = `/bin/${shell}`;
    expect((await asNobody([path, script, 'ann'], { env })).stdout).toBe(answerFor('ann'));
  });

  test.each([
    ['there is no state folder', async (state: string): Promise<void> => await rm(state, { recursive: true })],
    ['nothing was ever committed', async (state: string): Promise<void> => await rm(join(state, 'current'))],
    ['there is no such generation', async (state: string): Promise<void> => await rm(join(state, 'generations'), { recursive: true })],
    ['there is no such bucket', async (state: string): Promise<void> => await rm(bucketIn(state))],
    ['the bucket is a folder', makeFolderOfBucket],
    ['the bucket is closed to us', async (state: string): Promise<void> => await chmod(bucketIn(state), 0o600)],
    ['the state folder is closed to us', async (state: string): Promise<void> => await chmod(state, 0o700)],
  ])('prints nothing, with status 0, where %s', async (_what, damage) => {
    await using scratch = await copyOfState();
    const env = { HOLDFAST_STATE_DIR: scratch.state };
    expect((await asNobody([shell, script, 'ann'], { env })).stdout).toBe(answerFor('ann'));
    await damage(scratch.state);
    expect(await asNobody([shell, script, 'ann'], { env })).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
  });

  test('ends with status 0 when its reader closes early', async () => {
    const { stdout } = await asNobody(['bash', '-c', readOne, 'bash', shell, script, SHARED]);
    expect(stdout).toBe(`${sharedLines()[0]?.[0]} 0`);
    expect(sharedLines().join('').length).toBeGreaterThan(65_536);
  });
});

test('holdfast keys ends with status 0 when its reader closes early', async () => {
  const command = ['bash', '-c', readOne, 'bash', ...HOLDFAST, '--root', root.path, 'keys', SHARED];
  expect(await runProgram(command, { env: HOLDFAST_ENV })).toMatchObject({ stdout: `${sharedLines()[0]?.[0]} 0`, stderr: '' });
});

/** As sshd runs it: as nobody, with a state folder of this test. */
async function asNobody(command: readonly string[], { env = {} }: { readonly env?: Record<string, string> } = {}): Promise<ProgramResult> {
  const identity = ['/usr/bin/setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--'];
  // bash reads ~/.bashrc when its input is a socket, and nobody's home is not root's.
  return await runProgram([...identity, ...command], { env: { HOME: '/nonexistent', HOLDFAST_STATE_DIR: root.state, ...env } });
}

/** What `holdfast keys` prints for each, after `== LOGIN`. */
async function keysLoop(logins: readonly string[]): Promise<string> {
  // Into a file, which is never too full for a long line: the socket that Node gives a program as stdout can be.
  const answers = join(root.path, 'answers');
  const intoFile = ['sh', '-c', 'exec "$@" >"$0"', answers];
  const command = [...intoFile, process.execPath, '--input-type=module', '-e', keysProgram, '--', ...logins];
  const env = { ...HOLDFAST_ENV, HOLDFAST_STATE_DIR: root.state };
  expect(await runProgram(command, { env })).toMatchObject({ status: 0, stderr: '' });
  return await readFile(answers, 'utf8');
}

function answerFor(login: string): string {
  return (login === SHARED ? sharedLines() : (keysOf.get(login) ?? [])).join('');
}

function sharedLines(): string[] {
  const sharers = people.slice(0, 900).map(({ uid }) => uid);
  return sharers.flatMap((uid) => keysOf.get(uid) ?? []).sort();
}

/** A state folder with one bucket, and the keys in it. */
async function copyOfState(): Promise<ScratchRoot> {
  const scratch = await ScratchRoot.create();
  await chmod(scratch.path, 0o755);
  const generation = join(scratch.state, 'generations/1');
  await mkdir(join(generation, 'keys'), { recursive: true });
  await symlink('generations/1', join(scratch.state, 'current'));
  await copyFile(bucketIn(root.state), bucketIn(scratch.state));
  return scratch;
}

async function makeFolderOfBucket(state: string): Promise<void> {
  await rm(bucketIn(state));
  await mkdir(bucketIn(state));
}

function bucketIn(state: string): string {
  return join(state, 'current/keys', String(bucketOf('ann')));
}

function findInBucketOf(login: string, candidate: (number: number) => string): string {
  for (let number = 0; number < 30_000; number += 1) {
    if (bucketOf(candidate(number)) === bucketOf(login)) return candidate(number);
  }
  throw new Error(`no name is in the bucket of ${login}`);
}
