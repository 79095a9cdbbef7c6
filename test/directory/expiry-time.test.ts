import { describe, expect, test } from 'vitest';
import { formatAuthorizedKey } from '../../src/directory/authorized-key.ts';
import { ExpiryTimes, type SshdClock } from '../../src/directory/expiry-time.ts';
import { keyOf } from '../policy/sample-directory.ts';

const at = Date.UTC(2026, 6, 31, 22, 30, 0);
const utc: SshdClock = { readsUtc: true, timeZone: 'Europe/Berlin' };
const berlin: SshdClock = { readsUtc: false, timeZone: 'Europe/Berlin' };

function limited(clock: SshdClock, options?: string): string {
  const key = keyOf('A', options === undefined ? {} : { options });
  const line = formatAuthorizedKey(new ExpiryTimes(clock).limit(key, at));
  return line.slice(0, line.indexOf('ssh-ed25519')).trim();
}

describe('a key ends', () => {
  test.each([
    ['in UTC where sshd reads it', utc, 'expiry-time="20260731223000Z"'],
    ['in the time of the host where it does not', berlin, 'expiry-time="20260801003000"'],
    ['in the time of the host, in winter too', { readsUtc: false, timeZone: 'America/New_York' }, 'expiry-time="20260731183000"'],
    ['at midnight, which is no hour 24', { readsUtc: false, timeZone: 'Asia/Kolkata' }, 'expiry-time="20260801040000"'],
  ])('%s', (_how, clock, options) => {
    expect(limited(clock)).toBe(options);
  });

  test('at midnight of the host in hour 0', () => {
    expect(new ExpiryTimes({ readsUtc: false, timeZone: 'UTC' }).option(Date.UTC(2026, 0, 1))).toBe('expiry-time="20260101000000"');
  });
});

describe('of its own ends, the earlier counts', () => {
  test.each([
    ['earlier in UTC', utc, 'expiry-time="20260731222959Z"', 'expiry-time="20260731222959Z"'],
    ['later in UTC', utc, 'expiry-time="20260731223001Z"', 'expiry-time="20260731223000Z"'],
    ['earlier in local time', utc, 'expiry-time="202608010029"', 'expiry-time="202608010029"'],
    ['later in local time', utc, 'expiry-time="202608010031"', 'expiry-time="20260731223000Z"'],
    ['earlier by day', berlin, 'expiry-time="20260801"', 'expiry-time="20260801"'],
    ['later by day', berlin, 'expiry-time="20260802"', 'expiry-time="20260801003000"'],
    ['unreadable to sshd, which refuses the key for it', utc, 'expiry-time="soon"', 'expiry-time="soon"'],
    ['the earliest of several', utc, 'expiry-time="2030",expiry-time="20260101"', 'expiry-time="2030",expiry-time="20260101"'],
  ])('%s', (_what, clock, options, expected) => {
    expect(limited(clock, options)).toBe(expected);
  });

  test('and the other options stay', () => {
    expect(limited(utc, 'no-pty,expiry-time="20300101Z",from="10.0.0.0/8"')).toBe('expiry-time="20260731223000Z",no-pty,from="10.0.0.0/8"');
  });
});
