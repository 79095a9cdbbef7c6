/**
 * Who has which name and number on this host now: they keep them against whoever comes later.
 */
import { parseOrigins } from '../caches/generation-files.ts';
import type { PublishedView } from '../directory/host-view.ts';
import { once } from '../directory/once.ts';
import type { GroupName } from '../directory/names.ts';
import type { Incumbents } from '../policy/uids/claims.ts';
import type { Baseline } from './baseline.ts';

/** Reads the generation when a name or number is asked for, which is when something is contested. Origins are in the manifest. */
export function incumbentsOf({ view, generation }: Baseline): () => Incumbents {
  const users = once(() => new Map<string, number>(view().passwd.map(({ name, uid }) => [name, uid])));
  const groups = once(() => new Map<string, number>(view().group.map(({ name, gid }) => [name, gid])));
  const origins = once(() => parseOrigins(generation?.manifest.groupOrigins ?? []));
  return () => ({
    get users() {
      return users();
    },
    get groups() {
      return groups();
    },
    get origins() {
      return origins();
    },
    listed: (name) => listedIn(view().group, view().accessGroups, name),
  });
}

/** An access group's record has those by primary group, too; undefined for a group that this host does not show. */
function listedIn(
  groups: PublishedView['group'],
  accessGroups: PublishedView['accessGroups'],
  name: string,
): ReadonlySet<string> | undefined {
  const members = accessGroups.get(name as GroupName) ?? groups.find((group) => group.name === name)?.members;
  return members === undefined ? undefined : new Set(members);
}
