/**
 * One line of the audit log: a JSON object of schema version 1, and its place among the lines of its batch.
 *
 * A batch is what one run writes about one generation, with one time; `seq` counts the lines of a generation from 1. Lines about
 * emergency keys stand among them and belong to no generation; their `seq` counts the lines of one run.
 */
import { z } from 'zod';
import { parseJson } from './state-file.ts';

export const AUDIT_VERSION = 1;
/** What a line begins with, so that most can be told from damaged ones without being parsed. */
export const LINE_START = `{"version":${AUDIT_VERSION},"time":"`;
/** Bytes: names, comments and reasons are all bounded, and this is ten times the longest. */
export const LINE_MAX_LENGTH = 65_536;

const value = z.union([z.string(), z.number(), z.null()]);

const lineSchema = z.object({
  version: z.literal(AUDIT_VERSION),
  /** ISO 8601: when the generation was committed; of what was only withheld, when the run found it. */
  time: z.iso.datetime(),
  event: z.string(),
  login: z.string().optional(),
  uid: z.number().optional(),
  group: z.string().optional(),
  gid: z.number().optional(),
  fingerprint: z.string().optional(),
  keyType: z.string().optional(),
  comment: z.string().optional(),
  options: z.string().optional(),
  owner: z.string().optional(),
  changes: z
    .record(z.string(), z.tuple([value, value]).readonly())
    .readonly()
    .optional(),
  source: z.string().optional(),
  id: z.string().optional(),
  /** Of the S3 object that is the source, where its bucket keeps versions. */
  objectVersion: z.string().optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
  /** Of a baseline: when its generation was committed, what is in it, and from which snapshots. */
  committedAt: z.iso.datetime().optional(),
  counts: z.record(z.string(), z.number()).optional(),
  withheld: z.record(z.string(), z.number()).optional(),
  snapshots: z.record(z.string(), z.string()).optional(),
  host: z.string(),
  instance: z.string().optional(),
  /** Absent where the line is of no generation: of an emergency key. */
  generation: z.int().positive().optional(),
  seq: z.int().positive(),
  holdfast: z.string(),
});

export type AuditLine = z.infer<typeof lineSchema>;

/** Of the emergency keys: written by runs of their own, which know nothing of the others. */
export function isEmergencyLine({ event }: Pick<AuditLine, 'event'>): boolean {
  return event.startsWith('emergency-');
}

export function formatAuditLine(line: AuditLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Undefined for a line that is damaged, or of a version that this holdfast does not know. */
export function parseAuditLine(text: string): AuditLine | undefined {
  return text.startsWith(LINE_START) ? parseJson(lineSchema, text) : undefined;
}
