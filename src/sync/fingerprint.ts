/**
 * Fingerprints of public keys, as ssh-keygen(1) prints them.
 */
import { createHash } from 'node:crypto';
import type { AuthorizedKey } from '../directory/authorized-key.ts';

/** `SHA256:` and the unpadded base64 of the blob's digest. */
export function fingerprintOf({ text }: Pick<AuthorizedKey, 'text'>): string {
  const [, blob = ''] = text.split(' ', 2);
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

/** The comment of a key; empty when it has none. */
export function commentOf({ text }: Pick<AuthorizedKey, 'text'>): string {
  return text.split(' ').slice(2).join(' ');
}
