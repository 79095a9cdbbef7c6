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

/** What hides behind one code and wants something else of an operator each time. `holdfast explain` knows each. */
export type ErrorDetail =
  | 'name-unresolved'
  | 'connect-failed'
  | 'timed-out'
  | 'interrupted'
  | 'tls-failed'
  | 'tls-untrusted'
  | 'tls-expired'
  | 'tls-not-yet-valid'
  | 'tls-wrong-name'
  | 'client-certificate-refused'
  | 'bind-refused'
  | 'search-refused'
  | 'answer-limited'
  | 'answer-referred'
  | 'base-missing'
  | 'answer-malformed'
  | 'answer-cut'
  | 'answer-too-large'
  | 'paging-lost'
  | 'group-missing'
  | 'aws-unreachable'
  | 'aws-throttled'
  | 'aws-denied'
  | 'aws-credentials'
  | 'aws-not-found'
  | 'metadata-unavailable'
  | 'metadata-refused'
  | 'host-groups-unknown'
  | 'object-missing'
  | 'map-refused'
  | 'parameter-unusable'
  | 'region-missing'
  | 'secret-missing'
  | 'certificate-unusable'
  | 'file-unreadable'
  | 'file-permissions'
  | 'file-mistaken'
  | 'config-mistaken'
  | 'revoked-list'
  | 'emergency-not-configured'
  | 'emergency-object-refused'
  | 'emergency-file-foreign'
  | 'disk-full'
  | 'read-only'
  | 'permission-denied'
  | 'read-back-differs'
  | 'audit-log';

interface ErrorDetails {
  /** Default: that of the cause, where the cause is of the same code. */
  readonly detail?: ErrorDetail | undefined;
  readonly hints?: readonly string[];
  readonly cause?: unknown;
}

export class HoldfastError extends Error {
  override readonly name: string = 'HoldfastError';
  readonly code: ErrorCode;
  readonly detail: ErrorDetail | undefined;
  readonly hints: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.detail = details.detail ?? detailOfCause(code, details.cause);
    this.hints = details.hints ?? [];
  }

  /** What `holdfast explain` takes: the finest code there is. */
  get explainedBy(): ErrorCode | ErrorDetail {
    return this.detail ?? this.code;
  }
}

/** What a file system has to say is the same everywhere, so that nobody who catches it has to tell. */
const DETAIL_BY_ERRNO: Readonly<Record<string, ErrorDetail>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EROFS: 'read-only',
  EACCES: 'permission-denied',
  EPERM: 'permission-denied',
};

function detailOfCause(code: ErrorCode, cause: unknown): ErrorDetail | undefined {
  if (cause instanceof HoldfastError) return cause.code === code ? cause.detail : undefined;
  const errno = errnoOf(cause);
  return code === 'cache-failed' && errno !== undefined ? DETAIL_BY_ERRNO[errno] : undefined;
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
