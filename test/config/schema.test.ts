import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Changes, configOf, problemsOf } from './configuration.ts';

/** Every table that a configuration can have, filled so that it is there. */
const everyTable: Changes = {
  'source[0].tls': { ca: 'file:/ca.pem' },
  'source[0].bind': { method: 'simple', dn: 'cn=host', password: 'env:PASSWORD' },
  'source[0].users': { attributes: { key: 'sshPublicKey' } },
  'source[0].groups': { attributes: { name: 'cn' } },
  'access.always': {},
  'access.deny': {},
  'access.accounts': { deploy: { groups: ['deployers'] } },
  policy: { keys: {} },
  guards: {},
  staleness: {},
  state: {},
  aws: {},
};

const tables = [
  '',
  'source[0].',
  'source[0].tls.',
  'source[0].bind.',
  'source[0].users.',
  'source[0].groups.',
  'access.',
  'access.always.',
  'access.deny.',
  'access.accounts.deploy.',
  'policy.',
  'policy.keys.',
  'guards.',
  'staleness.',
  'state.',
  'aws.',
];

describe('the smallest configuration', () => {
  test('has these defaults', () => {
    expect(configOf()).toEqual({
      version: 1,
      secrets: { cache: false },
      metrics: {},
      aws: {},
      source: [
        {
          name: 'corp',
          type: 'ldap',
          uris: ['ldaps://ldap.example.org'],
          base: 'dc=example,dc=org',
          schema: 'rfc2307',
          page_size: 1000,
          max_entries: 2_000_000,
          max_bytes: 1_073_741_824,
          connect_timeout: 10_000,
          timeout: 300_000,
          tls: { min_version: '1.2' },
          bind: { method: 'anonymous' },
          users: { scope: 'sub', attributes: {}, password_hashes: false },
          groups: { scope: 'sub', attributes: {} },
        },
      ],
      access: {
        everyone: true,
        groups: [],
        users: [],
        always: { users: [], groups: [] },
        deny: { users: [], groups: [] },
        accounts: {},
        host_groups: 'none',
      },
      policy: {
        uid_range: [1000, 60_000],
        gid_range: [1000, 60_000],
        allow_reserved_users: [],
        allow_reserved_groups: [],
        default_shell: '/bin/bash',
        own_authorized_keys: 'keep',
        hidden: false,
        keys: {
          types: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com', 'ssh-rsa'],
          min_rsa_bits: 2048,
          options: 'none',
          expiry_time: 'auto',
          revoked: 'none',
          max_age: 0,
        },
      },
      guards: { always_allowed: 5, max_removed_percent: 10, max_removed: 500 },
      staleness: { warn_after: 3_600_000, deny_after: 0 },
      state: { dir: '/var/lib/holdfast', keep_generations: 5 },
      audit: { enabled: true, path: '/var/log/holdfast/audit.jsonl', max_size: 10_485_760, keep: 10 },
      hooks: { timeout: 10_000 },
    });
  });

  test('may have every table', () => {
    expect(problemsOf(everyTable)).toEqual([]);
  });
});

describe('an unknown key', () => {
  test.each(tables)('is refused in "%s"', (table) => {
    expect(problemsOf({ ...everyTable, [`${table}surprise`]: true })).toEqual([`${table}surprise: is no key that holdfast knows`]);
  });

  test.each(['users', 'groups'])('is refused in source[0].%s.attributes', (map) => {
    expect(problemsOf({ ...everyTable, [`source[0].${map}.attributes.surprise`]: 'cn' })).toEqual([
      expect.stringContaining(`source[0].${map}.attributes`),
    ]);
  });

  test('is refused whatever its name and wherever it is', () => {
    const name = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'e', 's', '_', '-', ' ', 'É') }).map((text) => `x${text}`),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'Groups', 'group', 'user', 'Everyone', 'deny_', 'allow'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...tables), name, (table, key) => {
        const [problem = '', ...others] = problemsOf({ ...everyTable, [`${table}${key}`]: {} });
        const shown = /^[A-Za-z0-9_-]+$/.test(key) ? key : `"${key.replaceAll('É', '\\u{c9}')}"`;
        expect(others).toEqual([]);
        expect(problem.split('; ')[0]).toBe(`${table}${shown}: is no key that holdfast knows`);
      }),
    );
  });
});

describe('what somebody may have meant', () => {
  test.each<[string, Changes, string]>([
    ['a letter too few', { 'access.grups': [] }, 'access.grups: is no key that holdfast knows; did you mean "groups"?'],
    ['two letters that changed places', { 'source[0].usres': {} }, 'source[0].usres: is no key that holdfast knows; did you mean "users"?'],
    [
      'a name in a table of names',
      { 'source[0].users.attributes': { nam: 'uid' } },
      'source[0].users.attributes.nam: is no key that holdfast knows; did you mean "name"?',
    ],
    [
      'a key of a bind',
      { 'source[0].bind': { method: 'simple', dn: 'cn=host', password: 'env:P', pasword: 1 } },
      'source[0].bind.pasword: is no key that holdfast knows; did you mean "password"?',
    ],
    ['another table', { 'access.hidden': true }, 'access.hidden: is no key that holdfast knows; it is one of [policy]'],
    ['one of several tables', { filter: '(a=b)' }, 'filter: is no key that holdfast knows; it is one of [source.users], [source.groups]'],
    [
      'the top of the file',
      { 'policy.guards': {} },
      'policy.guards: is no key that holdfast knows; it is one of those at the top of the file',
    ],
    ['nothing we know of', { 'policy.surprise': 1 }, 'policy.surprise: is no key that holdfast knows'],
    [
      'a value',
      { 'source[0].users.scope': 'subb' },
      'source[0].users.scope: "subb" does not fit; wanted: one of "one", "sub"; did you mean "sub"?',
    ],
    [
      'a method',
      { 'source[0].bind.method': 'simpel' },
      'source[0].bind.method: "simpel" does not fit; wanted: one of "external", "simple", "anonymous"; did you mean "simple"?',
    ],
  ])('is said: %s', (_what, changes, problem) => {
    expect(problemsOf(changes)).toEqual([problem]);
  });
});

describe('what is there and what is wanted', () => {
  test.each<[string, Changes, string]>([
    ['a version', { version: undefined }, 'version: is missing; wanted: 1'],
    ['a region', { 'aws.region': 'evil.example/' }, 'aws.region: "evil.example/" is no region such as "eu-central-1"'],
    ['a list', { 'source[0].uris': 3 }, 'source[0].uris: 3 is a whole number; wanted: a list'],
    ['a table', { policy: [] }, 'policy: [] is a list; wanted: a table'],
    ['a number', { 'source[0].page_size': 0 }, 'source[0].page_size: 0 is too small; wanted: at least 1'],
    ['a whole number', { 'guards.always_allowed': 1.5 }, 'guards.always_allowed: 1.5 is a number with a fraction; wanted: a whole number'],
    ['both ends of a range', { 'policy.uid_range': [1000] }, 'policy.uid_range: [1000] is too small; wanted: at least 2 elements'],
    [
      'a method',
      { 'source[0].bind': { dn: 'cn=host' } },
      'source[0].bind.method: is missing; wanted: one of "external", "simple", "anonymous"',
    ],
    ['one complaint a value', { 'source[0].base': [] }, 'source[0].base: [] is a list; wanted: a string'],
  ])('is said of %s', (_what, changes, problem) => {
    expect(problemsOf(changes)).toEqual([problem]);
  });
});

describe('the schema', () => {
  test.each<[string, Changes]>([
    ['a region', { 'aws.region': 'us-gov-west-1' }],
    ['an ldap:// URI with StartTLS', { 'source[0].uris': ['ldap://a'], 'source[0].tls.mode': 'starttls' }],
    ['an age of keys', { 'policy.keys.max_age': '90d' }],
    ['a list of revoked keys', { 'policy.keys.revoked': 'file:/etc/holdfast/revoked_keys' }],
    ['a list of options', { 'policy.keys.options': ['from', 'no-pty'] }],
    ['a list of no option', { 'policy.keys.options': [] }],
    ['a port', { 'source[0].uris': ['ldaps://a:1636/'] }],
    ['an IPv6 address', { 'source[0].uris': ['ldaps://[2001:db8::1]:636'] }],
    ['a connect timeout', { 'source[0].connect_timeout': '30s' }],
    ['an attribute with an option', { 'source[0].users.attributes': { key: 'sshPublicKey;x-ssh' } }],
    ['a filter of two lines', { 'source[0].users.filter': '(&(objectClass=person)\n(uid=*))' }],
    ['one id', { 'policy.uid_range': [5000, 5000] }],
    ['the highest id', { 'policy.uid_range': [1, 4_294_967_294] }],
    ['a home with the name in it', { 'policy.home': '/home/{name}' }],
    ['a percentage with a fraction', { 'guards.max_removed_percent': 0.5 }],
    ['no removal at all', { 'guards.max_removed': 0, 'guards.always_allowed': 0, 'guards.max_removed_percent': 0 }],
    ['one generation', { 'state.keep_generations': 1 }],
    ['groups of the host in a file', { 'access.host_groups': 'file:/etc/holdfast/groups' }],
    ['groups of the host in its tag', { 'access.host_groups': 'imds-tag:holdfast:Access-Group' }],
    ['groups of the host in its user data', { 'access.host_groups': 'user-data:AccessGroup' }],
    ['groups of the host in several places', { 'access.host_groups': ['imds-tag:AccessGroup', 'file:/etc/holdfast/groups'] }],
    ['a map', { 'access.host_groups': 'imds-tag:A', 'access.map': { 'web-prod': { groups: ['web'], users: ['alice'] }, none2: {} } }],
    ['a map in a file', { 'access.host_groups': 'imds-tag:A', 'access.map_file': 'file:/etc/holdfast/access-map.toml' }],
    [
      'a map in a bucket, signed',
      { 'access.host_groups': 'imds-tag:A', 'access.map_file': 's3://maps/prod/map.toml', 'access.map_public_key': 'file:/map.pub' },
    ],
  ])('accepts %s', (_what, changes) => {
    expect(problemsOf(changes)).toEqual([]);
  });

  test.each<[string, Changes, string]>([
    ['another version', { version: 2 }, 'version: 2 is not a version this holdfast reads; wanted: 1'],
    ['a version in quotes', { version: '1' }, 'version: "1" is not a version this holdfast reads; wanted: 1'],
    ['no source', { source: [] }, 'source: [] wants at least one [[source]]'],
    ['a source name in capitals', { 'source[0].name': 'Corp' }, 'source[0].name: "Corp" is no name of a source'],
    ['a source name that is a path', { 'source[0].name': '../corp' }, 'source[0].name: "../corp" is no name of a source'],
    ['an empty source name', { 'source[0].name': '' }, 'source[0].name: "" is no name of a source'],
    [
      'a type of source of another version',
      { 'source[0].type': 's3' },
      'source[0].type: "s3" does not fit; wanted: one of "ldap", "file", "iam"',
    ],
    ['an empty base', { 'source[0].base': '' }, 'source[0].base: "" wants a search base'],
    ['no base', { 'source[0].base': undefined }, 'source[0].base: is missing; wanted: a string'],
    ['no URI', { 'source[0].uris': [] }, 'source[0].uris: [] wants at least one URI'],
    [
      'a schema that is not there',
      { 'source[0].schema': 'nis' },
      'source[0].schema: "nis" does not fit; wanted: one of "rfc2307", "rfc2307bis", "ipa", "ad"',
    ],
    ['empty pages', { 'source[0].page_size': 0 }, 'source[0].page_size: 0 '],
    ['no entries at all', { 'source[0].max_entries': 0 }, 'source[0].max_entries: 0 '],
    ['fewer bytes than an entry may have', { 'source[0].max_bytes': 1000 }, 'source[0].max_bytes: 1000 '],
    ['a directory that may have the group root', { 'policy.allow_reserved_groups': ['root'] }, 'policy.allow_reserved_groups[0]: "root" '],
    ['a directory that may have root', { 'policy.allow_reserved_users': ['root'] }, 'policy.allow_reserved_users[0]: "root" '],
    ['a reserved name that is none', { 'policy.allow_reserved_groups': ['suod'] }, 'policy.allow_reserved_groups[0]: "suod" '],
    ['half a page', { 'source[0].page_size': 1.5 }, 'source[0].page_size: 1.5 '],
    ['a time in words', { 'source[0].timeout': '5 minutes' }, 'source[0].timeout: "5 minutes" does not fit; wanted: a duration'],
    ['a time without a unit', { 'source[0].timeout': 300 }, 'source[0].timeout: 300 is a whole number; wanted: a string'],
    [
      'a TLS mode that is none',
      { 'source[0].tls.mode': 'on' },
      'source[0].tls.mode: "on" does not fit; wanted: one of "ldaps", "starttls", "off"',
    ],
    ['an old TLS', { 'source[0].tls.min_version': '1.1' }, 'source[0].tls.min_version: "1.1" does not fit; wanted: one of "1.2", "1.3"'],
    ['a bare path for a certificate', { 'source[0].tls.ca': '/ca.pem' }, 'source[0].tls.ca: "/ca.pem" does not fit; wanted: a reference'],
    ['an empty server name', { 'source[0].tls.server_name': '' }, 'source[0].tls.server_name: "" '],
    [
      'a scope that is none',
      { 'source[0].users.scope': 'base' },
      'source[0].users.scope: "base" does not fit; wanted: one of "one", "sub"',
    ],
    [
      'a filter without parentheses',
      { 'source[0].users.filter': 'uid=*' },
      'source[0].users.filter: "uid=*" is no LDAP filter in parentheses',
    ],
    [
      'an attribute with a space',
      { 'source[0].users.attributes.key': 'ssh key' },
      'source[0].users.attributes.key: "ssh key" is no LDAP attribute name',
    ],
    ['every attribute', { 'source[0].users.attributes.key': '*' }, 'source[0].users.attributes.key: "*" is no LDAP attribute name'],
    ['a bind without a method', { 'source[0].bind': { dn: 'cn=host' } }, 'source[0].bind'],
    ['a simple bind without a password', { 'source[0].bind': { method: 'simple', dn: 'cn=host' } }, 'source[0].bind.password: is missing'],
    [
      'a simple bind without a dn',
      { 'source[0].bind': { method: 'simple', password: 'env:P' } },
      'source[0].bind.dn: is missing; wanted: a string',
    ],
    ['a simple bind as nobody', { 'source[0].bind': { method: 'simple', dn: '', password: 'env:P' } }, 'source[0].bind.dn: "" '],
    [
      'a password that no bind wants',
      { 'source[0].bind': { method: 'external', password: 'env:P' } },
      'source[0].bind.password: is no key that holdfast knows',
    ],
    ['"yes" for true', { 'access.everyone': 'yes' }, 'access.everyone: "yes" is a string; wanted: true or false'],
    ['a login with a colon', { 'access.users': ['al:ice'] }, 'access.users[0]: login name "al:ice"'],
    ['a login of digits', { 'access.users': ['0'] }, 'access.users[0]: login name "0" is all digits'],
    ['a group with a space', { 'access.groups': ['web prod'] }, 'access.groups[0]: group name "web prod"'],
    ['an option for a login', { 'access.deny.users': ['-rf'] }, 'access.deny.users[0]: login name "-rf"'],
    ['an empty group name', { 'access.always.groups': [''] }, 'access.always.groups[0]: "" group name is empty'],
    ['an account that is no login', { 'access.accounts': { 'a b': {} } }, 'access.accounts."a b": '],
    [
      'a tag with a slash for the groups of the host',
      { 'access.host_groups': 'imds-tag:a/b' },
      'access.host_groups: "imds-tag:a/b" is not "none", "file:',
    ],
    [
      'a tag with a name that metadata never show',
      { 'access.host_groups': 'imds-tag:_index' },
      'access.host_groups: "imds-tag:_index" is not',
    ],
    ['a key of user data with a space', { 'access.host_groups': 'user-data:a b' }, 'access.host_groups: "user-data:a b" is not'],
    ['no place of groups', { 'access.host_groups': [] }, 'access.host_groups: [] '],
    ['"none" among places of groups', { 'access.host_groups': ['file:/a', 'none'] }, 'access.host_groups[1]: "none" is not'],
    [
      'an access group in the map that is no name',
      { 'access.host_groups': 'imds-tag:A', 'access.map': { 'a/b': {} } },
      'access.map."a/b": "a/b" is no name of an access group',
    ],
    [
      'an access group "none" in the map',
      { 'access.host_groups': 'imds-tag:A', 'access.map': { none: {} } },
      'access.map.none: "none" is no name of an access group',
    ],
    [
      'a map by HTTP',
      { 'access.host_groups': 'imds-tag:A', 'access.map_file': 'https://a/b' },
      'access.map_file: "https://a/b" is not "file:',
    ],
    ['a map in no bucket', { 'access.host_groups': 'imds-tag:A', 'access.map_file': 's3://b' }, 'access.map_file: "s3://b" is not "file:'],
    [
      'a public key itself',
      { 'access.host_groups': 'imds-tag:A', 'access.map_file': 's3://maps/a', 'access.map_public_key': 'ssh-ed25519 AAAA' },
      'access.map_public_key: "ssh-ed25519 AAAA" is not "file:/absolute/path"',
    ],
    ['a relative file of groups', { 'access.host_groups': 'file:groups' }, 'access.host_groups: "file:groups" is not "none", "file:'],
    [
      'a range from high to low',
      { 'policy.uid_range': [2000, 1000] },
      'policy.uid_range: [2000,1000] is no range: the first number is above the last',
    ],
    ['root in a range', { 'policy.uid_range': [0, 60_000] }, 'policy.uid_range[0]: 0 '],
    ['(gid_t)-1 in a range', { 'policy.gid_range': [1000, 4_294_967_295] }, 'policy.gid_range[1]: 4294967295 '],
    ['a range of one number', { 'policy.gid_range': [1000] }, 'policy.gid_range: [1000] '],
    ['a shell without a path', { 'policy.default_shell': 'bash' }, 'policy.default_shell: shell "bash" is no absolute path'],
    ['a shell by way of another folder', { 'policy.default_shell': '/bin/../bash' }, 'policy.default_shell: shell "/bin/../bash"'],
    ['a shell with a space', { 'policy.override_shell': '/bin/my shell' }, 'policy.override_shell: shell "/bin/my shell"'],
    ['one home for all', { 'policy.home': '/home' }, 'policy.home: "/home" has no {name} in it: everybody would share one home'],
    ['a home outside', { 'policy.home': '/home/{name}/..' }, 'policy.home: "/home/{name}/.." home directory'],
    [
      'a key type that sshd has dropped',
      { 'policy.keys.types': ['ssh-dss'] },
      'policy.keys.types[0]: "ssh-dss" does not fit; wanted: one of',
    ],
    ['no key type', { 'policy.keys.types': [] }, 'policy.keys.types: [] '],
    ['short RSA keys', { 'policy.keys.min_rsa_bits': 1023 }, 'policy.keys.min_rsa_bits: 1023 '],
    [
      'all key options',
      { 'policy.keys.options': 'any' },
      'policy.keys.options: "any" does not fit; wanted: "none", "allow-list", or a list of names of options',
    ],
    ...['command', 'environment', 'cert-authority', 'principals', 'tunnel', 'permitopen', 'agent-forwarding', 'pty', 'no-PTY', ''].map(
      (name): [string, Changes, string] => [
        `"${name}" among the options of keys`,
        { 'policy.keys.options': ['from', name] },
        `policy.keys.options[1]: ${JSON.stringify(name)} is no option that only takes something away; wanted: restrict, from, `,
      ],
    ),
    [
      'a list of revoked keys without "file:"',
      { 'policy.keys.revoked': '/etc/revoked' },
      'policy.keys.revoked: "/etc/revoked" is not "none" or',
    ],
    [
      'an age of keys in hours',
      { 'policy.keys.max_age': '36h' },
      'policy.keys.max_age: "36h" does not fit; wanted: a number of days such as "90d", or "0"',
    ],
    ['an age of keys without a unit', { 'policy.keys.max_age': '90' }, 'policy.keys.max_age: "90" does not fit; wanted: a number of days'],
    ['a negative guard', { 'guards.always_allowed': -1 }, 'guards.always_allowed: -1 '],
    ['more than all', { 'guards.max_removed_percent': 101 }, 'guards.max_removed_percent: 101 '],
    [
      'an end to what is stale, without a unit',
      { 'staleness.deny_after': '7' },
      'staleness.deny_after: "7" does not fit; wanted: a duration',
    ],
    ['an age in words', { 'staleness.warn_after': '1 hour' }, 'staleness.warn_after: "1 hour" does not fit; wanted: a duration'],
    ['a relative state folder', { 'state.dir': 'var/lib' }, 'state.dir: folder "var/lib"'],
    ['the root as state folder', { 'state.dir': '/' }, 'state.dir: folder is '],
    ['no generation', { 'state.keep_generations': 0 }, 'state.keep_generations: 0 '],
    ['a table for a list', { source: {} }, 'source: {} is a table; wanted: a list'],
  ])('refuses %s', (_what, changes, problem) => {
    const problems = problemsOf(changes);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.slice(0, problem.length)).toBe(problem);
  });

  test.each([
    'ldap.example.org',
    'http://a',
    'ldaps://',
    'ldaps://a/dc=example',
    'ldaps://a?uid',
    'ldaps://user:secret@a',
    'ldaps://a b',
    'LDAPS://a',
    ' ldaps://a',
    'ldapi:///run/ldapi',
  ])('refuses the URI "%s"', (uri) => {
    expect(problemsOf({ 'source[0].uris': [uri] })).toEqual([
      `source[0].uris[0]: ${JSON.stringify(uri.replace('user:secret', '…'))} is no "ldap://host[:port]" or "ldaps://host[:port]"`,
    ]);
  });
});
