/**
 * What was withheld from the start, as audit events: entries and keys of the directory that this host does not show, with the reason.
 */
import type { Rejection } from '../../directory/rejection.ts';
import type { AuditEvent, AuditEventName } from './event.ts';
import { reasonOf } from './reasons.ts';

/** Shown with a value of ours is not withheld, except a member whom a group is without. */
export function isWithheld({ verdict, code }: Rejection): boolean {
  return verdict === 'quarantined' || code.startsWith('member-');
}

/**
 * Lines of one run: whoever fills a directory with entries that are refused must not push the lines of others out of a log whose size
 * is limited. Those that are left out are counted, and `holdfast quarantine` has them.
 */
const LINES_MAX = 1000;

/** Keys first, then people: where lines are left out, they are of groups as long as there are any. */
const WEIGHT: Readonly<Record<string, number>> = { keys: 0, passwd: 1, shadow: 2, group: 3 };

/** Each a line, up to 1,000; the others are one, with their count by code. */
export function* auditFindings(findings: readonly Rejection[]): Generator<AuditEvent> {
  if (findings.length <= LINES_MAX) {
    yield* findings.values().map(auditFinding);
    return;
  }
  const ordered = findings.toSorted((a, b) => weightOf(a) - weightOf(b));
  yield* ordered.slice(0, LINES_MAX).values().map(auditFinding);
  yield moreWithheld(ordered.slice(LINES_MAX));
}

function weightOf({ map }: Rejection): number {
  return WEIGHT[map] ?? 4;
}

function moreWithheld(findings: readonly Rejection[]): AuditEvent {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  const kinds = [...counts].map(([code, count]) => `${code} ${count}`).join(', ');
  return {
    event: 'more-withheld',
    reason: { code: 'too-many', text: `${findings.length} more are withheld, too many for a line each: ${kinds}` },
  };
}

function auditFinding(finding: Rejection): AuditEvent {
  const { map, key, source, fingerprint } = finding;
  return {
    event: eventOf(finding),
    ...(map === 'group' ? { group: key } : { login: key }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    source,
    reason: reasonOf(finding),
  };
}

function eventOf({ map, code }: Rejection): AuditEventName {
  if (code.startsWith('member-')) return 'member-withheld';
  if (map === 'group') return 'group-withheld';
  return map === 'keys' && !code.startsWith('account-') ? 'key-withheld' : 'account-withheld';
}
