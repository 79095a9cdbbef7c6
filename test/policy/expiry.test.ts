import { describe, expect, test } from 'vitest';
import type { AccountLimit } from '../../src/directory/account-limits.ts';
import type { AllowedHours } from '../../src/directory/allowed-hours.ts';
import { DAY } from '../../src/directory/day.ts';
import type { HostView } from '../../src/directory/host-view.ts';
import type { KeyType } from '../../src/directory/key-blob.ts';
import { splitKeyLines } from '../../src/directory/key-lines.ts';
import type { DirectorySnapshot } from '../../src/directory/snapshot.ts';
import { judgeAccount, limitAging } from '../../src/policy/expiry.ts';
import type { HostPolicy } from '../../src/policy/host-policy.ts';
import { applyPolicy } from '../../src/policy/policy.ts';
import { login } from '../directory/valid.ts';
import { access, group, host, keyOf, labelsOf, people, person, policy, snapshot } from './sample-directory.ts';

/** Everybody's primary group. */
const staff = group('staff', { gid: 3001 });
/** Monday, noon. */
const NOON = Date.UTC(2026, 10, 23, 12);
const locked: AccountLimit = { kind: 'refused', code: 'account-locked', reason: 'nsAccountLock is TRUE' };
/** Mondays from 08:00 to 16:00 UTC: bytes 8 and 9 of seven times six. */
const mondays = { kind: 'hours', hours: `${'00'.repeat(8)}ffff${'00'.repeat(32)}` as AllowedHours } as const;

function endsAt(at: number): AccountLimit {
  return { kind: 'ends', at, by: 'shadowExpire' };
}

function lockedUntil(until: number): AccountLimit {
  return { kind: 'locked', until, by: 'pwdAccountLockedTime' };
}

describe('judgeAccount', () => {
  test.each<[string, readonly AccountLimit[], object]>([
    ['an end to come', [endsAt(NOON + 1)], { keysUntil: NOON + 1, expireDay: Math.ceil(NOON / DAY) }],
    ['the earliest of several ends', [endsAt(NOON + 9), endsAt(NOON + 5)], { keysUntil: NOON + 5, expireDay: Math.ceil(NOON / DAY) }],
    ['a lock that is over', [lockedUntil(NOON)], {}],
    ['the end of the hours that go on now', [mondays], { keysUntil: Date.UTC(2026, 10, 23, 16) }],
  ])('lets in with %s', (_what, limits, standing) => {
    expect(judgeAccount(limits, NOON)).toEqual(standing);
  });

  test.each<[string, readonly AccountLimit[], string, string, number]>([
    [
      'an end that has come',
      [endsAt(NOON)],
      'account-expired',
      'the account ended at 2026-11-23T12:00:00Z (shadowExpire)',
      NOON / DAY - 0.5,
    ],
    ['an end before 1970', [endsAt(-1)], 'account-expired', 'the account ended at 1969-12-31T23:59:59Z (shadowExpire)', 1],
    ['a lock', [locked, endsAt(NOON + 1)], 'account-locked', 'nsAccountLock is TRUE', 1],
    ['a lock for a time', [lockedUntil(NOON + 1000)], 'account-locked', 'locked until 2026-11-23T12:00:01Z (pwdAccountLockedTime)', 1],
  ])('keeps out with %s', (_what, limits, code, reason, expireDay) => {
    expect(judgeAccount(limits, NOON)).toEqual({ refusal: { code, reason }, expireDay });
  });

  test('keeps out outside the hours, and says when they come', () => {
    expect(judgeAccount([mondays], Date.UTC(2026, 10, 23, 16)).refusal).toEqual({
      code: 'account-outside-hours',
      reason: 'loginAllowedTimeMap allows no login before 2026-11-30T08:00:00Z',
    });
    const never = { kind: 'hours', hours: '00'.repeat(42) as AllowedHours } as const;
    expect(judgeAccount([never], NOON).refusal?.reason).toBe('loginAllowedTimeMap allows no login at any hour');
  });
});

test('limitAging takes the earlier end', () => {
  expect(limitAging({ max: 90 }, { expireDay: 5 })).toEqual({ max: 90, expire: 5 });
  expect(limitAging({ expire: 9 }, { expireDay: 5 })).toEqual({ expire: 5 });
  expect(limitAging({ expire: 3 }, { expireDay: 5 })).toEqual({ expire: 3 });
  expect(limitAging({ expire: 3 }, undefined)).toEqual({ expire: 3 });
});

describe('an account that is locked', () => {
  const alice = person('alice', { keys: [keyOf('A')], passwordHash: '$6$saltsalt$x', limits: [locked] });
  const bob = person('bob', { uid: 2002, keys: [keyOf('B')] });
  const ops = group('ops', { members: ['alice', 'bob'] });

  test('still resolves, without keys and password, and shadow says that it has expired', () => {
    const view = viewAt(NOON, snapshot([alice, bob], [staff]));
    expect(labelsOf(view)).toEqual(new Map([['bob', ['B']]]));
    expect(view.passwd.map(({ name }) => name)).toEqual(['alice', 'bob']);
    expect(view.shadow).toMatchObject([
      { name: 'alice', password: '*', aging: { expire: 1 } },
      { name: 'bob', aging: {} },
    ]);
    expect([...view.refused]).toEqual(['alice']);
    expect(view.rejections).toEqual([
      { verdict: 'quarantined', source: 'corp', map: 'keys', key: 'alice', code: 'account-locked', reason: 'nsAccountLock is TRUE' },
    ]);
  });

  test('takes its keys along out of the accounts that it shares, and is named once', () => {
    const view = viewAt(NOON, snapshot([alice, bob], [staff, ops]), { everyone: true, accounts: { deploy: people({ groups: ['ops'] }) } });
    expect(labelsOf(view).get('deploy')).toEqual(['B']);
    expect(view.rejections.filter(({ key }) => key === 'alice')).toHaveLength(1);
  });

  test('is closed to those who share it', () => {
    const deploy = person('deploy', { uid: 2003, limits: [locked] });
    const view = viewAt(NOON, snapshot([bob, deploy], [staff]), { accounts: { deploy: people({ users: ['bob'] }) } });
    expect(labelsOf(view)).toEqual(new Map());
    expect(view.rejections).toMatchObject([{ key: 'deploy', code: 'account-locked' }]);
  });

  test('is no finding where nobody lets it in anyway', () => {
    const view = viewAt(NOON, snapshot([alice, bob], [staff]), { allow: people({ users: ['bob'] }) });
    expect(view.rejections).toEqual([]);
    expect([...view.refused]).toEqual(['alice']);
  });

  test('is refused as those are whom a rule denies', () => {
    const view = viewAt(NOON, snapshot([alice, bob], [staff]), { everyone: true, deny: people({ users: ['bob'] }) });
    expect([...view.refused].sort()).toEqual(['alice', 'bob']);
  });
});

describe('an account that ends', () => {
  const end = NOON + DAY;
  const alice = person('alice', { keys: [keyOf('A'), keyOf('B', { rsaBits: 2048 })], limits: [endsAt(end)] });
  const directory = snapshot([alice], [group('ops', { members: ['alice'] })]);

  test('has its end in every key', () => {
    expect(optionsOf(viewAt(NOON, directory), 'alice')).toEqual(['expiry-time="20261124120000Z"']);
    const both = {
      keys: {
        types: new Set<KeyType>(['ssh-ed25519', 'ssh-rsa']),
        minRsaBits: 2048,
        allowedOptions: new Set<string>(),
        revoked: new Set<string>(),
      },
    };
    expect(optionsOf(viewAt(NOON, directory, { everyone: true }, both), 'alice')).toEqual([
      'expiry-time="20261124120000Z"',
      'expiry-time="20261124120000Z"',
    ]);
  });

  test('has it in keys with options of their own, too', () => {
    const keys = [keyOf('A', { options: 'no-pty' }), keyOf('B'), keyOf('C', { options: 'expiry-time="20260101"' })];
    const allowed = { keys: { ...policy().keys, allowedOptions: new Set(['no-pty', 'expiry-time']) } };
    const view = viewAt(NOON, snapshot([person('alice', { keys, limits: [endsAt(end)] })]), { everyone: true }, allowed);
    expect(optionsOf(view, 'alice').sort()).toEqual([
      'expiry-time="20260101"',
      'expiry-time="20261124120000Z"',
      'expiry-time="20261124120000Z",no-pty',
    ]);
  });

  test('has it in those of a shared account, too', () => {
    const view = viewAt(NOON, directory, { accounts: { deploy: people({ groups: ['ops'] }) } });
    expect(optionsOf(view, 'deploy')).toEqual(['expiry-time="20261124120000Z"']);
  });

  test('has it in the form that the sshd of the host reads, and other keys when that changes', () => {
    const clock = { readsUtc: false, timeZone: 'Europe/Berlin' };
    const view = applyPolicy([directory], policy(), { ...host(), now: new Date(NOON), sshdClock: () => clock });
    expect(optionsOf(view, 'alice')).toEqual(['expiry-time="20261124130000"']);
  });

  test('loses its keys when that time has come', () => {
    expect(labelsOf(viewAt(end - 1, directory)).get('alice')).toEqual(['A']);
    const view = viewAt(end, directory);
    expect(labelsOf(view)).toEqual(new Map());
    expect(view.shadow).toMatchObject([{ aging: { expire: Math.floor(end / DAY) } }]);
  });

  test('asks for the clock of sshd only then', () => {
    const sshdClock = (): never => {
      throw new Error('asked');
    };
    const bob = person('bob', { keys: [keyOf('B')], limits: [lockedUntil(NOON)] });
    expect(() => applyPolicy([snapshot([bob])], policy(), { ...host(), now: new Date(NOON), sshdClock })).not.toThrow();
    expect(() => applyPolicy([directory], policy(), { ...host(), now: new Date(NOON), sshdClock })).toThrow('asked');
  });
});

function viewAt(
  now: number,
  directory: DirectorySnapshot,
  rules: Parameters<typeof access>[0] = { everyone: true },
  others: Partial<Pick<HostPolicy, 'keys'>> = {},
): HostView {
  return applyPolicy([directory], policy({ access: access(rules), ...others }), { ...host(), now: new Date(now) });
}

function optionsOf({ keys }: HostView, name: string): string[] {
  return splitKeyLines(keys.get(login(name)) ?? ('' as never)).map((line) => line.split(' ssh-')[0] ?? '');
}
