/**
 * manifest.json of a generation: what is in it, where it came from, and the sum of every file.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';
const MANIFEST_VERSION = 1;

/** A path leads out of no generation, and nothing but what `generation-files.ts` writes is in one. */
const FILE_NAME = /^(?:(?:passwd|group|shadow)\.cache(?:\.ix(?:name|uid|gid))?|keys\/(?:0|[1-9][0-9]{0,3}))$/;

/** Not z.record, which drops a group that is called `__proto__`. */
function isLists(value: unknown): value is Record<string, string[]> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((list) => Array.isArray(list) && list.every((member) => typeof member === 'string'));
}

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
  /** How many it gave, for the guards. */
  users: z.int().nonnegative().optional(),
  groups: z.int().nonnegative().optional(),
});

const countsSchema = z.strictObject({
  passwd: z.int().nonnegative(),
  group: z.int().nonnegative(),
  shadow: z.int().nonnegative(),
  /** Logins with at least one key, and all their lines. */
  keys: z.int().nonnegative(),
  keyLines: z.int().nonnegative(),
});

const accountKeysSchema = z.strictObject({
  account: z.string(),
  person: z.string(),
  fingerprints: z.array(z.string()),
  until: z.int().optional(),
});

const groupOriginSchema = z.strictObject({ group: z.string(), source: z.string(), id: z.string() });

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
  accessGroups: z.custom<Readonly<Record<string, readonly string[]>>>(isLists),
  /** Which entries the groups are that access rules name or reach, so that another's does not take their place. */
  groupOrigins: z.array(groupOriginSchema).default([]),
  /** Whose keys are behind each shared account, so that one person's can be told from the others'. */
  accountKeys: z.array(accountKeysSchema).default([]),
  files: z.record(z.string().regex(FILE_NAME), fileSchema),
});

/** With the sum of all that stands before it. */
const signedSchema = manifestSchema.extend({ sha256: z.string() });

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestSource = z.infer<typeof sourceSchema>;
export type ManifestCounts = z.infer<typeof countsSchema>;
export type FileSum = z.infer<typeof fileSchema>;

/** With its own sum in the end, so that a damaged manifest does not vouch for other files. */
export function formatManifest(manifest: Omit<Manifest, 'version'>): string {
  const content = { version: MANIFEST_VERSION, ...manifest };
  return `${JSON.stringify({ ...content, sha256: sumOfJson(content) }, undefined, 1)}\n`;
}

/** @returns the manifest, or what is wrong with it */
export function parseManifest(text: string): Manifest | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return `${MANIFEST_FILE} is no JSON`;
  }
  const result = signedSchema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    return `${MANIFEST_FILE}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not readable'}`;
  }
  const { sha256, ...manifest } = result.data;
  return sha256 === sumOfContent(json) ? manifest : `${MANIFEST_FILE}: has another content than its sha256 says`;
}

/** Of the JSON as it stands, in its own order. */
function sumOfContent(json: unknown): string {
  const { sha256: _sum, ...content } = json as { readonly sha256: string };
  return sumOfJson(content);
}

function sumOfJson(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
