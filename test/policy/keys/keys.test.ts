import { describe, expect, test } from 'vitest';
import type { AuthorizedKey } from '../../../src/directory/authorized-key.ts';
import { KEY_TYPES, type KeyType } from '../../../src/directory/key-blob.ts';
import type { KeyPolicy } from '../../../src/policy/host-policy.ts';
import { type KeyOption, RESTRICTING_OPTIONS } from '../../../src/directory/key-options.ts';
import { refuseKey } from '../../../src/policy/keys/keys.ts';

const everyType: KeyPolicy = { types: new Set(KEY_TYPES), minRsaBits: 2048, allowedOptions: new Set(), revoked: new Set() };
const allowList: KeyPolicy = { ...everyType, allowedOptions: new Set(RESTRICTING_OPTIONS) };

function keyOf(type: KeyType, bits: number): AuthorizedKey {
  return { type, bits, options: [], text: `${type} AAAA` };
}

function rsa(bits: number): AuthorizedKey {
  return keyOf('ssh-rsa', bits);
}

function keyWith(...options: readonly (string | KeyOption)[]): AuthorizedKey {
  return { ...keyOf('ssh-ed25519', 256), options: options.map((option) => (typeof option === 'string' ? { name: option } : option)) };
}

const from = (value: string): KeyOption => ({ name: 'from', value });
const until = (value: string): KeyOption => ({ name: 'expiry-time', value });

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
    ['several restricting options', keyWith(from('10.0.0.0/8'), 'no-pty', until('20301231'), 'verify-required'), allowList],
    ['networks, names and patterns', keyWith(from('10.0.0.0/8,!10.1.0.0/16,fe80::1%eth0')), allowList],
    ['a pattern of a host name', keyWith(from('*.example.org,build-?')), allowList],
    ['a time to the minute', keyWith(until('203012312359')), allowList],
    ['a time to the second, in UTC', keyWith(until('20301231235959Z')), allowList],
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

  test.each([
    ['from without a value', keyWith('from'), 'carries the option "from" without a value; wanted: a list of addresses and host names'],
    ['from of nothing', keyWith(from('')), 'carries the option "from" with ""; wanted: a list of addresses and host names'],
    [
      'from with an empty place',
      keyWith(from('a,,b')),
      'carries the option "from" with "a,,b"; wanted: a list of addresses and host names',
    ],
    ['from with a space', keyWith(from('a, b')), 'carries the option "from" with "a, b"; wanted: a list of addresses and host names'],
    [
      'from with a quote',
      keyWith(from('a"b')),
      String.raw`carries the option "from" with "a\"b"; wanted: a list of addresses and host names`,
    ],
    [
      'an end without a time',
      keyWith('expiry-time'),
      'carries the option "expiry-time" without a value; wanted: a time such as "20301231" or "20301231235959Z"',
    ],
    [
      'an end that is no time',
      keyWith(until('tomorrow')),
      'carries the option "expiry-time" with "tomorrow"; wanted: a time such as "20301231" or "20301231235959Z"',
    ],
    ['a flag with a value', keyWith({ name: 'no-pty', value: 'x' }), 'carries the option "no-pty" with a value, and it has none'],
    ['one option twice', keyWith(from('a'), from('b')), 'carries the option "from" twice'],
    ['one flag twice', keyWith('no-pty', 'no-pty'), 'carries the option "no-pty" twice'],
  ])('refuses a key with %s, which sshd would throw away or read otherwise', (_what, key, reason) => {
    expect(refuseKey(key, allowList)).toEqual({ code: 'key-options', reason });
  });

  test('the allow-list takes away and never gives', () => {
    const taking = /^(?:restrict|from|expiry-time|verify-required|no-(?:agent-forwarding|port-forwarding|pty|user-rc|x11-forwarding))$/;
    expect(RESTRICTING_OPTIONS.filter((name) => !taking.test(name))).toEqual([]);
  });
});
