/**
 * The one error class for a broken environment: what could not be done, to what, and what to try.
 *
 * Expected outcomes are values and bugs are plain `Error`s; only what an operator can act on is a `HoldfastError`.
 */
export type ErrorCode =
  | 'usage'
  | 'configuration'
  | 'source-unavailable'
  | 'source-refused'
  | 'data-refused'
  | 'cache-failed'
  | 'lock-held'
  | 'not-root';

interface ErrorDetails {
  readonly hints?: readonly string[];
  readonly cause?: unknown;
}

export class HoldfastError extends Error {
  override readonly name: string = 'HoldfastError';
  readonly code: ErrorCode;
  readonly hints: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.hints = details.hints ?? [];
  }
}

/** The errno name (`ENOENT`) of a system call's error; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of whatever was thrown, for the end of a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
