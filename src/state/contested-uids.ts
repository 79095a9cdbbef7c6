/**
 * Uids that wait for a person's decision, and the decisions that have not taken effect yet.
 */
import { z } from 'zod';
import { readStateFile, removeStateFile, writeStateFile } from './state-file.ts';

const contestedUidSchema = z.strictObject({
  source: z.string(),
  login: z.string(),
  uid: z.int().positive(),
  /** Whom exactly an approval is for, as the ledger knows people. */
  owner: z.string(),
  code: z.string(),
  reason: z.string(),
  /** ISO 8601: contested since. */
  since: z.string(),
  /** ISO 8601: when a person approved it. It counts from the next run on. */
  approved: z.string().optional(),
});

const fileSchema = z.strictObject({ version: z.literal(1), contested: z.array(contestedUidSchema) });

export type ContestedUid = z.infer<typeof contestedUidSchema>;

export function readContestedUids(path: string): readonly ContestedUid[] {
  return readStateFile(path, fileSchema)?.contested ?? [];
}

/** Touches nothing when the file says so already. */
export function writeContestedUids(path: string, contested: readonly ContestedUid[]): void {
  const earlier = readContestedUids(path);
  if (JSON.stringify(earlier) === JSON.stringify(contested)) return;
  if (contested.length === 0) removeStateFile(path);
  else writeStateFile(path, { version: 1, contested });
}
