/**
 * The access groups that this host was last known to have, by where they were read, for when they cannot be.
 */
import { z } from 'zod';
import { parseAccessGroup } from '../directory/access-groups.ts';
import type { GroupName } from '../directory/names.ts';
import { Invalid } from '../directory/rejection.ts';
import { readStateFile, removeStateFile, writeStateFile } from './state-file.ts';

const accessGroup = z.string().transform((text, context): GroupName => {
  const name = parseAccessGroup(text);
  if (!(name instanceof Invalid)) return name;
  context.addIssue({ code: 'custom', message: name.reason });
  return z.NEVER;
});

const knownGroupsSchema = z.strictObject({
  version: z.literal(1),
  /** Whose they are; empty where nothing told. */
  machine: z.string(),
  known: z.array(
    z.strictObject({
      /** As the configuration spells it: `imds-tag:AccessGroup`. */
      reference: z.string(),
      groups: z.array(accessGroup).readonly(),
      /** ISO 8601: when they were first read so. */
      since: z.iso.datetime(),
    }),
  ),
});

export type KnownGroups = z.infer<typeof knownGroupsSchema>['known'][number];

/** Nothing when they are another machine's: an image may have been made of this disk. */
export function readKnownGroups(path: string, machine: string): readonly KnownGroups[] {
  const stored = readStateFile(path, knownGroupsSchema);
  return stored === undefined || stored.machine !== machine ? [] : stored.known;
}

/** Touches nothing when the file says so already. @throws HoldfastError `cache-failed` */
export function writeKnownGroups(path: string, machine: string, known: readonly KnownGroups[]): void {
  const stored = readStateFile(path, knownGroupsSchema);
  if (stored !== undefined && JSON.stringify([stored.machine, stored.known]) === JSON.stringify([machine, known])) return;
  if (known.length === 0) removeStateFile(path);
  else writeStateFile(path, { version: 1, machine, known });
}
