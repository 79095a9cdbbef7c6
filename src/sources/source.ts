/**
 * What a source of directory data is: it gives everything, or it throws.
 */
import type { DirectorySnapshot } from '../directory/snapshot.ts';
import { HoldfastError } from '../errors.ts';

export interface FetchProgress {
  /** Entries received so far, of both passes. */
  readonly entries: number;
  /** Where they come from, for a line of progress. */
  readonly from: string;
}

/** A certificate that it needs to be asked; with the first that ends, of several. */
export interface CertificateEnd {
  readonly kind: 'client' | 'ca';
  /** In quotes. */
  readonly subject: string;
  readonly end: Date;
}

/** What one server says when it is only asked whether it is there. */
export interface ServerProbe {
  /** As configured. */
  readonly server: string;
  /** Why it cannot be reached, or refuses; undefined when it answered. */
  readonly failure?: HoldfastError;
  readonly clock?: ServerClock | undefined;
}

export interface ServerClock {
  /** Milliseconds by which this host's clock is ahead of the server's. */
  readonly ahead: number;
  /** Milliseconds by which that may be wrong. */
  readonly within: number;
}

export interface Source {
  readonly name: string;
  /** Known once they are read, whatever the source says then. */
  readonly certificates?: readonly CertificateEnd[] | undefined;
  /**
   * Fetches and validates the complete directory.
   *
   * @throws HoldfastError `source-unavailable`, `source-refused`, `data-refused` or `configuration`, without its name in the text; never a part
   *   of the directory
   */
  fetch(signal: AbortSignal, onProgress: (progress: FetchProgress) => void): Promise<DirectorySnapshot>;
  /** Whether its servers answer, within seconds and without a fetch; none for a source that has no servers. @throws HoldfastError `configuration` */
  probe?(signal: AbortSignal): Promise<readonly ServerProbe[]>;
}

export class SourceError extends HoldfastError {
  override readonly name = 'SourceError';
}
