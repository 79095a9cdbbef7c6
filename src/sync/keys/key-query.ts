/**
 * What somebody asks `who` about: a fingerprint as sshd logs it, wherever in the text it stands, or a public key.
 */
import { parseAuthorizedKey } from '../../directory/authorized-key.ts';
import { Invalid, quote } from '../../directory/rejection.ts';
import { HoldfastError } from '../../errors.ts';
import { fingerprintOfKey } from './key-fingerprint.ts';

const SHA256 = /SHA256:([A-Za-z0-9+/]{43})(?![A-Za-z0-9+/])/g;
const MD5 = /\bMD5:|\b[0-9a-f]{2}(?::[0-9a-f]{2}){15}\b/i;

/** @returns `SHA256:…` @throws HoldfastError `usage` */
export function parseKeyQuery(text: string): string {
  const fingerprints = new Set([...text.matchAll(SHA256)].map(([fingerprint]) => fingerprint));
  const [first, ...others] = fingerprints;
  if (others.length > 0) throw refused(`names ${fingerprints.size} fingerprints`, 'one at a time');
  if (first !== undefined) return first;
  if (MD5.test(text)) throw refused('is an MD5 fingerprint, which holdfast does not keep', 'ssh-keygen -l -E sha256 -f KEY.pub');
  const lines = text.split('\n').map((one) => one.trim());
  const line = lines.find((one) => one !== '' && !one.startsWith('#')) ?? '';
  const key = parseAuthorizedKey(line);
  if (key instanceof Invalid)
    throw refused(`is ${quote(line)}: neither a fingerprint nor a public key`, 'SHA256:… as sshd logs it, or "ssh-ed25519 AAAA…"');
  return fingerprintOfKey(key);
}

function refused(what: string, wanted: string): HoldfastError {
  return new HoldfastError('usage', `who: the question ${what}`, { hints: [`wanted: ${wanted}`] });
}
