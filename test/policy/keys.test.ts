import { describe, expect, test } from 'vitest';
import type { AuthorizedKey } from '../../src/directory/authorized-key.ts';
import { KEY_TYPES, type KeyType } from '../../src/directory/key-blob.ts';
import type { KeyPolicy } from '../../src/policy/host-policy.ts';
import { RESTRICTING_OPTIONS, refuseKey } from '../../src/policy/keys.ts';

const everyType: KeyPolicy = { types: new Set(KEY_TYPES), minRsaBits: 2048, allowedOptions: new Set() };
const allowList: KeyPolicy = { ...everyType, allowedOptions: new Set(RESTRICTING_OPTIONS) };

function keyOf(type: KeyType, bits: number): AuthorizedKey {
  return { type, bits, options: [], text: `${type} AAAA` };
}

function rsa(bits: number): AuthorizedKey {
  return keyOf('ssh-rsa', bits);
}

function keyWith(...options: readonly string[]): AuthorizedKey {
  return { ...keyOf('ssh-ed25519', 256), options: options.map((name) => ({ name })) };
}

describe('refuseKey by type', () => {
  test.each(KEY_TYPES)('admits %s when the policy names it', (type) => {
    expect(refuseKey(keyOf(type, 4096), { ...everyType, types: new Set([type]) })).toBeUndefined();
  });

  test.each(KEY_TYPES)('refuses %s when the policy names every other', (type) => {
    const others = new Set<KeyType>(KEY_TYPES.filter((other) => other !== type));
    expect(refuseKey(keyOf(type, 4096), { ...everyType, types: others })).toMatchObject({
      code: 'key-type',
      reason: `${type} is not in [policy.keys] types`,
    });
  });
});

describe('refuseKey by size', () => {
  test.each([2048, 2049, 4096])('admits RSA of %i bits where 2048 are wanted', (bits) => {
    expect(refuseKey(rsa(bits), everyType)).toBeUndefined();
  });

  test.each([0, 1024, 2047])('refuses RSA of %i bits where 2048 are wanted', (bits) => {
    expect(refuseKey(rsa(bits), everyType)).toMatchObject({
      code: 'key-too-short',
      reason: `RSA key of ${bits} bits, at least 2048 are wanted`,
    });
  });

  test('asks for bits of RSA keys only', () => {
    expect(refuseKey(keyOf('ecdsa-sha2-nistp256', 256), { ...everyType, minRsaBits: 16_384 })).toBeUndefined();
  });
});

describe('refuseKey by options', () => {
  test.each([
    ['no options where none are allowed', keyWith(), everyType],
    ['no options where some are allowed', keyWith(), allowList],
    ['one restricting option', keyWith('restrict'), allowList],
    ['several restricting options', keyWith('from', 'no-pty', 'expiry-time', 'verify-required'), allowList],
  ])('admits a key with %s', (_what, key, policy) => {
    expect(refuseKey(key, policy)).toBeUndefined();
  });

  test.each([
    ['a restricting option where none are allowed', keyWith('restrict'), everyType, 'restrict'],
    ['a command', keyWith('command'), allowList, 'command'],
    ['an environment', keyWith('environment'), allowList, 'environment'],
    ['a certificate authority', keyWith('cert-authority'), allowList, 'cert-authority'],
    ['principals', keyWith('principals'), allowList, 'principals'],
    ['a tunnel', keyWith('tunnel'), allowList, 'tunnel'],
    ['a port to open', keyWith('permitopen'), allowList, 'permitopen'],
    ['a terminal given back', keyWith('restrict', 'pty'), allowList, 'pty'],
    ['no touch required', keyWith('no-touch-required'), allowList, 'no-touch-required'],
    ['an option that sshd does not know', keyWith('hello'), allowList, 'hello'],
    ['a bad option after a good one', keyWith('no-pty', 'cert-authority'), allowList, 'cert-authority'],
  ])('refuses a key with %s', (_what, key, policy, option) => {
    expect(refuseKey(key, policy)).toMatchObject({
      code: 'key-options',
      reason: `carries the option "${option}", which [policy.keys] options does not allow`,
    });
  });

  test('the allow-list takes away and never gives', () => {
    const taking = /^(?:restrict|from|expiry-time|verify-required|no-(?:agent-forwarding|port-forwarding|pty|user-rc|x11-forwarding))$/;
    expect(RESTRICTING_OPTIONS.filter((name) => !taking.test(name))).toEqual([]);
  });
});
