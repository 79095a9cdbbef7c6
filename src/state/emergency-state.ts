/**
 * What is kept of the emergency objects: the last good text of each, what is held, and what was written for sshd; and the record
 * of the last run, for `status`. Apart from the directory's state, in a folder and under a lock of their own.
 */
import { z } from 'zod';
import { readStateFile, writeStateFile } from './state-file.ts';

const objectSchema = z.strictObject({
  /** `s3://bucket/key`, or `file:/path` for keys that were there before the first run. */
  object: z.string(),
  /** The last text that was let through, as it came. */
  text: z.string(),
  etag: z.string().optional(),
  version: z.string().optional(),
  /** Fingerprints that went, and when (ISO 8601). */
  gone: z.array(z.strictObject({ fingerprint: z.string(), at: z.string() })),
  /** Fingerprints that came, and when. */
  came: z.array(z.strictObject({ fingerprint: z.string(), at: z.string() })).optional(),
});

const heldSchema = z.strictObject({
  object: z.string(),
  /** sha256 of the keys before and after: an approval counts for this and nothing else. */
  digest: z.string(),
  since: z.string(),
  text: z.string(),
  /** Keys as `ssh-keygen -l` shows them. */
  removed: z.array(z.string()),
  added: z.array(z.string()),
});

const stateSchema = z.strictObject({
  version: z.literal(1),
  objects: z.array(objectSchema),
  held: z.array(heldSchema),
  /** sha256 of the file for sshd; absent: never written. */
  written: z.string().optional(),
  /** Its lines, by the objects that they came from: what changes are counted from. */
  keys: z.array(z.strictObject({ object: z.string(), line: z.string() })),
  /** Whose keys they are. */
  users: z.array(z.string()).optional(),
  /** Ids of what is known to be refused, so that it is said once. */
  withheld: z.array(z.string()).optional(),
  /** Of the audit log, that may not be in it yet. */
  lines: z.array(z.string()).optional(),
});

const runSchema = z.strictObject({
  version: z.literal(1),
  finishedAt: z.string(),
  outcome: z.enum(['written', 'unchanged', 'held', 'failed']),
  exitStatus: z.int(),
  /** One line: what went wrong or is held. */
  message: z.string().optional(),
  objects: z.array(
    z.strictObject({
      object: z.string(),
      /** The last time that it was read or found unchanged. */
      lastSuccess: z.string().optional(),
      failingSince: z.string().optional(),
      error: z.string().optional(),
    }),
  ),
});

export type EmergencyObject = z.infer<typeof objectSchema>;
export type EmergencyHeld = z.infer<typeof heldSchema>;
export type EmergencyState = Omit<z.infer<typeof stateSchema>, 'version'>;
export type EmergencyRun = Omit<z.infer<typeof runSchema>, 'version'>;

/** Undefined when there is none, or it is damaged. */
export function readEmergencyState(path: string): EmergencyState | undefined {
  const file = readStateFile(path, stateSchema);
  if (file === undefined) return undefined;
  const { version: _version, ...state } = file;
  return state;
}

export function writeEmergencyState(path: string, state: EmergencyState): void {
  writeStateFile(path, { version: 1, ...state });
}

export function readEmergencyRun(path: string): EmergencyRun | undefined {
  return readStateFile(path, runSchema);
}

export function writeEmergencyRun(path: string, run: EmergencyRun): void {
  writeStateFile(path, { version: 1, ...run });
}
