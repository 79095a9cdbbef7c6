/**
 * Why keys are withheld or watched, and what is the matter with their ages.
 */
import type { RejectionCode } from '../../directory/rejection.ts';
import type { Explanation } from './explanation.ts';

const OTHERS = "Only this key is withheld: the person's other keys work.";
const WHICH = 'holdfast why LOGIN, which shows each key with its fingerprint';

export const KEY_REASONS = {
  'key-malformed': {
    means: 'What the directory has as a key is none: cut off, with a line break in it, a file name; or there are more than 100.',
    matters: OTHERS,
    remedies: [WHICH, 'put the whole line of the .pub file into the directory'],
  },
  'key-type': {
    means: 'The type of a key is not in policy.keys.types, or is none that sshd knows.',
    matters: OTHERS,
    remedies: ['ssh-keygen -t ed25519', 'or allow the type: types in [policy.keys]'],
  },
  'key-too-short': {
    means: 'An RSA key has fewer bits than policy.keys.min_rsa_bits.',
    matters: OTHERS,
    remedies: ['ssh-keygen -t ed25519', 'min_rsa_bits in [policy.keys]'],
  },
  'key-options': {
    means:
      'A key carries options, such as command="…" or from="…", that policy.keys.options does not let through, or that sshd cannot read.',
    matters: OTHERS,
    remedies: ['take the options off the key', 'options in [policy.keys], for those that only restrict'],
  },
  'key-certificate': {
    means: 'What is there is an ssh certificate, not a key.',
    matters: OTHERS,
    remedies: ['put the public key there, without -cert in its name'],
  },
  'key-revoked': {
    means: 'The key is on the list of policy.keys.revoked.',
    matters: 'Nobody gets in with it, whoever has it. Other keys work.',
    remedies: ['nothing, if it is meant; the person needs a new key', WHICH],
  },
  'key-shared': {
    means: 'Two people have one and the same key.',
    matters: 'It goes on working for both. Who used it cannot be told from its fingerprint.',
    remedies: ['holdfast who FINGERPRINT', 'a key of their own for each'],
  },
  'key-ageing': {
    means: 'The key reaches policy.keys.max_age within 14 days.',
    matters: 'It works until then.',
    remedies: ['the person puts a new key into the directory, in time'],
  },
  'key-too-old': {
    means: 'This host, or IAM, has known the key for longer than policy.keys.max_age.',
    matters: OTHERS,
    remedies: ['the person puts a new key into the directory; then: holdfast sync', 'max_age in [policy.keys]'],
  },
  'key-ages-lost': {
    means: 'The record of when each key was first seen is damaged.',
    matters: 'Every key counts as first seen today: none is withheld for its age for another max_age.',
    remedies: ['nothing; if you have a backup of the state, put the file back before the next run'],
  },
  'clock-implausible': {
    means: "This host's clock is behind or far ahead of the last run, so that keys would end, or come back, by mistake.",
    matters: 'No crowd of keys ends at once; keys age on slowly until the clock is right.',
    remedies: ['timedatectl; chronyc tracking'],
  },
} as const satisfies Partial<Record<RejectionCode, Explanation>>;
