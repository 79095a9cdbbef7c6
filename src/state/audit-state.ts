/**
 * How far the audit has come: up to which generation its lines tell all, and what is known to be withheld, so that it is said once.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { AuditedGeneration } from './audit-batch.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

const ID_LENGTH = 6;
/** Beyond it, nothing is known to be withheld: what comes back is then a new key. */
const IDS_MAX = 500_000;

const fileSchema = z.strictObject({
  version: z.literal(1),
  /** Absent: the lines do not lead to a generation without a gap. */
  audited: z.strictObject({ number: z.int().positive(), committedAt: z.string() }).optional(),
  /** Base64 of sorted ids. */
  findings: z.string(),
  keys: z.string(),
});

export interface AuditState {
  audited?: AuditedGeneration | undefined;
  /** Of what the last run refused, ids. */
  findings: Set<number>;
  /** Of keys that were taken from somebody whom the directory has, ids. */
  keys: Set<number>;
}

/** One that is damaged begins anew: the next run writes a baseline. */
export function readAuditState(path: string): AuditState {
  const file = readStateFile(path, fileSchema);
  return { audited: file?.audited, findings: decode(file?.findings), keys: decode(file?.keys) };
}

/** @throws HoldfastError `cache-failed` */
export function writeAuditState(path: string, { audited, findings, keys }: AuditState): void {
  writeStateFile(path, { version: 1, ...(audited === undefined ? {} : { audited }), findings: encode(findings), keys: encode(keys) });
}

export function withheldId(...parts: readonly string[]): number {
  return hash('sha256', parts.join('\0'), 'buffer').readUIntBE(0, ID_LENGTH);
}

function encode(ids: ReadonlySet<number>): string {
  const sorted = ids.size > IDS_MAX ? [] : [...ids].sort((a, b) => a - b);
  const bytes = Buffer.alloc(sorted.length * ID_LENGTH);
  for (const [index, id] of sorted.entries()) bytes.writeUIntBE(id, index * ID_LENGTH, ID_LENGTH);
  return bytes.toString('base64');
}

function decode(text = ''): Set<number> {
  const bytes = Buffer.from(text, 'base64');
  const ids = new Set<number>();
  for (let at = 0; at + ID_LENGTH <= bytes.length; at += ID_LENGTH) ids.add(bytes.readUIntBE(at, ID_LENGTH));
  return ids;
}
