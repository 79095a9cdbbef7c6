/**
 * Everything that this host withholds or adjusts of the last good snapshots, under the present configuration.
 */
import type { Rejection, Verdict } from '../directory/rejection.ts';
import { type FindingCount, readRunRecord } from '../state/run-record.ts';
import type { HostContext } from './context.ts';
import { type LastGoodSource, readLastGood } from './last-good.ts';
import { countFindings } from './findings.ts';

const VERDICT_ORDER: Readonly<Record<Verdict, number>> = { quarantined: 0, adjusted: 1 };

/** The findings of one kind. */
export interface FindingGroup {
  readonly verdict: Verdict;
  readonly code: string;
  readonly findings: readonly Rejection[];
}

export interface QuarantineReport {
  readonly sources: readonly LastGoodSource[];
  /** Quarantined before adjusted, then the most frequent first. */
  readonly groups: readonly FindingGroup[];
  /** The codes that there are, whatever was asked for. */
  readonly codes: readonly string[];
  /** What the last run found in a directory of which nothing is kept, because a guard held it. */
  readonly unlisted: readonly Omit<FindingCount, 'digest'>[];
}

/**
 * @param code only findings of this code
 * @throws HoldfastError `configuration`, `cache-failed`
 */
export function listQuarantine(context: HostContext, code: string | undefined): QuarantineReport {
  const { sources, judgement } = readLastGood(context);
  // Without a snapshot, every group that a rule names would be one that the directory does not have.
  const isKnown = sources.some(({ fetchedAt }) => fetchedAt !== undefined);
  const rejections = isKnown ? judgement.view.rejections : [];
  const counts = countFindings(rejections).sort((a, b) => VERDICT_ORDER[a.verdict] - VERDICT_ORDER[b.verdict]);
  const groups = counts.map((group) => ({
    verdict: group.verdict,
    code: group.code,
    findings: rejections.filter((one) => one.code === group.code && one.verdict === group.verdict).sort(byKey),
  }));
  return {
    sources,
    groups: code === undefined ? groups : groups.filter((group) => group.code === code),
    codes: [...new Set(groups.map((group) => group.code))],
    unlisted: isKnown ? [] : foundUnkept(context),
  };
}

function foundUnkept({ paths }: HostContext): QuarantineReport['unlisted'] {
  const findings = readRunRecord(paths.runRecord)?.findings ?? [];
  return findings.map(({ code, verdict, count }) => ({ code, verdict, count }));
}

function byKey(a: Rejection, b: Rejection): number {
  return a.key.localeCompare(b.key);
}
