/**
 * What serves now, how old it is, and what is wrong with it: from the manifest and the last run's record, without a network.
 */
import type { Manifest } from '../../caches/manifest.ts';
import { dayOf } from '../../directory/day.ts';
import { HoldfastError } from '../../errors.ts';
import { REMEMBERED_DAYS } from '../../policy/uids/uid-history.ts';
import type { Pin } from '../../state/pin.ts';
import { readContestedUids } from '../../state/contested-uids.ts';
import { type HeldRemovals, readHeldRemovals } from '../../state/held-removals.ts';
import { readRunRecord, type RunRecord } from '../../state/run-record.ts';
import { type LedgerRebuilt, readLedgerRebuilt } from '../../state/uid-ledger.ts';
import { checkAccess } from '../host-access/access-faults.ts';
import { grantsFrom, type HostAccess } from '../host-access/host-access.ts';
import { checkHostAccess } from '../host-access/status.ts';
import { secondsSince } from '../phrases.ts';
import { recallHostAccess } from '../host-access/read-host-access.ts';
import { readSecretsCopyState, type SecretsCopyState } from '../secrets/secrets-copy.ts';
import { type HeldSummary, summarizeHeld } from '../held-summary.ts';
import { describeSources, type SourceStatus, withServed } from './source-status.ts';
import { type EmergencyStatus, readEmergencyStatus } from '../emergency/status.ts';
import { describePin, PIN_HINT, pinInEffect } from '../rollback/pinned.ts';
import { checkSshdWiring } from '../sshd-wiring.ts';
import type { StatusHost } from './host.ts';
import type { StatusProblem } from './problem.ts';
import {
  checkAge,
  checkAudit,
  checkCertificates,
  checkConfiguration,
  checkContested,
  checkHeld,
  checkHeldRecord,
  checkLastRun,
  checkLedger,
  checkManifest,
} from './problems.ts';

export interface Status {
  readonly manifest: Manifest | undefined;
  /** Seconds since the generation was committed. */
  readonly generationAgeSeconds: number | undefined;
  readonly lastRun: RunRecord | undefined;
  readonly lastRunAgeSeconds: number | undefined;
  readonly sources: readonly SourceStatus[];
  /** As they are known without a network. */
  readonly hostAccess: HostAccess;
  readonly held: HeldRemovals | undefined;
  readonly heldSummary: HeldSummary | undefined;
  /** The uid ledger was damaged or missing, and begun anew. */
  readonly ledgerRebuilt: LedgerRebuilt | undefined;
  /** Secrets of Parameter Store that are kept for runs in which it does not answer. */
  readonly secretsCopy: SecretsCopyState | undefined;
  readonly secretsCopyAgeSeconds: number | undefined;
  /** The configuration lets no run start. */
  readonly configurationFault: HoldfastError | undefined;
  /** A rollback that lasts. */
  readonly pin: Pin | undefined;
  /** Where it is configured. */
  readonly emergency: EmergencyStatus | undefined;
  /** Empty when all is well. */
  readonly problems: readonly StatusProblem[];
}

export function readStatus(host: StatusHost): Status {
  const { config, fault, paths } = host;
  const now = host.now();
  const manifest = host.store.currentManifest();
  const lastRun = readRunRecord(paths.runRecord);
  const held = readHeldRemovals(paths.heldRemovals);
  const emergency = emergencyOf(host, now);
  const whole = typeof manifest === 'object' ? manifest : undefined;
  const recorded = describeSources(config, lastRun, now);
  const sources = held === undefined ? recorded : recorded.map((source) => withServed(source, whole));
  const hostAccess = knownHostAccess(host);
  const secretsCopy = readSecretsCopyState(paths);
  const pin = pinInEffect(paths.pin, manifest);
  const ofHeld = checkHeld(held, { lastRun, changed: host.configChanged, now });
  return {
    manifest: whole,
    generationAgeSeconds: whole && secondsSince(whole.createdAt, now),
    lastRun,
    lastRunAgeSeconds: lastRun && secondsSince(lastRun.finishedAt, now),
    sources,
    hostAccess,
    held,
    heldSummary: summarizeHeld(held, ofHeld, now),
    ledgerRebuilt: recentRebuilt(paths.uidLedger, now),
    secretsCopy,
    secretsCopyAgeSeconds: secretsCopy && secondsSince(secretsCopy.fetchedAt, now),
    configurationFault: fault,
    pin,
    emergency,
    problems: [
      ...checkPin(pin, now),
      ...ofHeld,
      ...checkConfiguration(fault),
      ...checkManifest(readCaches(host, manifest)),
      ...checkLastRun(lastRun),
      ...checkAudit(lastRun),
      ...sources.flatMap((source) => checkAge(source, config?.staleness, now)),
      ...(config === undefined ? [] : checkAccess(config.access, grantsFrom(hostAccess), lastRun?.accessFaults ?? [])),
      ...checkHostAccess(hostAccess, lastRun, now),
      ...checkCertificates(sources, now),
      ...(lastRun?.warnings ?? []),
      ...checkHeldRecord(paths.heldRemovals),
      ...checkLedger(paths.uidLedger, manifest),
      ...checkContested(readContestedUids(paths.contestedUids)),
      ...(config === undefined ? [] : checkSshdWiring(config, paths)),
      ...(emergency?.problems ?? []),
    ],
  };
}

/** Of a configuration that lets no run start, nothing is looked at that it names. */
function knownHostAccess({ config, fault, ...host }: StatusHost): HostAccess {
  return config === undefined || fault !== undefined ? { groups: [] } : recallHostAccess({ ...host, config });
}

/** Every file is read and summed: at three in the morning, "all is well" has to be true. @returns a text for what is wrong */
function readCaches({ store }: StatusHost, manifest: Manifest | string | undefined): Manifest | string | undefined {
  try {
    const current = store.current();
    return current.state === 'damaged' ? current.fault : manifest;
  } catch (error) {
    if (error instanceof HoldfastError) return error.message;
    throw error;
  }
}

function emergencyOf({ config, paths }: StatusHost, now: Date): EmergencyStatus | undefined {
  return config === undefined ? undefined : readEmergencyStatus(config, paths, now);
}

function checkPin(pin: Pin | undefined, now: Date): StatusProblem[] {
  return pin === undefined
    ? []
    : [{ text: `PINNED: this host is ${describePin(pin, now)}: nothing new of the directory is committed`, hint: PIN_HINT }];
}

/** As long as it matters: what the ledger has lost, it would have forgotten by then. */
function recentRebuilt(ledgerPath: string, now: Date): LedgerRebuilt | undefined {
  const rebuilt = readLedgerRebuilt(ledgerPath);
  return rebuilt !== undefined && dayOf(now.getTime()) - rebuilt.day <= REMEMBERED_DAYS ? rebuilt : undefined;
}
