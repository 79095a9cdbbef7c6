import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { holdfast, ScratchRoot, shell } from './command.ts';

const commands = ['sync', 'diff', 'status', 'keys', 'why', 'quarantine', 'approve', 'config'];

describe.concurrent('holdfast', () => {
  test('tells its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await holdfast(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('tells its commands and exit statuses', async () => {
    const { status, stdout, stderr } = await holdfast(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    for (const number of [0, 1, 64, 65, 70, 73, 75, 77, 78]) expect(stdout).toMatch(new RegExp(`\\b${number} [a-z]`));
  });

  test.each([...commands, 'approve uid', 'config check', 'config show', 'config schema'])('explains %s', async (command) => {
    const { status, stdout, stderr } = await holdfast([...command.split(' '), '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Usage: holdfast ${command} `);
  });

  test.each([
    ['no command', [], 'Usage: holdfast'],
    [
      'an unknown command',
      ['synk'],
      "holdfast: error: unknown command 'synk'\nholdfast: hint: did you mean sync?\nholdfast: hint: holdfast --help",
    ],
    ['an unknown option', ['--bogus'], "holdfast: error: unknown option '--bogus'\nholdfast: hint: holdfast --help shows the commands\n"],
    [
      'an unknown option of a command',
      ['sync', '--force'],
      "error: unknown option '--force'\nholdfast: hint: holdfast sync --help shows what it takes\n",
    ],
    ['an option that its command has not', ['status', '--dry-run'], "error: unknown option '--dry-run'"],
    [
      'a missing argument',
      ['keys'],
      "error: missing required argument 'login'\nholdfast: hint: holdfast keys --help shows what it takes\n",
    ],
    ['one argument too many', ['keys', 'alice', 'bob'], "error: too many arguments for 'keys'"],
    ['an argument that sync has not', ['sync', 'now'], "error: too many arguments for 'sync'"],
    ['an option without its value', ['--config'], "error: option '--config <file>' argument missing"],
    ['why of nobody', ['why'], 'error: why takes a login, a uid or a group\nholdfast: hint: holdfast why LOGIN\n'],
    ['why of somebody and a group', ['why', 'alice', '--group', 'web'], 'error: why takes a login or a group, not both\n'],
    ['no command of config', ['config'], 'Usage: holdfast config'],
    ['nothing to wire', ['wiring'], 'Usage: holdfast wiring'],
    ['nothing to approve', ['approve'], 'Usage: holdfast approve'],
    ['nobody to approve', ['approve', 'uid'], 'error: approve uid takes logins or uids, or --all, or --list'],
    ['everybody and somebody to approve', ['approve', 'uid', '--all', 'alice'], 'error: approve uid takes'],
    [
      'an unknown command of config',
      ['config', 'edit'],
      "error: unknown command 'edit'\nholdfast: hint: holdfast config --help shows the commands\n",
    ],
    [
      'an unknown option of a command of config',
      ['config', 'check', '--force'],
      'holdfast: hint: holdfast config check --help shows what it takes\n',
    ],
  ])('refuses %s with status 64', async (_what, args, message) => {
    const { status, stdout, stderr } = await holdfast(args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('takes global options before and after the command', async () => {
    await using root = await ScratchRoot.create({});
    expect(await holdfast(['--root', root.path, 'config', 'check'])).toMatchObject({ status: 0, stdout: `${root.config}: ok\n` });
    expect(await holdfast(['config', 'check', '--config', root.config])).toMatchObject({ status: 0, stdout: `${root.config}: ok\n` });
  });

  test.each(['sync', 'diff', 'status', 'why alice', 'quarantine'])('lets only root run %s on a live host', async (command) => {
    const { status, stdout, stderr } = await holdfast(command.split(' '), { uid: 65_534 });
    expect({ status, stdout }).toEqual({ status: 77, stdout: '' });
    expect(stderr).toMatch(/^holdfast: error: must be run as root: .*\nholdfast: hint: sudo holdfast …\n/);
  });
});

describe.concurrent('a reader that closes early', () => {
  /** The reader is gone before the first byte is written. */
  const early = (command: string): string => `{ sleep 0.2; holdfast ${command}; echo "status $?" >&2; } | :`;

  test.each(['--help', '--version', 'sync --help', 'config schema', 'keys alice'])('is no error of "%s"', async (command) => {
    expect(await shell(early(command))).toEqual({ status: 0, stdout: '', stderr: 'status 0\n' });
  });

  test('of the messages leaves the exit status as it is', async () => {
    const { stdout } = await shell('{ { sleep 0.2; holdfast synk; echo "status $?" >&3; } 2>&1 >&2 | :; } 3>&1');
    expect(stdout).toBe('status 64\n');
  });

  test.each(['config schema', '--help'])('gets the first line of "%s"', async (command) => {
    const { stdout, stderr } = await shell(`holdfast ${command} | head -n 1`);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^[^\n]+\n$/);
  });

  test('may be no reader at all', async () => {
    expect(await shell('holdfast config schema >&-')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('on a full disk is no bug of holdfast', async () => {
    const { status, stderr } = await shell('holdfast config schema > /dev/full');
    expect(status).not.toBe(0);
    expect(stderr).not.toMatch(/bug|^ {4}at /m);
  });

  test('is where a failure is told as JSON, or as text where that cannot be written', async () => {
    const { status, stdout, stderr } = await shell('holdfast why --json; holdfast why --json > /dev/full');
    expect({ status, stdout: stdout.split('\n')[1] }).toEqual({ status: 64, stdout: '  "ok": false,' });
    expect(stderr).toBe(`holdfast: error: why takes a login, a uid or a group
holdfast: hint: holdfast why LOGIN
holdfast: hint: holdfast why UID
holdfast: hint: holdfast why --group GROUP
`);
  });

  test.each([
    ['64 for a usage error', 'holdfast synk 2> /dev/full', 64],
    ['78 for a missing configuration', 'holdfast --root /nowhere diff 2> /dev/full', 78],
    ['73 for a result that cannot be written either', 'holdfast config schema > /dev/full 2>&1', 73],
  ])('of the messages on a full disk leaves the exit status: %s', async (_what, line, status) => {
    expect((await shell(line)).status).toBe(status);
  });
});
