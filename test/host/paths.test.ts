import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG, DEFAULT_STATE_DIRECTORY, hostPaths } from '../../src/host/paths.ts';

describe('hostPaths', () => {
  test('are where the manual says on a live host', () => {
    const { snapshot, ...paths } = hostPaths('/', DEFAULT_STATE_DIRECTORY);
    expect(paths).toEqual({
      root: '/',
      metricsLock: '/var/lib/holdfast/state/metrics.lock',
      passwd: '/etc/passwd',
      group: '/etc/group',
      shells: '/etc/shells',
      etc: '/etc',
      hooks: '/etc/holdfast/hooks.d',
      stateDirectory: '/var/lib/holdfast',
      privateState: '/var/lib/holdfast/state',
      lock: '/var/lib/holdfast/state/lock',
      runRecord: '/var/lib/holdfast/state/last-run.json',
      heldRemovals: '/var/lib/holdfast/state/held-removals.json',
      keyAges: '/var/lib/holdfast/state/key-ages.json',
      ageingDay: '/var/lib/holdfast/state/ageing-day.json',
      uidLedger: '/var/lib/holdfast/state/uid-ledger',
      contestedUids: '/var/lib/holdfast/state/contested-uids.json',
      pin: '/var/lib/holdfast/state/pin.json',
      pastRemovals: '/var/lib/holdfast/state/past-removals.json',
      pastArrivals: '/var/lib/holdfast/state/past-arrivals.json',
      auditState: '/var/lib/holdfast/state/audit.json',
      auditLock: '/var/lib/holdfast/state/audit.lock',
      emergencyState: '/var/lib/holdfast/state/emergency',
      instanceId: '/var/lib/holdfast/state/instance-id.json',
      hostGroups: '/var/lib/holdfast/state/host-groups.json',
      accessMap: '/var/lib/holdfast/state/access-map.json',
      secretsCopy: '/var/lib/holdfast/state/secrets.json',
      hostKey: '/var/lib/systemd/credential.secret',
    });
    expect(snapshot('corp')).toBe('/var/lib/holdfast/state/snapshot-corp.ndjson');
    expect(DEFAULT_CONFIG).toBe('/etc/holdfast/holdfast.toml');
  });

  test.each(['/srv/scratch', '/srv/scratch/'])('are all below --root %s', (root) => {
    const { root: _root, snapshot, ...paths } = hostPaths(root, '/var/lib/holdfast');
    for (const path of [...Object.values(paths), snapshot('corp')])
      expect(path).toMatch(/^\/srv\/scratch\/(?:etc|var\/lib\/(?:holdfast|systemd))(?:\/|$)/);
  });

  test('put the state where [state] dir says, below the root', () => {
    expect(hostPaths('/', '/srv/holdfast').lock).toBe('/srv/holdfast/state/lock');
    expect(hostPaths('/scratch', '/srv/holdfast').lock).toBe('/scratch/srv/holdfast/state/lock');
  });
});
