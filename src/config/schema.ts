/**
 * The configuration file's schema: one definition gives the types, the defaults, every error at once, and the JSON Schema.
 *
 * Unknown keys are refused everywhere: a misspelt `deny` that is ignored would let somebody in.
 */
import { z } from 'zod';
import { ACCOUNT_RULES } from '../directory/account-rules.ts';
import { KEY_TYPES } from '../directory/key-blob.ts';
import { RESTRICTING_OPTIONS } from '../directory/key-options.ts';
import { type HostPath, parseFolder, parseHome, parseShell } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';
import { RESERVED_GROUPS, RESERVED_USERS } from '../directory/reserved-names.ts';
import { access } from './access-schema.ts';
import { parseDuration } from './duration.ts';
import { checked, parsed } from './parsed-values.ts';
import { parseSecretReference } from './secret-reference.ts';

const DAY = 86_400_000;
const shell = parsed<HostPath>(parseShell, 'absolute path of a shell');
const duration = checked(parseDuration, 'a duration such as "10s", "5m", "1h", "7d" or "0"', 'duration');
/** As ages are counted: a key is first seen on a day, not at a second. */
const days = checked(
  (text) => {
    const milliseconds = parseDuration(text);
    return milliseconds === undefined || milliseconds % DAY !== 0 ? undefined : milliseconds;
  },
  'a number of days such as "90d", or "0"',
  'duration in days',
);
/** A wait: not over before it began, and not longer than anybody would watch. */
const timeout = checked(
  (text) => {
    const milliseconds = parseDuration(text);
    return milliseconds === undefined || milliseconds < 100 || milliseconds > DAY ? undefined : milliseconds;
  },
  'a duration from "1s" to "1d"',
  'duration, at most a day',
);
const secret = checked(
  parseSecretReference,
  'a reference: "file:/absolute/path", "credential:name" or "env:NAME"',
  'where to read it: file:, credential: or env:',
);
const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9-]*(?:;[A-Za-z0-9-]+)*$/, 'is no LDAP attribute name');

const uri = z
  .string()
  .refine((text) => /^ldaps?:\/\/[^/?#@\s]+\/?$/.test(text) && URL.canParse(text), 'is no "ldap://host[:port]" or "ldaps://host[:port]"');

const tls = z.strictObject({
  mode: z.enum(['ldaps', 'starttls', 'off']).optional().meta({ description: 'default from the URI; "off" must be said' }),
  ca: secret.optional().meta({ description: 'CA certificates, PEM; default: those of the system' }),
  cert: secret.optional().meta({ description: 'client certificate, PEM, with its chain' }),
  key: secret.optional().meta({ description: 'private key of the client certificate, PEM' }),
  server_name: z.string().min(1).optional().meta({ description: 'name that the server certificate must have, when not that of the URI' }),
  min_version: z.enum(['1.2', '1.3']).default('1.2'),
});

const bind = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('external') }),
  z.strictObject({ method: z.literal('anonymous') }),
  z.strictObject({ method: z.literal('simple'), dn: z.string().min(1), password: secret }),
]);

const USER_ATTRIBUTES = [
  'name',
  'uid',
  'gid',
  'gecos',
  'home',
  'shell',
  'id',
  'key',
  'password',
  'last_change',
  'min',
  'max',
  'warning',
  'inactive',
  'expire',
  'flag',
] as const;
const GROUP_ATTRIBUTES = ['name', 'gid', 'id', 'member_name', 'member_dn'] as const;

const searchFields = {
  base: z.string().optional().meta({ description: 'search base; default: that of the source' }),
  scope: z.enum(['one', 'sub']).default('sub'),
  filter: z
    .string()
    .regex(/^\(.+\)$/s, 'is no LDAP filter in parentheses')
    .optional(),
};

const users = z.strictObject({
  ...searchFields,
  attributes: z.partialRecord(z.enum(USER_ATTRIBUTES), attribute).default({}),
  account_rules: z
    .array(z.enum(ACCOUNT_RULES))
    .optional()
    .meta({ description: 'what says that an account has ended or is locked; default: by schema. []: nothing' }),
  password_hashes: z.boolean().default(false).meta({ description: 'fetch crypt(3) hashes and put them into shadow.cache' }),
});

const groups = z.strictObject({
  ...searchFields,
  attributes: z.partialRecord(z.enum(GROUP_ATTRIBUTES), attribute).default({}),
});

const ldapSource = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'is no name of a source: a-z 0-9 _ -, at most 32'),
  type: z.literal('ldap', 'is no type of source that this version has; wanted: "ldap"'),
  uris: z.array(uri).min(1, 'wants at least one URI'),
  base: z.string().min(1, 'wants a search base such as "dc=example,dc=org"'),
  schema: z.enum(['rfc2307', 'rfc2307bis', 'ipa', 'ad']).default('rfc2307'),
  page_size: z.int().min(1).max(100_000).default(1000),
  max_entries: z.int().min(1).default(2_000_000).meta({ description: 'people and groups; a directory with more is refused' }),
  max_bytes: z
    .int()
    .min(1_000_000)
    .default(1_073_741_824)
    .meta({ description: 'of the answers to the searches; a directory with more is refused' }),
  connect_timeout: timeout.prefault('10s'),
  timeout: timeout.prefault('5m').meta({ description: 'the whole fetch' }),
  tls: tls.prefault({}),
  bind: bind.optional().meta({ description: 'default: "external" with a client certificate; without one it must be said' }),
  users: users.prefault({}),
  groups: groups.prefault({}),
});

const range = z
  .tuple([z.int().min(1), z.int().max(4_294_967_294)])
  .refine(([first, last]) => first <= last, 'is no range: the first number is above the last');

const RESTRICTING: ReadonlySet<string> = new Set(RESTRICTING_OPTIONS);
const keyOption = z
  .string()
  .refine((name) => RESTRICTING.has(name), `is no option that only takes something away; wanted: ${RESTRICTING_OPTIONS.join(', ')}`);

const keys = z.strictObject({
  types: z
    .array(z.enum(KEY_TYPES))
    .min(1)
    .default(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com', 'ssh-rsa']),
  min_rsa_bits: z.int().min(1024).max(16_384).default(2048),
  options: z
    .union([z.enum(['none', 'allow-list']), z.array(keyOption)], 'wanted: "none", "allow-list", or a list of names of options')
    .default('none')
    .meta({
      description:
        '"none": a key that carries options is refused; "allow-list": options that only restrict are let through; or those of them',
    }),
  revoked: z
    .string()
    .regex(/^(?:none|file:\/.+)$/, 'is not "none" or "file:/absolute/path"')
    .default('none')
    .meta({ description: 'keys that nobody may use: "none", or a file with a SHA256 fingerprint or a public key a line' }),
  expiry_time: z
    .enum(['auto', 'utc', 'local'])
    .default('auto')
    .meta({ description: 'how sshd reads the end of a key: "utc" from OpenSSH 9.1 on; "auto": as the version of the host\'s sshd says' }),
  max_age: days.prefault('0').meta({ description: 'keys that this host first saw so long ago are withheld; "0": keys do not age' }),
});

const homeTemplate = parsed((text) => {
  if (!text.includes('{name}')) return new Invalid('home-invalid', 'has no {name} in it: everybody would share one home');
  const example = parseHome(text.replaceAll('{name}', 'alice'));
  return example instanceof Invalid ? example : text;
}, 'home directory, with {name} for the login name');

const policy = z.strictObject({
  uid_range: range.default([1000, 60_000]),
  gid_range: range.default([1000, 60_000]),
  allow_reserved_users: z
    .array(z.enum(RESERVED_USERS).exclude(['root', 'toor']))
    .default([])
    .meta({ description: 'names of system accounts that the directory may have here' }),
  allow_reserved_groups: z
    .array(z.enum(RESERVED_GROUPS).exclude(['root']))
    .default([])
    .meta({ description: 'names to which sudoers and others grant rights, and that the directory may have here' }),
  default_shell: shell.prefault('/bin/bash'),
  override_shell: shell.optional(),
  home: homeTemplate.optional(),
  own_authorized_keys: z.enum(['keep', 'ignore']).default('keep').meta({
    description: '"ignore": ~/.ssh/authorized_keys of directory users does not count; "holdfast wiring sshd" prints what sshd needs',
  }),
  hidden: z.boolean().default(false).meta({ description: 'true: people without access do not resolve at all' }),
  keys: keys.prefault({}),
});

const guards = z.strictObject({
  always_allowed: z.int().nonnegative().default(5),
  max_removed_percent: z.number().min(0).max(100).default(10),
  max_removed: z.int().nonnegative().default(500),
});

const staleness = z.strictObject({
  warn_after: duration.prefault('1h').meta({ description: '`status` warns when a source has not been complete for that long' }),
  deny_after: duration.prefault('0').meta({
    description: 'then only `access.always` keeps keys, of the people of that source; "0": the last good snapshot serves however old',
  }),
});

const state = z.strictObject({
  dir: parsed(parseFolder, 'absolute path').prefault('/var/lib/holdfast'),
  keep_generations: z.int().min(1).max(1000).default(5),
});

const aws = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,62}$/, 'is no region such as "eu-central-1"')
    .optional()
    .meta({ description: "default: AWS_REGION, AWS_DEFAULT_REGION, or the instance's own" }),
});

export const configSchema = z
  .strictObject({
    version: z.literal(1, 'is not a version this holdfast reads; wanted: 1'),
    source: z.array(ldapSource).min(1, 'wants at least one [[source]]'),
    access: access.prefault({}),
    policy: policy.prefault({}),
    guards: guards.prefault({}),
    staleness: staleness.prefault({}),
    state: state.prefault({}),
    aws: aws.prefault({}),
  })
  .meta({ title: 'holdfast configuration' });

export type Config = z.output<typeof configSchema>;
export type LdapSourceConfig = Config['source'][number];
