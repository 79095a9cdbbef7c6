/**
 * What the metrics are made of: what runs have written down. No source is asked, and no map is read.
 */
import type { GenerationStore } from '../../caches/generation.ts';
import type { Manifest } from '../../caches/manifest.ts';
import type { Config } from '../../config/schema.ts';
import type { HostPaths } from '../../host/paths.ts';
import { type EmergencyHeld, type EmergencyRun, readEmergencyRun, readEmergencyState } from '../../state/emergency-state.ts';
import { type HeldRemovals, readHeldRemovals } from '../../state/held-removals.ts';
import { readRunRecord, type RunRecord } from '../../state/run-record.ts';
import type { Pin } from '../../state/pin.ts';
import { emergencyStatePaths } from '../emergency/context.ts';
import { pinInEffect } from '../rollback/pinned.ts';

export interface MetricsHost {
  /** Absent when it is wrong. */
  readonly config?: Config;
  readonly paths: HostPaths;
  readonly store: GenerationStore;
}

export interface Facts {
  readonly staleness: Config['staleness'] | undefined;
  readonly lastRun: RunRecord | undefined;
  /** Undefined: none, or none that can be read. */
  readonly manifest: Manifest | undefined;
  readonly held: HeldRemovals | undefined;
  /** A rollback that lasts. */
  readonly pin: Pin | undefined;
  /** Where [emergency] is configured. */
  readonly emergency: EmergencyFacts | undefined;
}

export interface EmergencyFacts {
  readonly run: EmergencyRun | undefined;
  readonly keys: number;
  readonly held: readonly EmergencyHeld[];
}

/** @param known the manifest of what serves, where a run has it already @throws HoldfastError `cache-failed` */
export function readFacts({ config, paths, store }: MetricsHost, known?: Manifest): Facts {
  const manifest = known ?? store.currentManifest();
  return {
    staleness: config?.staleness,
    lastRun: readRunRecord(paths.runRecord),
    manifest: typeof manifest === 'object' ? manifest : undefined,
    held: readHeldRemovals(paths.heldRemovals),
    pin: pinInEffect(paths.pin, manifest),
    emergency: config?.emergency === undefined ? undefined : readEmergency(paths),
  };
}

function readEmergency(host: HostPaths): EmergencyFacts {
  const paths = emergencyStatePaths(host);
  const { keys = [], held = [] } = readEmergencyState(paths.state) ?? {};
  return { run: readEmergencyRun(paths.run), keys: keys.length, held };
}
