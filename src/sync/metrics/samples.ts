/**
 * Facts as samples, a function for each subject: a state that is new has its place beside them.
 */
import type { Manifest } from '../../caches/manifest.ts';
import type { HeldRemovals } from '../../state/held-removals.ts';
import { isDamaged, type Pin } from '../../state/pin.ts';
import type { FindingCount, RunRecord, SourceRecord } from '../../state/run-record.ts';
import { VERSION } from '../../version.ts';
import type { Sample } from './exposition.ts';
import type { EmergencyFacts, Facts } from './facts.ts';

const OUTCOMES: readonly RunRecord['outcome'][] = ['committed', 'unchanged', 'held', 'failed', 'pinned'];

export function sampleFacts({ staleness, lastRun, manifest, held, pin, emergency }: Facts): Sample[] {
  return [
    { name: 'holdfast_build_info', labels: { version: VERSION }, value: 1 },
    ...(lastRun === undefined
      ? []
      : [...sampleRun(lastRun), ...lastRun.sources.flatMap(sampleSource), ...sampleFindings(lastRun.findings)]),
    ...(staleness === undefined ? [] : sampleStaleness(staleness)),
    ...sampleGeneration(manifest),
    ...sampleHeld(held),
    ...samplePin(pin),
    ...(emergency === undefined ? [] : sampleEmergency(emergency)),
  ];
}

function sampleRun(run: RunRecord): Sample[] {
  const end = secondsOf(run.finishedAt);
  return [
    { name: 'holdfast_last_run_timestamp_seconds', value: end },
    { name: 'holdfast_last_run_duration_seconds', value: Math.max(0, Math.round((end - secondsOf(run.startedAt)) * 1000) / 1000) },
    { name: 'holdfast_last_run_exit_status', value: run.exitStatus },
    ...OUTCOMES.map(
      (outcome): Sample => ({ name: 'holdfast_last_run_outcome', labels: { outcome }, value: Number(run.outcome === outcome) }),
    ),
    { name: 'holdfast_last_run_warnings', value: run.warnings?.length ?? 0 },
    { name: 'holdfast_access_rules_unresolved', value: run.accessFaults?.length ?? 0 },
    { name: 'holdfast_host_access_failing', value: run.hostAccessFailures?.length ?? 0 },
    { name: 'holdfast_audit_incomplete', value: Number(run.audit !== undefined) },
  ];
}

function sampleSource({ name: source, lastSuccess, failingSince, users, groups, denied, certificates = [] }: SourceRecord): Sample[] {
  const labels = { source };
  const kinds = Map.groupBy(certificates, ({ kind }) => kind);
  return [
    { name: 'holdfast_source_up', labels, value: Number(failingSince === undefined) },
    ...sampleTime('holdfast_source_last_success_timestamp_seconds', lastSuccess, labels),
    ...sampleTime('holdfast_source_failing_since_timestamp_seconds', failingSince, labels),
    ...sampleCount('holdfast_source_entries', users, { source, map: 'passwd' }),
    ...sampleCount('holdfast_source_entries', groups, { source, map: 'group' }),
    { name: 'holdfast_source_denied_people', labels, value: denied ?? 0 },
    ...[...kinds].map(
      ([kind, ends]): Sample => ({
        name: 'holdfast_source_certificate_expiry_timestamp_seconds',
        labels: { source, kind },
        value: Math.min(...ends.map(({ end }) => secondsOf(end))),
      }),
    ),
  ];
}

function sampleFindings(findings: readonly FindingCount[]): Sample[] {
  const quarantined = findings.filter(({ verdict }) => verdict === 'quarantined');
  const adjusted = findings.filter(({ verdict }) => verdict === 'adjusted');
  return [
    { name: 'holdfast_quarantine_size', value: sum(quarantined) },
    ...quarantined.map(({ code, count }): Sample => ({ name: 'holdfast_quarantined', labels: { code }, value: count })),
    ...adjusted.map(({ code, count }): Sample => ({ name: 'holdfast_adjusted', labels: { code }, value: count })),
    { name: 'holdfast_withheld_keys', value: sum(quarantined.filter(({ code }) => code.startsWith('key-'))) },
  ];
}

function sampleStaleness({ warn_after: warnAfter, deny_after: denyAfter }: NonNullable<Facts['staleness']>): Sample[] {
  return [
    { name: 'holdfast_staleness_warn_after_seconds', value: warnAfter / 1000 },
    ...sampleCount('holdfast_staleness_deny_after_seconds', denyAfter === 0 ? undefined : denyAfter / 1000),
  ];
}

function sampleGeneration(manifest: Manifest | undefined): Sample[] {
  const readable: Sample = { name: 'holdfast_generation_readable', value: Number(manifest !== undefined) };
  if (manifest === undefined) return [readable];
  const { generation, createdAt, counts } = manifest;
  return [
    readable,
    { name: 'holdfast_generation_number', value: generation },
    ...sampleTime('holdfast_generation_commit_timestamp_seconds', createdAt),
    ...(['passwd', 'group', 'shadow', 'keys'] as const).map(
      (map): Sample => ({
        name: 'holdfast_generation_entries',
        labels: { map },
        value: counts[map],
      }),
    ),
    { name: 'holdfast_generation_key_lines', value: counts.keyLines },
  ];
}

function sampleHeld(held: HeldRemovals | undefined): Sample[] {
  const byGuard = Map.groupBy(held?.findings ?? [], ({ guard }) => guard);
  return [
    { name: 'holdfast_held', value: Number(held !== undefined) },
    ...sampleTime('holdfast_held_since_timestamp_seconds', held?.since),
    ...[...byGuard].map(
      ([guard, findings]): Sample => ({
        name: 'holdfast_held_names',
        labels: { guard },
        value: new Set(findings.flatMap(({ names }) => names)).size,
      }),
    ),
  ];
}

function samplePin(pin: Pin | undefined): Sample[] {
  const since = pin === undefined || isDamaged(pin) ? undefined : pin.since;
  return [{ name: 'holdfast_pinned', value: Number(pin !== undefined) }, ...sampleTime('holdfast_pinned_since_timestamp_seconds', since)];
}

function sampleEmergency({ run, keys, held }: EmergencyFacts): Sample[] {
  const [first] = held.map(({ since }) => since).sort();
  return [
    ...sampleTime('holdfast_emergency_last_run_timestamp_seconds', run?.finishedAt),
    ...sampleCount('holdfast_emergency_last_run_exit_status', run?.exitStatus),
    { name: 'holdfast_emergency_keys', value: keys },
    { name: 'holdfast_emergency_held', value: held.length },
    ...sampleTime('holdfast_emergency_held_since_timestamp_seconds', first),
    ...(run?.objects ?? []).flatMap(({ object, lastSuccess }) =>
      sampleTime('holdfast_emergency_object_last_success_timestamp_seconds', lastSuccess, { object }),
    ),
  ];
}

function sampleTime(name: Sample['name'], time: string | undefined, labels: Sample['labels'] = {}): Sample[] {
  return sampleCount(name, time === undefined ? undefined : secondsOf(time), labels);
}

function sampleCount(name: Sample['name'], value: number | undefined, labels: Sample['labels'] = {}): Sample[] {
  return value === undefined ? [] : [{ name, labels, value }];
}

function sum(findings: readonly FindingCount[]): number {
  return findings.reduce((total, { count }) => total + count, 0);
}

function secondsOf(time: string): number {
  return Date.parse(time) / 1000;
}
