/**
 * The configuration file's schema: one definition gives the types, the defaults, every error at once, and the JSON Schema.
 *
 * Unknown keys are refused everywhere: a misspelt `deny` that is ignored would let somebody in.
 */
import { z } from 'zod';
import { KEY_TYPES } from '../directory/key-blob.ts';
import { parseFolder, parseHome } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';
import { RESERVED_GROUPS, RESERVED_USERS } from '../directory/reserved-names.ts';
import { parsed } from '../toml/parsed.ts';
import { accessSchema } from './access-schema.ts';
import { emergency } from './emergency-schema.ts';
import { hooksSchema } from './hooks-schema.ts';
import { days, duration, idRange, keyOptions, shell } from './schema-values.ts';
import { source } from './source-schema.ts';
import { auditSchema } from './audit-schema.ts';
import { metricsSchema } from './metrics-schema.ts';

export const keysSchema = z.strictObject({
  types: z
    .array(z.enum(KEY_TYPES))
    .min(1)
    .default(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com', 'ssh-rsa']),
  min_rsa_bits: z.int().min(1024).max(16_384).default(2048),
  options: keyOptions,
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

export const policySchema = z.strictObject({
  uid_range: idRange.default([1000, 60_000]),
  gid_range: idRange.default([1000, 60_000]),
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
  keys: keysSchema.prefault({}),
});

const guards = z.strictObject({
  always_allowed: z.int().nonnegative().default(5),
  max_removed_percent: z.number().min(0).max(100).default(10),
  max_removed: z.int().nonnegative().default(500),
});

export const stalenessSchema = z.strictObject({
  warn_after: duration.prefault('1h').meta({ description: '`status` warns when a source has not been complete for that long' }),
  deny_after: duration.prefault('0').meta({
    description: 'then only `access.always` keeps keys, of the people of that source; "0": the last good snapshot serves however old',
  }),
});

export const stateSchema = z.strictObject({
  dir: parsed(parseFolder, 'absolute path').prefault('/var/lib/holdfast'),
  keep_generations: z.int().min(1).max(1000).default(5),
});

const secrets = z.strictObject({
  cache: z.boolean().default(false).meta({
    description:
      'true: secrets of Parameter Store are kept in the state for runs in which it does not answer, encrypted where systemd-creds can',
  }),
});

export const awsSchema = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,62}$/, 'is no region such as "eu-central-1"')
    .optional()
    .meta({ description: "default: AWS_REGION, AWS_DEFAULT_REGION, or the instance's own" }),
});

export const configSchema = z
  .strictObject({
    version: z.literal(1, 'is not a version this holdfast reads; wanted: 1'),
    source: z.array(source).min(1, 'wants at least one [[source]]'),
    access: accessSchema.prefault({}),
    policy: policySchema.prefault({}),
    guards: guards.prefault({}),
    staleness: stalenessSchema.prefault({}),
    state: stateSchema.prefault({}),
    secrets: secrets.prefault({}),
    aws: awsSchema.prefault({}),
    audit: auditSchema.prefault({}),
    metrics: metricsSchema.prefault({}),
    hooks: hooksSchema.prefault({}),
    emergency: emergency.optional(),
  })
  .meta({ title: 'holdfast configuration' });

export type Config = z.output<typeof configSchema>;

export type EmergencyConfig = NonNullable<Config['emergency']>;
