/**
 * What serves now, how old it is, and what is wrong with it: from the manifest and the last run's record, without a network.
 */
import type { Manifest } from '../caches/manifest.ts';
import { formatDuration } from '../config/duration.ts';
import { type HeldRemovals, readHeldRemovals } from '../state/held-removals.ts';
import { readRunRecord, type RunRecord, type SourceRecord } from '../state/run-record.ts';
import type { HostContext } from './context.ts';
import { age, secondsSince } from './phrases.ts';

export interface StatusProblem {
  readonly text: string;
  /** The command that shows more, or mends it. */
  readonly hint: string;
}

export interface SourceStatus extends SourceRecord {
  /** Seconds since it last gave everything. */
  readonly ageSeconds?: number;
}

export interface Status {
  readonly manifest: Manifest | undefined;
  /** Seconds since the generation was committed. */
  readonly generationAgeSeconds: number | undefined;
  readonly lastRun: RunRecord | undefined;
  readonly lastRunAgeSeconds: number | undefined;
  readonly sources: readonly SourceStatus[];
  readonly held: HeldRemovals | undefined;
  /** Empty when all is well. */
  readonly problems: readonly StatusProblem[];
}

export function readStatus(context: HostContext): Status {
  const now = context.now();
  const manifest = context.store.currentManifest();
  const lastRun = readRunRecord(context.paths.runRecord);
  const held = readHeldRemovals(context.paths.heldRemovals);
  const sources = describeSources(context, lastRun, now);
  const whole = typeof manifest === 'object' ? manifest : undefined;
  return {
    manifest: whole,
    generationAgeSeconds: whole && secondsSince(whole.createdAt, now),
    lastRun,
    lastRunAgeSeconds: lastRun && secondsSince(lastRun.finishedAt, now),
    sources,
    held,
    problems: [
      ...checkManifest(manifest),
      ...checkLastRun(lastRun),
      ...sources.flatMap((source) => checkAge(source, context.config.staleness.warn_after)),
      ...checkHeld(held, now),
    ],
  };
}

function describeSources({ config }: HostContext, lastRun: RunRecord | undefined, now: Date): SourceStatus[] {
  return config.source.map(({ name }) => {
    const record = lastRun?.sources.find((source) => source.name === name) ?? { name };
    const ageSeconds = record.lastSuccess === undefined ? undefined : secondsSince(record.lastSuccess, now);
    return { ...record, ...(ageSeconds === undefined ? {} : { ageSeconds }) };
  });
}

function checkManifest(manifest: Manifest | string | undefined): StatusProblem[] {
  if (manifest === undefined) {
    return [{ text: 'nothing was ever committed here: nobody of the directory can log in', hint: 'holdfast sync' }];
  }
  if (typeof manifest === 'string') return [{ text: `the current generation is damaged: ${manifest}`, hint: 'holdfast sync' }];
  return [];
}

function checkLastRun(lastRun: RunRecord | undefined): StatusProblem[] {
  if (lastRun === undefined) return [];
  if (lastRun.outcome === 'held' || lastRun.exitStatus === 0) return [];
  const message = lastRun.message === undefined ? '' : `: ${lastRun.message}`;
  return [{ text: `the last run failed with status ${lastRun.exitStatus}${message}`, hint: 'holdfast sync, or journalctl -u holdfast' }];
}

function checkAge({ name, ageSeconds }: SourceStatus, warnAfter: number): StatusProblem[] {
  if (warnAfter === 0) return [];
  if (ageSeconds === undefined) return [{ text: `source "${name}" has never given a complete directory`, hint: 'holdfast sync' }];
  if (ageSeconds * 1000 <= warnAfter) return [];
  return [
    {
      text: `source "${name}" last gave everything ${age(ageSeconds)} ago, more than warn_after = "${formatDuration(warnAfter)}"`,
      hint: 'systemctl status holdfast.timer holdfast.service',
    },
  ];
}

function checkHeld(held: HeldRemovals | undefined, now: Date): StatusProblem[] {
  if (held === undefined) return [];
  const texts = held.findings.map(({ text }) => text).join('; ');
  return [
    {
      text: `removals have been held for ${age(secondsSince(held.since, now))}: ${texts}`,
      hint: 'holdfast diff, and when it is meant: holdfast sync --approve-removals',
    },
  ];
}
