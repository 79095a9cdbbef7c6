/**
 * A `[[source]]` of type "ldap".
 */
import { z } from 'zod';
import { ACCOUNT_RULES } from '../directory/account-rules.ts';
import { ldapSchemaName, secret, sourceName, timeout } from './schema-values.ts';

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
  z.strictObject({ method: z.literal('simple'), dn: z.string().min(1), password: secret }),
  z.strictObject({ method: z.literal('anonymous') }),
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

export const ldapSource = z.strictObject({
  name: sourceName,
  type: z.literal('ldap'),
  uris: z.array(uri).min(1, 'wants at least one URI'),
  base: z.string().min(1, 'wants a search base such as "dc=example,dc=org"'),
  schema: ldapSchemaName.default('rfc2307'),
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

export type LdapSourceConfig = z.output<typeof ldapSource>;
