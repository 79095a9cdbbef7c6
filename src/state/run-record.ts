/**
 * What the last run did, for `status`: written by every run, whatever its outcome.
 */
import { z } from 'zod';
import { readStateFile, writeStateFile } from './state-file.ts';

const sourceRecordSchema = z.strictObject({
  name: z.string(),
  /** ISO 8601: the last time this source gave everything. Absent: never on this host. */
  lastSuccess: z.string().optional(),
  /** ISO 8601: the first run of those in a row that it failed in. */
  failingSince: z.string().optional(),
  /** People who have no keys because it has not answered for too long. */
  denied: z.int().nonnegative().optional(),
  users: z.int().nonnegative().optional(),
  groups: z.int().nonnegative().optional(),
  /** Of its certificates the first that end, as last read. */
  certificates: z.array(z.strictObject({ kind: z.enum(['client', 'ca']), subject: z.string(), end: z.iso.datetime() })).optional(),
  /** Why it failed in the last run. Absent: it did not. */
  error: z.string().optional(),
});

const hostAccessFailureSchema = z.strictObject({
  /** `access groups (imds-tag:AccessGroup)`. */
  subject: z.string(),
  /** ISO 8601: the first run of those in a row that could not. */
  failingSince: z.string(),
  message: z.string(),
});

const findingSchema = z.strictObject({
  code: z.string(),
  verdict: z.enum(['quarantined', 'adjusted']),
  count: z.int(),
  /** sha256 of what is found and why: the next run tells by it what is new. Absent: a record of an earlier version. */
  digest: z.string().optional(),
});

/** A name in [access] that leads nowhere, with what it may be a slip of. */
const accessFaultSchema = z.strictObject({ map: z.enum(['group', 'passwd']), name: z.string(), similar: z.array(z.string()) });

const runRecordSchema = z.strictObject({
  version: z.literal(1),
  startedAt: z.string(),
  finishedAt: z.string(),
  outcome: z.enum(['committed', 'unchanged', 'held', 'failed', 'pinned']),
  exitStatus: z.int(),
  /** One line: what went wrong, or what was held. */
  message: z.string().optional(),
  /** What to do about it. */
  hint: z.string().optional(),
  generation: z.int().positive().optional(),
  /** Why lines of the audit wait, or were lost. Absent: none do. */
  audit: z.string().optional(),
  sources: z.array(sourceRecordSchema),
  /** Of the access groups of this host, what could not be read in the last run. */
  hostAccessFailures: z.array(hostAccessFailureSchema).optional(),
  /** Entries and keys that were withheld or changed, by reason. */
  findings: z.array(findingSchema),
  /** Absent: none, or a record of an earlier version. */
  accessFaults: z.array(accessFaultSchema).optional(),
  /** What should be seen to, and spoilt nothing. */
  warnings: z.array(z.strictObject({ text: z.string(), hint: z.string() })).optional(),
  /** Of the hooks of the last commit, which may be that of an earlier run. */
  hookWarnings: z.array(z.strictObject({ text: z.string(), hint: z.string() })).optional(),
});

export type RunRecord = z.infer<typeof runRecordSchema>;
export type SourceRecord = z.infer<typeof sourceRecordSchema>;
export type AccessFault = z.infer<typeof accessFaultSchema>;
export type HostAccessFailureRecord = z.infer<typeof hostAccessFailureSchema>;
export type FindingCount = z.infer<typeof findingSchema>;

export function readRunRecord(path: string): RunRecord | undefined {
  return readStateFile(path, runRecordSchema);
}

export function writeRunRecord(path: string, record: Omit<RunRecord, 'version'>): void {
  writeStateFile(path, { version: 1, ...record });
}
