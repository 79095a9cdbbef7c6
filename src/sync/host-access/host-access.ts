/**
 * Whom this host lets in by what it is: its access groups as they were read, and the map that says whom they mean.
 */
import type { GroupName } from '../../directory/names.ts';
import { quote } from '../../directory/rejection.ts';
import { HoldfastError } from '../../errors.ts';
import { type AccessMap, grantsOf } from '../../policy/host-grants.ts';
import type { HostGrant, HostPolicy } from '../../policy/host-policy.ts';
import type { KeptMap } from '../../state/access-map.ts';

export interface HostAccess {
  /** Empty when no access groups are configured. */
  readonly groups: readonly HostGroupReading[];
  /** Absent: without a map, an access group is a group of the directory. */
  readonly map?: AccessMapReading;
}

export interface HostGroupReading {
  /** `imds-tag:AccessGroup`. */
  readonly reference: string;
  /** Absent: it was never read on this host. */
  readonly groups?: readonly GroupName[];
  /** ISO 8601: when they were first read so. */
  readonly since?: string;
  /** The last known, where this run has read others. */
  readonly before?: { readonly groups: readonly GroupName[]; readonly since: string };
  /** Why they could not be read: then they are the last known. */
  readonly failure?: HoldfastError;
}

export interface AccessMapReading {
  /** `access.map`, or as `access.map_file` says. */
  readonly reference: string;
  /** Absent: there was never a good one on this host. */
  readonly entries?: AccessMap;
  readonly serial?: number;
  /** ISO 8601: when it was first read so. Absent for that of the configuration. */
  readonly since?: string;
  /** The host had another before this run. */
  readonly isChanged?: boolean;
  /** Why it could not be read, or does not count: then it is the last good one. */
  readonly failure?: HoldfastError;
  /** What there is to keep for the next run. */
  readonly kept?: KeptMap;
}

/**
 * A change to names of which the map has none is no change: like a tag that makes no sense, it leaves this host as it was. A name
 * that goes out of the map lets nobody in any more.
 */
export function refuseUnmapped({ groups, map }: HostAccess): HostGroupReading[] {
  const entries = map?.entries;
  return groups.map((reading) => {
    const { reference, groups: names = [], before } = reading;
    if (entries === undefined || before === undefined || names.length === 0 || names.some((name) => entries.has(name))) return reading;
    const text = `the map (${map?.reference}) has no access group ${names.map((name) => quote(name)).join(', ')}`;
    const failure = new HoldfastError('source-unavailable', text, {
      detail: 'host-groups-unknown',
      hints: ['add it to the map, or correct what is written there'],
    });
    return { reference, ...before, failure };
  });
}

/** A map that this host never had lets nobody in; what is wrong is said of the map, and not of each group. */
export function grantsFrom({ groups, map }: HostAccess): HostGrant[] {
  const written = groups.flatMap(({ reference, groups: names }) => (names === undefined ? [] : [{ reference, groups: names }]));
  if (map === undefined || map.entries !== undefined) return grantsOf(written, map?.entries);
  return grantsOf(written, EMPTY_MAP).map((grant) => ({ ...grant, people: NOBODY }));
}

const EMPTY_MAP: AccessMap = new Map();
const NOBODY = { users: [], groups: [] };

export function withHostAccess(policy: HostPolicy, hostAccess: HostAccess): HostPolicy {
  return { ...policy, access: { ...policy.access, hostGrants: grantsFrom(hostAccess) } };
}
