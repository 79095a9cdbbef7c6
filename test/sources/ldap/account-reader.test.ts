import { describe, expect, test } from 'vitest';
import type { RawAccount } from '../../../src/directory/account-limits.ts';
import type { AccountRule } from '../../../src/directory/account-rules.ts';
import { BerReader } from '../../../src/sources/ldap/message-reader.ts';
import { requestedUserAttributes, schemas, UserReader } from '../../../src/sources/ldap/schema.ts';
import { type Entry, searchEntry } from '../../support/ldap-response.ts';

const { rfc2307 } = schemas;
const hours = Buffer.from([0xff, 0x80, 0x00, ...Array.from({ length: 39 }, () => 0xc3)]);

const locked: Entry['attributes'] = {
  uid: ['alice'],
  shadowExpire: ['20000'],
  PWDAccountLockedTime: ['000001010000Z'],
  nsAccountLock: ['TRUE'],
  userAccountControl: ['514'],
  loginAllowedTimeMap: [hours],
};

function accountOf(attributes: Entry['attributes'], rules: readonly AccountRule[], map = rfc2307.user): RawAccount | undefined {
  const { operation } = searchEntry({ dn: 'uid=alice,dc=example,dc=org', attributes });
  const message = new BerReader(operation, 0, operation.length);
  message.enter(0x64);
  return new UserReader(map, rules).read(message).account;
}

describe('of an account a UserReader reads', () => {
  test.each<[AccountRule, RawAccount]>([
    ['shadow', { shadowExpire: ['20000'] }],
    ['ad', { userAccountControl: ['514'] }],
    ['389ds', { nsAccountLock: ['TRUE'] }],
    ['ppolicy', { pwdAccountLockedTime: ['000001010000Z'] }],
    ['nds', { loginAllowedTimeMap: [hours.toString('hex')] }],
  ])('by the rule %s what it asks for alone', (rule, account) => {
    expect(accountOf(locked, [rule])).toEqual(account);
  });

  test('the attribute that the configuration names instead of shadowExpire', () => {
    expect(accountOf({ leaveDay: ['20000'] }, ['shadow'], { ...rfc2307.user, expire: 'leaveDay' })).toEqual({ shadowExpire: ['20000'] });
  });

  test('nothing by no rule, and nothing of an entry that says nothing', () => {
    expect(accountOf(locked, [])).toBeUndefined();
    expect(accountOf({ uid: ['alice'] }, ['shadow', 'ad', '389ds', 'ppolicy', 'nds'])).toBeUndefined();
  });
});

test('the attributes of the rules are asked for, and of these alone', () => {
  const asked = requestedUserAttributes(rfc2307.user, false, ['ppolicy', 'nds']);
  expect(asked).toEqual(expect.arrayContaining(['pwdAccountLockedTime', 'pwdLockoutDuration', 'loginAllowedTimeMap']));
  expect(asked).not.toContain('nsAccountLock');
  expect(asked.filter((name) => name === 'shadowExpire')).toHaveLength(1);
});

test('every schema has rules of its own', () => {
  expect(schemas.rfc2307.accountRules).toEqual(['shadow', 'ppolicy']);
  expect(schemas.rfc2307bis.accountRules).toEqual(['shadow', 'ppolicy']);
  expect(schemas.ipa.accountRules).toEqual(['389ds', 'ad', 'shadow']);
});
