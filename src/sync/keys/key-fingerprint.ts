/**
 * The fingerprint of a key, as `ssh-keygen -l` and sshd's log print it.
 */
import { hash } from 'node:crypto';
import type { AuthorizedKey } from '../../directory/authorized-key.ts';

/** `SHA256:…`, without padding. @param blob the base64 part of a key */
export function fingerprintOf(blob: string): string {
  return `SHA256:${hash('sha256', Buffer.from(blob, 'base64'), 'base64').replace(/=+$/, '')}`;
}

export function fingerprintOfKey({ text }: Pick<AuthorizedKey, 'text'>): string {
  const [, blob = ''] = text.split(' ', 2);
  return fingerprintOf(blob);
}

/** The comment of a key; empty when it has none. */
export function commentOf({ text }: Pick<AuthorizedKey, 'text'>): string {
  return text.split(' ').slice(2).join(' ');
}
