/**
 * The difference between what this host shows and what it is going to show.
 */
import { formatGroup, type GroupEntry } from '../directory/group.ts';
import type { GroupName, LoginName } from '../directory/names.ts';
import { formatPasswd } from '../directory/passwd.ts';
import { formatShadow } from '../directory/shadow.ts';
import type { HostView, PublishedView } from '../directory/host-view.ts';

export interface MapPlan {
  readonly before: number;
  readonly after: number;
  readonly added: readonly Change[];
  readonly removed: readonly Change[];
  readonly changed: readonly Change[];
}

/** One record: absent `before` is an addition, absent `after` a removal. */
export interface Change {
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}

/** People who leave a group that stays or goes, with how many it had. */
export interface MembersLost {
  readonly group: GroupName;
  readonly before: number;
  readonly lost: readonly LoginName[];
}

export interface Plan {
  readonly passwd: MapPlan;
  readonly group: MapPlan;
  readonly shadow: MapPlan;
  readonly keys: MapPlan;
  readonly membersLost: readonly MembersLost[];
  /** People whom the access rules still let in, and who had keys and now have none. */
  readonly keysVanished: readonly LoginName[];
}

export function planSync(current: PublishedView, view: HostView): Plan {
  const keys = diff(keyRecords(current), keyRecords(view));
  return {
    passwd: diff(records(current.passwd, formatPasswd), records(view.passwd, formatPasswd)),
    group: diff(records(current.group, formatGroup), records(view.group, formatGroup)),
    shadow: diff(records(current.shadow, formatShadow), records(view.shadow, formatShadow)),
    keys,
    membersLost: [...lostFromGroups(current, view), ...lostFromAccessGroups(current, view)],
    keysVanished: keys.removed.map(({ key }) => key as LoginName).filter((name) => view.entitled.has(name)),
  };
}

export function isEmptyPlan({ passwd, group, shadow, keys }: Plan): boolean {
  return [passwd, group, shadow, keys].every(({ added, removed, changed }) => added.length + removed.length + changed.length === 0);
}

function records<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  format: (entry: Entry) => string,
): Map<string, string> {
  return new Map(entries.map((entry) => [entry.name, format(entry)]));
}

function keyRecords({ keys }: PublishedView): Map<string, string> {
  return new Map([...keys].map(([login, lines]) => [login, lines.join('\n')]));
}

function diff(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): MapPlan {
  const added: Change[] = [];
  const changed: Change[] = [];
  for (const [key, line] of after) {
    const old = before.get(key);
    if (old === undefined) added.push({ key, after: line });
    else if (old !== line) changed.push({ key, before: old, after: line });
  }
  const removed = [...before].filter(([key]) => !after.has(key)).map(([key, line]) => ({ key, before: line }));
  return { before: before.size, after: after.size, added, removed, changed };
}

/** Groups that access rules name are compared below, by everybody who belongs to them. */
function lostFromGroups(current: PublishedView, view: PublishedView): MembersLost[] {
  const after = new Map(view.group.map((group) => [group.name, group]));
  return current.group
    .filter(({ name }) => !current.accessGroups.has(name) || !view.accessGroups.has(name))
    .flatMap(({ name, members }) => membersLost(name, members, membersOf(after.get(name))));
}

/** A rule that is gone from the configuration is no loss: a person took it out. */
function lostFromAccessGroups(current: PublishedView, view: PublishedView): MembersLost[] {
  return [...current.accessGroups].flatMap(([name, members]) => {
    const after = view.accessGroups.get(name);
    return after === undefined ? [] : membersLost(name, members, after);
  });
}

function membersOf(group: GroupEntry | undefined): readonly LoginName[] {
  return group?.members ?? [];
}

function membersLost(group: GroupName, before: readonly LoginName[], after: readonly LoginName[]): MembersLost[] {
  const staying = new Set(after);
  const lost = before.filter((member) => !staying.has(member));
  return lost.length === 0 ? [] : [{ group, before: before.length, lost }];
}
