/**
 * Guards against a vanished crowd: removals beyond what happens on a normal day are held for a person to decide.
 */
import type { Plan } from '../plan.ts';
import { type GoneToday, type Removal, removalsOf, type Tally } from './removals.ts';

export interface GuardLimits {
  /** That many removals within a day never trip a guard: percentages mean little in a small directory. */
  readonly alwaysAllowed: number;
  readonly maxRemovedPercent: number;
  /** At a time. */
  readonly maxRemoved: number;
}

export type GuardName =
  | 'empty-map'
  | 'passwd-removals'
  | 'group-removals'
  | 'member-removals'
  | 'keys-vanished'
  | 'refusals'
  | 'endings'
  | 'keys-replaced'
  | 'shells-refusing'
  | 'account-removals'
  | 'access-losses'
  | 'always-refused'
  | 'nobody-left'
  | 'always-group-empty'
  | 'always-group-replaced'
  | 'deny-group-vanished'
  | 'group-source-changed'
  | 'account-keys-vanished'
  | 'source-empty';

export interface GuardFinding {
  readonly guard: GuardName;
  /** One sentence for the operator: what would be removed, of how many, and which limit that breaks. */
  readonly text: string;
  /** The names concerned: of people, or of groups. */
  readonly names: readonly string[];
  /** Which count of removals broke a limit. */
  readonly tally?: Tally;
}

const NOTHING_GONE: GoneToday = new Map();

/**
 * Empty when nothing has to be held.
 *
 * @param gone what went within the last day without anybody being asked
 */
export function checkGuards(plan: Plan, limits: GuardLimits, gone: GoneToday = NOTHING_GONE): readonly GuardFinding[] {
  return [
    ...checkEmpty(plan),
    ...withoutRepeats(
      removalsOf(plan).flatMap((removal) => checkRemoval(removal, limits, gone)),
      plan,
    ),
  ];
}

/**
 * What sums up others is told only of whom they do not name. That somebody leaves a group that no rule names does not tell that they
 * lose access, nor does the end of a group that is called like them.
 */
function withoutRepeats(findings: readonly GuardFinding[], { membersLost }: Plan): GuardFinding[] {
  const unruled = new Set<Tally | undefined>(['group']);
  for (const { group, staying } of membersLost) if (staying === undefined) unruled.add(`member ${group}`);
  const named = new Set<string>();
  return findings.filter(({ guard, names, tally }) => {
    const isNew = !SUMS.has(guard) || names.some((name) => !named.has(name));
    if (isNew && !unruled.has(tally)) for (const name of names) named.add(name);
    return isNew;
  });
}

const SUMS: ReadonlySet<GuardName> = new Set(['account-removals', 'access-losses']);

/** A directory without people is a wrong base, filter or permission far more often than the truth. */
function checkEmpty({ passwd, group }: Plan): GuardFinding[] {
  const findings: GuardFinding[] = [];
  if (passwd.after === 0) {
    findings.push({
      guard: 'empty-map',
      text: `the directory shows nobody for this host (people before: ${passwd.before})`,
      names: [],
      tally: 'passwd',
    });
  }
  if (group.after === 0 && group.before > 0) {
    findings.push({
      guard: 'empty-map',
      text: `the directory shows no group for this host (${group.before} before)`,
      names: [],
      tally: 'group',
    });
  }
  return findings;
}

/** What goes of one tally, with what has gone of it within the day. */
export function checkRemoval({ tally, before, names }: Removal, limits: GuardLimits, gone: GoneToday): GuardFinding[] {
  const { guard, what, go } = wordsOf(tally);
  const earlier = gone.get(tally);
  const size = Math.min(before, earlier?.smallest ?? before);
  const limit = brokenLimit(names.length, size, limits);
  if (limit !== undefined) {
    const grown = size < before ? `, of ${size} earlier today` : '';
    const text = `${names.length} of ${before} ${what} would ${go} (${percentOf(names.length, size)} %${grown}, ${limit})`;
    return [{ guard, text, names, tally }];
  }
  if (earlier === undefined) return [];
  const total = earlier.names.union(new Set(names)).size;
  const most = Math.min(Math.max(before, earlier.before), earlier.smallest ?? Number.POSITIVE_INFINITY);
  if (!isBeyondPercentage(total, most, limits)) return [];
  const day = `${total} of ${most} within a day: ${percentOf(total, most)} %, max_removed_percent is ${limits.maxRemovedPercent}`;
  return [{ guard, text: `${names.length} more of the ${what} would ${go} (${day})`, names, tally }];
}

function wordsOf(tally: Tally): { readonly guard: GuardName; readonly what: string; readonly go: string } {
  switch (tally) {
    case 'passwd':
      return { guard: 'passwd-removals', what: 'people', go: 'go' };
    case 'group':
      return { guard: 'group-removals', what: 'groups', go: 'go' };
    case 'keys':
      return { guard: 'keys-vanished', what: 'people who may log in here and have keys', go: 'go' };
    case 'refused':
      return { guard: 'refusals', what: 'logins with keys', go: 'be refused: denied, locked or ended in the directory' };
    case 'ending':
      return { guard: 'endings', what: 'people with keys', go: 'have an end, or an earlier one' };
    case 'replaced':
      return { guard: 'keys-replaced', what: 'people with keys', go: 'have none of their keys left, but others' };
    case 'shell':
      return { guard: 'shells-refusing', what: 'people', go: 'have a shell that lets nobody in' };
    case 'access':
      return { guard: 'access-losses', what: 'people with keys', go: 'lose access, for one reason or another' };
    default:
      return wordsOfGroup(tally);
  }
}

function wordsOfGroup(tally: `member ${string}` | `account ${string}`): ReturnType<typeof wordsOf> {
  const name = tally.slice(tally.indexOf(' ') + 1);
  if (tally.startsWith('account ')) return { guard: 'account-removals', what: `people behind the shared account "${name}"`, go: 'go' };
  return { guard: 'member-removals', what: `members of group "${name}"`, go: 'go' };
}

function brokenLimit(removed: number, before: number, limits: GuardLimits): string | undefined {
  if (removed <= limits.alwaysAllowed) return undefined;
  if (removed > limits.maxRemoved) return `max_removed is ${limits.maxRemoved}`;
  return isBeyondPercentage(removed, before, limits) ? `max_removed_percent is ${limits.maxRemovedPercent}` : undefined;
}

function isBeyondPercentage(removed: number, before: number, { alwaysAllowed, maxRemovedPercent }: GuardLimits): boolean {
  return removed > alwaysAllowed && removed * 100 > maxRemovedPercent * before;
}

function percentOf(part: number, whole: number): number {
  return Math.round((part * 100) / whole);
}
