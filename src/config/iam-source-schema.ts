/**
 * A `[[source]]` of type "iam".
 */
import { z } from 'zod';
import { linuxNameOf } from '../directory/iam-names.ts';
import { type GroupName, parseGroupName } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';
import { groupName, id, idRange, loginName, sourceName, timeout } from './schema-values.ts';

const iamGroup = z.string().regex(/^[A-Za-z0-9_+=,.@-]{1,128}$/, 'is no name of an IAM group');
/** IAM's "unique identifiers" of users begin with AIDA. */
const userId = z.string().regex(/^[A-Za-z0-9]{16,128}$/, 'is no UserId such as "AIDACKCEVSQ6C2EXAMPLE"');
const replacement = z.string().regex(/^[A-Za-z0-9._@-]{0,16}$/, 'has other characters than A-Z a-z 0-9 . _ @ -, or more than 16');

/** From where systemd's containers end to where its foreign uids begin, and below what C programs print as a negative number. */
const UNUSED_RANGE: [number, number] = [1_879_048_192, 2_147_352_575];

export const iamSource = z.strictObject({
  name: sourceName,
  type: z.literal('iam'),
  groups: z.array(iamGroup).min(1, 'wants at least one IAM group').meta({ description: 'IAM groups whose users are the accounts' }),
  primary_group: z
    .strictObject({ name: groupName, gid: id })
    .meta({ description: 'the primary group of all of them, which is made of this alone' }),
  linux_groups: z
    .record(iamGroup, z.strictObject({ name: groupName.optional(), gid: id.optional() }))
    .default({})
    .meta({
      description:
        'by IAM group, one of `groups` or another, what it is here; default: its name in lower case, and no gid: it grants access and is not shown',
    }),
  uid_range: idRange.default(UNUSED_RANGE).meta({ description: 'uids are derived into it from the UserId' }),
  users: z
    .record(userId, z.strictObject({ name: loginName.optional(), uid: id.optional() }))
    .default({})
    .meta({ description: 'by UserId, another name or uid than the derived one' }),
  name_characters: z
    .strictObject({
      '+': replacement.default('.plus.'),
      '=': replacement.default('.equal.'),
      ',': replacement.default('.comma.'),
      '.': replacement.default('.'),
      '@': replacement.default('.at.'),
    })
    .prefault({})
    .meta({ description: 'what becomes of the characters of IAM names that Linux names do not have' }),
  assume_role: z
    .string()
    .regex(/^arn:aws[a-z-]{0,20}:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'is no ARN of a role')
    .optional()
    .meta({ description: 'role to read with, which may be that of another account' }),
  external_id: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/, 'is no external id')
    .optional()
    .meta({ description: 'what the trust policy of that role wants' }),
  max_entries: z.int().min(1).default(20_000).meta({ description: 'people and groups; a directory with more is refused' }),
  timeout: timeout.prefault('5m').meta({ description: 'the whole fetch' }),
});

export type IamSourceConfig = z.output<typeof iamSource>;

/** An IAM group, and what it is here. */
export interface LinuxGroup {
  readonly iamName: string;
  readonly name: GroupName | Invalid;
  readonly gid: number | undefined;
}

/** All that are read: those of `groups` first, then those that `linux_groups` names besides. */
export function linuxGroups({
  groups,
  linux_groups: linux,
  name_characters: characters,
}: Pick<IamSourceConfig, 'groups' | 'linux_groups' | 'name_characters'>): LinuxGroup[] {
  const given = new Map(Object.entries(linux).map(([iamName, group]) => [iamName.toLowerCase(), group]));
  const listed = new Set(groups.map((name) => name.toLowerCase()));
  const others = Object.keys(linux).filter((name) => !listed.has(name.toLowerCase()));
  return [...groups, ...others].map((iamName) => {
    const { name, gid } = given.get(iamName.toLowerCase()) ?? {};
    const mapped = linuxNameOf(iamName, characters);
    return { iamName, name: name ?? (mapped instanceof Invalid ? mapped : parseGroupName(mapped)), gid };
  });
}
