/**
 * What a run says of the audit: to the journal its lines, as far as they are few, and to everybody that they could not be written.
 */
import type { AuditReport } from '../sync/audit/report.ts';
import type { Output } from './render.ts';

export function reportAudit(output: Output, report: AuditReport | undefined, done = 'the sync is done'): void {
  if (report === undefined) return;
  const { shown, written, path } = report;
  for (const { event, login, uid, group, fingerprint, owner, source, generation, code, reason } of shown) {
    output.audit(event, { login, uid, group, fingerprint, owner, source, generation, code, reason });
  }
  if (written > shown.length) output.audit('more', { count: written - shown.length, file: path });
  reportAuditFailure(output, report, done);
}

/** @param done what it has not spoilt */
export function reportAuditFailure(output: Output, report: AuditReport | undefined, done: string): void {
  if (report?.failure === undefined) return;
  const { path, failure } = report;
  output.event('error', `audit: ${failure.message}`, 'audit-failed', { file: path, message: failure.message });
  for (const hint of failure.hints) output.hint(hint);
  output.hint(`${done}; what waits to be written, the next run tries again`);
}

export function auditJson({ path, written, failure }: AuditReport): unknown {
  return { file: path, lines: written, ...(failure === undefined ? {} : { error: failure.message }) };
}
