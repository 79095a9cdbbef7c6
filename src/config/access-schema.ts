/**
 * The schema of `[access]`: who may log in here, and how a host says what it is.
 */
import { z } from 'zod';
import { parseAccessGroup } from '../directory/access-groups.ts';
import { parseLoginName } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';
import { parseS3Location } from '../directory/s3-location.ts';
import { parseHostGroupReference } from './host-group-reference.ts';
import { groupName, loginName } from './schema-values.ts';

const people = z.strictObject({ users: z.array(loginName).default([]), groups: z.array(groupName).default([]) });
const nobody = { users: [], groups: [] };

/** Whom each access group lets in. */
export const accessMapSchema = z.record(
  z.string().refine((text) => !(parseAccessGroup(text) instanceof Invalid), 'is no name of an access group'),
  people,
);

const PLACES = '"file:/absolute/path", "imds-tag:NAME" or "user-data:KEY"';

export const accessSchema = z.strictObject({
  everyone: z.boolean().default(false),
  groups: z.array(groupName).default([]),
  users: z.array(loginName).default([]),
  always: people.default(nobody),
  deny: people.default(nobody),
  accounts: z.record(loginNameKey(), people).default({}),
  host_groups: z
    .union(
      [hostGroups('none'), z.array(hostGroups()).min(1, 'wants at least one reference').max(16)],
      `wanted: "none", ${PLACES}, or a list`,
    )
    .default('none')
    .meta({
      description:
        'where this host\'s access groups are written: in a file with one a line, in an EC2 instance tag, in a line "# holdfast: KEY = value" of its user data',
    }),
  map: accessMapSchema
    .optional()
    .meta({ description: 'whom an access group of the host lets in; without a map it is a group of the directory' }),
  map_file: z
    .string()
    .refine((text) => /^file:\/./.test(text) || parseS3Location(text) !== undefined, 'is not "file:/absolute/path" or "s3://bucket/key"')
    .optional()
    .meta({ description: 'the map, in a file or S3 object of its own' }),
  map_public_key: z
    .string()
    .regex(/^file:\/.+$/s, 'is not "file:/absolute/path"')
    .optional()
    .meta({
      description: 'ssh-ed25519 public keys, one a line: the map counts only with a signature (the same name and ".sig") by one of them',
    }),
});

/** @param others that stand for no reference */
function hostGroups(...others: readonly string[]) {
  const wanted = [...others.map((other) => `"${other}"`), PLACES].join(', ');
  return z.string().refine((text) => others.includes(text) || parseHostGroupReference(text) !== undefined, `is not ${wanted}`);
}

/** zod checks record keys before any transform, so the parser only judges here. */
function loginNameKey() {
  return z.string().refine((text) => !(parseLoginName(text) instanceof Invalid), 'is no login name');
}
