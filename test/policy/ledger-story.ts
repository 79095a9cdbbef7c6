/**
 * A host over the days: what its directory said, what somebody approved, and who got which uid.
 */
import type { DirectoryUser } from '../../src/directory/snapshot.ts';
import type { Day } from '../../src/directory/day.ts';
import type { Owner } from '../../src/directory/uid-holding.ts';
import { claimNames } from '../../src/policy/claims.ts';
import { claimKey } from '../../src/policy/uid-contest.ts';
import { isWithheld, judgeUids, nextLedger } from '../../src/policy/uid-ledger.ts';
import { ownerOf, type StoredUidLedger } from '../../src/state/uid-ledger.ts';
import { applyUpdate, NOBODY } from '../../src/state/uid-ledger-lines.ts';
import { localAccounts, noIncumbents, person, policy, snapshot } from './sample-directory.ts';

export interface Approval {
  readonly owner: Owner;
  readonly uid: number;
}

export interface RunFindings {
  /** uid by login name. */
  readonly shown: Readonly<Record<string, number>>;
  /** Whoever came out of the claims, by uid. */
  readonly holders: ReadonlyMap<number, Owner>;
  /** `CODE REASON` by login name, of those held back. */
  readonly contests: Readonly<Record<string, string>>;
  readonly isNews: boolean;
}

export class LedgerStory {
  ledger: StoredUidLedger = { day: 0, held: NOBODY, past: [] };
  #waiting = new Set<string>();
  #latest: Day = 0;

  run(today: Day, users: readonly DirectoryUser[], approvals: readonly Approval[] = []): RunFindings {
    // As the agent has it from the record of its last run.
    this.#latest = Math.max(this.#latest, today);
    this.ledger = { ...this.ledger, day: Math.max(this.ledger.day, this.#latest) };
    const approved = new Set(approvals.map(({ owner, uid }) => claimKey(owner, uid)));
    const judgement = judgeUids(users, this.ledger, { today, ownerOf, decisions: { approved, waiting: this.#waiting } });
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
      contests: Object.fromEntries(withheld.map(({ user, finding: { code, reason } }) => [user.name, `${code} ${reason}`])),
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
  return { owner: ownerOf(user), uid: user.uid };
}
