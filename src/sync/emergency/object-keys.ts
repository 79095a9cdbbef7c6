/**
 * Reads the text of an emergency object: one public key a line, validated as a directory's keys are.
 *
 * A line that is refused takes nothing from the others: whoever mistypes one key while the directory is down must not take
 * away those that work. Blank lines and `#` comments do not count.
 */
import { type AuthorizedKey, formatAuthorizedKey, parseAuthorizedKey } from '../../directory/authorized-key.ts';
import { formatKeyOptions } from '../../directory/key-options.ts';
import { labelKey } from '../../directory/key-label.ts';
import { blobOf } from '../../directory/key-blobs.ts';
import { Invalid } from '../../directory/rejection.ts';
import type { EmergencyKey } from '../../policy/emergency-keys.ts';
import type { KeyPolicy } from '../../policy/host-policy.ts';
import { refuseOptions } from '../../policy/keys/key-options.ts';
import { refuseKey } from '../../policy/keys/keys.ts';
import { commentOf, fingerprintOf } from '../keys/key-fingerprint.ts';

export interface RefusedLine {
  readonly object: string;
  /** From 1. */
  readonly line: number;
  readonly code: string;
  readonly reason: string;
  /** Of a key that is one, and may not be here. */
  readonly fingerprint?: string;
}

export interface ObjectKeys {
  readonly keys: readonly EmergencyKey[];
  readonly refused: readonly RefusedLine[];
  /** Fingerprints of keys that are there and on the list of revoked ones. */
  readonly revoked: ReadonlySet<string>;
}

/** @param object where the text is from: `s3://bucket/key` */
export function readObjectKeys(object: string, text: string, policy: KeyPolicy): ObjectKeys {
  const keys: EmergencyKey[] = [];
  const refused: RefusedLine[] = [];
  const revoked = new Set<string>();
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const key = parseAuthorizedKey(trimmed);
    const invalid = key instanceof Invalid ? key : refuse(key, policy);
    if (invalid === undefined && !(key instanceof Invalid)) keys.push(describe(object, key));
    if (invalid === undefined) continue;
    const { code, reason } = labelKey('key', trimmed, invalid);
    const fingerprint = key instanceof Invalid ? undefined : fingerprintOf(blobOf(key));
    if (code === 'key-revoked' && fingerprint !== undefined) revoked.add(fingerprint);
    refused.push({ object, line: index + 1, code, reason, ...(fingerprint === undefined ? {} : { fingerprint }) });
  }
  return { keys, refused, revoked };
}

/** Of a line that was written once; undefined when it is none (any more). */
export function keyOfLine(object: string, line: string): EmergencyKey | undefined {
  const key = parseAuthorizedKey(line);
  return key instanceof Invalid ? undefined : describe(object, key);
}

function refuse(key: AuthorizedKey, policy: KeyPolicy): Invalid | undefined {
  if (policy.revoked.has(fingerprintOf(blobOf(key)))) return new Invalid('key-revoked', 'it is on the list of policy.keys.revoked');
  return refuseKey({ ...key, options: [] }, policy) ?? refuseOptions(key.options, policy.allowedOptions, '[emergency]');
}

function describe(object: string, key: AuthorizedKey): EmergencyKey {
  const { type, bits, options } = key;
  return {
    line: formatAuthorizedKey(key),
    fingerprint: fingerprintOf(blobOf(key)),
    type,
    bits,
    comment: commentOf(key),
    options: formatKeyOptions(options),
    object,
  };
}
