import { expect, test } from 'vitest';
import { labelKey } from '../../src/directory/key-label.ts';
import { Invalid } from '../../src/directory/rejection.ts';
import { ed25519, lineOf } from './public-keys.ts';

const refusal = new Invalid('key-malformed', 'key is cut');

test.each<[string, string | undefined, string]>([
  ['its comment', `${lineOf(ed25519)} alice@laptop`, 'key 1 of 2 with comment "alice@laptop": key is cut'],
  ['a comment of several words', `${lineOf(ed25519)}  my  old key `, 'key 1 of 2 with comment "my  old key": key is cut'],
  ['the comment behind options', `no-pty ${lineOf(ed25519)} alice@laptop`, 'key 1 of 2 with comment "alice@laptop": key is cut'],
  ['the comment of a key that is cut', 'ssh-ed25519 AAAAC3 alice@laptop', 'key 1 of 2 with comment "alice@laptop": key is cut'],
  ['its place alone without a comment', lineOf(ed25519), 'key 1 of 2: key is cut'],
  ['its place alone when it is no key', 'hello world', 'key 1 of 2: key is cut'],
  ['its place alone when it is no text', undefined, 'key 1 of 2: key is cut'],
  [
    'a hostile comment, harmless',
    'ssh-rsa AAAA \u001b[2J\nkeys root\u202e',
    'key 1 of 2 with comment "\\u{1b}[2J\\u{a}keys root\\u{202e}": key is cut',
  ],
])('a refused key is told by %s', (_what, line, reason) => {
  expect(labelKey('key 1 of 2', line, refusal)).toEqual(new Invalid('key-malformed', reason));
});

test('a line of megabytes is told by what it begins with', () => {
  expect(labelKey('key', `ssh-rsa AAAA ${'x'.repeat(1e7)}`, refusal).reason).toHaveLength('key with comment "": key is cut'.length + 81);
});
