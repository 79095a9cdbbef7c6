/**
 * Whether anything can be said of a login where a last good snapshot is damaged.
 */
import type { LastGoodSource } from './last-good.ts';

interface Known {
  readonly entry?: unknown;
  readonly sharers?: unknown;
  readonly localUid?: number | undefined;
  readonly sources: readonly LastGoodSource[];
}

/** What serves is whole, and what it was made of is not: who has no entry in what is left may have one all the same. */
export function isUnknown({ entry, sharers, localUid, sources }: Known): boolean {
  return entry === undefined && sharers === undefined && localUid === undefined && sources.some(({ fault }) => fault !== undefined);
}
