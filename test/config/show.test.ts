import * as fc from 'fast-check';
import { stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { showConfig } from '../../src/config/show.ts';
import { type Changes, configOf, FILE } from './configuration.ts';

const everything: Changes = {
  'source[0].uris': ['ldap://a:389', 'ldap://b'],
  'source[0].connect_timeout': '90s',
  'source[0].timeout': '10m',
  'source[0].tls': {
    mode: 'starttls',
    ca: 'file:/ca.pem',
    cert: 'credential:crt',
    key: 'env:KEY',
    server_name: 'ldap',
    min_version: '1.3',
  },
  'source[0].bind': { method: 'simple', dn: 'cn=host', password: 'credential:bind-password' },
  'source[0].users': { base: 'ou=people', scope: 'one', filter: '(uid=*)', attributes: { key: 'sshPublicKey' }, password_hashes: true },
  'source[1]': { name: 'two', type: 'ldap', uris: ['ldaps://c'], base: 'dc=c', tls: { cert: 'file:/c', key: 'file:/k' } },
  'access.accounts': { timeout: { groups: ['deployers'] } },
  'access.host_groups': ['imds-tag:AccessGroup', 'file:/groups'],
  'access.map': { timeout: { groups: ['web-admins'] }, 'a.b': { users: ['alice'] } },
  'policy.home': '/home/{name}',
  'policy.override_shell': '/usr/sbin/nologin',
  'policy.keys': { options: ['from', 'no-pty'], revoked: 'file:/revoked', max_age: '90d' },
  'staleness.warn_after': '25h',
  'staleness.deny_after': '14d',
};

describe('showConfig', () => {
  test('fills in the defaults', () => {
    expect(showConfig(configOf())).toMatchObject({
      source: [
        { schema: 'rfc2307', page_size: 1000, timeout: '5m', tls: { mode: 'ldaps', min_version: '1.2' }, bind: { method: 'anonymous' } },
      ],
      access: { host_groups: 'none' },
      staleness: { warn_after: '1h' },
    });
  });

  test('shows where secrets are, as they were written', () => {
    expect(showConfig(configOf(everything))).toMatchObject({
      source: [{ tls: { ca: 'file:/ca.pem', cert: 'credential:crt', key: 'env:KEY' }, bind: { password: 'credential:bind-password' } }, {}],
    });
  });

  test.each<[string, Changes]>([
    ['the smallest configuration', {}],
    ['one with everything in it', everything],
  ])('shows %s so that it can be read as the same', (_what, changes) => {
    const config = configOf(changes);
    const shown = showConfig(config);
    expect(showConfig(read(shown))).toEqual(shown);
  });

  test('shows every duration so that it is read as the same', () => {
    const duration = fc.tuple(fc.integer({ min: 1, max: 99_999 }), fc.constantFrom('s', 'm', 'h', 'd')).map(([n, unit]) => `${n}${unit}`);
    const timeout = fc.oneof(
      fc.integer({ min: 1, max: 86_400 }).map((n) => `${n}s`),
      fc.integer({ min: 1, max: 24 }).map((n) => `${n}h`),
    );
    fc.assert(
      fc.property(timeout, timeout, duration, (connect, whole, warn) => {
        const config = configOf({ 'source[0].connect_timeout': connect, 'source[0].timeout': whole, 'staleness.warn_after': warn });
        expect(read(showConfig(config))).toMatchObject({ staleness: config.staleness, source: [timeoutsOf(config)] });
      }),
    );
  });
});

function read(shown: Record<string, unknown>): Config {
  return parseConfig(FILE, stringify(shown));
}

function timeoutsOf({ source: [source] }: Config): Record<string, unknown> {
  if (source?.type !== 'ldap') throw new Error('no LDAP source');
  return { timeout: source.timeout, connect_timeout: source.connect_timeout };
}
