/**
 * Removals that a guard holds until a person approves exactly them.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readStateFile, removeStateFile, writeStateFile } from './state-file.ts';

const heldSchema = z.strictObject({
  version: z.literal(1),
  /** sha256 of what the findings name: an approval counts for this and nothing else. */
  digest: z.string(),
  /** ISO 8601: since when something has been held at every run, though not always the same. */
  since: z.string(),
  findings: z.array(z.strictObject({ guard: z.string(), text: z.string(), names: z.array(z.string()), tally: z.string().optional() })),
  /**
   * Whom the directory that is held refuses: they stay refused while it does not answer. With the source whose entry says so; absent
   * for a denial.
   */
  refused: z.array(z.strictObject({ name: z.string(), source: z.string().optional() })).default([]),
});

export type HeldRemovals = z.infer<typeof heldSchema>;

export function digestRemovals(description: string): string {
  return createHash('sha256').update(description).digest('hex');
}

export function readHeldRemovals(path: string): HeldRemovals | undefined {
  return readStateFile(path, heldSchema);
}

/** What was held, and whom the directory refused, is lost. */
export function isHeldRemovalsDamaged(path: string): boolean {
  return existsSync(path) && readHeldRemovals(path) === undefined;
}

export function writeHeldRemovals(path: string, held: Omit<HeldRemovals, 'version'>): void {
  writeStateFile(path, { version: 1, ...held });
}

export function clearHeldRemovals(path: string): void {
  removeStateFile(path);
}
