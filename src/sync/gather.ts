/**
 * The newest complete snapshot of every source: fresh where it answers, the last good one where it does not.
 */
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { type ErrorCode, HoldfastError } from '../errors.ts';
import type { CertificateEnd, FetchProgress, Source } from '../sources/source.ts';
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
  /** Of its certificates the first that end, where they were read. */
  readonly certificates?: readonly CertificateEnd[];
}

export type ProgressListener = (source: string, progress: FetchProgress) => void;

/**
 * Asks all sources at the same time: one that is dead holds up none of the others, and their timeouts do not add up. Two halves of a directory
 * take no more memory so than one after the other, since both are held in the end. What is kept of those that failed is loaded
 * afterwards, as that would stop the others meanwhile.
 *
 * @throws whatever is no failure of a source: a bug
 */
export async function gather(
  sources: readonly Source[],
  snapshotPath: (source: string) => string,
  signal: AbortSignal,
  onProgress: ProgressListener,
): Promise<GatheredSource[]> {
  const asked = sources.map(async (source) => await source.fetch(signal, (progress) => onProgress(source.name, progress)));
  const answers = await Promise.allSettled(asked);
  return sources.map((source, index) => ({
    ...gatheredOf(source.name, answers[index], snapshotPath(source.name)),
    ...certificatesOf(source),
  }));
}

function gatheredOf(name: string, answer: PromiseSettledResult<DirectorySnapshot> | undefined, path: string): GatheredSource {
  if (answer?.status === 'fulfilled') return { name, snapshot: answer.value, fresh: true };
  if (!isSourceFailure(answer?.reason)) throw answer?.reason;
  return { name, fresh: false, ...lastGood(path, answer.reason) };
}

function certificatesOf({ certificates }: Source): Pick<GatheredSource, 'certificates'> {
  return certificates === undefined ? {} : { certificates };
}

function lastGood(path: string, failure: HoldfastError): Pick<GatheredSource, 'snapshot' | 'digest' | 'failure' | 'lastGoodFault'> {
  const stored = loadSnapshot(path);
  if (stored === undefined) return { failure };
  return typeof stored === 'string' ? { failure, lastGoodFault: stored } : { ...stored, failure };
}

/** Its own certificate that cannot be read and its data that cannot be believed are a source's failure, as its silence is. */
const SOURCE_FAILURES: ReadonlySet<ErrorCode> = new Set(['source-unavailable', 'source-refused', 'data-refused', 'configuration']);

function isSourceFailure(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && SOURCE_FAILURES.has(error.code);
}
