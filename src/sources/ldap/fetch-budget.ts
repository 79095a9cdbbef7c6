/**
 * How much of a directory is taken in: a server that goes on for ever is stopped by its size before the host's memory is full.
 *
 * The timeout alone would let through what a fast server sends in five minutes.
 */
import { SourceError } from '../source.ts';

export interface FetchLimits {
  /** People and groups. */
  readonly entries: number;
  /** Of all messages with an entry. */
  readonly bytes: number;
}

export class FetchBudget {
  readonly #limits: FetchLimits;
  #entries = 0;
  #bytes = 0;

  constructor(limits: FetchLimits) {
    this.#limits = limits;
  }

  /** @throws SourceError before the entry that would be one too many is kept */
  take(messageLength: number): void {
    this.#entries += 1;
    this.#bytes += messageLength;
    if (this.#entries > this.#limits.entries) throw tooMuch('entries', this.#limits.entries, 'max_entries');
    if (this.#bytes > this.#limits.bytes) throw tooMuch('bytes', this.#limits.bytes, 'max_bytes');
  }
}

function tooMuch(what: string, limit: number, key: 'max_entries' | 'max_bytes'): SourceError {
  return new SourceError('source-unavailable', `the directory has more than ${limit} ${what} (${key})`, {
    detail: 'answer-too-large',
    hints: [`when it is really that large, raise ${key} in [[source]]; else see that base and filter are not too wide`],
  });
}
