import { describe, expect, test } from 'vitest';
import { parseEndpoint } from '../../../src/sources/ldap/transport.ts';

describe('parseEndpoint', () => {
  test.each([
    ['ldaps://ldap-1.example.org', undefined, { host: 'ldap-1.example.org', port: 636, mode: 'ldaps' }],
    ['ldaps://ldap-1.example.org/', undefined, { host: 'ldap-1.example.org', port: 636, mode: 'ldaps' }],
    ['ldaps://ldap-1:3269', 'ldaps', { host: 'ldap-1', port: 3269, mode: 'ldaps' }],
    ['ldap://ldap-1', 'starttls', { host: 'ldap-1', port: 389, mode: 'starttls' }],
    ['ldap://192.0.2.1:1389', 'off', { host: '192.0.2.1', port: 1389, mode: 'off' }],
    ['ldaps://[2001:db8::1]', undefined, { host: '2001:db8::1', port: 636, mode: 'ldaps' }],
    ['ldaps://[::1]:1636', undefined, { host: '::1', port: 1636, mode: 'ldaps' }],
  ] as const)('reads %s with mode %s', (uri, mode, endpoint) => {
    expect(parseEndpoint(uri, mode)).toEqual({ uri, ...endpoint });
  });

  test.each(['ldaps://host:65536', 'ldaps://host:abc', 'ldaps://[::1', 'ldaps://:636', 'ldaps://a b'])('refuses %s', (uri) => {
    expect(() => parseEndpoint(uri, undefined)).toThrow(
      expect.objectContaining({ code: 'configuration', message: `"${uri}" is no URI of an LDAP server` }) as Error,
    );
  });
});
