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

export function auditFinding(finding: Rejection): AuditEvent {
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
