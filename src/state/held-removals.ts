/**
 * Removals that a guard holds until a person approves exactly them.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readStateFile, removeStateFile, writeStateFile } from './state-file.ts';

const heldSchema = z.strictObject({
  version: z.literal(1),
  /** sha256 of what would be removed: an approval counts for this and nothing else. */
  digest: z.string(),
  /** ISO 8601: since when these removals are held. */
  since: z.string(),
  findings: z.array(z.strictObject({ guard: z.string(), text: z.string(), names: z.array(z.string()) })),
  /** Whom the directory that is held refuses: they stay refused while it does not answer. */
  refused: z.array(z.string()).default([]),
});

export type HeldRemovals = z.infer<typeof heldSchema>;

export function digestRemovals(description: string): string {
  return createHash('sha256').update(description).digest('hex');
}

export function readHeldRemovals(path: string): HeldRemovals | undefined {
  return readStateFile(path, heldSchema);
}

export function writeHeldRemovals(path: string, held: Omit<HeldRemovals, 'version'>): void {
  writeStateFile(path, { version: 1, ...held });
}

export function clearHeldRemovals(path: string): void {
  removeStateFile(path);
}
