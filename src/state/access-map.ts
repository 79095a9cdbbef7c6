/**
 * The last good map of access groups: as it was read, with its signature, so that it is judged again by the keys of today.
 */
import { z } from 'zod';
import { readStateFile, removeStateFile, writeStateFile } from './state-file.ts';

const keptMapSchema = z.strictObject({
  version: z.literal(1),
  /** As the configuration spells it: `s3://bucket/key`. */
  reference: z.string(),
  text: z.string(),
  signature: z.string().optional(),
  /** ISO 8601: when it was first read so. */
  since: z.iso.datetime(),
});

export type KeptMap = Omit<z.infer<typeof keptMapSchema>, 'version'>;

/** Undefined when nothing is kept of this reference. */
export function readKeptMap(path: string, reference: string): KeptMap | undefined {
  const stored = readStateFile(path, keptMapSchema);
  return stored?.reference === reference ? stored : undefined;
}

/** Touches nothing when the file says so already. @param map undefined: nothing is to be kept any more @throws HoldfastError `cache-failed` */
export function writeKeptMap(path: string, map: KeptMap | undefined): void {
  const stored = readStateFile(path, keptMapSchema);
  if (map === undefined) {
    if (stored !== undefined) removeStateFile(path);
  } else if (stored === undefined || !isSame(stored, map)) writeStateFile(path, { version: 1, ...map });
}

function isSame(a: KeptMap, b: KeptMap): boolean {
  return a.reference === b.reference && a.text === b.text && a.signature === b.signature && a.since === b.since;
}
