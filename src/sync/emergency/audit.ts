/**
 * The lines that an emergency run adds to the audit log, each exactly once whatever interrupts it.
 *
 * They are kept with the state that says what was written for sshd, and go into the log after it; the next run appends what the log
 * lacks. A sync may be at the same log, so that it is locked. Keys do not wait for their lines: what cannot be written is said.
 */
import { readHostIdentity } from '../../host/host-identity.ts';
import {
  type EmergencyEvent,
  emergencyEvents,
  type EmergencyFindings,
  type HeldChange,
  type WithheldKey,
} from '../../policy/emergency-events.ts';
import { AUDIT_VERSION, formatAuditLine, isEmergencyLine, parseAuditLine } from '../../state/audit-line.ts';
import { appendToLog } from '../../state/audit-log.ts';
import { readLastLine } from '../../state/audit-log-reader.ts';
import type { EmergencyState } from '../../state/emergency-state.ts';
import { VERSION } from '../../version.ts';
import { failureOf, lockLog } from '../audit/audit.ts';
import type { AuditReport } from '../audit/report.ts';
import type { EmergencyContext } from './context.ts';
import type { ObjectKeys } from './object-keys.ts';
import type { Judged } from './objects.ts';

/** Lines. A log that cannot be written for long costs the oldest; more than one run has, even with 16 objects of a thousand keys. */
const WAITING_MAX = 50_000;
/** Of one run: whoever fills an object with refused keys shall not push out of the log what else has changed. */
const WITHHELD_MAX = 500;

/** With those that wait. Instance metadata are asked only when there is something to say. */
export async function auditLines(
  context: EmergencyContext,
  { lines = [] }: EmergencyState,
  findings: EmergencyFindings,
): Promise<readonly string[]> {
  if (!context.config.audit.enabled) return [];
  const events = emergencyEvents(findings);
  return events.length === 0 ? lines : [...lines, ...(await formatEvents(context, events))].slice(-WAITING_MAX);
}

async function formatEvents(context: EmergencyContext, events: readonly EmergencyEvent[]): Promise<string[]> {
  const time = context.now().toISOString();
  const { hostname: host } = readHostIdentity(context.host);
  const instance = await context.readInstanceId();
  const common = { host, ...(instance === undefined ? {} : { instance }) };
  return events.map((event, index) =>
    formatAuditLine({ version: AUDIT_VERSION, time, ...event, ...common, seq: index + 1, holdfast: VERSION }),
  );
}

/** Undefined where there is nothing to write. The lines may go when there is no failure in it. */
export function appendLines({ auditLog, host }: EmergencyContext, lines: readonly string[]): AuditReport | undefined {
  if (lines.length === 0) return undefined;
  try {
    using _log = lockLog(host);
    const last = readLastLine(auditLog, isEmergencyLine);
    const written = last === undefined ? 0 : lines.findLastIndex((text) => isSame(text, last)) + 1;
    const missing = lines.slice(written);
    appendToLog(
      auditLog,
      missing.values().map((line) => Buffer.from(line)),
    );
    return { path: auditLog.path, shown: [], written: missing.length };
  } catch (error) {
    return { path: auditLog.path, shown: [], written: 0, failure: failureOf(error) };
  }
}

function isSame(text: string, { time, seq }: { readonly time: string; readonly seq: number }): boolean {
  const line = parseAuditLine(text.trimEnd());
  return line?.time === time && line.seq === seq;
}

/** Once for each that is held: a hold that was there is not told again. */
export function heldChanges(objects: readonly Judged[]): HeldChange[] {
  return objects.flatMap(({ held, heldChanges: changes = [], version }) =>
    held === undefined ? [] : changes.map((change) => ({ ...change, text: held.text, ...(version === undefined ? {} : { version }) })),
  );
}

/** Those that the state does not have. @param withheld by id */
export function newlyWithheld(withheld: ReadonlyMap<string, WithheldKey>, { withheld: known = [] }: EmergencyState): WithheldKey[] {
  const ids = new Set(known);
  return [...withheld].flatMap(([id, key]) => (ids.has(id) ? [] : [key])).slice(0, WITHHELD_MAX);
}

/** By ids that a state can keep. */
export function withheldKeys(read: readonly ObjectKeys[]): ReadonlyMap<string, WithheldKey> {
  const refused = read.flatMap((one) => one.refused);
  return new Map(
    refused.flatMap(({ object, fingerprint, code, reason }) =>
      fingerprint === undefined ? [] : [[`${object} ${fingerprint} ${code}`, { object, fingerprint, code, reason }]],
    ),
  );
}
