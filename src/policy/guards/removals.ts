/**
 * What goes from this host, by what it is counted against, and what has gone in the last day.
 *
 * Removals that stay below every limit empty a directory too, a few at each run. So what went without being asked about is
 * remembered for a day and counted with what goes next.
 */
import type { PublishedView } from '../../directory/host-view.ts';
import { lastEndOf } from '../../directory/key-ends.ts';
import { NO_KEYS } from '../../directory/key-lines.ts';
import type { GroupName, LoginName } from '../../directory/names.ts';
import { closingDay } from './account-phase.ts';
import { refusesLogins } from '../overrides.ts';
import type { Plan } from '../plan.ts';

/** Milliseconds for which a removal counts. */
export const REMOVAL_WINDOW = 86_400_000;

/** What a number of removals is compared with. */
export type Tally =
  | 'passwd'
  | 'group'
  | 'keys'
  | 'refused'
  | 'ending'
  | 'replaced'
  | 'shell'
  | 'access'
  | `member ${string}`
  | `account ${string}`;

export interface Removal {
  readonly tally: Tally;
  /** How many there were. */
  readonly before: number;
  readonly names: readonly string[];
}

export interface PastRemoval extends Removal {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What has gone within the window and not come back, by tally. */
export type GoneToday = ReadonlyMap<Tally, GoneOfTally>;

export interface GoneOfTally {
  readonly before: number;
  readonly names: ReadonlySet<string>;
  /** The smallest size of the day, where it has grown. */
  readonly smallest?: number;
}

/** Each with at least one name. What others sum up comes last. */
export function removalsOf(plan: Plan): Removal[] {
  const { passwd, group, keys, withKeys: people } = plan;
  const removals: Removal[] = [
    { tally: 'passwd', before: passwd.before, names: passwd.removed.map(({ key }) => key) },
    { tally: 'group', before: group.before, names: group.removed.map(({ key }) => key) },
    ...plan.membersLost.map(({ group: name, before, lost }): Removal => ({ tally: `member ${name}`, before, names: lost })),
    { tally: 'keys', before: keys.before, names: plan.keysVanished },
    { tally: 'refused', before: people, names: plan.keysRefused },
    { tally: 'ending', before: people, names: plan.keysEnding },
    { tally: 'replaced', before: people, names: plan.keysReplaced },
    { tally: 'shell', before: passwd.before, names: plan.shellsRefusing },
    ...plan.sharersLost.map(({ account, before, lost }): Removal => ({ tally: `account ${account}`, before, names: lost })),
    { tally: 'access', before: people, names: plan.accessLost },
  ];
  return removals.filter(({ names }) => names.length > 0);
}

/**
 * A clock that was wrong makes removals of the future, or of long ago: they do not count, lest they hold everything for ever.
 *
 * @param view what this host shows now: whoever is in it again has not gone
 * @param smallest sizes of the day
 */
export function goneToday(
  past: readonly PastRemoval[],
  now: number,
  view: PublishedView,
  smallest: ReadonlyMap<Tally, number> = new Map(),
): GoneToday {
  const gone = new Map<Tally, { before: number; names: Set<string> }>();
  for (const { tally, before, names } of withinWindow(past, now)) {
    const earlier = gone.get(tally) ?? { before: 0, names: new Set() };
    for (const name of names) earlier.names.add(name);
    gone.set(tally, { before: Math.max(before, earlier.before), names: earlier.names });
  }
  for (const [tally, { names }] of gone) for (const name of backNames(tally, names, view)) names.delete(name);
  // Who comes back with other keys than before may be somebody else.
  const replaced = gone.get('replaced')?.names ?? new Set();
  const access = gone.get('access')?.names ?? new Set();
  for (const name of withAccess(access, view)) if (!replaced.has(name)) access.delete(name);
  return withSmallest(gone, smallest);
}

function withSmallest(gone: GoneToday, smallest: ReadonlyMap<Tally, number>): GoneToday {
  if (smallest.size === 0) return gone;
  const nothing: GoneOfTally = { before: 0, names: new Set() };
  return new Map([...gone, ...[...smallest].map(([tally, size]) => [tally, { ...(gone.get(tally) ?? nothing), smallest: size }] as const)]);
}

/** With what is going now; what counts no longer is dropped. */
export function withRemovals(past: readonly PastRemoval[], going: readonly Removal[], now: number): PastRemoval[] {
  return [...withinWindow(past, now), ...going.map((removal) => ({ ...removal, at: now }))];
}

/**
 * A person has been shown what these counts came to, and has approved it: they begin anew.
 *
 * @param people whom that was about: they count no more in the sum of all who lose access, and everybody else does
 */
export function withoutTallies(
  past: readonly PastRemoval[],
  settled: ReadonlySet<Tally | undefined>,
  people: ReadonlySet<string>,
): PastRemoval[] {
  const left = past.filter(({ tally }) => !settled.has(tally)).map((one) => withoutSettled(one, people));
  return left.filter(({ names }) => names.length > 0);
}

/** What sums up others counts nobody whose removal a person has approved. */
export function withoutSettled<Counted extends Removal>(removal: Counted, people: ReadonlySet<string>): Counted {
  return removal.tally === 'access' ? { ...removal, names: removal.names.filter((name) => !people.has(name)) } : removal;
}

function withinWindow(past: readonly PastRemoval[], now: number): PastRemoval[] {
  return past.filter(({ at }) => Math.abs(now - at) < REMOVAL_WINDOW);
}

/** Those of a count to whom what they lost was given back. Nobody knows which keys were replaced. */
function backNames(tally: Tally, names: ReadonlySet<string>, view: PublishedView): Iterable<string> {
  switch (tally) {
    case 'passwd':
      return view.passwd.map(({ name }) => name);
    case 'group':
      return view.group.map(({ name }) => name);
    case 'keys':
      return view.keys.keys();
    case 'refused':
      return withKeys(view);
    case 'ending':
      return withoutEnd(names, view);
    case 'shell':
      return view.passwd.filter(({ shell }) => !refusesLogins(shell)).map(({ name }) => name);
    case 'replaced':
    case 'access':
      return [];
    default:
      return membersOf(tally, view);
  }
}

/** Those of them who have keys, and a shell, and no end: whoever is there again and cannot get in is not back. */
function withAccess(names: ReadonlySet<string>, view: PublishedView): string[] {
  const shown = new Set(withKeys(view));
  const shut = new Set<string>(view.passwd.filter(({ name, shell }) => names.has(name) && refusesLogins(shell)).map(({ name }) => name));
  return withoutEnd(names, view).filter((name) => shown.has(name) && !shut.has(name));
}

function* withKeys({ keys, accountKeys }: PublishedView): Generator<string> {
  yield* keys.keys();
  for (const { person } of accountKeys) yield person;
}

function withoutEnd(names: ReadonlySet<string>, { keys, accountKeys, shadow }: PublishedView): string[] {
  const ending = new Set<string>(accountKeys.filter(({ until }) => until !== undefined).map(({ person }) => person));
  for (const { name, aging } of shadow) if (names.has(name) && closingDay(aging) !== undefined) ending.add(name);
  return [...names].filter((name) => !ending.has(name) && lastEndOf(keys.get(name as LoginName) ?? NO_KEYS) === undefined);
}

function membersOf(
  tally: `member ${string}` | `account ${string}`,
  { accessGroups, group, accountKeys }: PublishedView,
): readonly string[] {
  const name = tally.slice(tally.indexOf(' ') + 1);
  if (tally.startsWith('account ')) return accountKeys.filter(({ account }) => account === name).map(({ person }) => person);
  return accessGroups.get(name as GroupName) ?? group.find((entry) => entry.name === name)?.members ?? [];
}
