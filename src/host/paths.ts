/**
 * Where things are on the host, below the prefix that `--root` gives.
 */
import { join } from 'node:path';

export interface HostPaths {
  readonly root: string;
  readonly passwd: string;
  readonly group: string;
  readonly shells: string;
  readonly etc: string;
  readonly hooks: string;
  /** Caches and state, as `[state] dir` says. */
  readonly stateDirectory: string;
  /** What only holdfast reads: snapshots, records, lock. */
  readonly privateState: string;
  readonly lock: string;
  readonly runRecord: string;
  readonly heldRemovals: string;
  readonly keyAges: string;
  readonly ageingDay: string;
  readonly uidLedger: string;
  readonly contestedUids: string;
  readonly pastRemovals: string;
  /** Of a rollback that lasts. */
  readonly pin: string;
  readonly pastArrivals: string;
  readonly auditState: string;
  /** Of the log: a sync and an emergency run write to it. */
  readonly auditLock: string;
  /** Of the file for node_exporter: a sync and an emergency run write it. */
  readonly metricsLock: string;
  /** Of the emergency keys, with a lock of its own. */
  readonly emergencyState: string;
  readonly instanceId: string;
  readonly hostGroups: string;
  readonly accessMap: string;
  readonly secretsCopy: string;
  /** systemd's, which systemd-creds(1) makes and uses. */
  readonly hostKey: string;
  readonly snapshot: (source: string) => string;
}

export const DEFAULT_CONFIG = '/etc/holdfast/holdfast.toml';
export const DEFAULT_STATE_DIRECTORY = '/var/lib/holdfast';

/** @param root `/` on a live host */
export function hostPaths(root: string, stateDirectory: string): HostPaths {
  const below = (path: string): string => join(root, path);
  const state = below(stateDirectory);
  const privateState = join(state, 'state');
  return {
    root,
    passwd: below('/etc/passwd'),
    group: below('/etc/group'),
    shells: below('/etc/shells'),
    etc: below('/etc'),
    hooks: below('/etc/holdfast/hooks.d'),
    stateDirectory: state,
    privateState,
    lock: join(privateState, 'lock'),
    runRecord: join(privateState, 'last-run.json'),
    heldRemovals: join(privateState, 'held-removals.json'),
    keyAges: join(privateState, 'key-ages.json'),
    ageingDay: join(privateState, 'ageing-day.json'),
    uidLedger: join(privateState, 'uid-ledger'),
    contestedUids: join(privateState, 'contested-uids.json'),
    pastRemovals: join(privateState, 'past-removals.json'),
    pin: join(privateState, 'pin.json'),
    pastArrivals: join(privateState, 'past-arrivals.json'),
    auditState: join(privateState, 'audit.json'),
    auditLock: join(privateState, 'audit.lock'),
    metricsLock: join(privateState, 'metrics.lock'),
    emergencyState: join(privateState, 'emergency'),
    instanceId: join(privateState, 'instance-id.json'),
    hostGroups: join(privateState, 'host-groups.json'),
    accessMap: join(privateState, 'access-map.json'),
    secretsCopy: join(privateState, 'secrets.json'),
    hostKey: below('/var/lib/systemd/credential.secret'),
    snapshot: (source) => join(privateState, `snapshot-${source}.ndjson`),
  };
}
