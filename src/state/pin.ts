/**
 * The record of a rollback: from then on no run commits what the directory has, until a person releases it.
 *
 * It is written before the generation that it leads to serves. One that a killed rollback has left says a generation that never served, and
 * counts for nothing.
 */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readStateFile, removeStateFile, writeStateFile } from './state-file.ts';

const listSchema = z.array(z.strictObject({ name: z.string(), values: z.array(z.string()) }));

const pinned = {
  /** The generation that was rolled back to. */
  target: z.int().positive(),
  /** The first one that shows it. */
  generation: z.int().positive(),
  /** ISO 8601. */
  since: z.iso.datetime(),
  /** What the rollback gave back though it had been taken: keys of logins by fingerprint, and members of groups. */
  keys: listSchema,
  members: listSchema,
};

const pinSchema = z.strictObject({
  version: z.literal(1),
  ...pinned,
  /** What was pinned before: it still is when a killed rollback never took effect. */
  previous: z.strictObject(pinned).optional(),
});

export type PinRecord = z.infer<typeof pinSchema>;

export type Pin = PinRecord | { readonly damaged: true };

/** Undefined when nothing is pinned. A record that cannot be read pins all the same: who wrote it wanted no run to commit. */
export function readPin(path: string): Pin | undefined {
  const record = readStateFile(path, pinSchema);
  if (record !== undefined) return record;
  return existsSync(path) ? { damaged: true } : undefined;
}

export function isDamaged(pin: Pin): pin is { readonly damaged: true } {
  return 'damaged' in pin;
}

export function writePin(path: string, record: Omit<PinRecord, 'version'>): void {
  writeStateFile(path, { version: 1, ...record });
}

export function clearPin(path: string): void {
  removeStateFile(path);
}
