/**
 * What `holdfast status` finds wrong.
 */
import type { ProblemCode } from '../status/problem.ts';
import type { Explanation } from './explanation.ts';

export const PROBLEMS: Readonly<Record<ProblemCode, Explanation>> = {
  pinned: {
    means:
      'Somebody has gone back to an older generation with `holdfast rollback`, and it lasts until it is released. A damaged record of it counts as one.',
    matters: 'Who is there logs in. Who joins the directory waits; what is taken away there still goes, unless a guard holds it.',
    remedies: ['holdfast diff, for what waits', 'when the directory is right again: holdfast rollback --release; then: holdfast sync'],
  },
  'configuration-wrong': {
    means: 'The configuration is wrong, so that no run can start. status ends with 78 then.',
    matters: 'What serves goes on serving; nobody who leaves loses access.',
    remedies: ['holdfast config check', 'then: holdfast sync'],
  },
  'nobody-has-keys': {
    means: 'People are shown, but not one of them has a key here.',
    matters: 'Nobody of the directory can log in. Local accounts and emergency users can.',
    remedies: ['holdfast why LOGIN, for somebody who should get in', '[access], and the attribute of the keys'],
  },
  'never-committed': {
    means: 'There is no generation yet.',
    matters: 'Nobody of the directory resolves or can log in.',
    remedies: ['holdfast sync'],
  },
  'caches-damaged': {
    means: 'A file of the generation that serves is not what its manifest says: cut, changed, or missing.',
    matters: 'Some people may not resolve, or not with the right values.',
    remedies: ['holdfast sync, which commits a new generation', 'df -h /var/lib/holdfast; dmesg | tail, for why'],
  },
  'last-run-failed': {
    means: 'The last run ended with an error; the text has it.',
    matters: 'What was last good serves. Until a run succeeds, changes of the directory do not arrive.',
    remedies: ['holdfast sync, which says it again with its code', 'journalctl -u holdfast -n 50'],
  },
  'audit-incomplete': {
    means: 'The last run could not write its audit lines, or some were lost.',
    matters: 'Logins are not concerned. What waits is written by the next run that can.',
    remedies: ['holdfast explain audit-log', 'holdfast sync'],
  },
  'source-never-complete': {
    means: 'A configured source has never given a complete answer on this host.',
    matters: 'None of its people are here. The others are.',
    remedies: ['holdfast sync, which says why'],
  },
  'source-old': {
    means: 'The last complete answer of a source is older than staleness.warn_after.',
    matters: 'Its people log in as before. Who left since then still has access, who is new has none.',
    remedies: ['systemctl list-timers holdfast.timer; systemctl status holdfast.service', 'holdfast sync'],
  },
  'source-stale': {
    means: 'A source has given nothing complete for longer than staleness.deny_after.',
    matters: 'Its people resolve and have no keys, except access.always. Its next answer gives all back at once.',
    remedies: ['make the source answer: holdfast sync says what is wrong', 'timedatectl, if the clock may be far ahead'],
  },
  'certificate-expires': {
    means: 'A client or CA certificate of a source ends within 21 days, or has ended.',
    matters: 'Nothing yet, if it has not ended: then the source fails, and its last good snapshot serves.',
    remedies: ['put a new one in its place: the next run takes it', 'openssl x509 -noout -enddate -in CERT'],
  },
  'removals-held': {
    means: 'A guard holds removals that look like an accident, until a person decides.',
    matters: 'The last good directory serves under the present rules. New people wait, too.',
    remedies: [
      'holdfast diff, which shows everybody',
      'when it is meant: holdfast sync --approve-removals',
      'else mend the directory; then: holdfast sync',
    ],
  },
  'held-record-damaged': {
    means: 'The record of held removals cannot be read.',
    matters: 'While a source does not answer, nobody gets keys back.',
    remedies: ['holdfast sync, when every source answers'],
  },
  'ledger-missing': {
    means: 'The uid ledger, which knows who held which uid and name, is gone.',
    matters: 'Logins are not concerned. That a uid of somebody who left goes to another is not noticed for 90 days.',
    remedies: ['put state/uid-ledger back from a backup before the next run', 'else: holdfast sync begins a new one'],
  },
  'uid-waits': {
    means: "Somebody has a uid or name that was another's, or another uid than before, and waits for an approval.",
    matters: 'They do not resolve, and cannot log in.',
    remedies: ['holdfast approve uid --list', 'when it is meant: holdfast approve uid LOGIN; then: holdfast sync'],
  },
  'access-rule-leads-nowhere': {
    means: 'A rule of [access] names a group or account that does not exist.',
    matters: 'It lets nobody in; in deny, it denies nobody.',
    remedies: ['mend the name, or make the group; then: holdfast sync'],
  },
  'host-access-unread': {
    means: "This host's access groups or their map cannot be read, or were not read yet.",
    matters: 'The last known ones count; where none are known, they let nobody in.',
    remedies: ['holdfast sync, which says why'],
  },
  'access-group-not-in-map': {
    means: "One of this host's access groups is not in the map.",
    matters: 'It lets nobody in; the others count.',
    remedies: ['add it to the map, or correct the tag or file; then: holdfast sync'],
  },
  'last-run-warned': {
    means: 'The last run succeeded, and something should be seen to; the text has it.',
    matters: 'Logins work.',
    remedies: ['holdfast sync, which says it again with its code'],
  },
  'hook-warned': {
    means: 'At the last commit a program in /etc/holdfast/hooks.d failed, or was not run; the text says which and why.',
    matters: 'The caches serve, and logins work. What the hook was to do is not done. It is said until the next commit.',
    remedies: ['journalctl -u holdfast, which has what it printed', 'holdfast(8) has what a hook may do, and a line to try one by hand'],
  },
  'sshd-wiring': {
    means: "sshd's drop-in is not the one that the configuration wants: own keys, emergency users, or the local accounts have changed.",
    matters: 'Keys of the directory may work all the same; own_authorized_keys and emergency users are as the old drop-in has them.',
    remedies: ['holdfast wiring sshd > /etc/ssh/sshd_config.d/10-holdfast.conf', 'sshd -t && systemctl reload ssh'],
  },
  'emergency-never-run': {
    means: '[emergency] is configured, and its keys were never asked for.',
    matters: 'The emergency users cannot log in.',
    remedies: ['systemctl enable --now holdfast-emergency.timer'],
  },
  'emergency-old': {
    means: 'Emergency keys have not been asked for for some time, though their timer should do it every 5 minutes.',
    matters: 'The last keys go on serving; a key that was taken out still opens this host.',
    remedies: ['systemctl status holdfast-emergency.timer holdfast-emergency.service'],
  },
  'emergency-failed': {
    means: 'The last emergency run failed.',
    matters: 'The last good keys go on serving.',
    remedies: ['holdfast emergency, which says why with its code'],
  },
  'emergency-no-keys': {
    means: 'The file of emergency keys has none.',
    matters: 'The emergency users cannot log in.',
    remedies: ['put a key into an object of [emergency]', 'holdfast emergency'],
  },
  'emergency-file-changed': {
    means: 'The file of emergency keys is not as holdfast wrote it: its text, owner or mode, or a link is in its place.',
    matters: 'What stands in it opens this host, until the next run writes it anew.',
    remedies: ['find out who did it', 'holdfast emergency'],
  },
  'emergency-held': {
    means: 'An emergency object has lost its last key, or more than emergency.max_removed_percent of them within a day.',
    matters: 'Its last good keys go on serving.',
    remedies: [
      'when it is meant: holdfast emergency --approve-removals',
      'a compromised key: into policy.keys.revoked, which is never held',
    ],
  },
  'emergency-user-missing': {
    means: 'An emergency user is no account of this host.',
    matters: 'Nobody can log in as it.',
    remedies: ['useradd --create-home --shell /bin/bash NAME, and give it rights in sudoers'],
  },
};
