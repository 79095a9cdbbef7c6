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

/** What is looked at, each with what is wrong with it, in the order in which it is shown. */
export type StatusChecks = Readonly<Record<StatusCheck, readonly StatusProblem[]>>;

export type StatusCheck =
  | 'pin'
  | 'held'
  | 'configuration'
  | 'caches'
  | 'lastRun'
  | 'audit'
  | 'age'
  | 'access'
  | 'hostAccess'
  | 'certificates'
  | 'warnings'
  | 'heldRecord'
  | 'ledger'
  | 'contested'
  | 'sshdDropIn'
  | 'emergency';

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
  readonly checks: StatusChecks;
  /** Those of all checks; empty when all is well. */
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
  const sources = sourcesOf(host, { lastRun, held, whole }, now);
  const hostAccess = knownHostAccess(host);
  const secretsCopy = readSecretsCopyState(paths);
  const pin = pinInEffect(paths.pin, manifest);
  const ofHeld = checkHeld(held, { lastRun, changed: host.configChanged, now });
  const checks: StatusChecks = {
    pin: checkPin(pin, now),
    held: ofHeld,
    configuration: checkConfiguration(fault),
    caches: checkManifest(readCaches(host, manifest)),
    lastRun: checkLastRun(lastRun),
    audit: checkAudit(lastRun),
    age: sources.flatMap((source) => checkAge(source, config?.staleness, now)),
    access: config === undefined ? [] : checkAccess(config.access, grantsFrom(hostAccess), lastRun?.accessFaults ?? []),
    hostAccess: checkHostAccess(hostAccess, lastRun, now),
    certificates: checkCertificates(sources, now),
    warnings: checkWarnings(lastRun),
    heldRecord: checkHeldRecord(paths.heldRemovals),
    ledger: checkLedger(paths.uidLedger, manifest),
    contested: checkContested(readContestedUids(paths.contestedUids)),
    sshdDropIn: config === undefined ? [] : checkSshdWiring(config, paths),
    emergency: emergency?.problems ?? [],
  };
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
    checks,
    problems: Object.values(checks).flat(),
  };
}

/** Of the run, and of the hooks of the last commit. */
function checkWarnings(lastRun: RunRecord | undefined): StatusProblem[] {
  const { warnings = [], hookWarnings = [] } = lastRun ?? {};
  return [
    ...warnings.map((warning) => ({ code: 'last-run-warned' as const, ...warning })),
    ...hookWarnings.map((warning) => ({ code: 'hook-warned' as const, ...warning })),
  ];
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

interface Served {
  readonly lastRun: RunRecord | undefined;
  readonly held: HeldRemovals | undefined;
  readonly whole: Manifest | undefined;
}

/** While something is held, what serves is older than what was fetched. */
function sourcesOf({ config }: StatusHost, { lastRun, held, whole }: Served, now: Date): SourceStatus[] {
  const recorded = describeSources(config, lastRun, now);
  return held === undefined ? recorded : recorded.map((source) => withServed(source, whole));
}

function checkPin(pin: Pin | undefined, now: Date): StatusProblem[] {
  return pin === undefined
    ? []
    : [
        {
          code: 'pinned',
          text: `PINNED: this host is ${describePin(pin, now)}: nothing new of the directory is committed`,
          hint: PIN_HINT,
        },
      ];
}

/** As long as it matters: what the ledger has lost, it would have forgotten by then. */
function recentRebuilt(ledgerPath: string, now: Date): LedgerRebuilt | undefined {
  const rebuilt = readLedgerRebuilt(ledgerPath);
  return rebuilt !== undefined && dayOf(now.getTime()) - rebuilt.day <= REMEMBERED_DAYS ? rebuilt : undefined;
}
