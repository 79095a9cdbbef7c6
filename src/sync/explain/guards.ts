/**
 * What a guard holds, and how to decide.
 */
import type { GuardName } from '../../policy/guards/guards.ts';
import type { Explanation } from './explanation.ts';

const HELD = 'The last good directory goes on serving, under the present rules and less whom the directory denies by now; new people wait.';
const DECIDE = [
  'holdfast diff, which shows everybody concerned',
  'when it is meant: holdfast sync --approve-removals',
  'when not: mend the directory; the next run lets go',
];

export const GUARDS: Readonly<Record<GuardName, Explanation>> = {
  'empty-map': {
    means: 'The directory shows no people, or no groups any more. A wrong base, filter or permission is far more likely than the truth.',
    matters: HELD,
    remedies: ['base, filter and the rights of the bind first', ...DECIDE],
  },
  'passwd-removals': {
    means: 'More people would vanish from this host, at once or within a day, than [guards] lets pass.',
    matters: HELD,
    remedies: DECIDE,
  },
  'group-removals': {
    means: 'More groups would vanish from this host than [guards] lets pass.',
    matters: `${HELD} Members of such groups keep what the groups grant them.`,
    remedies: DECIDE,
  },
  'member-removals': {
    means: 'One group would lose more members than [guards] lets pass; for groups of [access], nested ones count.',
    matters: HELD,
    remedies: DECIDE,
  },
  'keys-vanished': {
    means: 'More people who may log in here would have no key any more than [guards] lets pass.',
    matters: `${HELD} They can still log in.`,
    remedies: ['has the attribute with the keys become unreadable for this bind?', ...DECIDE],
  },
  refusals: {
    means: 'The directory newly denies, locks or ends a crowd of people with keys: a deny group, locked or expired accounts.',
    matters: 'They keep their keys until somebody decides. Whom your own configuration denies by name loses them at once.',
    remedies: DECIDE,
  },
  endings: {
    means: 'A crowd of people would get an end, or an earlier one: on their keys, their accounts, or their passwords.',
    matters: 'Until somebody decides, the ends that were known before count.',
    remedies: ['holdfast why LOGIN, for one of them', ...DECIDE],
  },
  'keys-replaced': {
    means:
      'Of a crowd of people not one key would stay as it was, though they would have others, or the same behind from=: what an attacker who can write the directory would do.',
    matters: `${HELD} Their old keys go on working.`,
    remedies: ['ask whether keys were rolled over on purpose', ...DECIDE],
  },
  'shells-refusing': {
    means: 'A crowd of people would get a shell that lets nobody in, such as nologin.',
    matters: `${HELD} They keep their shells.`,
    remedies: DECIDE,
  },
  'account-removals': {
    means: 'More of the people behind one shared account would go than [guards] lets pass.',
    matters: `${HELD} They still get into the account.`,
    remedies: DECIDE,
  },
  'access-losses': {
    means: 'In all, for one reason or another, more people with keys would lose access than [guards] lets pass.',
    matters: HELD,
    remedies: ['holdfast diff says the reason for each', ...DECIDE],
  },
  'always-refused': {
    means: 'Everybody of access.always who has keys would be refused at once: nobody would be left to mend anything.',
    matters: 'They keep their keys until somebody decides.',
    remedies: DECIDE,
  },
  'nobody-left': {
    means: 'Nobody could log in here any more, by the directory or by a changed configuration.',
    matters: HELD,
    remedies: ['look at [access] if it was changed: holdfast config check', ...DECIDE],
  },
  'always-group-empty': {
    means: 'A group of access.always is empty or gone, or nobody in it has keys any more.',
    matters: `${HELD} It is the way in when all else fails.`,
    remedies: DECIDE,
  },
  'always-group-replaced': {
    means: 'All members of a group of access.always who had keys would go, and others would come in their place.',
    matters: `${HELD} Somebody may have taken over the way in when all else fails.`,
    remedies: ['holdfast why --group GROUP', ...DECIDE],
  },
  'deny-group-vanished': {
    means: 'A group of access.deny is gone from the directory: its members would no longer be denied.',
    matters: 'They stay denied until somebody decides.',
    remedies: ['has the group been renamed? Then mend [access]', ...DECIDE],
  },
  'group-source-changed': {
    means: 'A group that [access] uses would come from another source, with the members that it has there.',
    matters: `${HELD} Its earlier members count.`,
    remedies: ['who may make groups in that source?', ...DECIDE],
  },
  'account-keys-vanished': {
    means: 'A shared account would lose all its keys: nobody could log in as it.',
    matters: HELD,
    remedies: ['holdfast why ACCOUNT', ...DECIDE],
  },
  'source-empty': {
    means: 'One of several sources suddenly gives no people or no groups.',
    matters: `${HELD} Its people still log in.`,
    remedies: ['base, filter and the rights of its bind first', ...DECIDE],
  },
};
