/**
 * Who has which name and number on this host now: they keep them against whoever comes later.
 */
import type { PublishedView } from '../directory/host-view.ts';
import type { GroupName } from '../directory/names.ts';
import type { Incumbents } from '../policy/claims.ts';
import type { Baseline } from './baseline.ts';

/** Reads the generation when it is asked, which is when something is contested. */
export function incumbentsOf(baseline: Baseline): () => Incumbents {
  return () => {
    const { passwd, group, accessGroups } = baseline.view();
    return {
      users: new Map(passwd.map(({ name, uid }) => [name, uid])),
      groups: new Map(group.map(({ name, gid }) => [name, gid])),
      listed: (name) => listedIn(group, accessGroups, name),
    };
  };
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
