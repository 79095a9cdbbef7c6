/**
 * What a person approves: the removals that guards have named to them.
 *
 * What goes beside them is below every limit and would have gone without a question, so an approval neither needs it nor is undone by
 * it: else whoever lets one more go before each run could never be approved.
 */
import { isOfRefusals, isOfWaysIn } from './access-guards.ts';
import type { GuardFinding } from './guards.ts';
import type { AccessPolicy } from '../host-policy.ts';
import { type PastRemoval, type Removal, withoutSettled, withoutTallies, withRemovals } from './removals.ts';

/** As it is found, or as it was written down. */
export interface Named extends Pick<GuardFinding, 'names'> {
  readonly guard: string;
  readonly tally?: string | undefined;
}

/** A line for each removal that is named, sorted: the same removals give the same lines whatever else changes in the directory. */
export function listNamed(findings: readonly Named[]): string[] {
  return [...new Set(findings.flatMap(linesOf))].sort();
}

/** Whether everything that is held now was named before: no approval lets go what nobody was shown. */
export function isCovered(findings: readonly Named[], shown: readonly Named[]): boolean {
  const known = new Set(listNamed(shown));
  return listNamed(findings).every((line) => known.has(line));
}

/**
 * What a person has yet to approve. Whoever is refused is out at once, also while something is held, unless just that is held.
 *
 * @param refused who had keys
 */
export function toBeApproved(findings: readonly GuardFinding[], refused: readonly string[]): readonly Named[] {
  if (refused.length === 0 || findings.some(isOfRefusals)) return findings;
  const out = new Set(refused);
  return findings.flatMap((finding) => {
    if (finding.tally !== 'access') return [finding];
    const names = finding.names.filter((name) => !out.has(name));
    return names.length === 0 ? [] : [{ ...finding, names }];
  });
}

export interface Settlement {
  /** What a person has approved. */
  readonly findings: readonly GuardFinding[];
  readonly access: AccessPolicy;
  /** All that goes. */
  readonly going: readonly Removal[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What counts for a day once an approval has its effect: what it was not for, be it of today or of earlier. */
export function settle(past: readonly PastRemoval[], { findings, access, going, now }: Settlement): PastRemoval[] {
  const settled = new Set(findings.map(({ tally }) => tally));
  const ofWaysIn = findings.filter((finding) => isOfWaysIn(finding, access));
  const counts = new Set(ofWaysIn.map(({ tally }) => tally));
  const counted = past.filter(({ tally }) => counts.has(tally));
  const people = new Set([...ofWaysIn, ...counted].flatMap(({ names }) => names));
  const deleted = new Set(findings.filter(({ tally }) => tally === 'passwd').flatMap(({ names }) => names));
  const beside = going.filter(({ tally }) => !settled.has(tally)).map((removal) => withoutSettled(withoutPeople(removal, deleted), people));
  return withRemovals(
    withoutTallies(past, settled, people),
    beside.filter(({ names }) => names.length > 0),
    now,
  );
}

/** That people lose whatever they had is part of their going. */
function withoutPeople(removal: Removal, deleted: ReadonlySet<string>): Removal {
  return removal.tally === 'group' ? removal : { ...removal, names: removal.names.filter((name) => !deleted.has(name)) };
}

/** The count of removals tells more than the guard does: of which group somebody is a member. */
function linesOf({ guard, tally, names }: Named): string[] {
  return names.length === 0 ? [[guard, tally ?? ''].join(' ')] : names.map((name) => `${tally ?? guard} ${name}`);
}
