/**
 * The difference between what this host shows and what it is going to show.
 */
import type { GroupEntry } from '../directory/group.ts';
import type { HostView, PublishedView } from '../directory/host-view.ts';
import { type Growth, grownBetween, joinedBetween, type Newcomers, NO_RECENT_KEYS, type RecentKeys } from './guards/growth.ts';
import { findTaken, type GroupTaken } from './guards/group-taken.ts';
import type { KeyLines } from '../directory/key-lines.ts';
import type { GroupName, LoginName } from '../directory/names.ts';
import type { PasswdEntry } from '../directory/passwd.ts';
import { AGING_FIELDS, type ShadowEntry } from '../directory/shadow.ts';
import { findLosses, type Losses } from './guards/losses.ts';
import { diff, type MapPlan } from './map-plan.ts';

/** People who leave a group that stays or goes, with how many it had. */
export interface MembersLost {
  readonly group: GroupName;
  readonly before: number;
  /** How many it has, those who are new included. */
  readonly after: number;
  readonly lost: readonly LoginName[];
  /** Of a group that access rules name: who was in it and still is. */
  readonly staying?: readonly LoginName[];
}

export interface Plan extends Omit<Losses, 'sharersRefused'> {
  readonly passwd: MapPlan<PasswdEntry>;
  readonly group: MapPlan<GroupEntry>;
  readonly shadow: MapPlan<ShadowEntry>;
  readonly keys: MapPlan<KeyLines>;
  readonly membersLost: readonly MembersLost[];
  readonly groupsTaken: readonly GroupTaken[];
  /** What got bigger, with what it was. */
  readonly grown: readonly Growth[];
  /** Who came to groups that access rules name. */
  readonly joined: readonly Newcomers[];
  /** People whom the access rules still let in, and who had keys and now have none, though nothing of theirs was withheld on purpose. */
  readonly keysVanished: readonly LoginName[];
  /** People who had keys, here or behind a shared account, and have none there, since they are denied, locked or at their account's end. */
  readonly keysRefused: readonly LoginName[];
}

/** @param recent keys that came within the day are not what somebody had */
export function planSync(current: PublishedView, view: HostView, recent: RecentKeys = NO_RECENT_KEYS): Plan {
  const maps = {
    passwd: diffEntries(current.passwd, view.passwd, equalPasswd),
    group: diffEntries(current.group, view.group, equalGroup),
    shadow: diffEntries(current.shadow, view.shadow, equalShadow),
    keys: diff<KeyLines>(new Map(current.keys), view.keys, Object.is),
  };
  const withoutKeys = maps.keys.removed.map(({ key }) => key as LoginName);
  const { sharersRefused, ...losses } = findLosses(current, view, maps, recent);
  return {
    ...maps,
    ...losses,
    membersLost: [...lostFromGroups(current, view), ...lostFromAccessGroups(current, view)],
    groupsTaken: findTaken(current, view),
    grown: grownBetween(current, view, maps),
    joined: joinedBetween(current, view),
    keysVanished: withoutKeys.filter((name) => isVanished(name, view)),
    keysRefused: [...new Set([...withoutKeys.filter((name) => view.refused.has(name)), ...sharersRefused])],
  };
}

/** Keys that somebody takes away on purpose have not vanished. */
function isVanished(name: LoginName, { entitled, refused, keysWithheld }: HostView): boolean {
  return entitled.has(name) && !refused.has(name) && !keysWithheld.has(name);
}

export function isEmptyPlan({ passwd, group, shadow, keys }: Plan): boolean {
  return [passwd, group, shadow, keys].every(({ added, removed, changed }) => added.length + removed.length + changed.length === 0);
}

function diffEntries<Entry extends { readonly name: string }>(
  before: readonly Entry[],
  after: readonly Entry[],
  isEqual: (before: Entry, after: Entry) => boolean,
): MapPlan<Entry> {
  return diff(new Map(named(before)), named(after), isEqual);
}

function* named<Entry extends { readonly name: string }>(entries: readonly Entry[]): Generator<[string, Entry]> {
  for (const entry of entries) yield [entry.name, entry];
}

function equalPasswd(a: PasswdEntry, b: PasswdEntry): boolean {
  return a.uid === b.uid && a.gid === b.gid && a.gecos === b.gecos && a.home === b.home && a.shell === b.shell;
}

function equalGroup(a: GroupEntry, b: GroupEntry): boolean {
  return a.gid === b.gid && equalTexts(a.members, b.members);
}

function equalShadow(a: ShadowEntry, b: ShadowEntry): boolean {
  return a.password === b.password && AGING_FIELDS.every((field) => a.aging[field] === b.aging[field]);
}

function equalTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
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
    return after === undefined ? [] : membersLost(name, members, after).map((lost) => withStaying(lost, members));
  });
}

function membersOf(group: GroupEntry | undefined): readonly LoginName[] {
  return group?.members ?? [];
}

function membersLost(group: GroupName, before: readonly LoginName[], after: readonly LoginName[]): MembersLost[] {
  const staying = new Set(after);
  const lost = before.filter((member) => !staying.has(member));
  return lost.length === 0 ? [] : [{ group, before: before.length, after: after.length, lost }];
}

function withStaying(lost: MembersLost, before: readonly LoginName[]): MembersLost {
  const gone = new Set(lost.lost);
  return { ...lost, staying: before.filter((member) => !gone.has(member)) };
}
