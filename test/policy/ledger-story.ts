/**
 * A host over the days: what its directory said, what somebody approved, and who got which uid.
 */
import type { DirectoryUser } from '../../src/directory/snapshot.ts';
import type { Day } from '../../src/directory/day.ts';
import type { Owner } from '../../src/directory/uid-holding.ts';
import { claimNames } from '../../src/policy/uids/claims.ts';
import { nameClaim } from '../../src/policy/uids/name-contest.ts';
import { claimKey } from '../../src/policy/uids/uid-court.ts';
import { isWithheld, judgeUids, nextLedger } from '../../src/policy/uids/uid-ledger.ts';
import { ownerOf, type StoredUidLedger } from '../../src/state/uid-ledger.ts';
import { applyUpdate, NOBODY } from '../../src/state/uid-ledger-lines.ts';
import { localAccounts, noIncumbents, person, policy, snapshot } from './sample-directory.ts';

export interface Approval {
  readonly owner: Owner;
  readonly uid: number;
  readonly name: string;
}

export interface RunFindings {
  /** uid by login name. */
  readonly shown: Readonly<Record<string, number>>;
  /** Whoever came out of the claims, by uid and by name. */
  readonly holders: ReadonlyMap<number, Owner>;
  readonly owners: ReadonlyMap<string, Owner>;
  /** `CODE REASON` by login name, of those held back. */
  readonly contests: Readonly<Record<string, string>>;
  /** The same of everybody, where several have one name. */
  readonly withheld: readonly string[];
  readonly isNews: boolean;
}

export class LedgerStory {
  ledger: StoredUidLedger = { day: 0, held: NOBODY, past: [] };
  #waiting = new Set<string>();
  #latest: Day = 0;
  readonly #denied: ReadonlySet<string>;

  /** @param denied names that a rule keeps out */
  constructor(...denied: readonly string[]) {
    this.#denied = new Set(denied);
  }

  /** @param refused names of entries that a source has and that cannot be shown */
  run(today: Day, users: readonly DirectoryUser[], approvals: readonly Approval[] = [], refused: readonly string[] = []): RunFindings {
    // As the agent has it from the record of its last run.
    this.#latest = Math.max(this.#latest, today);
    this.ledger = { ...this.ledger, day: Math.max(this.ledger.day, this.#latest) };
    const approved = new Set(approvals.flatMap(({ owner, uid, name }) => [claimKey(owner, uid), nameClaim(owner, uid, name)]));
    const decisions = { approved, waiting: this.#waiting };
    const judgement = judgeUids(users, this.ledger, { today, ownerOf, decisions, refused: () => new Set(refused), denied: this.#denied });
    const withheld = judgement.contests.filter(isWithheld);
    const held = new Set(withheld.map(({ user }) => user));
    const admitted = [snapshot(users.filter((user) => !held.has(user)))];
    const claims = claimNames(admitted, policy(), localAccounts({ admin: 1000 }), () => noIncumbents);
    const update = nextLedger(judgement, claims.users);
    if (update !== undefined) this.ledger = applyUpdate(this.ledger.held, update);
    this.#waiting = new Set(withheld.map(({ owner, user }) => claimKey(owner, user.uid)));
    return {
      shown: Object.fromEntries([...claims.users.values()].map(({ name, uid }) => [name, uid])),
      holders: new Map([...claims.users.values()].map((user) => [user.uid, ownerOf(user)])),
      owners: new Map([...claims.users.values()].map((user) => [user.name, ownerOf(user)])),
      contests: Object.fromEntries(withheld.map(({ user, finding: { code, reason } }) => [user.name, `${code} ${reason}`])),
      withheld: withheld.map(({ finding: { code, reason } }) => `${code} ${reason}`),
      isNews: update !== undefined,
    };
  }
}

/** @param id what the person keeps through every name and uid */
export function named(name: string, uid: number, id: string, source = 'corp'): DirectoryUser {
  return person(name, { uid, id: `uuid-${id}`, source });
}

/** As from a source that shows no immutable ids. */
export function withoutId(name: string, uid: number, place = 'people'): DirectoryUser {
  const dn = `uid=${name},ou=${place}`;
  return person(name, { uid, dn, id: dn });
}

export function approvalOf(user: DirectoryUser): Approval {
  return { owner: ownerOf(user), uid: user.uid, name: user.name };
}

/** A day. */
export const START = 20_000;

/** Who is in the directory, day by day from START on; the last day is what the table is about. */
export type Days = readonly (readonly [day: number, users: readonly DirectoryUser[], approved?: readonly DirectoryUser[]])[];

export function tell(days: Days): ReturnType<LedgerStory['run']> & { readonly story: LedgerStory } {
  const story = new LedgerStory();
  const runs = days.map(([day, users, approved = []]) => story.run(START + day, users, approved.map(approvalOf)));
  const last = runs.at(-1);
  if (last === undefined) throw new Error('a story has a day');
  return { ...last, story };
}
