/**
 * Which host this is, as fleets tell theirs apart.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { HostPaths } from './paths.ts';

export interface HostIdentity {
  readonly hostname: string;
  /** Of the EC2 instance; undefined elsewhere, and where it does not show. */
  readonly instanceId: string | undefined;
}

/** Of a Nitro instance, the firmware has the id: nobody on the network is asked. */
const BOARD_ASSET_TAG = '/sys/devices/virtual/dmi/id/board_asset_tag';

export function readHostIdentity({ root }: Pick<HostPaths, 'root'>): HostIdentity {
  return { hostname: hostname(), instanceId: readInstanceId(join(root, BOARD_ASSET_TAG)) };
}

function readInstanceId(path: string): string | undefined {
  try {
    return /^i-[0-9a-f]{8,17}$/.exec(readFileSync(path, 'latin1').trim())?.[0];
  } catch {
    // Not every machine has firmware that can be asked, and the id is a convenience.
    return undefined;
  }
}
