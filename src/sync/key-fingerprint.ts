/**
 * The fingerprint of a key, as `ssh-keygen -l` and sshd's log print it.
 */
import { hash } from 'node:crypto';

/** `SHA256:…`, without padding. @param blob the base64 part of a key */
export function fingerprintOf(blob: string): string {
  return `SHA256:${hash('sha256', Buffer.from(blob, 'base64'), 'base64').replace(/=+$/, '')}`;
}
