/**
 * Programs with a limit for everything.
 */
import { expect, test } from 'vitest';
import { findMissingFolders } from '../../src/host/missing-folders.ts';
import { runProgram } from '../../src/host/program.ts';

const options = { timeout: 30_000, signal: new AbortController().signal };

test('a program gets its input and nothing of our environment, and its end is told', async () => {
  process.env['DOCTOR_SECRET'] = 'x';
  const outcome = await runProgram(['sh', '-c', 'cat; echo "$DOCTOR_SECRET$PWD"; echo no >&2; exit 3'], { ...options, input: 'in\n' });
  expect(outcome).toEqual({ kind: 'ended', status: 3, stdout: Buffer.from('in\n/\n'), stderr: 'no\n' });
});

test('one runs as another, without further groups, and without a shell, whatever else an account has', async () => {
  const account = { uid: 65_534, gid: 65_534, shell: '/bin/false', home: '/' };
  const outcome = await runProgram(['id', '-u', '-n'], { ...options, identity: account });
  expect(outcome).toMatchObject({ kind: 'ended', status: 0, stdout: Buffer.from('nobody\n') });
  expect(await runProgram(['sh', '-c', 'id -G'], { ...options, identity: account })).toMatchObject({ stdout: Buffer.from('65534\n') });
});

test.each([
  ['is not there', ['/nowhere/program'], { kind: 'absent' }],
  ['may not be run', ['/etc/passwd'], { kind: 'failed', reason: expect.stringContaining('EACCES') as string }],
  ['a signal ends', ['sh', '-c', 'kill -9 $$'], { kind: 'failed', reason: 'ended by SIGKILL' }],
  ['goes on printing', ['yes'], { kind: 'failed', reason: 'more than 4194304 bytes of output' }],
])('one that %s is told of', async (_what, command, outcome) => {
  expect(await runProgram(command, options)).toEqual(outcome);
});

test('one that does not end is killed with what it has started, and nobody waits for it', async () => {
  const outcome = await runProgram(['sh', '-c', 'sleep 1000 & sleep 1000'], { ...options, timeout: 200 });
  expect(outcome).toEqual({ kind: 'late', seconds: 0.2 });
});

test('folders that are missing are named, whatever bytes are in them', async () => {
  const paths = ['/tmp', '/no such $(folder)', '/etc/passwd', String.raw`/back\slash`];
  expect(await findMissingFolders(paths, options)).toEqual(new Set([...paths.slice(1), '']));
});
