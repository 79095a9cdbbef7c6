/**
 * Findings of a run by reason, and which of them are news: what the last run has said already needs no second telling.
 */
import { createHash } from 'node:crypto';
import type { Rejection } from '../directory/rejection.ts';
import type { FindingCount } from '../state/run-record.ts';

/** The most numerous first. */
export function countFindings(rejections: readonly Rejection[]): FindingCount[] {
  const counts = [...Map.groupBy(rejections, nameOf).values()].flatMap((alike) => alike.slice(0, 1).map((first) => describe(first, alike)));
  return counts.sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

/** The same, so that the next run can tell what is new. */
export function digestFindings(rejections: readonly Rejection[]): FindingCount[] {
  const byName = Map.groupBy(rejections, nameOf);
  return countFindings(rejections).map((finding) => ({ ...finding, digest: digestOf(byName.get(nameOf(finding)) ?? []) }));
}

function describe({ code, verdict }: Rejection, alike: readonly Rejection[]): FindingCount {
  return { code, verdict, count: alike.length };
}

/** The same whatever order the directory answers in. */
function digestOf(alike: readonly Rejection[]): string {
  const lines = alike.map(({ source, map, key, dn, reason }) => JSON.stringify([source, map, key, dn, reason])).sort();
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return hash.digest('hex');
}

export interface FindingNews {
  /** Not found by the last run, or not so. */
  readonly news: readonly FindingCount[];
  readonly known: readonly FindingCount[];
  /** Found by the last run, and no more. */
  readonly resolved: readonly FindingCount[];
}

export function compareFindings(now: readonly FindingCount[], earlier: readonly FindingCount[]): FindingNews {
  const before = new Map(earlier.map((finding) => [nameOf(finding), finding]));
  const names = new Set(now.map(nameOf));
  const isKnown = (finding: FindingCount): boolean => {
    const digest = before.get(nameOf(finding))?.digest;
    return digest !== undefined && digest === finding.digest;
  };
  return {
    news: now.filter((finding) => !isKnown(finding)),
    known: now.filter(isKnown),
    resolved: earlier.filter((finding) => !names.has(nameOf(finding))),
  };
}

function nameOf({ verdict, code }: Pick<FindingCount, 'verdict' | 'code'>): string {
  return `${verdict} ${code}`;
}
