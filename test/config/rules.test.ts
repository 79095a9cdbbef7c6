import { describe, expect, test } from 'vitest';
import { type Changes, problemsOf } from './configuration.ts';

const certificate: Changes = { 'source[0].tls.cert': 'file:/client.crt', 'source[0].tls.key': 'file:/client.key' };
const plain: Changes = { 'source[0].uris': ['ldap://a'] };

describe('who may log in', () => {
  test.each<[string, Changes]>([
    ['everyone', { 'access.everyone': true }],
    ['a user', { access: { users: ['alice'] } }],
    ['a group', { access: { groups: ['web-prod'] } }],
    ['a user on every host', { access: { always: { users: ['alice'] } } }],
    ['a group on every host', { access: { always: { groups: ['sre'] } } }],
    ['a shared account', { access: { accounts: { deploy: { groups: ['deployers'] } } } }],
    ['groups of the host', { access: { host_groups: 'file:/etc/holdfast/groups' } }],
  ])('may be %s', (_who, changes) => {
    expect(problemsOf(changes)).toEqual([]);
  });

  test.each<[string, Changes]>([
    ['without a table', { access: undefined }],
    ['with an empty table', { access: {} }],
    ['with empty lists', { access: { users: [], groups: [], always: { users: [], groups: [] } } }],
    ['with everyone = false', { access: { everyone: false } }],
    ['with a list of the denied alone', { access: { deny: { users: ['mallory'] } } }],
  ])('must be said: refused %s', (_how, changes) => {
    expect(problemsOf(changes)).toEqual([
      'access: says nothing of who may log in; wanted: groups or users, or "everyone = true" when that is meant',
    ]);
  });
});

describe('the map of access groups', () => {
  const tag: Changes = { 'access.host_groups': 'imds-tag:A' };

  test.each<[string, Changes, string]>([
    [
      'beside another in a file',
      { ...tag, 'access.map': { web: {} }, 'access.map_file': 'file:/map' },
      'access.map_file: is there, and [access.map] as well; wanted: one of them',
    ],
    [
      'without access groups',
      { 'access.map': { web: {} } },
      'access.map: is there, but no access groups to look up in it; wanted: host_groups = "imds-tag:NAME" or the like',
    ],
    [
      'in a file without access groups',
      { 'access.map_file': 'file:/map' },
      'access.map_file: is there, but no access groups to look up in it; wanted: host_groups = "imds-tag:NAME" or the like',
    ],
    [
      'of the configuration, with a key for its signature',
      { ...tag, 'access.map': { web: {} }, 'access.map_public_key': 'file:/map.pub' },
      'access.map_public_key: is there, but no map_file, which alone has a signature; wanted: map_file = "s3://bucket/key" or "file:…"',
    ],
  ])('is refused %s', (_what, changes, problem) => {
    expect(problemsOf(changes)).toEqual([problem]);
  });
});

describe('TLS', () => {
  test.each<[string, Changes]>([
    ['ldaps:// without a word', {}],
    ['ldaps:// with mode = "ldaps"', { 'source[0].tls.mode': 'ldaps' }],
    ['ldap:// with mode = "starttls"', { ...plain, 'source[0].tls.mode': 'starttls' }],
    ['ldap:// with mode = "off"', { ...plain, 'source[0].tls.mode': 'off' }],
    ['ldap:// with mode = "off" and a password', { ...plain, 'source[0].tls.mode': 'off', ...simpleBind() }],
    ['ldaps:// with a client certificate and no bind', { ...certificate, 'source[0].bind': undefined }],
    ['ldaps:// with a client certificate and a password', { ...certificate, ...simpleBind() }],
    [
      'StartTLS with a client certificate',
      { ...plain, 'source[0].tls.mode': 'starttls', ...certificate, 'source[0].bind.method': 'external' },
    ],
  ])('may be %s', (_how, changes) => {
    expect(problemsOf(changes)).toEqual([]);
  });

  test.each<[string, Changes, string]>([
    ['ldap:// without a word', plain, 'source[0].uris: "ldap://a" is without TLS; wanted: "ldaps://…", or mode = "starttls"'],
    ['one ldap:// among others', { 'source[0].uris': ['ldaps://a', 'ldap://b', 'ldap://c'] }, 'source[0].uris: "ldap://b" is without TLS'],
    ['ldap:// with mode = "ldaps"', { ...plain, 'source[0].tls.mode': 'ldaps' }, 'source[0].tls.mode: is "ldaps", but "ldap://a" is no'],
    [
      'ldaps:// with mode = "starttls"',
      { 'source[0].tls.mode': 'starttls' },
      'source[0].tls.mode: is "starttls", but "ldaps://ldap.example.org" speaks',
    ],
    [
      'ldaps:// with mode = "off"',
      { 'source[0].tls.mode': 'off' },
      'source[0].tls.mode: is "off", but "ldaps://ldap.example.org" speaks TLS',
    ],
    ['a certificate without its key', { 'source[0].tls.cert': 'file:/client.crt' }, 'source[0].tls.key: is missing, but cert is there'],
    ['a key without its certificate', { 'source[0].tls.key': 'file:/client.key' }, 'source[0].tls.cert: is missing, but key is there'],
    [
      'no bind and no certificate',
      { 'source[0].bind': undefined },
      'source[0].bind: is missing; wanted: method = "external", "simple" or "anonymous"',
    ],
    [
      'external without a certificate',
      { 'source[0].bind.method': 'external' },
      'source[0].bind.method: is "external", but [source.tls] names no client',
    ],
    [
      'external without TLS',
      { ...plain, 'source[0].tls.mode': 'off', ...certificate, 'source[0].bind.method': 'external' },
      'source[0].bind.method: is "external", but tls.mode is "off"',
    ],
    [
      'no bind, a certificate, and no TLS to show it in',
      { ...plain, 'source[0].tls.mode': 'off', ...certificate, 'source[0].bind': undefined },
      'source[0].bind',
    ],
  ])('is refused for %s', (_how, changes, problem) => {
    const problems = problemsOf(changes);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.slice(0, problem.length)).toBe(problem);
  });
});

describe('sources', () => {
  const second = { name: 'second', type: 'ldap', uris: ['ldaps://b'], base: 'dc=b', bind: { method: 'anonymous' } };

  test('may be several', () => {
    expect(problemsOf({ 'source[1]': second })).toEqual([]);
  });

  test('have names of their own', () => {
    expect(problemsOf({ 'source[1]': { ...second, name: 'corp' } })).toEqual([
      'source[1].name: "corp" is the name of an earlier source; wanted: another',
    ]);
  });

  test('take no SID for a number', () => {
    expect(problemsOf({ 'source[0].users': { attributes: { uid: 'objectSid', gid: 'gidNumber' } } })).toEqual([
      expect.stringMatching(
        /^source\[0\]\.users\.attributes\.uid: "objectSid" is no number of a Linux account, and this version makes none of it; wanted: /,
      ),
    ]);
  });

  test('are each checked', () => {
    expect(problemsOf({ 'source[1]': { ...second, uris: ['ldap://b'] } })).toEqual([
      expect.stringMatching(/^source\[1\]\.uris: "ldap:\/\/b" is without TLS/),
    ]);
  });
});

describe('staleness', () => {
  test.each<[string, Changes]>([
    ['after the warning', { staleness: { warn_after: '1h', deny_after: '7d' } }],
    ['with the warning', { staleness: { warn_after: '1h', deny_after: '1h' } }],
    ['without any warning', { staleness: { warn_after: '0', deny_after: '15m' } }],
    ['never', { staleness: { warn_after: '30d', deny_after: '0' } }],
  ])('may deny %s', (_when, staleness) => {
    expect(problemsOf(staleness)).toEqual([]);
  });

  test('denies nobody before anybody is warned', () => {
    expect(problemsOf({ staleness: { deny_after: '30m' } })).toEqual([
      'staleness.deny_after: is "30m", before warn_after = "1h": people would be denied before anybody is warned; wanted: "1h" or more, or "0"',
    ]);
  });
});

test('all problems between settings are reported in one run', () => {
  const problems = problemsOf({ access: {}, ...plain, 'source[0].bind': undefined, 'source[0].tls.key': 'file:/client.key' });
  expect(problems.map((problem) => problem.replace(/: .*/, ''))).toEqual([
    'source[0].bind',
    'source[0].uris',
    'source[0].tls.cert',
    'access',
  ]);
});

function simpleBind(): Changes {
  return { 'source[0].bind': { method: 'simple', dn: 'cn=host,dc=example,dc=org', password: 'env:PASSWORD' } };
}
