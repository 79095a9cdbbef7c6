import { expect, test } from 'vitest';
import { isAtLeast, parseSshdVersion } from '../../src/host/sshd-version.ts';

test.each([
  ['OpenSSH_9.2, OpenSSL 3.0.19 27 Jan 2026\n', { major: 9, minor: 2 }],
  ['OpenSSH_10.0p2 Debian-7, OpenSSL 3.5.1\n', { major: 10, minor: 0 }],
  [
    'unknown option -- V\nOpenSSH_8.9p1 Ubuntu-3ubuntu0.10, OpenSSL 3.0.2 15 Mar 2022\nusage: sshd [-46DdeiqTt] …\n',
    { major: 8, minor: 9 },
  ],
])('parseSshdVersion reads %j', (text, version) => {
  expect(parseSshdVersion(text)).toEqual(version);
});

test.each(['', 'dropbear v2022.83', 'OpenSSH_next', 'sshd: no hostkeys available -- exiting.'])(
  'parseSshdVersion knows none in "%s"',
  (text) => {
    expect(parseSshdVersion(text)).toBeUndefined();
  },
);

test.each([
  [{ major: 9, minor: 1 }, true],
  [{ major: 9, minor: 2 }, true],
  [{ major: 10, minor: 0 }, true],
  [{ major: 9, minor: 0 }, false],
  [{ major: 8, minor: 9 }, false],
  [undefined, false],
])('isAtLeast 9.1: %j is %s', (version, answer) => {
  expect(isAtLeast(version, { major: 9, minor: 1 })).toBe(answer);
});
