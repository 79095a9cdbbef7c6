/**
 * What a run says that succeeded all the same: warnings, and what it did instead of what was asked. In the journal these are `event=`.
 */
import type { RunWarning } from '../run-warning.ts';
import type { Explanation } from './explanation.ts';

type WarningCode = Exclude<RunWarning['code'], 'certificate-expires' | 'pinned'>;

const WARNINGS: Readonly<Record<WarningCode, Explanation>> = {
  'secrets-from-copy': {
    means: 'Parameter Store does not answer, and the secrets are those of the last answer (secrets.cache).',
    matters: 'The run goes on as usual. What was replaced there since then is not known here.',
    remedies: ['holdfast explain aws-unreachable'],
  },
  'secrets-not-kept': {
    means: 'The copy of the secrets could not be written or removed as configured.',
    matters: 'This run has its secrets. When Parameter Store does not answer, the next may have none.',
    remedies: ['ls -l /var/lib/holdfast/state/secrets.json; df -h /var/lib/holdfast', 'systemd-creds setup, once, for the encrypted copy'],
  },
  'parameter-not-secure': {
    means: 'A private key or password is in Parameter Store as a plain String.',
    matters: 'Logins work. Whoever may read parameters reads the secret, without its KMS key.',
    remedies: ['make a new secret and store it as a SecureString', 'replace the one that could be read'],
  },
  'metrics-not-written': {
    means: 'The file that [metrics] textfile names could not be written.',
    matters: 'Logins work, and the run is done. Monitoring sees the metrics of an earlier run: their times stand still.',
    remedies: [
      'the folder has to be there, and root alone has to own it',
      'in a drop-in of both services, unless it is the folder of Debian: ReadWritePaths=FOLDER',
    ],
  },
  'state-folder-moved': {
    means: 'A folder was in the place of a state file. It was moved aside, and the file counts as damaged.',
    matters: 'The run goes on, without what the file knew.',
    remedies: ['look at what is in the folder, then remove it'],
  },
  'hook-refused': {
    means: "What is in /etc/holdfast/hooks.d was not run: it, or a folder above it, is not root's alone, or it is no executable file.",
    matters: 'The caches serve. Hooks run as root, so whoever could write one would be root.',
    remedies: ['chown root:root and chmod 0755 what the message names', 'what is no hook gets a name with a dot, or another folder'],
  },
  'hook-failed': {
    means: 'A program in /etc/holdfast/hooks.d ended with another status than 0, could not be run, or took too long.',
    matters: 'The caches serve. What the hook was to do is not done, and is not tried again before the next commit.',
    remedies: [
      'journalctl -u holdfast, which has what it printed',
      'the unit is a sandbox: holdfast(8), HOOKS',
      'hooks.timeout, where it needs longer',
    ],
  },
};

export const NEWS: Readonly<Record<string, Explanation>> = {
  ...WARNINGS,
  held: {
    means: 'A guard holds removals of this run (status 65). Each is said with its guard.',
    matters: 'The last good directory serves under the present rules.',
    remedies: ['holdfast diff', 'holdfast explain GUARD, with the name after guard= in the journal'],
  },
  kept: {
    means: 'Nothing could be decided, so the caches were left as they are.',
    matters: 'The last generation serves.',
    remedies: ['the errors before it say why'],
  },
  reduced: {
    means: 'While a guard holds removals, or no source gave anything, a generation was made of what served before, less who is refused.',
    matters: 'Whoever is denied, locked, revoked or stale has lost their keys; nobody has got any.',
    remedies: ['holdfast diff', 'make every source answer'],
  },
  repaired: {
    means: 'The caches were damaged, and this run has written them anew.',
    matters: 'All is as it should be again. Until now, some people may not have resolved.',
    remedies: ['who or what has changed them? ls -l /var/lib/holdfast/current/; dmesg | tail'],
  },
  'approval-waits': {
    means: 'An approval was given while a source does not answer.',
    matters: 'It changed nothing: what is held stays held.',
    remedies: ['make every source answer; then: holdfast diff, and approve again'],
  },
  'approval-unused': {
    means: 'An approval was given, and nothing was held.',
    matters: 'It changed nothing, and is not kept for later.',
    remedies: ['nothing'],
  },
  'approval-refused': {
    means: 'What would be removed now is not what was held and shown before, so the approval does not count for it.',
    matters: 'It is held anew; the last good directory serves.',
    remedies: ['holdfast diff, and approve again when it is meant'],
  },
  'not-waiting': {
    means: 'holdfast approve uid was given somebody who waits for no approval.',
    matters: 'Nothing was changed.',
    remedies: ['holdfast approve uid --list'],
  },
  'source-failed': {
    means: 'One source failed; code= and detail= say why.',
    matters: 'Its last good snapshot serves, and the other sources go on.',
    remedies: ['holdfast explain with that code'],
  },
  'ledger-damaged': {
    means: 'The uid ledger was damaged. It is kept beside as uid-ledger.damaged, and a new one is begun with the people shown here.',
    matters: 'Logins work. Who left before is no longer remembered: their uids may go to others unnoticed.',
    remedies: ['look whose files a new account finds: find / -xdev -uid UID'],
  },
  'access-groups-failed': {
    means: "This host's access groups cannot be read.",
    matters: 'The last known ones go on counting.',
    remedies: ['holdfast explain with the code of the message'],
  },
  'access-groups-changed': {
    means: "This host's access groups are others than in the run before.",
    matters: 'Others may log in now. Somebody has changed the tag, user data or file.',
    remedies: ['nothing, if it is meant', 'else: who may call ec2:CreateTags? CloudTrail has it'],
  },
  'access-map-failed': {
    means: 'The map of access groups cannot be read, or must not count.',
    matters: 'The last good map serves.',
    remedies: ['holdfast explain with the code of the message'],
  },
  'access-map-changed': {
    means: 'Another map of access groups is in effect.',
    matters: 'Others may log in now.',
    remedies: ['nothing, if it is meant; holdfast diff before the next run'],
  },
  'audit-failed': {
    means: 'The audit lines of this run could not be written.',
    matters: 'The sync itself is done. The lines wait in the state.',
    remedies: ['holdfast explain audit-log'],
  },
  'emergency-file-tampered': {
    means: 'The file of emergency keys was not as holdfast had written it, and was written anew.',
    matters: 'Until then, what stood in it opened this host.',
    remedies: ['find out who changed it', 'keys that are to stay belong into the object'],
  },
  'emergency-line': {
    means: 'One line of an emergency object is withheld; code= says why.',
    matters: 'The other keys of the object count.',
    remedies: ['mend the line in the object; then: holdfast emergency'],
  },
  'emergency-held-key': {
    means: 'A key that would go or come with an emergency object that is held.',
    matters: 'The last good keys of the object serve.',
    remedies: ['holdfast emergency --approve-removals, when it is meant'],
  },
  'export-left-out': {
    means:
      "Keys of the host's own accounts are not in the LDIF that was exported: they are parts of entries, and such an account has none.",
    matters: 'The rest of the export is whole.',
    remedies: ['holdfast export --map keys has them, as JSON'],
  },
  'setup-check': {
    means: 'holdfast setup has changed the wiring, and a check of it failed.',
    matters: 'Everything was put back, and people log in as before.',
    remedies: ['mend what the message names', 'holdfast setup --apply'],
  },
  'setup-stuck': {
    means: 'Something that setup had changed could not be put back.',
    matters: 'The host is wired in part. Keep a session open as root until it is whole again.',
    remedies: ['mend what the message names', 'holdfast setup --undo', 'copies: /var/lib/holdfast/state/setup/'],
  },
  'setup-conflict': {
    means: 'Somebody has changed a file since holdfast setup wrote it, so the way back is not taken.',
    matters: 'Nothing was put back.',
    remedies: ['take the change out again, as shown; then: holdfast setup --undo', 'what was there before: /var/lib/holdfast/state/setup/'],
  },
  rollback: {
    means: 'holdfast rollback has gone back to an older generation, or says what that would do.',
    matters: 'Until it is released, nothing new of the directory is committed.',
    remedies: ['when the directory is right again: holdfast rollback --release; then: holdfast sync'],
  },
  'rollback-lost': {
    means: 'These people came after the generation that was gone back to.',
    matters: 'They cannot log in here until the release.',
    remedies: ['a later generation: holdfast generations', 'holdfast rollback --release; then: holdfast sync'],
  },
  'rollback-returned': {
    means: 'These people got keys or memberships back by --restore-access.',
    matters: 'They log in again, until the directory refuses them or the rollback is released.',
    remedies: ['holdfast why LOGIN', 'somebody who should not: [access] deny, then holdfast sync'],
  },
  'rollback-withheld': {
    means: 'What these people had then, and have not now, a rollback does not give back by itself.',
    matters: 'They stay out, or keep what they have now.',
    remedies: ['holdfast rollback GENERATION --restore-access, for all who are not refused'],
  },
  'rollback-left-out': {
    means: 'Names or numbers of then are those of others now.',
    matters: 'They are left out, or keep the number of now, so that nobody gets the files of another.',
    remedies: ['holdfast why LOGIN'],
  },
  'init-group': {
    means: 'A group that was named to holdfast init is not in the directory.',
    matters: 'It lets nobody in.',
    remedies: ['mend its name in [access] of holdfast.toml; then: holdfast diff'],
  },
  bug: {
    means: 'A defect of holdfast: something that should not be possible. The message has a stack.',
    matters: 'What serves goes on serving. The run changed nothing, or all of it.',
    remedies: ['holdfast --version; report it with the stack', 'the next run tries again'],
  },
};
