/**
 * The kinds of errors, of which each has one exit status; most have finer codes beside them.
 */
import type { ErrorCode } from '../../errors.ts';
import type { Explanation } from './explanation.ts';

export const ERRORS: Readonly<Record<ErrorCode, Explanation>> = {
  usage: {
    means: 'The command line cannot be understood: an unknown command, option or argument, or two that exclude each other.',
    matters: 'Nothing was read and nothing was changed.',
    remedies: ['holdfast --help', 'holdfast COMMAND --help, which has examples'],
  },
  configuration: {
    means: 'The configuration, or a file or parameter that it names, is missing, wrong, or could have been changed by others than root.',
    matters:
      'What serves goes on serving, so whoever could log in still can. Where the configuration itself is wrong no run starts, and nobody who ' +
      'leaves loses access; where only the secret of a source is, rules, ends and denials go on being applied.',
    remedies: ['holdfast config check, which says every mistake with its line', 'then: holdfast sync'],
  },
  'source-unavailable': {
    means: 'A source gave no complete answer: unreachable, too slow, cut off, or the answer was not all of it.',
    matters:
      'Its last good snapshot goes on serving, so people log in as before; who is new there waits, and who left there is not known. ' +
      'With staleness.deny_after, a source that stays silent for longer leaves keys to access.always alone.',
    remedies: ['nothing, if it passes: the next run tries again', 'holdfast status, for how old the last good snapshot is'],
  },
  'source-refused': {
    means: 'A source was reached and said no, or is not who it should be: a certificate, a bind or a permission is refused.',
    matters:
      'Its last good snapshot goes on serving, so people log in as before. It does not pass by itself: somebody has to change something.',
    remedies: ['holdfast sync, which says exactly what was refused', 'holdfast config check, for certificates of this host that expire'],
  },
  'data-refused': {
    means:
      'A source or an object answered in full, but its content must not be believed: a file with mistakes, a map with a wrong signature.',
    matters: 'What was last good goes on serving. Also the exit status of a run whose removals a guard holds.',
    remedies: ['mend what the message names, at its source', 'then: holdfast sync'],
  },
  'cache-failed': {
    means: 'holdfast could not read or write its own files: caches, state, audit log, or the output of a command.',
    matters: 'The last generation serves, whole: nothing is switched before it was written and read back. Changes of the directory wait.',
    remedies: [
      'df -h /var/lib/holdfast; df -i /var/lib/holdfast',
      'ls -ld /var/lib/holdfast /var/lib/holdfast/state',
      'then: holdfast sync',
    ],
  },
  'lock-held': {
    means: 'Another run is at work on the same state and did not finish while this one waited.',
    matters: 'Nothing: the other run does the work, and the next timer run is not affected.',
    remedies: ['journalctl -u holdfast -n 20', 'the message names the process: ps -p PID, if it never ends'],
  },
  'not-root': {
    means: 'The command reads state that only root may read, or writes caches that have to be owned by root.',
    matters: 'Nothing was read and nothing was changed.',
    remedies: ['run it with sudo, or as root', 'holdfast --root DIR …, to try it without being root'],
  },
};
