import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuthorizedKey } from '../../src/directory/authorized-key.ts';
import { KEY_TYPES } from '../../src/directory/key-blob.ts';
import { Invalid } from '../../src/directory/rejection.ts';
import {
  base64,
  ecdsa256,
  ed25519,
  fieldsOf,
  type PublicKey,
  publicKeys,
  rsa2048,
  skEcdsaFields,
  skEd25519,
  skEd25519Fields,
} from './public-keys.ts';
import { outcome, valid } from './valid.ts';

const [, point = new Uint8Array()] = fieldsOf(ed25519.blob);
const [, , curvePoint = new Uint8Array()] = fieldsOf(ecdsa256.blob);
const [, exponent = new Uint8Array(), modulus = new Uint8Array()] = fieldsOf(rsa2048.blob);

describe('the base64 part', () => {
  test.each([
    ['a character of base64url', ed25519.blob.replace(/.$/, '_')],
    ['a character of none', ed25519.blob.replace(/.$/, '!')],
    ['a space inside, so that the rest is a comment', `${ed25519.blob.slice(0, 20)} ${ed25519.blob.slice(20)}`],
    ['its padding missing', ecdsa256.blob.replace(/=+$/, '')],
    ['padding that is not needed', `${ed25519.blob}=`],
    ['padding in the middle', `AAAA=${ed25519.blob}`],
    ['bits behind its end', ecdsa256.blob.replace(/.=$/, '9=')],
    ['one character alone', 'A'],
    ['only padding', '=='],
  ])('is refused with %s', (_what, blob) => {
    const type = blob.startsWith('AAAAE2VjZHNh') ? 'ecdsa-sha2-nistp256' : 'ssh-ed25519';
    expect(outcome(parseAuthorizedKey(`${type} ${blob}`))).toBe('key-malformed');
  });
});

describe('the blob', () => {
  test.each(publicKeys)('of $type has $bits bits', ({ type, blob, bits }) => {
    expect(bitsOf(type, blob)).toBe(bits);
  });

  test('of an RSA key of 16384 bits is read: the most that OpenSSH reads', () => {
    const blob = base64(['ssh-rsa', exponent, Buffer.concat([Uint8Array.of(0), Buffer.alloc(2048, 0xff)])]);
    expect(bitsOf('ssh-rsa', blob)).toBe(16_384);
  });

  test.each([
    [1, 2041],
    [0x7f, 2047],
    [0x40, 2047],
    [0x0f, 2044],
  ])('has its bits counted: a modulus whose first of 256 bytes is %i has %i', (first, bits) => {
    const blob = base64(['ssh-rsa', exponent, Buffer.concat([Uint8Array.of(first), Buffer.alloc(255, 0xff)])]);
    expect(bitsOf('ssh-rsa', blob)).toBe(bits);
  });

  test('of a FIDO key may be for another application', () => {
    expect(bitsOf(skEd25519.type, base64(skEd25519Fields('ssh:example.org')))).toBe(256);
  });

  test.each<[string, string, readonly (string | Uint8Array)[]]>([
    ['a point of 31 bytes', 'ssh-ed25519', ['ssh-ed25519', point.subarray(1)]],
    ['a point of 33 bytes', 'ssh-ed25519', ['ssh-ed25519', Buffer.concat([point, Uint8Array.of(0)])]],
    ['no point', 'ssh-ed25519', ['ssh-ed25519']],
    ['a third field', 'ssh-ed25519', ['ssh-ed25519', point, '']],
    ['a type of another case', 'ssh-ed25519', ['SSH-ED25519', point]],
    ['a type with a NUL behind', 'ssh-ed25519', ['ssh-ed25519\0', point]],
    ['a type of 300 bytes', 'ssh-ed25519', ['x'.repeat(300), point]],
    ['another curve', 'ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256', 'nistp384', curvePoint]],
    [
      'a compressed point',
      'ecdsa-sha2-nistp256',
      ['ecdsa-sha2-nistp256', 'nistp256', Buffer.concat([Uint8Array.of(2), curvePoint.subarray(1, 33)])],
    ],
    [
      'a point that says it is hybrid',
      'ecdsa-sha2-nistp256',
      ['ecdsa-sha2-nistp256', 'nistp256', Buffer.concat([Uint8Array.of(6), curvePoint.subarray(1)])],
    ],
    ['a point of 64 bytes', 'ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256', 'nistp256', curvePoint.subarray(0, 64)]],
    ['no curve', 'ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256', curvePoint]],
    ['the exponent 1: every signature is right', 'ssh-rsa', ['ssh-rsa', Uint8Array.of(1), modulus]],
    ['the exponent 0', 'ssh-rsa', ['ssh-rsa', Uint8Array.of(0), modulus]],
    ['no exponent', 'ssh-rsa', ['ssh-rsa', '', modulus]],
    ['an even exponent', 'ssh-rsa', ['ssh-rsa', Uint8Array.of(4), modulus]],
    ['a negative exponent', 'ssh-rsa', ['ssh-rsa', Uint8Array.of(0x81), modulus]],
    ['an exponent with a needless zero', 'ssh-rsa', ['ssh-rsa', Uint8Array.of(0, 3), modulus]],
    ['a negative modulus', 'ssh-rsa', ['ssh-rsa', exponent, modulus.subarray(1)]],
    ['an empty modulus', 'ssh-rsa', ['ssh-rsa', exponent, '']],
    ['a modulus with needless zeros, to look longer', 'ssh-rsa', ['ssh-rsa', exponent, Buffer.concat([Buffer.alloc(256), modulus])]],
    ['a modulus of 16385 bits', 'ssh-rsa', ['ssh-rsa', exponent, Buffer.concat([Uint8Array.of(1), Buffer.alloc(2048, 0xff)])]],
    ['no modulus', 'ssh-rsa', ['ssh-rsa', exponent]],
    ['no application', 'sk-ssh-ed25519@openssh.com', skEd25519Fields().slice(0, 2)],
    ['an empty application', 'sk-ssh-ed25519@openssh.com', skEd25519Fields('')],
    ['a field after the application', 'sk-ssh-ed25519@openssh.com', [...skEd25519Fields(), 'x']],
    ['no application for ecdsa', 'sk-ecdsa-sha2-nistp256@openssh.com', skEcdsaFields().slice(0, 3)],
    ['no field at all', 'ssh-ed25519', []],
    ['no type before the point', 'ssh-ed25519', [point]],
    ['no type before the curve', 'ecdsa-sha2-nistp256', ['nistp256', curvePoint]],
    ['no type before the exponent', 'ssh-rsa', [exponent, modulus]],
  ])('is refused with %s', (_what, type, fields) => {
    expect(outcome(parseAuthorizedKey(`${type} ${base64(fields)}`))).toMatch(/^key-malformed$/);
  });

  test('is refused with an application that holds a NUL, as sshd reads a C string', () => {
    expect(outcome(parseAuthorizedKey(`${skEd25519.type} ${base64(skEd25519Fields('ssh:\0x'))}`))).toBe('key-malformed');
  });

  test.each(publicKeys)('of $type with $bits bits is refused under every other type', (key) => {
    for (const type of KEY_TYPES.filter((other) => other !== key.type)) {
      expect(outcome(parseAuthorizedKey(`${type} ${key.blob}`))).toBe('key-malformed');
    }
  });

  test.each(publicKeys)('of $type with $bits bits is refused cut at any byte', (key) => {
    const bytes = Buffer.from(key.blob, 'base64');
    for (let length = 0; length < bytes.length; length += 1) expectMalformed(key, bytes.subarray(0, length));
  });

  test.each(publicKeys)('of $type with $bits bits is refused with bytes behind its end', (key) => {
    const bytes = Buffer.from(key.blob, 'base64');
    for (const extra of [[0], [0, 0, 0, 0], [0, 0, 0, 1, 65]]) expectMalformed(key, Buffer.concat([bytes, Uint8Array.from(extra)]));
  });

  test.each(publicKeys)('of $type with $bits bits is refused with any other length of a field', (key) => {
    const bytes = Buffer.from(key.blob, 'base64');
    for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) {
      for (const wrong of wrongLengths(bytes.readUInt32BE(at))) {
        const corrupt = Buffer.from(bytes);
        corrupt.writeUInt32BE(wrong, at);
        expectMalformed(key, corrupt);
      }
    }
  });

  test('of an RSA key is read exactly when both its numbers are written as short as they can be, and are good', () => {
    const bytes = fc.tuple(
      fc.constantFrom([], [0], [0, 0], [1], [0x7f], [0x80], [0xff], [0, 0x80], [0, 1]),
      fc.uint8Array({ maxLength: 20 }),
    );
    const numbers = bytes.map(([first, others]) => Uint8Array.from([...first, ...others]));
    fc.assert(
      fc.property(numbers, numbers, (e, n) => {
        const good = isShortest(e) && isShortest(n) && integerOf(e) > 2n && integerOf(e) % 2n === 1n;
        const key = parseAuthorizedKey(`ssh-rsa ${base64(['ssh-rsa', e, n])}`);
        expect(key instanceof Invalid ? key.code : key.bits).toBe(good ? integerOf(n).toString(2).length : 'key-malformed');
      }),
      { numRuns: 1000 },
    );
  });

  test('of random fields behind a right type is read only with the lengths that the type has', () => {
    const lengths = new Map(publicKeys.map(({ type, blob }) => [type, fieldsOf(blob).map((field) => field.length)]));
    const fields = fc.array(
      fc.constantFrom(0, 4, 8, 31, 32, 33, 64, 65).map((length) => Buffer.alloc(length, 4)),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(fc.constantFrom(ed25519, skEd25519), fields, ({ type }, others) => {
        const isRead = !(parseAuthorizedKey(`${type} ${base64([type, ...others])}`) instanceof Invalid);
        const [, wanted] = lengths.get(type) ?? [];
        const isGood =
          others[0]?.length === wanted && (type === 'ssh-ed25519' ? others.length === 1 : others.length === 2 && others[1]?.length !== 0);
        expect(isRead).toBe(isGood);
      }),
      { numRuns: 500 },
    );
  });
});

function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
}

/** RFC 4251 section 5: positive, and a zero in front only where the next bit would be a sign. */
function isShortest([first, second = 0]: Uint8Array): boolean {
  if (first === undefined || first >= 0x80) return false;
  return first > 0 || second >= 0x80;
}

function bitsOf(type: string, blob: string): number {
  return valid(parseAuthorizedKey(`${type} ${blob}`)).bits;
}

function wrongLengths(right: number): number[] {
  const lengths = [0, 1, right - 1, right + 1, right + 4, right + 256, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
  return lengths.filter((length) => length !== right);
}

function expectMalformed({ type }: PublicKey, bytes: Uint8Array): void {
  expect(outcome(parseAuthorizedKey(`${type} ${Buffer.from(bytes).toString('base64')}`))).toBe('key-malformed');
}
