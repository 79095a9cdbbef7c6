/**
 * From snapshots to what this host shows of them: the uid ledger decides who may claim a name and number, then the policy.
 */
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import type { LedgerUpdate } from '../directory/uid-holding.ts';
import { claimNames } from '../policy/claims.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import { type Host, type Judgement, judgeClaims } from '../policy/policy.ts';
import type { Baseline } from './baseline.ts';
import type { DirectoryContext } from './context.ts';
import { incumbentsOf } from './incumbents.ts';
import { fingerprintOf } from './key-fingerprint.ts';
import { admittedBy, type JudgedUid, judgedUids, judgeSnapshots, type OpenedLedger, updateOf } from './uid-ledger.ts';

/** Under which rules and circumstances a view is made. */
export interface Rendering extends Pick<Host, 'agedKeys'> {
  readonly policy: HostPolicy;
  readonly ledger: OpenedLedger;
  /** Whose names and numbers go before others. */
  readonly baseline: Baseline;
  /** Hears what there is to write into the ledger, if anything, before the view is made. */
  readonly onLedgerUpdate: (update: LedgerUpdate) => void;
}

export interface RenderedSnapshots {
  readonly judgement: Judgement;
  /** Uids that were contested. */
  readonly judged: readonly JudgedUid[];
}

export function renderSnapshots(
  { local, now, sshdClock }: Pick<DirectoryContext, 'local' | 'now' | 'sshdClock'>,
  snapshots: readonly DirectorySnapshot[],
  { policy, ledger, baseline, agedKeys, onLedgerUpdate }: Rendering,
): RenderedSnapshots {
  const today = now();
  const uids = judgeSnapshots(snapshots, ledger, today);
  const admitted = admittedBy(uids, snapshots);
  const claims = claimNames(admitted, policy, local, incumbentsOf(baseline));
  const update = updateOf(uids, claims.users, ledger);
  if (update !== undefined) onLedgerUpdate(update);
  const judged = judgedUids(uids, claims.users);
  const host = { local, now: today, sshdClock, fingerprint: fingerprintOf, ...(agedKeys === undefined ? {} : { agedKeys }) };
  return { judgement: judgeClaims(claims, admitted, policy, host), judged };
}
