/**
 * Guards against a vanished crowd: removals beyond what happens on a normal day are held for a person to decide.
 */
import type { MembersLost, Plan } from './plan.ts';

export interface GuardLimits {
  /** That many removals at a time never trip a guard: percentages mean little in a small directory. */
  readonly alwaysAllowed: number;
  readonly maxRemovedPercent: number;
  readonly maxRemoved: number;
}

export type GuardName = 'empty-map' | 'passwd-removals' | 'group-removals' | 'member-removals' | 'keys-vanished';

export interface GuardFinding {
  readonly guard: GuardName;
  /** One sentence for the operator: what would be removed, of how many, and which limit that breaks. */
  readonly text: string;
  /** The names concerned: of people, or of groups. */
  readonly names: readonly string[];
}

/** Empty when nothing has to be held. */
export function checkGuards(plan: Plan, limits: GuardLimits): readonly GuardFinding[] {
  return [
    ...checkEmpty(plan),
    ...checkRemovals(
      'passwd-removals',
      'people',
      plan.passwd.removed.map(({ key }) => key),
      plan.passwd.before,
      limits,
    ),
    ...checkRemovals(
      'group-removals',
      'groups',
      plan.group.removed.map(({ key }) => key),
      plan.group.before,
      limits,
    ),
    ...plan.membersLost.flatMap((lost) => checkMembers(lost, limits)),
    ...checkRemovals('keys-vanished', 'people who may log in here and have keys', plan.keysVanished, plan.keys.before, limits),
  ];
}

/**
 * What approving means, as text: the same removals give the same text whatever else changes in the directory, and
 * anything more gives another. Callers keep its digest.
 */
export function describeRemovals(plan: Plan): string {
  const lines = [
    ...plan.passwd.removed.map(({ key }) => `passwd ${key}`),
    ...plan.group.removed.map(({ key }) => `group ${key}`),
    ...plan.membersLost.flatMap(({ group, lost }) => lost.map((member) => `member ${group} ${member}`)),
    ...plan.keysVanished.map((name) => `keys ${name}`),
    ...(plan.passwd.after === 0 ? ['empty passwd'] : []),
  ];
  return [...new Set(lines)].sort().join('\n');
}

/** A directory without people is a wrong base, filter or permission far more often than the truth. */
function checkEmpty({ passwd, group }: Plan): GuardFinding[] {
  const findings: GuardFinding[] = [];
  if (passwd.after === 0) {
    findings.push({ guard: 'empty-map', text: `the directory shows nobody for this host (${passwd.before} people before)`, names: [] });
  }
  if (group.after === 0 && group.before > 0) {
    findings.push({ guard: 'empty-map', text: `the directory shows no group for this host (${group.before} before)`, names: [] });
  }
  return findings;
}

function checkMembers({ group, before, lost }: MembersLost, limits: GuardLimits): GuardFinding[] {
  return checkRemovals('member-removals', `members of group "${group}"`, lost, before, limits);
}

function checkRemovals(guard: GuardName, what: string, names: readonly string[], before: number, limits: GuardLimits): GuardFinding[] {
  const removed = names.length;
  if (removed <= limits.alwaysAllowed) return [];
  const limit = brokenLimit(removed, before, limits);
  if (limit === undefined) return [];
  const percent = Math.round((removed * 100) / before);
  return [{ guard, text: `${removed} of ${before} ${what} would go (${percent} %, ${limit})`, names }];
}

function brokenLimit(removed: number, before: number, limits: GuardLimits): string | undefined {
  if (removed > limits.maxRemoved) return `max_removed is ${limits.maxRemoved}`;
  if (removed * 100 > limits.maxRemovedPercent * before) return `max_removed_percent is ${limits.maxRemovedPercent}`;
  return undefined;
}
