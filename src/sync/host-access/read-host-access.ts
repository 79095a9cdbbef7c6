/**
 * Reads the access groups of this host and their map, and keeps them for when they cannot be read.
 */
import { keepAccessMap, type MapFetcher, readAccessMap, recallAccessMap } from './access-map.ts';
import type { ConfiguredHost } from '../context.ts';
import { type AccessMapReading, type HostAccess, type HostGroupReading, refuseUnmapped } from './host-access.ts';
import { keepHostGroups, type MetadataOpener, readHostGroups, recallHostGroups } from './host-groups.ts';

/** How the world outside of this host is asked. */
export interface HostAccessSources {
  readonly openMetadata: MetadataOpener;
  readonly fetchMap: MapFetcher;
}

/** What cannot be read is as it was last known. @throws HoldfastError `configuration` for keys that cannot be read */
export async function readHostAccess(context: ConfiguredHost, { openMetadata, fetchMap }: HostAccessSources): Promise<HostAccess> {
  return settle(...(await Promise.all([readHostGroups(context, openMetadata), readAccessMap(context, fetchMap)])));
}

/** The same without a network. @throws HoldfastError `configuration` for keys that cannot be read */
export function recallHostAccess(context: ConfiguredHost): HostAccess {
  return settle(recallHostGroups(context), recallAccessMap(context));
}

function settle(groups: readonly HostGroupReading[], map: AccessMapReading | undefined): HostAccess {
  return map === undefined ? { groups } : { groups: refuseUnmapped({ groups, map }), map };
}

/** As soon as it is read, whatever a guard holds: it is this host's own, and the next run may not be able to read it. */
export function keepHostAccess(context: ConfiguredHost, { groups, map }: HostAccess): void {
  keepHostGroups(context, groups);
  keepAccessMap(context, map);
}
