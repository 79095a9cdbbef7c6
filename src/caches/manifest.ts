/**
 * manifest.json of a generation: what is in it, where it came from, and the sum of every file.
 */
import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';
const MANIFEST_VERSION = 1;

const fileSchema = z.strictObject({
  size: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const sourceSchema = z.strictObject({
  name: z.string(),
  /** ISO 8601: when the source last gave this content in full. */
  fetchedAt: z.string(),
  /** sha256 of the snapshot's content. */
  snapshot: z.string(),
});

const countsSchema = z.strictObject({
  passwd: z.int().nonnegative(),
  group: z.int().nonnegative(),
  shadow: z.int().nonnegative(),
  /** Logins with at least one key, and all their lines. */
  keys: z.int().nonnegative(),
  keyLines: z.int().nonnegative(),
});

const manifestSchema = z.strictObject({
  version: z.literal(MANIFEST_VERSION),
  generation: z.int().positive(),
  createdAt: z.string(),
  /** The version of holdfast that wrote it. */
  holdfast: z.string(),
  /** Why it was written, in a few words. */
  why: z.string(),
  sources: z.array(sourceSchema),
  counts: countsSchema,
  /** Where the last record of each map starts; the next generation's must not start earlier. */
  lastOffsets: z.record(z.string(), z.int().nonnegative()),
  /** The members of each group that an access rule names, for the guards. */
  accessGroups: z.record(z.string(), z.array(z.string())),
  files: z.record(z.string(), fileSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestSource = z.infer<typeof sourceSchema>;
export type ManifestCounts = z.infer<typeof countsSchema>;
export type FileSum = z.infer<typeof fileSchema>;

export function formatManifest(manifest: Omit<Manifest, 'version'>): string {
  return `${JSON.stringify({ version: MANIFEST_VERSION, ...manifest }, undefined, 1)}\n`;
}

/** @returns the manifest, or what is wrong with it */
export function parseManifest(text: string): Manifest | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return `${MANIFEST_FILE} is no JSON`;
  }
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return `${MANIFEST_FILE}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not readable'}`;
}
