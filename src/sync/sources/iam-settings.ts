/**
 * A `[[source]]` of type iam as the IAM source takes it.
 */
import type { Aws, Role } from '../../aws/aws.ts';
import { type IamSourceConfig, linuxGroups } from '../../config/iam-source-schema.ts';
import type { DirectorySnapshot } from '../../directory/snapshot.ts';
import { Invalid } from '../../directory/rejection.ts';
import type { IamSourceSettings } from '../../sources/iam/iam-source.ts';

export interface IamSurroundings {
  readonly openAws: (signal: AbortSignal) => Aws;
  readonly lastGood: () => DirectorySnapshot | undefined;
}

/** Seen in CloudTrail beside the role. */
const SESSION_NAME = 'holdfast';

export function iamSettings(source: IamSourceConfig, { openAws, lastGood }: IamSurroundings): IamSourceSettings {
  return {
    name: source.name,
    groups: linuxGroups(source).map(({ iamName, name, gid }, index) => {
      if (name instanceof Invalid) throw new Error(`the rules let a group through without a name: ${name.reason}`);
      return { iamName, name, gid, hasAccounts: index < source.groups.length };
    }),
    primaryGroup: source.primary_group,
    characters: source.name_characters,
    uidRange: source.uid_range,
    given: new Map(Object.entries(source.users)),
    maxEntries: source.max_entries,
    timeout: source.timeout,
    role: roleOf(source),
    openAws,
    lastGood,
  };
}

/** With the Linux group that each IAM group is. */
export function withLinuxGroups(source: IamSourceConfig): IamSourceConfig {
  const groups = linuxGroups(source).flatMap(({ iamName, name, gid }) =>
    name instanceof Invalid ? [] : [[iamName, { name, gid }] as const],
  );
  return { ...source, linux_groups: Object.fromEntries(groups) };
}

function roleOf({ assume_role: arn, external_id: externalId }: IamSourceConfig): Role | undefined {
  return arn === undefined ? undefined : { arn, externalId, sessionName: SESSION_NAME };
}
