import { describe, expect, test } from 'vitest';
import { parseAuthorizedKey } from '../../src/directory/authorized-key.ts';
import { KEY_TYPES } from '../../src/directory/key-blob.ts';
import { certificateLine, dsaLine, ed25519, type KeyLine, keyLine, lineOf, otherEd25519, publicKeys, rsa2048 } from './public-keys.ts';
import { outcome, valid } from './valid.ts';

function parse(line: string): KeyLine {
  return keyLine(valid(parseAuthorizedKey(line)));
}

describe('parseAuthorizedKey', () => {
  test.each(publicKeys)('reads a key of $type with $bits bits', (key) => {
    expect(parse(lineOf(key))).toEqual({ ...key, options: [], line: lineOf(key) });
  });

  test('knows an example of every key type', () => {
    expect(new Set(publicKeys.map(({ type }) => type))).toEqual(new Set(KEY_TYPES));
  });

  test.each([
    ['a comment, kept', `${lineOf(ed25519)} alice@laptop`, `${lineOf(ed25519)} alice@laptop`],
    ['a comment of several words', `${lineOf(ed25519)} Alice on the old laptop`, `${lineOf(ed25519)} Alice on the old laptop`],
    ['a comment with quotes', `${lineOf(ed25519)} the "old" one`, `${lineOf(ed25519)} the "old" one`],
    ['a comment with umlauts', `${lineOf(ed25519)} Köln 東京`, `${lineOf(ed25519)} Köln 東京`],
    ['runs of spaces, made one', `${lineOf(ed25519)}   Alice   Smith`, `${lineOf(ed25519)} Alice Smith`],
    ['tabs between the parts', `ssh-ed25519\t${ed25519.blob}\tAlice`, `${lineOf(ed25519)} Alice`],
    ['spaces around', `  ${lineOf(ed25519)}  `, lineOf(ed25519)],
    ['a line end, as many directories hold', `${lineOf(ed25519)} Alice\r\n`, `${lineOf(ed25519)} Alice`],
    ['a colon in the comment, replaced', `${lineOf(ed25519)} host:alice`, `${lineOf(ed25519)} host alice`],
    ['a bidirectional override in the comment, replaced', `${lineOf(ed25519)} a\u202eb`, `${lineOf(ed25519)} a b`],
    ['a comment of 128 characters, kept', `${lineOf(ed25519)} ${'x'.repeat(128)}`, `${lineOf(ed25519)} ${'x'.repeat(128)}`],
    ['a comment of 129 characters, cut', `${lineOf(ed25519)} ${'x'.repeat(129)}`, `${lineOf(ed25519)} ${'x'.repeat(128)}`],
    ['a long comment of short words, cut', `${lineOf(ed25519)} ${'é '.repeat(100)}`, `${lineOf(ed25519)} ${'é '.repeat(64).trim()}`],
  ])('reads a line with %s', (_what, text, line) => {
    expect(parse(text)).toEqual({ ...ed25519, options: [], line });
  });

  test.each([
    ['nothing', '', 'key-malformed'],
    ['spaces', '   ', 'key-malformed'],
    ['a comment line', '# keys of alice', 'key-type'],
    ['a type and nothing else', 'ssh-ed25519', 'key-malformed'],
    ['a blob without its type', ed25519.blob, 'key-type'],
    ['a DSA key', dsaLine, 'key-type'],
    ['a certificate', certificateLine, 'key-certificate'],
    ['a certificate after options', `no-pty ${certificateLine}`, 'key-certificate'],
    ['a signature algorithm for a type', `rsa-sha2-256 ${rsa2048.blob}`, 'key-type'],
    ['the type in upper case', lineOf(ed25519).replace('ssh-ed25519', 'SSH-ED25519'), 'key-type'],
    ['a short name that sshd would take', `ed25519 ${ed25519.blob}`, 'key-type'],
    ['a word that objects have a property of', `constructor ${ed25519.blob}`, 'key-type'],
    ['an X.509 mapping of altSecurityIdentities', 'X509:<I>DC=org,CN=CA<S>CN=alice', 'key-type'],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----', 'key-type'],
    ['a second key on a second line', `${lineOf(ed25519)}\n${lineOf(otherEd25519)}`, 'key-malformed'],
    ['a carriage return inside', `${lineOf(ed25519)} a\rb`, 'key-malformed'],
    ['a NUL in the comment', `${lineOf(ed25519)} a\0b`, 'key-malformed'],
    ['an escape sequence in the comment', `${lineOf(ed25519)} \u001b[2J`, 'key-malformed'],
    ['a no-break space between the parts', `ssh-ed25519\u00a0${ed25519.blob}`, 'key-type'],
    ['8193 characters', `${lineOf(ed25519)} ${'x'.repeat(8193 - lineOf(ed25519).length - 1)}`, 'line-too-long'],
  ])('refuses %s', (_what, line, code) => {
    expect(outcome(parseAuthorizedKey(line))).toBe(code);
  });

  test('reads 8192 characters', () => {
    const line = `${lineOf(ed25519)} ${'x'.repeat(8192 - lineOf(ed25519).length - 1)}`;
    expect(line).toHaveLength(8192);
    expect(parse(line)).toMatchObject(ed25519);
  });
});
