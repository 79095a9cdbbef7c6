/**
 * For how long a source has been silent, and which have been for longer than `staleness.deny_after`.
 *
 * A clock can be wrong, most of all at boot. A last success in the future, or before there was a holdfast, says nothing: then the
 * first of the runs that failed in a row counts, and a source of which nothing is known has just begun to be silent. A clock that is far ahead can make a
 * source stale; the first run with the right time, or with an answer, gives everything back, since nothing but the last success is kept.
 */
import { DAY, NO_RUN_BEFORE } from '../../directory/day.ts';
import { readRunRecord, type SourceRecord } from '../../state/run-record.ts';
import type { HostContext } from '../context.ts';
import type { GatheredSource } from '../gather.ts';

/** Whether a time that was written down can be one that has been. */
export function isPlausible(time: string, now: Date): boolean {
  const at = Date.parse(time);
  return at >= NO_RUN_BEFORE * DAY && at <= now.getTime();
}

/** Since when a source is silent; undefined when that is not known yet. */
export function silentSince({ lastSuccess, failingSince }: Partial<SourceRecord>, now: Date): Date | undefined {
  const since = [lastSuccess, failingSince].find((time) => time !== undefined && isPlausible(time, now));
  return since === undefined ? undefined : new Date(since);
}

/** The sources that failed in this run and are stale, with since when they are silent. */
export function findStale(
  { config, paths, now }: Pick<HostContext, 'config' | 'paths' | 'now'>,
  gathered: readonly GatheredSource[],
): ReadonlyMap<string, Date> {
  const { deny_after: denyAfter } = config.staleness;
  const failed = gathered.filter(({ fresh }) => !fresh);
  if (denyAfter === 0 || failed.length === 0) return new Map();
  const records = readRunRecord(paths.runRecord)?.sources ?? [];
  return new Map(
    failed.flatMap(({ name, snapshot }) => {
      const record = records.find((source) => source.name === name);
      // The last good snapshot knows it as well, where the record is lost.
      const fetchedAt = snapshot === undefined ? undefined : new Date(snapshot.fetchedAt).toISOString();
      const since = silentSince(record?.lastSuccess === undefined ? earliest(record?.failingSince, fetchedAt) : record, now());
      return since !== undefined && now().getTime() - since.getTime() > denyAfter ? [[name, since]] : [];
    }),
  );
}

function earliest(failingSince: string | undefined, fetchedAt: string | undefined): Partial<SourceRecord> {
  const [first] = [failingSince, fetchedAt].filter((time) => time !== undefined).sort();
  return first === undefined ? {} : { failingSince: first };
}
