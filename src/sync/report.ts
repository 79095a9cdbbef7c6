/**
 * What a run has done and found, as data: `cli` renders it, the run record keeps it, the exit status follows from it.
 */
import type { Manifest } from '../caches/manifest.ts';
import type { Rejection } from '../directory/rejection.ts';
import type { HoldfastError } from '../errors.ts';
import { type ExitStatus, exitStatus, exitStatusOf } from '../exit-status.ts';
import type { GuardFinding } from '../policy/guards/guards.ts';
import type { Plan } from '../policy/plan.ts';
import type { RemovalReasons } from '../policy/guards/removal-reasons.ts';
import type { HeldRemovals } from '../state/held-removals.ts';
import type { AccessFault } from '../state/run-record.ts';
import type { LedgerFault } from './uid-ledger.ts';
import type { AuditReport } from './audit/report.ts';
import type { CertificateEnd } from '../sources/source.ts';
import type { FindingNews } from './findings.ts';
import type { HooksReport } from './hooks/report.ts';
import type { HostAccess, HostGroupReading } from './host-access/host-access.ts';
import type { RunWarning } from './run-warning.ts';

export interface SourceReport {
  readonly name: string;
  readonly fresh: boolean;
  readonly users?: number;
  readonly groups?: number;
  readonly failure?: HoldfastError;
  /** What is wrong with its last good snapshot. */
  readonly lastGoodFault?: string;
  /** Of its certificates the first that end, where they were read. */
  readonly certificates?: readonly CertificateEnd[];
  /** It has not answered for longer than `staleness.deny_after`. */
  readonly stale?: {
    readonly since: Date;
    /** People of this source who could log in otherwise. */
    readonly denied: number;
  };
}

/** A generation that was committed though nothing newer may serve, or can: it has nothing new, and less who is refused. */
export interface Reduced {
  readonly manifest: Manifest;
  readonly plan: Plan;
}

/** Removals that a guard holds. */
export interface Hold {
  readonly findings: readonly GuardFinding[];
  readonly since: Date;
  /** Of what the findings name. */
  readonly digest: string;
  /** Removals were approved, but others than these. */
  readonly approvalRefused: boolean;
}

export type SyncOutcome =
  /** A new generation serves. */
  | {
      readonly kind: 'committed';
      readonly manifest: Manifest;
      readonly plan: Plan;
      readonly isApproved: boolean;
      readonly repaired?: string;
    }
  /** The current generation already shows all this; no cache file was touched. */
  | { readonly kind: 'unchanged'; readonly manifest: Manifest }
  /**
   * A guard holds removals; the current generation goes on serving, or the last good directory without those who are refused.
   * `isFirst`: there is no generation, so nothing serves.
   */
  | (Hold & { readonly kind: 'held'; readonly plan: Plan; readonly reduced?: Reduced; readonly isFirst: boolean })
  /** A person has gone back to an older generation: nothing of the directory is committed, but what people lose by it they lose. */
  | { readonly kind: 'pinned'; readonly plan: Plan; readonly isApproved: boolean; readonly reduced?: Reduced }
  /** A source failed and has nothing to fall back on: what served goes on serving, or what is left of it under today's rules. */
  | { readonly kind: 'kept'; readonly reduced?: Reduced };

export interface SyncReport {
  readonly outcome: SyncOutcome;
  readonly hostAccess: HostAccess;
  /** Removals were approved, and no guard holds any. */
  readonly approvalUnused: boolean;
  /** Something is held, and it cannot be approved while a source does not answer. */
  readonly approvalWaits?: boolean;
  readonly sources: readonly SourceReport[];
  readonly rejections: readonly Rejection[];
  /** By reason, and what of it is news; known when the run is recorded. */
  readonly findings?: FindingNews;
  /** Names in [access] that lead nowhere. */
  readonly accessFaults: readonly AccessFault[];
  readonly warnings: readonly RunWarning[];
  /** What was wrong with the uid ledger, which was begun anew. */
  readonly ledgerFault?: LedgerFault;
  /** Undefined when it is off. */
  readonly audit: AuditReport | undefined;
  /** The generation that served before; absent: none. */
  readonly servedBefore?: number;
  /** Absent: nothing was committed, or there are none. */
  readonly hooks?: HooksReport;
}

export interface DiffReport {
  /** Why whoever would go, or lose all keys, does. */
  readonly reasons: RemovalReasons;
  /** What is recorded as held while a source does not answer: it cannot be seen, and not be approved, now. */
  readonly recorded?: HeldRemovals;
  readonly plan: Plan;
  /** Whether a sync would write anything. */
  readonly changes: boolean;
  /** What a guard would hold. */
  readonly findings: readonly GuardFinding[];
  /** Of what they name. */
  readonly digest: string;
  readonly sources: readonly SourceReport[];
  readonly hostAccess: HostAccess;
  /** Names in [access] that lead nowhere. */
  readonly accessFindings: readonly Rejection[];
  readonly warnings: readonly RunWarning[];
}

export function syncStatus({ outcome, sources, hostAccess }: SyncReport): ExitStatus {
  if (outcome.kind === 'held') return exitStatus.dataRefused;
  return failureStatus(sources, hostAccess) ?? exitStatus.ok;
}

export function diffStatus({ changes, sources, hostAccess }: DiffReport): ExitStatus {
  return failureStatus(sources, hostAccess) ?? (changes ? exitStatus.no : exitStatus.ok);
}

function failureStatus(sources: readonly SourceReport[], { map, groups }: HostAccess): ExitStatus | undefined {
  const ofMap = map?.failure === undefined ? exitStatus.ok : exitStatusOf(map.failure.code);
  const [first, ...others] = [sourceStatus(sources), ofMap, ...groups.map(statusOfGroups)].filter((status) => status !== exitStatus.ok);
  // Somebody has put there what must not count: no other try will mend that.
  if (first === exitStatus.dataRefused || others.includes(exitStatus.dataRefused)) return exitStatus.dataRefused;
  return others.some((status) => status !== first) ? exitStatus.tryLater : first;
}

function sourceStatus(sources: readonly SourceReport[]): ExitStatus {
  const statuses = sources.map(({ failure }) => (failure === undefined ? exitStatus.ok : exitStatusOf(failure.code)));
  const [first = exitStatus.ok, ...others] = statuses;
  // While one answers, or may come back, the next run is worth its try; only when all fail alike must somebody act first.
  return others.some((status) => status !== first) ? exitStatus.tryLater : first;
}

/** Metadata that refuse, and a tag that makes no sense, are as good as silence: the next run may find them otherwise. */
function statusOfGroups({ failure }: HostGroupReading): ExitStatus {
  if (failure === undefined) return exitStatus.ok;
  return failure.code === 'configuration' ? exitStatus.configuration : exitStatus.tryLater;
}
