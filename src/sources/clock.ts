/**
 * How far this host's clock is from a server's, by one question and its answer.
 */
import type { ServerClock } from './source.ts';

/** Servers give whole seconds, and cut the rest off. */
const HALF_A_SECOND = 500;

interface Answered {
  /** By this host's clock, milliseconds since the epoch. */
  readonly before: number;
  readonly after: number;
  /** By the server's. */
  readonly time: number;
}

export function clockOf({ before, after, time }: Answered): ServerClock {
  return { ahead: (before + after) / 2 - (time + HALF_A_SECOND), within: Math.abs(after - before) / 2 + HALF_A_SECOND };
}
