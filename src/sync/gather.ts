/**
 * The newest complete snapshot of every source: fresh where it answers, the last good one where it does not.
 */
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { HoldfastError } from '../errors.ts';
import type { FetchProgress, Source } from '../sources/source.ts';
import { loadSnapshot } from '../state/snapshot-file.ts';

export interface GatheredSource {
  readonly name: string;
  /** Absent when the source failed and never gave anything on this host. */
  readonly snapshot?: DirectorySnapshot;
  /** Of a last good snapshot; that of a fresh one is known when it is staged. */
  readonly digest?: string;
  /** The source answered in this run. */
  readonly fresh: boolean;
  /** Why it did not. */
  readonly failure?: HoldfastError;
  /** Why its last good snapshot cannot be used. */
  readonly lastGoodFault?: string;
}

export type ProgressListener = (source: string, progress: FetchProgress) => void;

/** @throws whatever is no failure of a source: a bug, or a broken configuration */
export async function gather(
  sources: readonly Source[],
  snapshotPath: (source: string) => string,
  signal: AbortSignal,
  onProgress: ProgressListener,
): Promise<GatheredSource[]> {
  const gathered: GatheredSource[] = [];
  for (const source of sources) {
    gathered.push(await gatherOne(source, snapshotPath(source.name), signal, onProgress));
  }
  return gathered;
}

async function gatherOne(source: Source, path: string, signal: AbortSignal, onProgress: ProgressListener): Promise<GatheredSource> {
  const { name } = source;
  try {
    const snapshot = await source.fetch(signal, (progress) => onProgress(name, progress));
    return { name, snapshot, fresh: true };
  } catch (error) {
    if (!isSourceFailure(error)) throw error;
    return { name, fresh: false, ...lastGood(path, error) };
  }
}

function lastGood(path: string, failure: HoldfastError): Pick<GatheredSource, 'snapshot' | 'digest' | 'failure' | 'lastGoodFault'> {
  const stored = loadSnapshot(path);
  if (stored === undefined) return { failure };
  return typeof stored === 'string' ? { failure, lastGoodFault: stored } : { ...stored, failure };
}

function isSourceFailure(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && (error.code === 'source-unavailable' || error.code === 'source-refused');
}
