/**
 * Access groups in words: what cannot be read, and what counts instead.
 */
import { NO_ACCESS_GROUP } from '../../directory/access-groups.ts';
import type { AccessMapReading, HostAccess, HostGroupReading } from './host-access.ts';

export interface HostAccessFailure {
  /** `access groups (imds-tag:AccessGroup)`. */
  readonly subject: string;
  readonly message: string;
  /** What counts meanwhile. */
  readonly fallback: string;
}

export function listGroups(groups: readonly string[]): string {
  return groups.length === 0 ? NO_ACCESS_GROUP : groups.join(', ');
}

export function subjectOfGroups({ reference }: Pick<HostGroupReading, 'reference'>): string {
  return `access groups (${reference})`;
}

export function subjectOfMap({ reference }: Pick<AccessMapReading, 'reference'>): string {
  return `access map (${reference})`;
}

export function fallbackOfGroups({ groups, since }: HostGroupReading): string {
  if (groups === undefined) return 'nothing was ever known of them on this host, so they let nobody in';
  return `the last known go on counting: ${listGroups(groups)} (since ${timeOf(since)})`;
}

export function fallbackOfMap({ entries, serial, since }: AccessMapReading): string {
  if (entries === undefined) return 'this host never had a good one, so no access group lets anybody in';
  return `the last good one goes on counting (${serial === undefined ? '' : `serial ${serial}, `}since ${timeOf(since)})`;
}

/** To the second. @param time ISO 8601 */
export function timeOf(time = 'an unknown time'): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

/** Of several mistakes, each on its line, the first and how many there are. */
function firstOf(message: string): string {
  const [first = '', ...others] = message.split('\n');
  return others.length === 0 ? first : `${first} (and ${others.length} more)`;
}

export function describeFailures({ groups, map }: HostAccess): HostAccessFailure[] {
  const ofGroups = groups.flatMap((reading) =>
    reading.failure === undefined
      ? []
      : [{ subject: subjectOfGroups(reading), message: firstOf(reading.failure.message), fallback: fallbackOfGroups(reading) }],
  );
  if (map?.failure === undefined) return ofGroups;
  return [...ofGroups, { subject: subjectOfMap(map), message: firstOf(map.failure.message), fallback: fallbackOfMap(map) }];
}
