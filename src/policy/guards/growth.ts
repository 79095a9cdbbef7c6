/**
 * What gets bigger between two views: sizes, groups that access rules name; and what a key is that came of late.
 */
import type { HostView, PublishedView } from '../../directory/host-view.ts';
import type { GroupEntry } from '../../directory/group.ts';
import type { GroupName, LoginName } from '../../directory/names.ts';
import type { MapPlan } from '../map-plan.ts';

/** What is compared with: those of people also for the tallies of what they lose. */
export type SizeTally = 'passwd' | 'group' | 'keys' | 'access' | `member ${string}` | `account ${string}`;

export interface Growth {
  readonly tally: SizeTally;
  /** What it was. */
  readonly before: number;
}

/** Who came to a group that access rules name. */
export interface Newcomers {
  readonly group: GroupName;
  readonly names: readonly LoginName[];
}

interface Maps {
  readonly passwd: Sizes;
  readonly group: MapPlan<GroupEntry>;
  readonly keys: Sizes;
}

type Sizes = Pick<MapPlan<unknown>, 'before' | 'after'>;

/** Whether a key came to somebody within the day. */
export interface RecentKeys {
  readonly hasBlob: (login: LoginName, blob: string) => boolean;
  readonly hasFingerprint: (login: LoginName, fingerprint: string) => boolean;
}

export const NO_RECENT_KEYS: RecentKeys = { hasBlob: () => false, hasFingerprint: () => false };

/** What got bigger, with what it was; what was empty makes nothing a small part. */
export function grownBetween(current: PublishedView, view: HostView, { passwd, group, keys }: Maps): Growth[] {
  const sizes = [
    { tally: 'passwd' as const, before: passwd.before, after: passwd.after },
    { tally: 'group' as const, before: group.before, after: group.after },
    { tally: 'keys' as const, before: keys.before, after: keys.after },
    { tally: 'access' as const, before: countWithKeys(current), after: countWithKeys(view) },
    ...group.changed
      .filter(({ key }) => !current.accessGroups.has(key as GroupName))
      .map(({ key, before, after }) => sizeOfGroup(key, before?.members.length ?? 0, after?.members.length ?? 0)),
    ...[...current.accessGroups].map(([name, members]) => sizeOfGroup(name, members.length, view.accessGroups.get(name)?.length ?? 0)),
    ...[...new Set(current.accountKeys.map(({ account }) => account))].map((account) => ({
      tally: `account ${account}` as const,
      before: countOf(current, account),
      after: countOf(view, account),
    })),
  ];
  return sizes.filter(({ before, after }) => before > 0 && after > before).map(({ tally, before }) => ({ tally, before }));
}

export function joinedBetween(current: PublishedView, view: HostView): Newcomers[] {
  const groups = [...current.accessGroups].map(([group, members]): Newcomers => {
    const had = new Set(members);
    return { group, names: (view.accessGroups.get(group) ?? []).filter((name) => !had.has(name)) };
  });
  return groups.filter(({ names }) => names.length > 0);
}

/** By name or behind a shared account. */
export function countWithKeys({ keys, accountKeys }: Pick<PublishedView, 'keys' | 'accountKeys'>): number {
  const withoutName = new Set(accountKeys.map(({ person }) => person).filter((person) => !keys.has(person)));
  return keys.size + withoutName.size;
}

function sizeOfGroup(name: string, before: number, after: number): { tally: `member ${string}`; before: number; after: number } {
  return { tally: `member ${name}`, before, after };
}

function countOf({ accountKeys }: Pick<PublishedView, 'accountKeys'>, account: LoginName): number {
  return accountKeys.filter((one) => one.account === account).length;
}
