/**
 * Why people and groups are quarantined, or shown otherwise than the directory has them: names, numbers, fields.
 */
import type { RejectionCode } from '../../directory/rejection.ts';
import type { Explanation } from './explanation.ts';

const ABSENT = 'The entry does not resolve on this host, and the person cannot log in. Everybody else is as before.';
const SHOWN = 'It is shown, and logins work; this only should be known.';

export const NAME_REASONS = {
  'name-missing': {
    means: 'An entry has no login or group name.',
    matters: ABSENT,
    remedies: [
      'give the entry the attribute, or map another one: attributes in [source.users], [source.groups]',
      'or leave it out with a filter',
    ],
  },
  'name-invalid': {
    means:
      'A name is no safe name on Linux: longer than 32 characters, all digits, or with characters that shells, sudoers or files would misread.',
    matters: ABSENT,
    remedies: ['rename the entry', 'or leave it out with a filter; groups with spaces are the usual case'],
  },
  'name-ambiguous': {
    means: 'An entry has several names, and its DN says of none that it is the one.',
    matters: ABSENT,
    remedies: ['leave one value, or put the right one into the DN'],
  },
  'name-duplicate': {
    means: 'Two entries have one name. Whom this host already shows keeps it, else the first source.',
    matters: 'The other one does not resolve and cannot log in. The two are never merged.',
    remedies: ['holdfast why LOGIN, which names both entries', 'rename one of them, or leave it out with a filter'],
  },
  'name-reused': {
    means: 'Another person comes with the name of somebody who was here within 90 days.',
    matters: 'They do not resolve before somebody approves: rules and groups that name the login mean the one who was here.',
    remedies: ['holdfast approve uid --list', 'when it is meant: holdfast approve uid LOGIN; then: holdfast sync'],
  },
  'name-local': {
    means: 'The name is that of an account or group of this host itself, perhaps in other letters.',
    matters: "The host's own one counts, and keeps working without the directory. The directory's does not resolve.",
    remedies: ['getent -s files passwd NAME', 'rename one; or remove the local account, if nobody needs it'],
  },
  'name-reserved': {
    means: 'The name is one to which sudoers and others grant rights, or that the system uses: sudo, wheel, docker, shadow and their like.',
    matters: 'It is not shown here: otherwise whoever may write the directory would be root. In [access] the group counts.',
    remedies: ['when it is meant: allow_reserved_groups or allow_reserved_users in [policy]'],
  },
  'name-lookalike': {
    means: 'Two names differ only in capital letters.',
    matters: 'The one that is shown already stays; else neither is shown, since some programs would take one for the other.',
    remedies: ['rename one of them'],
  },
  'id-missing': {
    means: 'A person has no uid or gid.',
    matters: ABSENT,
    remedies: ['give the entry a number', 'or leave it out with a filter'],
  },
  'id-invalid': {
    means: 'A uid or gid is no number, is 0 (root), is one that the kernel reserves, or there are several.',
    matters: ABSENT,
    remedies: ['mend the number in the directory'],
  },
  'id-out-of-range': {
    means: 'A uid or gid is outside policy.uid_range or policy.gid_range.',
    matters: ABSENT,
    remedies: [
      'when such numbers are meant, widen the range in [policy]',
      'holdfast quarantine --code id-out-of-range, for how many it is',
    ],
  },
  'id-duplicate': {
    means: 'Two entries have one uid or gid. Whoever holds it here keeps it, else the first source.',
    matters: 'The other one does not resolve and cannot log in: both would own the same files.',
    remedies: ['holdfast why UID', 'give one of them another number'],
  },
  'id-local': {
    means: 'The uid or gid is that of an account or group of this host itself.',
    matters: "The directory's entry does not resolve: it would own the local one's files.",
    remedies: ['getent -s files passwd UID', 'change one of the numbers'],
  },
  'uid-reused': {
    means: "A person comes with the uid of another who left within 90 days, so that the other one's files would become theirs.",
    matters: 'They do not resolve before somebody approves.',
    remedies: ['find / -xdev -uid UID', 'holdfast approve uid --list', 'when it is meant: holdfast approve uid LOGIN; then: holdfast sync'],
  },
  'uid-changed': {
    means: 'A person has another uid than before, so that the files with the old one would no longer be theirs.',
    matters: 'They do not resolve before somebody approves.',
    remedies: ['holdfast approve uid --list', 'when it is meant: holdfast approve uid LOGIN; then: holdfast sync, and chown the files'],
  },
  'id-dynamic': {
    means: 'A uid or gid lies where systemd takes numbers for services or containers.',
    matters: `${SHOWN} A service could come to own the same number.`,
    remedies: ['better numbers in the directory, in time; https://systemd.io/UIDS-GIDS has the ranges'],
  },
} as const satisfies Partial<Record<RejectionCode, Explanation>>;

export const FIELD_REASONS = {
  'primary-group-unknown': {
    means: "No group that is shown here has a person's primary gid.",
    matters: `${SHOWN} ls and id show the number.`,
    remedies: ['is the group left out by filter, base or gid_range? holdfast quarantine'],
  },
  'home-missing': {
    means: 'A person has no home directory, and policy.home is not set.',
    matters: ABSENT,
    remedies: ['home = "/home/{name}" in [policy]'],
  },
  'home-invalid': {
    means: 'A home directory is "/", relative, in a folder of the system, or has characters that a path here may not have.',
    matters: ABSENT,
    remedies: ['mend it in the directory', 'or home = "/home/{name}" in [policy], for everybody'],
  },
  'shell-invalid': {
    means: 'A shell is no absolute path, or has characters that a path here may not have.',
    matters: ABSENT,
    remedies: ['mend it in the directory'],
  },
  'shell-unlisted': {
    means: 'A shell is not in /etc/shells of this host.',
    matters: 'The person is shown with policy.default_shell, and can log in.',
    remedies: ['install the shell, or add it to /etc/shells; then: holdfast sync'],
  },
  'text-invalid': {
    means: 'A value is no text in UTF-8, is too long, or is there several times where one is wanted.',
    matters: 'Where the entry needs the value it does not resolve; a key is withheld alone.',
    remedies: ['holdfast quarantine --code text-invalid, which says the DN and the value'],
  },
  'shadow-invalid': {
    means: 'A field of shadow (shadowMax and its like) is no whole number, or larger than glibc reads.',
    matters: 'The field is left empty in shadow.cache; the person is shown. As the end of an account it keeps out: account-unreadable.',
    remedies: ['mend it in the directory'],
  },
  'shadow-expire-zero': {
    means: 'shadowExpire is 0, which PAM takes for expired and others for never.',
    matters: 'It counts as never, and is left empty in shadow.cache: the person can log in.',
    remedies: ['-1 or no value for never; a day that has passed for an account that shall be closed'],
  },
  'account-disabled': {
    means: 'The directory says that the account is disabled.',
    matters: 'The person resolves and has no keys here, neither of their own nor in shared accounts.',
    remedies: ['nothing, if it is meant', 'account_rules in [source.users] says what counts'],
  },
  'account-locked': {
    means:
      'The directory says that the account is locked, perhaps until a time, or its last answer refuses it while a guard holds that answer.',
    matters: 'The person resolves and has no keys here until the lock is taken off or is over.',
    remedies: ['holdfast why LOGIN, for which attribute says so', 'unlock it in the directory; then: holdfast sync'],
  },
  'account-expired': {
    means: 'The account has ended by its date in the directory.',
    matters: 'The person resolves and has no keys here. The end came on time even without a run, by expiry-time in each key.',
    remedies: ['holdfast why LOGIN', 'a later end in the directory; then: holdfast sync'],
  },
  'account-outside-hours': {
    means: 'The directory allows logins only at certain hours, and this is none of them.',
    matters: 'The person has no keys until the first run within these hours.',
    remedies: ['holdfast why LOGIN, which says when'],
  },
  'account-unreadable': {
    means: 'A value that decides whether the account may be used cannot be read: no number, no time.',
    matters: 'The person resolves and has no keys here: in doubt it keeps out.',
    remedies: ['mend the value in the directory', 'or take the rule out of account_rules in [source.users]'],
  },
  'member-invalid': {
    means: 'A member of a group is no valid name.',
    matters: 'That member is left out, and gets nothing by the group; the group is shown.',
    remedies: ['mend it in the directory'],
  },
  'member-unknown': {
    means: 'A member of a group is nobody, and no group, that is shown here from that source.',
    matters: 'That member is left out; the group is shown.',
    remedies: ['holdfast why LOGIN, or --group GROUP', 'is it below another base, or quarantined?'],
  },
  'member-local': {
    means: 'A member of a group of the directory has the name of an account of this host itself.',
    matters: 'That member is left out: the directory gives local accounts nothing.',
    remedies: ['add a local account to local groups: usermod -aG'],
  },
  'member-ambiguous': {
    means: 'A member is both the name of a person and that of a group with members.',
    matters: 'Nobody is added or taken out by it. A deny rule keeps out both.',
    remedies: ['rename one of them'],
  },
  'group-too-large': {
    means: 'A group nests so many groups and members that it cannot be counted in reasonable time.',
    matters: 'The group is not shown; for [access], its members count.',
    remedies: ['flatter groups; holdfast why --group GROUP'],
  },
  'line-too-long': {
    means: 'The line of a group or a key is longer than its readers take.',
    matters: 'Such a group is not shown, though its members count for [access]; such a key is withheld.',
    remedies: ['split the group'],
  },
  'access-group-unknown': {
    means: 'A rule of [access] names a group that the directory does not have.',
    matters: 'It lets nobody in; in deny, it denies nobody.',
    remedies: ['holdfast status, which says what may have been meant', 'mend the name; then: holdfast sync'],
  },
  'access-account-unknown': {
    means: '[access.accounts] names a shared account that neither this host nor the directory has.',
    matters: 'Nobody can log in as it.',
    remedies: ['useradd it here, or take it out of [access.accounts]'],
  },
  'access-group-unmapped': {
    means: "One of this host's access groups is not in the map.",
    matters: 'It lets nobody in; the others count.',
    remedies: ['add it to the map, or correct the tag or file'],
  },
} as const satisfies Partial<Record<RejectionCode, Explanation>>;
