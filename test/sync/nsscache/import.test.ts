import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, property, string } from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import { importNsscache } from '../../../src/sync/nsscache/import.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-nsscache-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const SMALLEST = {
  source: 'ldap',
  cache: 'files',
  maps: 'passwd, group, shadow, sshkey',
  timestamp_dir: '/var/lib/nsscache',
  ldap_uri: 'ldaps://ldap-1.example.org',
  ldap_base: 'ou=people,dc=example,dc=org',
  ldap_filter: '(objectClass=posixAccount)',
};

function textOf(options: Readonly<Record<string, string>>, ...sections: readonly string[]): string {
  const all = Object.entries({ ...SMALLEST, ...options }).map(([name, value]) => `${name} = ${value}`);
  return ['[DEFAULT]', ...all, ...sections].join('\n');
}

function imported(text: string | Buffer): { readonly text: string; readonly config: Config } {
  const path = join(folder, 'nsscache.conf');
  writeFileSync(path, text);
  const result = importNsscache(path);
  return { text: result.text, config: parseConfig('holdfast.toml', result.text) };
}

function ldapOf({ source: [first] }: Config): Config['source'][number] & { readonly type: 'ldap' } {
  if (first?.type !== 'ldap') throw new Error('no LDAP source');
  return first;
}

describe('a configuration of nsscache', () => {
  test('gives the same search, with the scope that nsscache has when none is said', () => {
    const { config } = imported(textOf({}, '[group]', 'ldap_base = ou=group,dc=example,dc=org', 'ldap_filter = (objectClass=posixGroup)'));
    expect(ldapOf(config)).toMatchObject({
      uris: ['ldaps://ldap-1.example.org'],
      schema: 'rfc2307',
      bind: { method: 'anonymous' },
      users: { scope: 'one', filter: '(objectClass=posixAccount)' },
      groups: { base: 'ou=group,dc=example,dc=org', scope: 'one', filter: '(objectClass=posixGroup)' },
    });
    expect(config.access.everyone).toBe(true);
  });

  test.each<[Readonly<Record<string, string>>, object]>([
    [{ ldap_scope: 'sub' }, { users: { scope: 'sub' } }],
    [{ ldap_rfc2307bis: '1' }, { schema: 'rfc2307bis' }],
    [{ ldap_rfc2307bis: '0' }, { schema: 'rfc2307' }],
    [{ ldap_rfc2307bis: 'False' }, { schema: 'rfc2307bis' }],
    [{ ldap_rfc2307bis_alt: '1' }, { groups: { attributes: { member_dn: 'uniqueMember' } } }],
    [{ ldap_uidattr: 'mail' }, { users: { attributes: { name: 'mail' } } }],
    [{ ldap_uri: 'ldaps://a.example.org ldaps://b.example.org' }, { uris: ['ldaps://a.example.org', 'ldaps://b.example.org'] }],
    [{ ldap_tls_cacertfile: "'/etc/ssl/ca.pem'" }, { tls: { ca: { kind: 'file', path: '/etc/ssl/ca.pem' } } }],
    [{ ldap_uri: 'ldap://a', ldap_tls_starttls: '1' }, { tls: { mode: 'starttls' } }],
    [{ ldap_uri: 'ldap://a' }, { tls: { mode: 'off' } }],
    [{ ldap_uri: 'ldap://a', ldap_tls_starttls: 'False' }, { tls: { mode: 'off' } }],
    [{ ldap_bind_dn: 'cn=host', ldap_bind_password: 'hush' }, { bind: { method: 'simple', dn: 'cn=host' } }],
  ])('with %j is %j', (options, wanted) => {
    expect(ldapOf(imported(textOf(options)).config)).toMatchObject(wanted);
  });

  test.each<[Readonly<Record<string, string>>, RegExp]>([
    [{ ldap_uri: 'ldap://a', ldap_tls_starttls: 'True' }, /LOOK: nsscache takes ldap_tls_starttls = True for no .*in the clear/],
    [{ ldap_nested_groups: 'False' }, /LOOK: line 9: ldap_nested_groups = False is true for nsscache/],
    [{ ldap_home_dir: 'no' }, /LOOK: ldap_home_dir = no is true for nsscache/],
    [{ ldap_use_sasl: 'False' }, /LOOK: ldap_use_sasl \("False" is true for nsscache\)/],
    [{ ldap_tls_require_cert: 'never' }, /LOOK: ldap_tls_require_cert = never has no equal/],
    [{ ldap_tls_cacertdir: '/etc/ssl/certs' }, /LOOK: ldap_tls_cacertdir has no equal/],
    [{ ldap_use_rid: '1' }, /LOOK: line 9: ldap_use_rid = 1: .*sambaSID/],
    [{ ldap_offset: '20000' }, /LOOK: line 9: ldap_offset = 20000: .*whose files are whose/],
    [{ ldap_colour: 'red' }, /LOOK: line 9: ldap_colour is not known here/],
    [{ maps: 'passwd, group, automount' }, /LOOK: maps of automount have no equal/],
    [{ files_dir: '/etc' }, /# line 9: files_dir: where things lie/],
  ])('with %j says %s', (options, note) => {
    expect(imported(textOf(options)).text).toMatch(note);
  });

  test('never shows the password', () => {
    const { text } = imported(textOf({ ldap_bind_dn: 'cn=host', ldap_bind_password: 'hush-hush' }));
    expect(text).not.toContain('hush-hush');
  });

  test('may have values over several lines, comments, %(names)s and other delimiters', () => {
    const filter =
      '[passwd]\nldap_filter: (&(objectClass=posixAccount)\n   # not this\n   (host=web))\n; nor this\nldap_base = ou=staff,%(suffix)s';
    const { config } = imported(textOf({ suffix: 'dc=example,dc=org' }, filter));
    expect(ldapOf(config)).toMatchObject({
      base: 'ou=staff,dc=example,dc=org',
      users: { filter: '(&(objectClass=posixAccount)\n(host=web))' },
    });
  });

  test.each<[string, string | Buffer]>([
    [':1: has an option before the first section', 'source = ldap'],
    [':9: has the option "ldap_uri" for the second time', textOf({}, 'ldap_uri = ldaps://b')],
    [':11: has the section [group] for the second time', textOf({}, '[group]', 'ldap_scope = sub', '[group]')],
    [':9: has a % that is neither', textOf({ ldap_x: '100%' })],
    [':9: refers to itself', textOf({ ldap_x: '%(ldap_x)s' })],
    [':9: is no "option = value"', textOf({}, 'word')],
    [': takes its people from "http"', textOf({ source: 'http' })],
    [': has no ldap_base', textOf({ ldap_base: '' })],
    [': has no maps of people or groups', textOf({ maps: '' })],
    [':1: is not UTF-8', Buffer.from([0x5b, 0xff, 0x5d])],
    ['ldapi://', textOf({ ldap_uri: 'ldapi://%%2frun%%2fldapi' })],
    ['has what no configuration of holdfast may have', textOf({ ldap_uri: 'ldaps://x/"] everyone = true' })],
  ])('is refused where it %s', (what, text) => {
    expect(() => imported(text)).toThrow(what);
    expect(() => imported(text)).toThrow(join(folder, 'nsscache.conf'));
  });

  test('puts nothing but its own keys into the text, whatever the values are', () => {
    const value = string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('%', '%%').replaceAll(/[\p{C}\p{Z}]+/gu, ' '));
    assert(
      property(value, value, value, (base, filter, name) => {
        const options = { ldap_base: `x${base}`, ldap_filter: `(a${filter})`, ldap_bind_dn: `"cn=${name}`, ldap_strange: name };
        const source = ldapOf(imported(textOf(options)).config);
        expect(source.base.startsWith('x')).toBe(true);
        expect(Object.keys(source.bind ?? {}).sort()).toEqual(['dn', 'method', 'password']);
      }),
      { numRuns: 300 },
    );
  });
});
