/**
 * Who is gone, or out of a group that lets people in, few enough to be heeded though a guard holds something else.
 *
 * Without that guard they would go at once. So what lets them in goes, and their names stay until the guard lets go. Counted is from the last
 * good directory on, with all who have lost access within the day, so that no row of small steps takes out more than one step may, be it
 * during one hold or over several.
 */
import type { PublishedView } from '../../directory/host-view.ts';
import type { LoginName } from '../../directory/names.ts';
import { isOfLostAlways, isOfWaysIn, waysIn } from './access-guards.ts';
import { checkRemoval, type GuardFinding, type GuardLimits, type GuardName } from './guards.ts';
import type { AccessPolicy } from '../host-policy.ts';
import type { MembersLost, Plan } from '../plan.ts';
import type { GoneToday, Removal } from './removals.ts';

/** Of an answer that may be wrong as a whole nothing is taken for a departure. */
const UNSURE: ReadonlySet<GuardName> = new Set<GuardName>(['empty-map', 'source-empty', 'nobody-left']);

export interface Hold {
  /** From `before` to `view`. */
  readonly removals: Plan;
  readonly findings: readonly GuardFinding[];
  /** The last good directory under today's rules. */
  readonly before: PublishedView;
  readonly view: PublishedView;
  readonly access: AccessPolicy;
  readonly limits: GuardLimits;
  readonly gone: GoneToday;
  /** Who was out already when something was last held: they do not get in again because a crowd follows them. */
  readonly earlier: ReadonlySet<string>;
}

export function findDepartures(hold: Hold): ReadonlySet<LoginName> {
  const { removals, earlier } = hold;
  const deleted = removals.passwd.removed.map(({ key }) => key as LoginName);
  const all = new Set([...deleted, ...removals.membersLost.flatMap((lost) => outOf(lost, hold))]);
  const stillOut = [...all].filter((name) => earlier.has(name));
  return new Set([...stillOut, ...heeded(hold, deleted)]);
}

/** Nobody whom a guard holds. */
function heeded(hold: Hold, deleted: readonly LoginName[]): Iterable<LoginName> {
  const { removals, findings, before, access } = hold;
  if (findings.some(({ guard }) => UNSURE.has(guard))) return [];
  // What is held of a group that lets nobody in says nothing of a person's keys, nor does a group that is called like a person.
  const named = new Set(findings.filter((finding) => isOfWaysIn(finding, access)).flatMap(({ names }) => names));
  const left = removals.membersLost.filter((lost) => isPlain(lost, findings)).flatMap((lost) => outOf(lost, hold));
  const hadKeys = withKeys(before);
  const accounts = new Set(findings.flatMap(({ guard, names }) => (guard === 'account-keys-vanished' ? names : [])));
  const isHeld = new Set(before.accountKeys.filter(({ account }) => accounts.has(account)).map(({ person }) => person));
  const few = new Set([...deleted, ...left].filter((name) => hadKeys.has(name) && !isHeld.has(name) && !named.has(name)));
  return areFew(hold, few) ? withoutLastOfAlways(hold, few) : [];
}

function areFew({ removals, limits, gone }: Hold, departing: ReadonlySet<LoginName>): boolean {
  const access: Removal = { tally: 'access', before: removals.withKeys, names: [...departing] };
  return checkRemoval(access, limits, gone).length === 0;
}

/** A group that is emptied may be one that is gone, and one may be held for itself. */
function isPlain({ group, after }: MembersLost, findings: readonly GuardFinding[]): boolean {
  return after > 0 && !findings.some((finding) => finding.tally === `member ${group}` || isOfLostAlways(finding, group));
}

/** Who has no other way in. Whoever leaves a group that denies is let in by that. */
function outOf({ group, lost }: MembersLost, { access, view }: Hold): LoginName[] {
  const letsIn = waysIn(access).some(({ groups }) => groups.includes(group));
  const hasKeys = withKeys(view);
  return letsIn ? lost.filter((name) => !hasKeys.has(name)) : [];
}

function withKeys({ keys, accountKeys }: PublishedView): ReadonlySet<LoginName> {
  return new Set([...keys.keys(), ...accountKeys.map(({ person }) => person)]);
}

/** Somebody has to be left who can mend things. */
function withoutLastOfAlways({ access: { always }, before }: Hold, few: ReadonlySet<LoginName>): ReadonlySet<LoginName> {
  const everybody = new Set([...always.users, ...always.groups.flatMap((group) => before.accessGroups.get(group) ?? [])]);
  const isLeft = [...everybody].some((name) => before.keys.has(name) && !few.has(name));
  return isLeft ? few : few.difference(everybody);
}
