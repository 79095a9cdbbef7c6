/**
 * Completions are what the generator makes of the program, and the real shells complete with them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { renderCompletions } from '../packaging/completions.ts';
import { leafCommands } from './support/command-tree.ts';

const folder = join(import.meta.dirname, '../packaging/completions');
const made = renderCompletions();
/** fish makes folders in it. */
const home = mkdtempSync(join(tmpdir(), 'holdfast-completions-'));

afterAll(() => rmSync(home, { recursive: true }));

describe('packaging/completions', () => {
  test('has what the generator makes, and nothing else', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(made).sort());
  });

  test.each(Object.entries(made))('has %s as the program is now', (name, text) => {
    expect(readFileSync(join(folder, name), 'utf8'), 'npm run completions makes it anew').toBe(text);
  });

  test.each([
    ['bash', 'holdfast.bash'],
    ['zsh', '_holdfast'],
    ['fish', 'holdfast.fish'],
  ])('is right for %s', (shell, name) => {
    const { status, stderr } = spawnSync(shell, ['-n', join(folder, name)], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

/** Each prints what it offers for the last word, one a line. */
const SHELLS: Readonly<Record<string, (words: readonly string[]) => string[]>> = {
  bash: (words) =>
    run('bash', [
      '-c',
      `. '${folder}/holdfast.bash'; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ]),
  // Without zsh's own completion system, for which there is no terminal here: what it would be given is printed instead.
  zsh: (words) =>
    run('zsh', [
      '-f',
      '-c',
      `compdef() { }; _describe() { local name=\${@[-1]}; print -l -- \${\${(P)name}%%:*} }; _users() { getent passwd | cut -d: -f1 }
       _groups() { getent group | cut -d: -f1 }; _files() { print files "$@" }
       . '${folder}/_holdfast'; words=("$@"); CURRENT=$#; _holdfast`,
      'zsh',
      ...words,
    ]).filter((offer) => offer.startsWith('files') || offer.startsWith(words.at(-1) ?? '')),
  fish: (words) =>
    run('fish', ['--no-config', '-c', `source '${folder}/holdfast.fish'; complete -C "${words.join(' ')}"`]).map(
      (line) => line.split('\t')[0] ?? '',
    ),
};

function run(shell: string, words: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(shell, words, {
    encoding: 'utf8',
    cwd: home,
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', HOME: home },
  });
  if (status !== 0 && stderr !== '') throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

describe.each(Object.entries(SHELLS))('%s', (_shell, complete) => {
  test.each(leafCommands())('completes every option of "$path"', ({ path, command }) => {
    const offers = complete(['holdfast', ...path.split(' '), '--']);
    const wanted = [...command.options.map(({ long }) => String(long)), '--root', '--config', '--help'];
    expect(offers.toSorted()).toEqual(wanted.toSorted());
  });

  test.each<[string, string[], string[]]>([
    ['commands', ['s'], ['setup', 'status', 'sync']],
    ['commands of a command', ['wiring', 's'], ['ssh-config', 'sshd']],
    ['commands behind a global option', ['--root', '/', 'st'], ['status']],
    ['logins', ['why', 'roo'], ['root']],
    ['logins behind an option', ['why', '--json', 'roo'], ['root']],
    ['logins of who waits', ['approve', 'uid', 'roo'], ['root']],
    ['groups', ['why', '--group', 'roo'], ['root']],
    ['the values of an option', ['wiring', 'ssh-config', '--via', 'b'], ['bastion']],
    ['reasons', ['quarantine', '--code', 'uid-'], ['uid-reused', 'uid-changed']],
    ['codes', ['explain', 'paging'], ['paging-lost']],
    ['a second code', ['explain', 'paging-lost', 'tls-untr'], ['tls-untrusted']],
    ['nothing where nothing goes', ['sync', 's'], []],
    ['nothing for a value that nobody can guess', ['who', '--at', '2'], []],
  ])('completes %s', (_what, words, wanted) => {
    expect(complete(['holdfast', ...words]).toSorted()).toEqual(wanted.toSorted());
  });
});

test.each(['bash', 'zsh'])('%s runs nothing of what is on the line', (shell) => {
  expect(SHELLS[shell]?.(['holdfast', 'why', '$(touch /proc/pwned)', '`false`', 'x;y'])).toEqual([]);
});
