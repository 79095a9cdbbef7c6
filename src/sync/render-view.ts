/**
 * From snapshots to what this host shows of them: the uid ledger decides who may claim a name and number, then the policy.
 */
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import type { LedgerUpdate } from '../directory/uid-holding.ts';
import { collectGarbage } from '../memory.ts';
import { type Claims, claimNames } from '../policy/uids/claims.ts';
import type { HostPolicy } from '../policy/host-policy.ts';
import { type Host, type Judgement, judgeClaims } from '../policy/policy.ts';
import type { Baseline } from './baseline.ts';
import type { DirectoryContext } from './context.ts';
import { incumbentsOf } from './incumbents.ts';
import { fingerprintOf } from './keys/key-fingerprint.ts';
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
  context: RenderingContext,
  snapshots: readonly DirectorySnapshot[],
  rendering: Rendering,
): RenderedSnapshots {
  const { claims, admitted, judged } = claim(context, snapshots, rendering);
  // What was fetched, staged and judged has left a quarter of the heap behind.
  collectGarbage();
  const { local, now, sshdClock } = context;
  const { policy, agedKeys } = rendering;
  const host = { local, now: now(), sshdClock, fingerprint: fingerprintOf, ...(agedKeys === undefined ? {} : { agedKeys }) };
  return { judgement: judgeClaims(claims, admitted, policy, host), judged };
}

type RenderingContext = Pick<DirectoryContext, 'local' | 'now' | 'sshdClock'>;

interface Claimed {
  readonly claims: Claims;
  readonly admitted: readonly DirectorySnapshot[];
  readonly judged: readonly JudgedUid[];
}

/** A function of its own: what the ledger was judged by is let go before the view is made. */
function claim({ local, now }: RenderingContext, snapshots: readonly DirectorySnapshot[], rendering: Rendering): Claimed {
  const { policy, ledger, baseline, onLedgerUpdate } = rendering;
  const uids = judgeSnapshots(snapshots, ledger, { now: now(), policy });
  const admitted = admittedBy(uids, snapshots);
  const claims = claimNames(admitted, policy, local, incumbentsOf(baseline));
  const update = updateOf(uids, claims.users, ledger);
  if (update !== undefined) onLedgerUpdate(update);
  return { claims, admitted, judged: judgedUids(uids, claims.users) };
}
