import { expect, describe, test } from 'vitest';
import { type AccountLimit, parseAccountLimits, type RawAccount } from '../../src/directory/account-limits.ts';
import { DAY } from '../../src/directory/day.ts';

const EVERY_HOUR = 'ff'.repeat(42);
const NO_HOUR = '00'.repeat(42);

describe('parseAccountLimits finds nothing in', () => {
  test.each<[string, RawAccount]>([
    ['an entry without any of the attributes', {}],
    ['an attribute without a value', { shadowExpire: [] }],
    ['shadowExpire -1', { shadowExpire: ['-1'] }],
    ['shadowExpire 0, which is ambiguous', { shadowExpire: ['0'] }],
    ['a day after the year 9999', { shadowExpire: ['99999999'] }],
    ['a day that no number holds', { shadowExpire: ['99999999999999999999'] }],
    ['a normal account of Active Directory', { userAccountControl: ['512'], accountExpires: ['9223372036854775807'] }],
    ['an account of Active Directory that never had an end', { accountExpires: ['0'] }],
    ['nsAccountLock FALSE', { nsAccountLock: ['FALSE'] }],
    ['a lockout duration without a lock', { pwdLockoutDuration: ['300'] }],
    ['loginDisabled FALSE', { loginDisabled: ['false'] }],
    ['a map of all hours', { loginAllowedTimeMap: [EVERY_HOUR] }],
  ])('%s', (_what, raw) => {
    expect(parseAccountLimits(raw)).toBeUndefined();
  });
});

describe('parseAccountLimits reads', () => {
  const at = Date.UTC(2026, 11, 31, 23, 59, 59);
  test.each<[string, RawAccount, AccountLimit]>([
    ['shadowExpire as the first moment of that day', { shadowExpire: ['20000'] }, { kind: 'ends', at: 20_000 * DAY, by: 'shadowExpire' }],
    ['accountExpires', { accountExpires: ['134432351990000000'] }, { kind: 'ends', at, by: 'accountExpires' }],
    ['loginExpirationTime', { loginExpirationTime: ['20261231235959Z'] }, { kind: 'ends', at, by: 'loginExpirationTime' }],
    [
      'a lock with a duration',
      { pwdAccountLockedTime: ['20261231235459Z'], pwdLockoutDuration: ['300'] },
      { kind: 'locked', until: at, by: 'pwdAccountLockedTime' },
    ],
    ['hours', { loginAllowedTimeMap: [NO_HOUR] }, { kind: 'hours', hours: NO_HOUR as never }],
  ])('%s', (_what, raw, limit) => {
    expect(parseAccountLimits(raw)).toEqual([limit]);
  });

  test('all that an entry says', () => {
    const limits = parseAccountLimits({ shadowExpire: ['20000'], nsAccountLock: ['TRUE'], userAccountControl: ['514'] });
    expect(limits?.map(({ kind }) => kind).sort()).toEqual(['ends', 'refused', 'refused']);
  });
});

describe('parseAccountLimits refuses the account for', () => {
  test.each<[string, RawAccount, string, string]>([
    ['ACCOUNTDISABLE', { userAccountControl: ['514'] }, 'account-disabled', 'userAccountControl 514 says that the account is disabled'],
    ['ACCOUNTDISABLE in a negative number', { userAccountControl: ['-2147483646'] }, 'account-disabled', 'userAccountControl -2147483646'],
    ['nsAccountLock', { nsAccountLock: ['true'] }, 'account-locked', 'nsAccountLock is TRUE'],
    ['loginDisabled', { loginDisabled: ['TRUE'] }, 'account-disabled', 'loginDisabled is TRUE'],
    [
      'a lock for ever',
      { pwdAccountLockedTime: ['000001010000Z'], pwdLockoutDuration: ['300'] },
      'account-locked',
      'locked until somebody',
    ],
    [
      'a lock without a duration',
      { pwdAccountLockedTime: ['20260101000000Z'] },
      'account-locked',
      'no pwdLockoutDuration says for how long',
    ],
    [
      'a lock with a duration of 0',
      { pwdAccountLockedTime: ['20260101000000Z'], pwdLockoutDuration: ['0'] },
      'account-locked',
      'no pwdLockoutDuration says',
    ],
  ])('%s', (_what, raw, code, reason) => {
    expect(parseAccountLimits(raw)).toEqual([{ kind: 'refused', code, reason: expect.stringContaining(reason) }]);
  });
});

describe('parseAccountLimits refuses the account when it cannot read', () => {
  test.each<[string, RawAccount, string]>([
    ['a day', { shadowExpire: ['tomorrow'] }, 'shadowExpire "tomorrow" is no whole number of days'],
    ['a fraction of a day', { shadowExpire: ['20000.5'] }, 'shadowExpire "20000.5" is no whole number of days'],
    ['an empty value', { shadowExpire: [''] }, 'shadowExpire "" is no whole number of days'],
    ['two values', { shadowExpire: ['20000', '30000'] }, 'shadowExpire has 2 values, one is wanted'],
    ['bytes', { shadowExpire: [undefined] }, 'shadowExpire holds bytes that are no UTF-8'],
    ['flags', { userAccountControl: ['0x202'] }, 'userAccountControl "0x202" is no whole number'],
    ['a filetime', { accountExpires: ['never'] }, 'accountExpires "never" is no whole number'],
    ['a lock', { nsAccountLock: ['yes'] }, 'nsAccountLock "yes" is neither "TRUE" nor "FALSE"'],
    ['a time without a zone', { pwdAccountLockedTime: ['20260101000000'] }, 'pwdAccountLockedTime "20260101000000" is no time'],
    ['a time in another zone', { loginExpirationTime: ['20260101000000+0100'] }, 'loginExpirationTime "20260101000000+0100" is no time'],
    ['a day that is none', { loginExpirationTime: ['20260230000000Z'] }, 'is no time such as "20261231235959Z"'],
    [
      'a duration',
      { pwdAccountLockedTime: ['20260101000000Z'], pwdLockoutDuration: ['5m'] },
      'pwdLockoutDuration "5m" is no number of seconds',
    ],
    ['hours', { loginAllowedTimeMap: ['ff'] }, 'loginAllowedTimeMap has 1 bytes, 42 are wanted'],
    ['what would drive a terminal', { shadowExpire: ['\u001b[2J'] }, String.raw`shadowExpire "\u{1b}[2J" is no whole number`],
  ])('%s', (_what, raw, reason) => {
    expect(parseAccountLimits(raw)).toEqual([{ kind: 'refused', code: 'account-unreadable', reason: expect.stringContaining(reason) }]);
  });
});
