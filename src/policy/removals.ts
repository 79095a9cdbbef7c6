/**
 * What goes from this host, by what it is counted against, and what has gone in the last day.
 *
 * Removals that stay below every limit empty a directory too, a few at each run. So what went without being asked about is
 * remembered for a day and counted with what goes next.
 */
import type { PublishedView } from '../directory/host-view.ts';
import type { GroupName } from '../directory/names.ts';
import type { Plan } from './plan.ts';

/** Milliseconds for which a removal counts. */
export const REMOVAL_WINDOW = 86_400_000;

/** What a number of removals is compared with. */
export type Tally = 'passwd' | 'group' | 'keys' | 'refused' | `member ${string}`;

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
export type GoneToday = ReadonlyMap<Tally, { readonly before: number; readonly names: ReadonlySet<string> }>;

/** Each with at least one name. */
export function removalsOf({ passwd, group, membersLost, keys, keysVanished, keysRefused }: Plan): Removal[] {
  const removals: Removal[] = [
    { tally: 'passwd', before: passwd.before, names: passwd.removed.map(({ key }) => key) },
    { tally: 'group', before: group.before, names: group.removed.map(({ key }) => key) },
    ...membersLost.map(({ group: name, before, lost }): Removal => ({ tally: `member ${name}`, before, names: lost })),
    { tally: 'keys', before: keys.before, names: keysVanished },
    { tally: 'refused', before: keys.before, names: keysRefused },
  ];
  return removals.filter(({ names }) => names.length > 0);
}

/**
 * A clock that was wrong makes removals of the future, or of long ago: they do not count, lest they hold everything for ever.
 *
 * @param view what this host shows now: whoever is in it again has not gone
 */
export function goneToday(past: readonly PastRemoval[], now: number, view: PublishedView): GoneToday {
  const gone = new Map<Tally, { before: number; names: Set<string> }>();
  for (const { tally, before, names } of withinWindow(past, now)) {
    const earlier = gone.get(tally) ?? { before: 0, names: new Set() };
    for (const name of names) earlier.names.add(name);
    gone.set(tally, { before: Math.max(before, earlier.before), names: earlier.names });
  }
  for (const [tally, { names }] of gone) for (const name of presentNames(tally, view)) names.delete(name);
  return gone;
}

/** With what is going now; what counts no longer is dropped. */
export function withRemovals(past: readonly PastRemoval[], going: readonly Removal[], now: number): PastRemoval[] {
  return [...withinWindow(past, now), ...going.map((removal) => ({ ...removal, at: now }))];
}

/** A person has been shown what these counts came to, and has approved it: they begin anew. */
export function withoutTallies(past: readonly PastRemoval[], settled: ReadonlySet<Tally | undefined>): PastRemoval[] {
  return past.filter(({ tally }) => !settled.has(tally));
}

function withinWindow(past: readonly PastRemoval[], now: number): PastRemoval[] {
  return past.filter(({ at }) => Math.abs(now - at) < REMOVAL_WINDOW);
}

function* presentNames(tally: Tally, view: PublishedView): Iterable<string> {
  if (tally === 'passwd') for (const { name } of view.passwd) yield name;
  else if (tally === 'group') for (const { name } of view.group) yield name;
  else if (tally === 'keys' || tally === 'refused') yield* view.keys.keys();
  else yield* membersOf(tally.slice('member '.length) as GroupName, view);
}

function membersOf(name: GroupName, { accessGroups, group }: PublishedView): readonly string[] {
  return accessGroups.get(name) ?? group.find((entry) => entry.name === name)?.members ?? [];
}
