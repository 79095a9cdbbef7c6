/**
 * The age of keys in one run: what is known of it, what this run has seen, and what is written down when it settles.
 */
import type { Rejection, RejectionCode } from '../../directory/rejection.ts';
import type { DirectoryUser } from '../../directory/snapshot.ts';
import { DAY, type Day, dayOf, formatDay } from '../../directory/day.ts';
import { type AgeingDay, nextAgeingDay } from '../../policy/ageing-day.ts';
import { type AgedKeys, withUploads, youngSince } from '../../policy/keys/key-age.ts';
import { forgetAgeingDay, readAgeingDay, writeAgeingDay } from '../../state/ageing-day.ts';
import {
  type Attendance,
  countSeen,
  type KeyAges,
  lastDay,
  NO_KEY_AGES,
  personOf,
  readKeyAges,
  sightKeys,
  writeKeyAges,
} from '../../state/key-ages.ts';
import type { HostContext } from '../context.ts';
import type { GatheredSource } from '../gather.ts';

/** Of the context, what ages need. */
type AgeContext = Pick<HostContext, 'config' | 'paths' | 'now'>;

export interface KeyAgesSeen {
  /** For the policy; undefined where keys do not age. */
  readonly agedKeys?: AgedKeys;
  /** Writes down what is new. To be called when the run settles. */
  readonly keep: () => void;
  /** Writes down which day counted. To be called by every run, held or not: time goes on. */
  readonly keepDay: () => void;
  readonly findings: readonly Rejection[];
}

/** What sixteen bits hold: until 2149. */
const LAST_DAY = 65_535;

/** No login has a space. */
const CLOCK = 'system clock';

export const keysDoNotAge: KeyAgesSeen = { keep: () => undefined, keepDay: () => undefined, findings: [] };

/** @param gathered all sources, those that failed too */
export function seeKeyAges({ config, paths, now }: AgeContext, gathered: readonly GatheredSource[]): KeyAgesSeen {
  const maxAgeDays = config.policy.keys.max_age / DAY;
  if (maxAgeDays === 0) return { ...keysDoNotAge, keepDay: () => forgetAgeingDay(paths.ageingDay) };
  const stored = readKeyAges(paths.keyAges);
  const known = typeof stored === 'object' ? stored : NO_KEY_AGES;
  const clock = Math.min(Math.max(dayOf(now().getTime()), 0), LAST_DAY);
  const ageing = nextAgeingDay(readAgeingDay(paths.ageingDay) ?? daysWritten(known, clock), clock);
  const report = new AgeReport(gathered);
  if (stored === 'damaged') report.add('key-ages-lost', paths.keyAges, 'is damaged, so that every key counts as first seen today');
  if (ageing === undefined) {
    report.add('clock-implausible', CLOCK, `says ${formatDay(clock)}: no key ages before it is right; see date(1)`);
    return { ...keysDoNotAge, findings: report.findings };
  }
  const { day: today } = ageing;
  const doubt = describeDoubt(known, ageing, clock, maxAgeDays);
  if (doubt !== undefined) report.add('clock-implausible', CLOCK, doubt);
  const young = youngSince(today, maxAgeDays);
  const { aged, next } = sightKeys(known, attendanceOf(gathered), {
    today,
    newDay: Math.max(today, clock),
    latest: today === clock ? today : LAST_DAY,
    youngSince: young,
  });
  return {
    agedKeys: { today, maxAgeDays, of: (user) => withUploads(aged.get(personOf(user)), user, young) },
    keep: keeper(paths.keyAges, next),
    keepDay: () => writeAgeingDay(paths.ageingDay, ageing),
    findings: report.findings,
  };
}

/** Where the last day that counted is not known, a day that was written down for a key still says that a clock is behind. */
function daysWritten(known: KeyAges, clock: Day): AgeingDay | undefined {
  const day = lastDay(known);
  return day > clock ? { day, clock: day } : undefined;
}

/** Undefined where it makes no difference to any key which of the two days it is. */
function describeDoubt(known: KeyAges, { day }: AgeingDay, clock: Day, maxAgeDays: number): string | undefined {
  const [earlier, later] = [Math.min(day, clock), Math.max(day, clock)];
  const count = countSeen(known, earlier - maxAgeDays, later - maxAgeDays);
  if (count === 0) return undefined;
  const keys = `${count} ${count === 1 ? 'key' : 'keys'}`;
  if (clock < day)
    return `says ${formatDay(clock)}, before ${formatDay(day)} of an earlier run: what ended by then stays withheld (${keys}); see date(1)`;
  return `says ${formatDay(clock)}, too long after the last run: ${keys} would be too old at once, and age from ${formatDay(day)} on instead, two days a day, until the clock is right or caught up with; see date(1)`;
}

/** A source that failed and has nothing to fall back on leaves open which keys are gone. */
function attendanceOf(gathered: readonly GatheredSource[]): Attendance {
  return {
    seen: usersOf(gathered.filter(({ fresh }) => fresh)),
    kept: usersOf(gathered.filter(({ fresh }) => !fresh)),
    isWhole: gathered.every(({ snapshot }) => snapshot !== undefined),
  };
}

/** A function of its own, which does not keep the snapshots alive. */
function keeper(path: string, next: KeyAges | undefined): () => void {
  return () => {
    if (next !== undefined) writeKeyAges(path, next);
  };
}

function* usersOf(gathered: readonly GatheredSource[]): Generator<DirectoryUser> {
  for (const { snapshot } of gathered) if (snapshot !== undefined) yield* snapshot.users;
}

class AgeReport {
  readonly findings: Rejection[] = [];
  readonly #source: string;

  constructor(gathered: readonly GatheredSource[]) {
    this.#source = gathered.map(({ name }) => name).join(', ');
  }

  add(code: RejectionCode, key: string, reason: string): void {
    this.findings.push({ verdict: 'adjusted', source: this.#source, map: 'keys', key, code, reason });
  }
}
