/**
 * Writes down what a run did, so that `status` can say it: after a success, a refusal, and a failure alike.
 */
import type { Manifest } from '../caches/manifest.ts';
import { HoldfastError } from '../errors.ts';
import { exitStatus, exitStatusOf } from '../exit-status.ts';
import {
  type AccessFault,
  type FindingCount,
  type HostAccessFailureRecord,
  readRunRecord,
  type RunRecord,
  type SourceRecord,
  writeRunRecord,
} from '../state/run-record.ts';
import type { HostContext } from './context.ts';
import { commitOf } from './hooks/commit-event.ts';
import { describeFailures, type HostAccessFailure } from './host-access/phrases.ts';
import { compareFindings, digestFindings } from './findings.ts';
import { leaveMetrics } from './metrics/textfile.ts';
import type { RunWarning } from './run-warning.ts';
import { type SourceReport, type SyncOutcome, type SyncReport, syncStatus } from './report.ts';
import { isPlausible } from './status/staleness.ts';

export async function recordRun(context: HostContext, run: () => Promise<SyncReport>): Promise<SyncReport> {
  const startedAt = context.now();
  const path = context.paths.runRecord;
  const earlier = readRunRecord(path);
  try {
    const report = await run();
    const findings = digestFindings(report.rejections);
    const record = describeRun(context, startedAt, { ...report, counts: findings }, earlier);
    writeRunRecord(path, record);
    const unwritten = leaveMetrics(context, manifestOf(report.outcome));
    noteWarnings(path, record, unwritten);
    return {
      ...report,
      warnings: [...report.warnings, ...unwritten],
      findings: compareFindings(findings, listedAlready(report.outcome, earlier)),
    };
  } catch (error) {
    tryToRecordFailure(context, startedAt, error, earlier);
    throw error;
  }
}

/** While a first generation is held no snapshot is kept, and `quarantine` can list nothing: each run says it all. */
function listedAlready(outcome: SyncOutcome, earlier: RunRecord | undefined): readonly FindingCount[] {
  return outcome.kind === 'held' && outcome.isFirst ? [] : (earlier?.findings ?? []);
}

function describeRun(
  { now }: HostContext,
  startedAt: Date,
  report: SyncReport & { readonly counts: readonly FindingCount[] },
  earlier: RunRecord | undefined,
): Omit<RunRecord, 'version'> {
  const finishedAt = now().toISOString();
  const message = describeOutcome(report);
  const hint = describeHint(report);
  const generation = generationOf(report.outcome) ?? earlier?.generation;
  const audit = report.audit?.failure?.message;
  return {
    startedAt: startedAt.toISOString(),
    finishedAt,
    outcome: report.outcome.kind === 'kept' ? 'failed' : report.outcome.kind,
    exitStatus: syncStatus(report),
    ...(message === undefined ? {} : { message }),
    ...(hint === undefined ? {} : { hint }),
    ...(generation === undefined ? {} : { generation }),
    ...(audit === undefined ? {} : { audit }),
    sources: report.sources.map((source) => describeSource(source, finishedAt, earlier)),
    ...describeHostAccess(report, finishedAt, earlier),
    ...findingsOf(report.outcome.kind === 'kept' ? earlier : { findings: report.counts, accessFaults: report.accessFaults }),
    ...describeWarnings(report),
    ...(commitOf(report) === undefined ? hookWarningsOf(earlier) : {}),
  };
}

/** Of a run that is in the record already. */
export function recordHookWarnings({ paths }: HostContext, warnings: readonly RunWarning[]): void {
  const record = readRunRecord(paths.runRecord);
  if (warnings.length === 0 || record === undefined) return;
  try {
    writeRunRecord(paths.runRecord, { ...record, hookWarnings: warnings.map(({ text, hint }) => ({ text, hint })) });
  } catch (error) {
    // The run is done, and said to be: what is lost is what `status` would say of its hooks.
    if (!(error instanceof HoldfastError)) throw error;
  }
}

/** They stay until other hooks have run. */
function hookWarningsOf(earlier: RunRecord | undefined): Pick<RunRecord, 'hookWarnings'> {
  return earlier?.hookWarnings === undefined ? {} : { hookWarnings: earlier.hookWarnings };
}

function findingsOf(found: FindingsFound | undefined): Pick<RunRecord, 'findings' | 'accessFaults'> {
  const { findings = [], accessFaults = [] } = found ?? {};
  return { findings: [...findings], ...(accessFaults.length === 0 ? {} : { accessFaults: [...accessFaults] }) };
}

/** By this run or, where it could not judge, by an earlier one. */
interface FindingsFound {
  readonly findings: readonly FindingCount[];
  readonly accessFaults?: readonly AccessFault[] | undefined;
}

function describeHostAccess(
  { hostAccess }: SyncReport,
  finishedAt: string,
  earlier: RunRecord | undefined,
): Pick<RunRecord, 'hostAccessFailures'> {
  const failures = describeFailures(hostAccess).map((failure) => recordFailure(failure, finishedAt, earlier));
  return failures.length === 0 ? {} : { hostAccessFailures: failures };
}

/** `status` says at its own time for how long certificates are good, and a rollback lasts. */
function describeWarnings({ warnings }: SyncReport): Pick<RunRecord, 'warnings'> {
  const others = warnings
    .filter(({ code }) => code !== 'certificate-expires' && code !== 'pinned')
    .map(({ text, hint }) => ({ text, hint }));
  return others.length === 0 ? {} : { warnings: others };
}

function describeOutcome({ outcome, sources, hostAccess }: SyncReport): string | undefined {
  if (outcome.kind === 'held') return describeHeld(outcome);
  const failures = [
    ...sources.flatMap(({ name, failure, lastGoodFault }) =>
      failure === undefined ? [] : [`source "${name}": ${describeFailure(failure, { lastGoodFault })}`],
    ),
    ...describeFailures(hostAccess).map(({ subject, message }) => `${subject}: ${message}`),
  ];
  return failures.length === 0 ? undefined : failures.join('; ');
}

/** The first of the first failure. */
function describeHint({ sources, hostAccess }: SyncReport): string | undefined {
  const failures = [...sources, ...(hostAccess.map === undefined ? [] : [hostAccess.map]), ...hostAccess.groups];
  return failures.flatMap(({ failure }) => failure?.hints ?? [])[0];
}

function hintOf(error: unknown): Pick<RunRecord, 'hint'> {
  const [hint] = error instanceof HoldfastError ? error.hints : [];
  return hint === undefined ? {} : { hint };
}

function describeFailure({ message }: HoldfastError, { lastGoodFault }: { readonly lastGoodFault?: string | undefined }): string {
  return lastGoodFault === undefined ? message : `${message}; its last good snapshot cannot be used: ${lastGoodFault}`;
}

function describeHeld({ findings, reduced }: SyncOutcome & { readonly kind: 'held' }): string {
  const texts = findings.map(({ text }) => text);
  const generation =
    reduced === undefined
      ? []
      : [`meanwhile generation ${reduced.manifest.generation} serves the last good directory, less who is refused`];
  return [...texts, ...generation].join('; ');
}

/** Metrics are of the record, so that they come after it: only when they cannot be written, it is written again. */
function noteWarnings(path: string, record: Omit<RunRecord, 'version'>, warnings: readonly RunWarning[]): void {
  if (warnings.length === 0) return;
  const noted = warnings.map(({ text, hint }) => ({ text, hint }));
  writeRunRecord(path, { ...record, warnings: [...(record.warnings ?? []), ...noted] });
}

function generationOf(outcome: SyncOutcome): number | undefined {
  return manifestOf(outcome)?.generation;
}

/** Undefined where the run has not looked at the one that serves. */
function manifestOf(outcome: SyncOutcome): Manifest | undefined {
  return outcome.kind === 'committed' || outcome.kind === 'unchanged' ? outcome.manifest : outcome.reduced?.manifest;
}

function describeSource(source: SourceReport, finishedAt: string, earlier: RunRecord | undefined): SourceRecord {
  const before = earlier?.sources.find(({ name }) => name === source.name);
  const lastSuccess = source.fresh ? finishedAt : before?.lastSuccess;
  return {
    name: source.name,
    ...(lastSuccess === undefined ? {} : { lastSuccess }),
    ...(source.fresh ? {} : { failingSince: firstFailure(before?.failingSince, finishedAt) }),
    ...(source.stale === undefined ? {} : { denied: source.stale.denied }),
    ...(source.users === undefined ? {} : { users: source.users }),
    ...(source.groups === undefined ? {} : { groups: source.groups }),
    ...describeCertificates(source, before),
    ...(source.failure === undefined ? {} : { error: describeFailure(source.failure, source) }),
  };
}

function recordFailure(
  { subject, message }: HostAccessFailure,
  finishedAt: string,
  earlier: RunRecord | undefined,
): HostAccessFailureRecord {
  const before = earlier?.hostAccessFailures?.find((failure) => failure.subject === subject);
  return { subject, failingSince: firstFailure(before?.failingSince, finishedAt), message };
}

/** Those that could not be read in this run are those of the run before. */
function describeCertificates({ certificates }: SourceReport, before: SourceRecord | undefined): Pick<SourceRecord, 'certificates'> {
  const now = certificates?.map(({ end, ...rest }) => ({ ...rest, end: end.toISOString() })) ?? before?.certificates ?? [];
  return now.length === 0 ? {} : { certificates: now };
}

/** One that cannot be was written by a clock that was wrong. */
function firstFailure(earlier: string | undefined, now: string): string {
  return earlier !== undefined && isPlausible(earlier, new Date(now)) ? earlier : now;
}

/** The failure itself is what the operator must hear of; that it could not be written down as well is no news. */
function tryToRecordFailure(context: HostContext, startedAt: Date, error: unknown, earlier: RunRecord | undefined): void {
  try {
    const record: Omit<RunRecord, 'version'> = {
      startedAt: startedAt.toISOString(),
      finishedAt: context.now().toISOString(),
      outcome: 'failed',
      exitStatus: error instanceof HoldfastError ? exitStatusOf(error.code) : exitStatus.bug,
      message: error instanceof Error ? error.message : String(error),
      ...hintOf(error),
      ...keptOf(earlier),
    };
    writeRunRecord(context.paths.runRecord, record);
    noteWarnings(context.paths.runRecord, record, leaveMetrics(context));
  } catch (recordError) {
    if (!(recordError instanceof HoldfastError)) throw recordError;
  }
}

function keptOf(earlier: RunRecord | undefined): Omit<RunRecord, 'version' | 'startedAt' | 'finishedAt' | 'outcome' | 'exitStatus'> {
  const { generation, audit, sources = [], hostAccessFailures } = earlier ?? {};
  return {
    ...(generation === undefined ? {} : { generation }),
    ...(audit === undefined ? {} : { audit }),
    sources,
    ...(hostAccessFailures === undefined ? {} : { hostAccessFailures }),
    ...findingsOf(earlier),
    ...hookWarningsOf(earlier),
  };
}
