/**
 * What serves now, how old it is, and what is wrong with it: from the manifest and the last run's record, without a network.
 */
import type { Manifest } from '../caches/manifest.ts';
import { formatDuration } from '../config/duration.ts';
import { type HeldRemovals, readHeldRemovals } from '../state/held-removals.ts';
import { dayOf } from '../directory/day.ts';
import { REMEMBERED_DAYS } from '../policy/uid-history.ts';
import { type ContestedUid, readContestedUids } from '../state/contested-uids.ts';
import { readRunRecord, type RunRecord, type SourceRecord } from '../state/run-record.ts';
import { type LedgerRebuilt, readLedgerRebuilt } from '../state/uid-ledger.ts';
import { certificateWarnings } from './certificate-expiry.ts';
import type { HostContext } from './context.ts';
import type { HostAccess } from './host-access.ts';
import { checkHostAccess } from './host-access-status.ts';
import { age, people, secondsSince, some } from './phrases.ts';
import { recallHostAccess } from './read-host-access.ts';
import { readSecretsCopyState, type SecretsCopyState } from './secrets-copy.ts';
import { checkSshdWiring } from './sshd-wiring.ts';
import { silentSince } from './staleness.ts';
import type { StatusProblem } from './status-problem.ts';

type Staleness = HostContext['config']['staleness'];

export interface SourceStatus extends SourceRecord {
  /** Seconds since it last gave everything. */
  readonly ageSeconds?: number;
}

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
  /** The uid ledger was damaged and begun anew. */
  readonly ledgerRebuilt: LedgerRebuilt | undefined;
  /** Secrets of Parameter Store that are kept for runs in which it does not answer. */
  readonly secretsCopy: SecretsCopyState | undefined;
  readonly secretsCopyAgeSeconds: number | undefined;
  /** Empty when all is well. */
  readonly problems: readonly StatusProblem[];
}

export function readStatus(context: HostContext): Status {
  const now = context.now();
  const manifest = context.store.currentManifest();
  const lastRun = readRunRecord(context.paths.runRecord);
  const held = readHeldRemovals(context.paths.heldRemovals);
  const sources = describeSources(context, lastRun, now);
  const hostAccess = recallHostAccess(context);
  const secretsCopy = readSecretsCopyState(context.paths);
  const whole = typeof manifest === 'object' ? manifest : undefined;
  return {
    manifest: whole,
    generationAgeSeconds: whole && secondsSince(whole.createdAt, now),
    lastRun,
    lastRunAgeSeconds: lastRun && secondsSince(lastRun.finishedAt, now),
    sources,
    hostAccess,
    held,
    ledgerRebuilt: recentRebuilt(context.paths.uidLedger, now),
    secretsCopy,
    secretsCopyAgeSeconds: secretsCopy && secondsSince(secretsCopy.fetchedAt, now),
    problems: [
      ...checkManifest(manifest),
      ...checkLastRun(lastRun),
      ...sources.flatMap((source) => checkAge(source, context.config.staleness, now)),
      ...checkHostAccess(hostAccess, lastRun, now),
      ...checkCertificates(sources, now),
      ...(lastRun?.warnings ?? []),
      ...checkHeld(held, now),
      ...checkContested(readContestedUids(context.paths.contestedUids)),
      ...checkSshdWiring(context.config, context.paths),
    ],
  };
}

/** As long as it matters: what the ledger has lost, it would have forgotten by then. */
function recentRebuilt(ledgerPath: string, now: Date): LedgerRebuilt | undefined {
  const rebuilt = readLedgerRebuilt(ledgerPath);
  return rebuilt !== undefined && dayOf(now.getTime()) - rebuilt.day <= REMEMBERED_DAYS ? rebuilt : undefined;
}

function describeSources({ config }: HostContext, lastRun: RunRecord | undefined, now: Date): SourceStatus[] {
  return config.source.map(({ name }) => {
    const record = lastRun?.sources.find((source) => source.name === name) ?? { name };
    const ageSeconds = record.lastSuccess === undefined ? undefined : secondsSince(record.lastSuccess, now);
    return { ...record, ...(ageSeconds === undefined ? {} : { ageSeconds }) };
  });
}

function checkManifest(manifest: Manifest | string | undefined): StatusProblem[] {
  if (manifest === undefined) {
    return [{ text: 'nothing was ever committed here: nobody of the directory can log in', hint: 'holdfast sync' }];
  }
  if (typeof manifest === 'string') return [{ text: `the current generation is damaged: ${manifest}`, hint: 'holdfast sync' }];
  return [];
}

function checkLastRun(lastRun: RunRecord | undefined): StatusProblem[] {
  if (lastRun === undefined) return [];
  if (lastRun.outcome === 'held' || lastRun.exitStatus === 0) return [];
  const message = lastRun.message === undefined ? '' : `: ${lastRun.message}`;
  return [{ text: `the last run failed with status ${lastRun.exitStatus}${message}`, hint: 'holdfast sync, or journalctl -u holdfast' }];
}

function checkAge(source: SourceStatus, { warn_after: warnAfter, deny_after: denyAfter }: Staleness, now: Date): StatusProblem[] {
  const { name, ageSeconds, denied } = source;
  if (denied !== undefined) return [describeDenial(source, denied, denyAfter, now)];
  if (warnAfter === 0) return [];
  if (ageSeconds === undefined) return [{ text: `source "${name}" has never given a complete directory`, hint: 'holdfast sync' }];
  if (ageSeconds * 1000 <= warnAfter) return [];
  return [
    {
      text: `source "${name}" last gave everything ${age(ageSeconds)} ago, more than warn_after = "${formatDuration(warnAfter)}"`,
      hint: 'systemctl status holdfast.timer holdfast.service',
    },
  ];
}

/** As the last run found it: a configuration that was changed since acts at the next. */
function describeDenial(source: SourceStatus, denied: number, denyAfter: number, now: Date): StatusProblem {
  const since = silentSince(source, now) ?? now;
  const silent = `has not given everything for ${age(secondsSince(since.toISOString(), now))} (since ${since.toISOString()})`;
  const limit = denyAfter === 0 ? 'deny_after' : `deny_after = "${formatDuration(denyAfter)}"`;
  return {
    text: `source "${source.name}" ${silent}, more than ${limit}: ${people(denied)} of it denied, only access.always keeps keys`,
    hint: 'make the source answer: all is as before with the next run; see systemctl status holdfast.service',
  };
}

/** As the last run read them. */
function checkCertificates(sources: readonly SourceStatus[], now: Date): StatusProblem[] {
  const read = sources.map(({ name, certificates = [] }) => ({
    name,
    certificates: certificates.map(({ end, ...certificate }) => ({ ...certificate, end: new Date(end) })),
  }));
  return certificateWarnings(read, now).map(({ text, hint }) => ({ text, hint }));
}

function checkHeld(held: HeldRemovals | undefined, now: Date): StatusProblem[] {
  if (held === undefined) return [];
  const texts = held.findings.map(describeFinding).join('; ');
  return [
    {
      text: `removals have been held for ${age(secondsSince(held.since, now))}: ${texts}`,
      hint: 'holdfast diff, which shows them all, and when it is meant: holdfast sync --approve-removals',
    },
  ];
}

/** The first in full; the command shows them all. */
function checkContested(contested: readonly ContestedUid[]): StatusProblem[] {
  const waiting = contested.filter(({ approved }) => approved === undefined);
  const [first, ...others] = waiting;
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `; and ${others.length} more`;
  return [
    {
      text: `"${first.login}" does not resolve: ${first.reason}${more}`,
      hint: 'holdfast approve uid --list, and when it is meant: holdfast approve uid LOGIN',
    },
  ];
}

/** With the first few of those concerned. */
function describeFinding({ text, names }: HeldRemovals['findings'][number]): string {
  return names.length === 0 ? text : `${text}: ${some(names, 5)}`;
}
