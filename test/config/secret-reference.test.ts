import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSecretReference, parseSecretReference } from '../../src/config/secret-reference.ts';

describe('parseSecretReference', () => {
  test.each([
    ['file:/etc/holdfast/tls/ca.pem', { kind: 'file', path: '/etc/holdfast/tls/ca.pem' }],
    ['file:/a file: with spaces', { kind: 'file', path: '/a file: with spaces' }],
    ['credential:bind-password', { kind: 'credential', id: 'bind-password' }],
    ['credential:client.key', { kind: 'credential', id: 'client.key' }],
    ['env:BIND_PASSWORD', { kind: 'env', variable: 'BIND_PASSWORD' }],
    ['ssm:/prod/holdfast/client.key', { kind: 'ssm', parameter: '/prod/holdfast/client.key' }],
    ['ssm:/prod/key:3', { kind: 'ssm', parameter: '/prod/key:3' }],
  ])('reads %s', (text, reference) => {
    expect(parseSecretReference(text)).toEqual(reference);
  });

  test.each([
    ['the secret itself', 'hunter2'],
    ['PEM text', '-----BEGIN PRIVATE KEY-----'],
    ['a bare path', '/etc/holdfast/tls/ca.pem'],
    ['a relative file', 'file:tls/ca.pem'],
    ['a file without a path', 'file:'],
    ['a credential in another folder', 'credential:../../etc/shadow'],
    ['a credential below the folder', 'credential:a/b'],
    ['the credentials folder', 'credential:.'],
    ['the folder above it', 'credential:..'],
    ['a variable with a dash', 'env:BIND-PASSWORD'],
    ['a variable with a digit first', 'env:1PASSWORD'],
    ['a variable that ends in a line end', 'env:PASSWORD\n'],
    ['a kind this version has not', 'vault:/prod/key'],
    ['a parameter without a path', 'ssm:prod'],
    ['an empty level of a parameter', 'ssm:/prod//key'],
    ['a parameter that is a folder', 'ssm:/prod/'],
    ['sixteen levels of a parameter', `ssm:${'/a'.repeat(16)}`],
    ['a long parameter', `ssm:/${'a'.repeat(1100)}`],
    ['a version of nothing', 'ssm:/key:'],
    ['version 0', 'ssm:/key:0'],
    ['a label instead of a version', 'ssm:/key:current'],
    ['an ARN, which may be of another account', 'ssm:arn:aws:ssm:eu-central-1:123456789012:parameter/key'],
    ['a parameter that ends in a line end', 'ssm:/key\n'],
    ['a capital kind', 'FILE:/etc/key'],
    ['a URL', 'https://example.org/key'],
    ['nothing', ''],
  ])('refuses %s', (_why, text) => {
    expect(parseSecretReference(text)).toBeUndefined();
  });

  test('never leads out of the credentials folder, whatever the text', () => {
    const text = fc.array(fc.constantFrom('.', '/', 'a', '-', '\0', '\\'), { maxLength: 8 }).map((parts) => `credential:${parts.join('')}`);
    fc.assert(
      fc.property(text, (reference) => {
        const parsed = parseSecretReference(reference);
        if (parsed?.kind === 'credential') expect(new URL(parsed.id, 'file:///creds/').href).toMatch(/^file:\/\/\/creds\/[^/]+$/);
      }),
    );
  });
});

describe('formatSecretReference', () => {
  test('writes a reference as it was read', () => {
    const kinds = fc.constantFrom('file:/', 'credential:', 'env:', 'ssm:/');
    fc.assert(
      fc.property(kinds, fc.string({ minLength: 1 }), (kind, rest) => {
        const parsed = parseSecretReference(`${kind}${rest}`);
        if (parsed !== undefined) expect(formatSecretReference(parsed)).toBe(`${kind}${rest}`);
      }),
    );
  });
});
