/**
 * What PAM makes of a shadow entry when somebody comes with a key: with `UsePAM yes`, sshd asks pam_unix whether the account may be used.
 *
 * An account past its end is refused. So is one whose password must be changed, and there a key is of no use either: sshd lets nothing
 * run but passwd(1), and that only in a terminal. The keys stay where they are, since a directory that ages passwords says nothing of keys,
 * and a host whose pam_unix has `no_pass_expiry` takes them.
 *
 * @see check_shadow_expiry() in Linux-PAM's pam_unix; do_pam_account() and do_pwchange() in OpenSSH
 */
import { type Day, formatDay } from '../../directory/day.ts';
import type { PasswordAging } from '../../directory/shadow.ts';

/** What getspnam(3) gives for a number that is absent; older pam_unix counts on from it. */
const ABSENT = -1;

/** The first day on which pam_unix lets nobody in by this entry; undefined: it always does. */
export function closingDay(aging: PasswordAging): Day | undefined {
  const days = [aging.expire, passwordEnd(aging)].filter((day) => day !== undefined);
  return days.length === 0 ? undefined : Math.min(...days);
}

/** Why PAM does not let this account in: `its account ended on 2026-01-31 (shadow expire 20484)`. Undefined when it does. */
export function refuseByPam(aging: PasswordAging, today: Day): string | undefined {
  const { expire, lastChange, max } = aging;
  if (expire !== undefined && expire <= today) return `the account ended on ${formatDay(expire)} (shadow expire ${expire})`;
  const end = passwordEnd(aging);
  if (end === undefined || end > today) return undefined;
  if (lastChange === 0) return 'the password has to be changed first (shadow lastChange 0)';
  if (lastChange === undefined) return `the password has to be changed every ${max} days, and nothing says when it was (shadow max ${max})`;
  return `the password expired on ${formatDay(end)} (shadow lastChange ${lastChange}, max ${max})`;
}

/** pam_unix 1.5 and earlier gives a day more. */
function passwordEnd({ lastChange = ABSENT, max }: PasswordAging): Day | undefined {
  if (lastChange === 0) return 0;
  return max === undefined ? undefined : Math.max(0, lastChange + max);
}
