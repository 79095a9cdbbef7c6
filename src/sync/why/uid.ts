/**
 * Whose a uid is: now, by the directory or by this host; or whose it was, by the uid ledger.
 */
import type { HostContext } from '../context.ts';
import { gatherFacts } from '../login-facts.ts';
import { type LastGood, type LastGoodSource, readLastGood } from '../last-good.ts';
import type { LoginReport } from './why.ts';
import { answer } from './answer.ts';

/** How somebody is related to the number that was asked for. */
export type UidRelation = 'has' | 'had' | 'wants';

export interface UidReport {
  readonly uid: number;
  /** Absent for a uid of which nobody knows. */
  readonly owner?: { readonly relation: UidRelation; readonly report: LoginReport };
  readonly sources: readonly LastGoodSource[];
}

/** @throws HoldfastError `configuration`, `cache-failed` */
export function explainUid(context: HostContext, uid: number): UidReport {
  const lastGood = readLastGood(context);
  const found = findOwner(context, lastGood, uid);
  if (found === undefined) return { uid, sources: lastGood.sources };
  const facts = gatherFacts(context, lastGood, found.login, uid);
  return { uid, sources: lastGood.sources, owner: { relation: found.relation, report: { ...facts, ...answer(facts) } } };
}

interface Owner {
  readonly relation: UidRelation;
  readonly login: string;
}

/** Who has it, then who held it when the last run settled, then who would like to have it, then who had it last. */
function findOwner({ local }: HostContext, { judgement, snapshots, ledger }: LastGood, uid: number): Owner | undefined {
  for (const user of judgement.claims.users.values()) if (user.uid === uid) return { relation: 'has', login: user.name };
  for (const [login, number] of local.users) if (number === uid) return { relation: 'has', login };
  const place = ledger.held.indexOf(uid);
  if (place !== -1) return { relation: 'has', login: ledger.held.read(place).name };
  for (const { users } of snapshots) for (const user of users) if (user.uid === uid) return { relation: 'wants', login: user.name };
  const last = ledger.past.findLast((one) => one.uid === uid);
  return last === undefined ? undefined : { relation: 'had', login: last.name };
}
