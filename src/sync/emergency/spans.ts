/**
 * When a key opened the emergency accounts, from the lines about it and from what is written for sshd now.
 */
import { statSync } from 'node:fs';
import type { AuditLine } from '../../state/audit-line.ts';
import { type EmergencyState, readEmergencyRun, readEmergencyState } from '../../state/emergency-state.ts';
import { errnoOf } from '../../errors.ts';
import type { HostPaths } from '../../host/paths.ts';
import { emergencyStatePaths } from './context.ts';
import { keyOfLine } from './object-keys.ts';
import { findSpans, type KeySpan, type ServedNow } from '../keys/key-spans.ts';

/** @param lines about this key, the oldest first @param logFrom ISO 8601, of the oldest line of the log */
export function findEmergencySpans(
  host: HostPaths,
  fingerprint: string,
  lines: readonly AuditLine[],
  logFrom: string | undefined,
): KeySpan[] {
  const paths = emergencyStatePaths(host);
  const state = readEmergencyState(paths.state);
  const spans = findSpans({
    lines: lines.flatMap(asKeyLine),
    baselines: [],
    logFrom,
    served: state === undefined ? [] : servedNow(state, fingerprint, modifiedAt(paths.state)),
    committedAt: readEmergencyRun(paths.run)?.finishedAt,
  });
  return spans.map((span) => ({ ...span, isEmergency: true }));
}

/** What is held changes nothing of what serves. What is withheld was not there: if it was, another line says that it went. */
function asKeyLine({ keyType, ...line }: AuditLine): AuditLine[] {
  const event = line.event.slice('emergency-'.length);
  if (event === 'key-held') return [];
  return [{ ...line, event, ...(event === 'key-withheld' || keyType === undefined ? {} : { keyType }) }];
}

function servedNow({ keys, users = [] }: EmergencyState, fingerprint: string, since: string | undefined): ServedNow[] {
  const key = keys.map(({ object, line }) => keyOfLine(object, line)).find((one) => one?.fingerprint === fingerprint);
  if (key === undefined || since === undefined) return [];
  return users.map((login) => ({ login, keyType: key.type, comment: key.comment, since }));
}

function modifiedAt(path: string): string | undefined {
  try {
    return statSync(path).mtime.toISOString();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
