/**
 * Which of a person's keys sshd gets to see here.
 */
import type { AuthorizedKey } from '../../directory/authorized-key.ts';
import { Invalid } from '../../directory/rejection.ts';
import { isKeyType } from '../../directory/key-blob.ts';
import type { KeyLines } from '../../directory/key-lines.ts';
import type { KeyPolicy } from '../host-policy.ts';
import { refuseOptions } from './key-options.ts';

/**
 * Whether these keys may all be used, as far as that can be told from the first word of each line: one without options, of an
 * admitted type whose length does not count. False means that each has to be looked at.
 */
export function admitsUnread(lines: KeyLines, { types }: KeyPolicy): boolean {
  for (let start = 0; start < lines.length; ) {
    const type = lines.slice(start, lines.indexOf(' ', start));
    if (type === 'ssh-rsa' || !isKeyType(type) || !types.has(type)) return false;
    const end = lines.indexOf('\n', start);
    start = end === -1 ? lines.length : end + 1;
  }
  return true;
}

/** Undefined when the key may be used. */
export function refuseKey(key: AuthorizedKey, policy: KeyPolicy): Invalid | undefined {
  if (!policy.types.has(key.type)) {
    return new Invalid('key-type', `${key.type} is not in [policy.keys] types`);
  }
  if (key.type === 'ssh-rsa' && key.bits < policy.minRsaBits) {
    return new Invalid('key-too-short', `RSA key of ${key.bits} bits, at least ${policy.minRsaBits} are wanted`);
  }
  return refuseOptions(key.options, policy.allowedOptions);
}
