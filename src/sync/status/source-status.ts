/**
 * What a source gave last and, while a guard holds that, what serves of it.
 */
import type { Manifest } from '../../caches/manifest.ts';
import type { Config } from '../../config/schema.ts';
import type { RunRecord, SourceRecord } from '../../state/run-record.ts';
import { secondsSince } from '../phrases.ts';

export interface SourceStatus extends SourceRecord {
  /** Seconds since it last gave everything. */
  readonly ageSeconds?: number;
  /** What serves of it while a guard holds what it gave last. */
  readonly serves?: { readonly users: number; readonly groups: number };
}

/** Those that are configured or, where that cannot be told, those of the last run. */
export function describeSources(config: Config | undefined, lastRun: RunRecord | undefined, now: Date): SourceStatus[] {
  const recorded = lastRun?.sources ?? [];
  return (config?.source ?? recorded).map(({ name }) => {
    const record = recorded.find((source) => source.name === name) ?? { name };
    const ageSeconds = record.lastSuccess === undefined ? undefined : secondsSince(record.lastSuccess, now);
    return { ...record, ...(ageSeconds === undefined ? {} : { ageSeconds }) };
  });
}

export function withServed(source: SourceStatus, manifest: Manifest | undefined): SourceStatus {
  const served = manifest?.sources.find(({ name }) => name === source.name);
  return served?.users === undefined || served.groups === undefined
    ? source
    : { ...source, serves: { users: served.users, groups: served.groups } };
}
