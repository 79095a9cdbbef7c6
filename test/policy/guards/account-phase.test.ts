import { describe, expect, test } from 'vitest';
import type { PasswordAging } from '../../../src/directory/shadow.ts';
import { closingDay, refuseByPam } from '../../../src/policy/guards/account-phase.ts';

/** 2024-10-04 */
const TODAY = 20_000;

describe('PAM', () => {
  test.each<[string, PasswordAging]>([
    ['without anything', {}],
    ['with an end to come', { expire: TODAY + 1 }],
    ['with a password of today', { lastChange: TODAY, max: 90 }],
    ['with a password that may last another day', { lastChange: TODAY - 89, max: 90 }],
    ['with a password that never expires', { lastChange: 1, max: 99_999 }],
    ['with an old password and no limit', { lastChange: 1, inactive: 0, warning: 7 }],
    ['whose password never changed, with a limit that is none', { max: 99_999 }],
    ['with a password of tomorrow', { lastChange: TODAY + 1, max: 90 }],
  ])('lets in an account %s', (_what, aging) => {
    expect(refuseByPam(aging, TODAY)).toBeUndefined();
  });

  test.each<[string, PasswordAging, string]>([
    ['that ends today', { expire: TODAY }, 'the account ended on 2024-10-04 (shadow expire 20000)'],
    ['that has ended, before its password is looked at', { expire: 1, lastChange: 0 }, 'the account ended on 1970-01-02 (shadow expire 1)'],
    ['whose password has to be changed', { lastChange: 0, max: 99_999 }, 'the password has to be changed first (shadow lastChange 0)'],
    [
      'whose password expired',
      { lastChange: TODAY - 90, max: 90, inactive: 30 },
      'the password expired on 2024-10-04 (shadow lastChange 19910, max 90)',
    ],
    [
      'of whose password nobody knows the age',
      { max: 90 },
      'the password has to be changed every 90 days, and nothing says when it was (shadow max 90)',
    ],
    [
      'with the largest numbers',
      { lastChange: 1, max: 0, expire: 2_147_483_647 },
      'the password expired on 1970-01-02 (shadow lastChange 1, max 0)',
    ],
  ])('refuses an account %s', (_what, aging, reason) => {
    expect(refuseByPam(aging, TODAY)).toBe(reason);
  });
});

test.each<[string, PasswordAging, number | undefined]>([
  ['never by nothing', {}, undefined],
  ['by its end', { expire: 21_000 }, 21_000],
  ['by its password', { lastChange: 20_000, max: 30, expire: 21_000 }, 20_030],
  ['at once by a password to be changed', { lastChange: 0 }, 0],
  ['far away', { lastChange: 2_147_483_647, max: 2_147_483_647 }, 4_294_967_294],
])('an account closes %s', (_how, aging, day) => {
  expect(closingDay(aging)).toBe(day);
});
