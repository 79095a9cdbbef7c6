/**
 * `holdfast emergency`: what its timer runs.
 */
import type { ExitStatus } from '../exit-status.ts';
import type { EmergencyChange, EmergencyKey } from '../policy/emergency-keys.ts';
import type { EmergencyHeld } from '../state/emergency-state.ts';
import { emergency } from '../sync/emergency/emergency.ts';
import { type EmergencyContext, openEmergency } from '../sync/emergency/context.ts';
import { type EmergencyReport, emergencyStatus } from '../sync/emergency/report.ts';
import { keyLabel } from '../sync/keys/key-label.ts';
import { count } from '../sync/phrases.ts';
import { auditJson, reportAuditFailure } from './audit-text.ts';
import { type EmergencyCommandOptions, invocationOf, outputOf } from './invocation.ts';
import type { Output } from './render.ts';
import { reportWarnings } from './warnings-text.ts';

export async function runEmergency(options: EmergencyCommandOptions, signal: AbortSignal): Promise<ExitStatus> {
  const output = outputOf(options);
  const context = openEmergency(invocationOf(options), signal);
  const report = await emergency(context, {
    approveRemovals: options.approveRemovals ?? false,
    signal,
    audit: (changes) => reportChanges(output, changes),
  });
  if (output.json) output.resultJson(emergencyJson(context, report));
  render(output, context, report);
  return emergencyStatus(report);
}

/** One line for each key. */
function reportChanges(output: Output, changes: readonly EmergencyChange[]): void {
  for (const { change, key, reason, version } of changes) {
    const { fingerprint, type, bits, comment, options, object } = key;
    const why = reason === undefined ? '' : `: ${reason}`;
    const text = `emergency key ${change}: ${keyLabel(key)}${options === '' ? '' : `, options ${options}`}, of ${object}${why}`;
    output.event('info', text, 'emergency-key', {
      change,
      fingerprint,
      type,
      bits,
      ...(comment === '' ? {} : { comment }),
      ...(options === '' ? {} : { options }),
      object,
      version,
      reason,
    });
  }
}

function render(output: Output, { paths, emergency: { users } }: EmergencyContext, report: EmergencyReport): void {
  const { objects, keys, held, tampered, refused, changes, outcome } = report;
  if (tampered !== undefined) {
    const text = `"${paths.file}" ${tampered}: it is as holdfast wants it again`;
    output.event('warning', text, 'emergency-file-tampered', { file: paths.file, text });
    output.hint('who changed it? Keys that are to stay belong into the object');
  }
  const taken = new Set(
    objects.filter(({ isNew, held: hold, failure }) => isNew && hold === undefined && failure === undefined).map(({ object }) => object),
  );
  for (const { object, line, code, reason } of refused.filter((one) => taken.has(one.object))) {
    output.event('warning', `${object}, line ${line}: withheld (${code}): ${reason}`, 'emergency-line', { object, line, code, reason });
  }
  for (const { object, failure, record } of objects) {
    if (failure === undefined) continue;
    output.error(failure, { object });
    const text = record === undefined ? 'it was never read on this host' : 'its last good keys go on serving';
    output.event('info', `${object}: ${text}`, 'emergency-kept', { object, text });
  }
  for (const one of held) reportHeld(output, one);
  reportAuditFailure(output, report.audit, 'the keys are in place');
  reportWarnings(output, report.metricsWarnings ?? []);
  if (report.nothingToApprove) output.event('info', 'nothing was held, so there was nothing to approve', 'nothing-held', {});
  const withheld = refused.length === 0 ? '' : `, ${count(refused.length, 'line', 'lines')} withheld`;
  const has = `"${paths.file}" has ${count(keys.length, 'key', 'keys')} for ${users.join(', ')}${withheld}`;
  output.event('info', describe(outcome, has, paths.file), 'emergency', {
    outcome,
    file: paths.file,
    keys: keys.length,
    changes: changes.length,
    withheld: refused.length,
  });
}

function describe(outcome: EmergencyReport['outcome'], has: string, file: string): string {
  if (outcome === 'nothing-yet') return `no object was ever read, so "${file}" is left as it is`;
  return outcome === 'written' ? has : `nothing to do: ${has}`;
}

function reportHeld(output: Output, { object, text, removed, added, since }: EmergencyHeld): void {
  output.event('warning', `${object}: held, its last good keys go on serving: ${text}`, 'emergency-held', { object, text, since });
  for (const key of removed) output.event('warning', `  - ${key}`, 'emergency-held-key', { object, change: 'removed', key });
  for (const key of added) output.event('warning', `  + ${key}`, 'emergency-held-key', { object, change: 'added', key });
  output.hint('when it is meant: holdfast emergency --approve-removals; a key that is compromised: put it into policy.keys.revoked');
}

function emergencyJson({ paths, emergency: { users } }: EmergencyContext, report: EmergencyReport): unknown {
  const { objects, keys, refused, changes, held, tampered, outcome } = report;
  return {
    exitStatus: emergencyStatus(report),
    outcome,
    file: paths.file,
    users,
    keys: keys.map(keyJson),
    changes: changes.map(({ change, key, reason, version }) => ({ change, ...keyJson(key), version, reason })),
    withheld: refused,
    held: held.map(({ digest: _digest, ...one }) => one),
    objects: objects.map(({ object, record, failure }) => ({
      object,
      version: record?.version,
      ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
    })),
    tampered,
    ...(report.audit === undefined ? {} : { audit: auditJson(report.audit) }),
  };
}

function keyJson({ line: _line, ...key }: EmergencyKey): Omit<EmergencyKey, 'line'> {
  return key;
}
