/**
 * The list of keys that nobody may use here: one SHA256 fingerprint or public key a line, `#` for comments.
 *
 * It is this host's own, and counts whatever the directory says and while it is down. A line that says nothing is an error: a
 * fingerprint that lacks its last character would else leave the stolen key in use.
 */
import { faultOfOwner } from '../../config/file-owner.ts';
import { readRegularFile } from '../../config/regular-file.ts';
import { parseAuthorizedKey } from '../../directory/authorized-key.ts';
import { blobOf } from '../../directory/key-blobs.ts';
import { Invalid, quote } from '../../directory/rejection.ts';
import { HoldfastError } from '../../errors.ts';
import { fingerprintOf } from './key-fingerprint.ts';

/** 256 bits in base64 leave two of the last character's bits unused. */
const FINGERPRINT = /^(SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048])(?:[ \t]+#.*)?$/;
const LIKE_FINGERPRINT = /^(?:[0-9]+[ \t]+)?(?:SHA(?:1|256|384|512):|MD5:|(?:[0-9a-f]{2}:){15})/i;

/**
 * Their fingerprints.
 *
 * @param reference `none`, or `file:/absolute/path`
 * @throws HoldfastError `configuration`, with a line for each line of the file that is no key
 */
export function readRevokedKeys(reference: string): ReadonlySet<string> {
  if (reference === 'none') return new Set();
  const path = reference.replace(/^file:/, '');
  const lines = readText(path).split('\n');
  const fingerprints = new Set<string>();
  const problems: string[] = [];
  for (const [index, line] of lines.entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    // Its lines are not shown: a private key that was named by mistake would be in the journal.
    if (text.startsWith('-----BEGIN '))
      throw new HoldfastError('configuration', `${path}:${index + 1}: is a PEM file; wanted: ${WANTED}`, {
        detail: 'revoked-list',
        hints: [HINT],
      });
    const fingerprint = parseLine(text);
    if (fingerprint instanceof Invalid) problems.push(`${path}:${index + 1}: ${fingerprint.reason}`);
    else fingerprints.add(fingerprint);
  }
  if (problems.length > 0) throw new HoldfastError('configuration', problems.join('\n'), { detail: 'revoked-list', hints: [HINT] });
  return fingerprints;
}

const WANTED = 'a fingerprint or a public key a line, as in authorized_keys';
const HINT = 'ssh-keygen -l -E sha256 -f KEY.pub prints a fingerprint: its second word; the line of KEY.pub itself will do, too';

function parseLine(text: string): string | Invalid {
  const fingerprint = FINGERPRINT.exec(text)?.[1];
  if (fingerprint !== undefined) return fingerprint;
  if (LIKE_FINGERPRINT.test(text))
    return new Invalid('text-invalid', `${quote(text)} is no fingerprint; wanted: "SHA256:" and 43 characters`);
  const key = parseAuthorizedKey(text);
  return key instanceof Invalid ? key : fingerprintOf(blobOf(key));
}

/** Who may write it can take a stolen key off it. */
function readText(path: string): string {
  const { bytes, stats } = readRegularFile(path, 'policy.keys.revoked');
  const fault = faultOfOwner(stats, 'write');
  if (fault === undefined) return bytes.toString('utf8');
  throw new HoldfastError('configuration', `policy.keys.revoked: "${path}" ${fault}: who writes it can take a key off the list`, {
    detail: 'file-permissions',
    hints: [`chown root:root ${path} && chmod go-w ${path}`],
  });
}
