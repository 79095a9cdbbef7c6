/**
 * What setup has changed, and copies of what stood there: in the private state, a folder for each time, with its date for a name.
 *
 * It is written before the first change, so that after a run that was killed everything can still be put back.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf, HoldfastError, messageOf } from '../../errors.ts';
import { copyForRoot, type FileState } from '../../host/file-state.ts';
import type { HostPaths } from '../../host/paths.ts';
import { writeStateFile } from '../../state/state-file.ts';
import type { UnitChange } from './units.ts';

const state = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('link'), target: z.string() }),
  z.object({
    kind: z.literal('file'),
    sha256: z.string(),
    size: z.number(),
    mode: z.number().int().min(0).max(0o7777),
    uid: z.number().int().min(0),
    gid: z.number().int().min(0),
  }),
]);

const recordSchema = z.object({
  version: z.literal(1),
  when: z.string(),
  changes: z.array(z.object({ path: z.string(), before: state, after: state })),
  units: z.array(z.object({ unit: z.string(), wasEnabled: z.boolean(), wasActive: z.boolean() })),
});

export interface RecordedChange {
  readonly path: string;
  readonly before: FileState;
  readonly after: FileState;
}

export interface SetupRecord {
  readonly folder: string;
  readonly when: string;
  readonly changes: readonly RecordedChange[];
  readonly units: readonly UnitChange[];
}

const RECORD = 'record.json';
/** Its copies stay for a person to look at. */
const UNDONE = 'undone.json';

/** @throws HoldfastError `cache-failed` */
export function writeRecord(paths: HostPaths, when: Date, changes: readonly RecordedChange[], units: readonly UnitChange[]): SetupRecord {
  const stamp = when.toISOString().replaceAll(/[:.]/g, '-');
  const folder = join(paths.privateState, 'setup', stamp);
  const record = { version: 1, when: when.toISOString(), changes, units };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const { path, before } of changes) if (before.kind === 'file') copyForRoot(path, copyBefore({ folder }, path));
    writeStateFile(join(folder, RECORD), record);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (errnoOf(error) === undefined) throw error;
    throw new HoldfastError('cache-failed', `cannot keep copies of what is to be changed in "${folder}": ${messageOf(error)}`, {
      cause: error,
    });
  }
  return { folder, when: record.when, changes, units };
}

/** What was there before, as far as it was a file. */
export function copyBefore({ folder }: Pick<SetupRecord, 'folder'>, path: string): string {
  return join(folder, 'before', path);
}

/** What setup wrote, to be compared with what stands there now. */
export function copyAfter({ folder }: Pick<SetupRecord, 'folder'>, path: string): string {
  return join(folder, 'after', path);
}

/** What has not been undone, oldest first. @throws HoldfastError `configuration` for one that is damaged */
export function readRecords({ privateState }: Pick<HostPaths, 'privateState'>): SetupRecord[] {
  const folder = join(privateState, 'setup');
  return listFolders(folder).flatMap((name) => readRecord(join(folder, name)) ?? []);
}

function readRecord(folder: string): SetupRecord | undefined {
  const path = join(folder, RECORD);
  try {
    const { when, changes, units } = recordSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { folder, when, changes, units };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new HoldfastError(
      'configuration',
      `the record of an earlier setup, "${path}", cannot be used: ${error instanceof z.ZodError ? 'it is damaged' : messageOf(error)}`,
      {
        hints: [`copies of what stood there before are in "${join(folder, 'before')}"`],
        cause: error,
      },
    );
  }
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw new HoldfastError('configuration', `cannot read "${folder}": ${messageOf(error)}`, { cause: error });
  }
}

export function closeRecord({ folder }: SetupRecord): void {
  renameSync(join(folder, RECORD), join(folder, UNDONE));
}

/** Of changes that have been put back. */
export function dropRecord({ folder }: SetupRecord): void {
  rmSync(folder, { recursive: true, force: true });
}
