/**
 * What an AWS call's failure means to a run: try later, refused, wrongly configured, or nothing there.
 *
 * The SDK's errors hold the request, and some of AWS's own texts repeat it with its session token ("the canonical string
 * should have been …"). So they never become a cause, and their text is shown only where it cannot hold one.
 */
import { type ErrorCode, type ErrorDetail, errnoOf, HoldfastError } from '../errors.ts';

export interface AwsCall {
  /** What it needs to be allowed, as a policy spells it: `iam:GetGroup`. */
  readonly action: `${'ssm' | 's3' | 'iam' | 'sts'}:${string}`;
  /** For errors, with its ARN or name: `IAM group "ops"`, `s3://bucket/key`. */
  readonly resource: string;
}

/** AWS says that there is no such thing. A caller that expects it catches it; for others it is a wrong configuration. */
export class AwsNotFound extends HoldfastError {
  override readonly name = 'AwsNotFound';

  constructor(message: string, hints: readonly string[]) {
    super('configuration', message, { detail: 'aws-not-found', hints });
  }
}

/** An answer that exceeds its limit; the call adds whose it is. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';

  constructor(maxBytes: number) {
    super(`the answer has more than ${maxBytes} bytes`);
  }
}

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string; readonly attempts?: number };
  /** The newer protocols' name of the error, where `name` is a class of the SDK. */
  readonly Code?: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly detail?: ErrorDetail;
  readonly reason: string;
  readonly hints?: readonly string[];
}

const THROTTLED =
  /^(?:Throttl|SlowDown$|RequestLimitExceeded$|TooManyRequests|RequestThrottled|BandwidthLimitExceeded$|ProvisionedThroughputExceeded)/;
const NOT_FOUND = /^(?:NoSuch|NotFound$|ParameterNotFound|ParameterVersionNotFound|ResourceNotFound)/;
const DENIED = /^(?:AccessDenied|UnauthorizedOperation$|Forbidden$|AllAccessDisabled$|OptInRequired$)/;
const BAD_CREDENTIALS =
  /^(?:Expired|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId|InvalidToken|TokenRefreshRequired|AuthFailure|IncompleteSignature|MissingAuthenticationToken|RequestTimeTooSkewed|RequestExpired|AuthorizationHeaderMalformed)/;
const NO_CREDENTIALS = /^(?:CredentialsProviderError|ProviderError|TokenProviderError|InstanceMetadataV1FallbackError)$/;
const UNTRUSTED = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;
const UNREACHABLE =
  /^(?:ECONN|EPIPE$|ETIMEDOUT$|EHOST|ENET|ENOTFOUND$|EAI_|EADDR|HPE_|ERR_STREAM_PREMATURE_CLOSE$|ERR_INCOMPLETE_|ERR_HTTP)/;

export function isMissingCredentials(error: unknown): boolean {
  return error instanceof Error && NO_CREDENTIALS.test(error.name);
}

/** What to throw for what the SDK threw; a bug stays what it is. */
export function explainFailure(error: unknown, call: AwsCall, region: string): unknown {
  if (error instanceof HoldfastError || !(error instanceof Error)) return error;
  const meaning = meaningOf(error, call);
  if (meaning === undefined) return error;
  const text = `${subjectOf(call, region)}: ${meaning.reason}${circumstances(error)}`;
  const hints = meaning.hints ?? [];
  return meaning.code === 'configuration' && isNotFound(error)
    ? new AwsNotFound(text, hints)
    : new HoldfastError(meaning.code, text, { detail: meaning.detail, hints });
}

/** Its own time limit, which the SDK only knows as a signal. */
export function overBudget(call: AwsCall, region: string, milliseconds: number): HoldfastError {
  return new HoldfastError('source-unavailable', `${subjectOf(call, region)}: not done within ${milliseconds / 1000} s (timeout)`, {
    detail: 'timed-out',
  });
}

/** Whether there is an instance role, nobody says. */
export function noCredentialsYet(call: AwsCall, region: string, { code, detail, message, hints }: HoldfastError): HoldfastError {
  return new HoldfastError(code, `${subjectOf(call, region)}: ${ELSEWHERE}, and ${message}`, { detail, hints });
}

function subjectOf({ action, resource }: AwsCall, region: string): string {
  return `AWS: ${action} of ${resource} in ${region}`;
}

function meaningOf(error: SdkError, call: AwsCall): Meaning | undefined {
  if (error instanceof AnswerTooLong) return { code: 'data-refused', detail: 'answer-too-large', reason: error.message };
  const name = nameOf(error);
  const status = error.$metadata?.httpStatusCode;
  return (
    meaningOfRefusal(error, name, call) ?? meaningOfLoad(name, status) ?? meaningOfNetwork(error) ?? meaningOfAnswer(error, name, status)
  );
}

function meaningOfRefusal(error: SdkError, name: string, { action, resource }: AwsCall): Meaning | undefined {
  const status = error.$metadata?.httpStatusCode;
  if (NO_CREDENTIALS.test(name)) return NO_CREDENTIALS_AT_ALL;
  if (BAD_CREDENTIALS.test(name))
    return { code: 'source-refused', detail: 'aws-credentials', reason: `the credentials are refused (${name})`, hints: CREDENTIAL_HINTS };
  if (DENIED.test(name) || status === 401 || (status === 403 && !THROTTLED.test(name))) return denied(error, action, resource);
  return isNotFound(error)
    ? { code: 'configuration', detail: 'aws-not-found', reason: `there is no such thing (${name})${tail(error)}` }
    : undefined;
}

function meaningOfLoad(name: string, status: number | undefined): Meaning | undefined {
  if (THROTTLED.test(name) || status === 429) return { code: 'source-unavailable', detail: 'aws-throttled', reason: `throttled (${name})` };
  const isFault = status !== undefined && status >= 500;
  return isFault
    ? { code: 'source-unavailable', detail: 'aws-unreachable', reason: `AWS fails with status ${status} (${name})` }
    : undefined;
}

function meaningOfNetwork(error: SdkError): Meaning | undefined {
  const errno = errnoOf(error) ?? errnoOf(error.cause) ?? '';
  const text = plain(error.message);
  if (UNTRUSTED.test(errno)) {
    return {
      code: 'source-refused',
      detail: 'tls-untrusted',
      reason: `its certificate is not trusted: ${text}`,
      hints: ['is a proxy between this host and AWS?'],
    };
  }
  const isUnreachable = error.name === 'TimeoutError' || UNREACHABLE.test(errno) || /\baborted\b|socket hang up/.test(error.message);
  return isUnreachable
    ? { code: 'source-unavailable', detail: 'aws-unreachable', reason: `it cannot be reached: ${text}`, hints: NETWORK_HINTS }
    : undefined;
}

function meaningOfAnswer(error: SdkError, name: string, status: number | undefined): Meaning | undefined {
  // An answer that is no answer of AWS: a captive portal's page, or one that was cut.
  if (error instanceof SyntaxError || (status !== undefined && status < 300)) {
    return {
      code: 'source-unavailable',
      detail: 'answer-malformed',
      reason: 'what came cannot be read as an answer of AWS',
      hints: ['is a proxy between this host and AWS?'],
    };
  }
  return status === undefined ? undefined : { code: 'configuration', reason: `it is refused as ${name} (status ${status})${tail(error)}` };
}

const ELSEWHERE = 'there are no credentials in the environment, a profile or a container';
const NO_CREDENTIALS_AT_ALL: Meaning = {
  code: 'source-refused',
  detail: 'aws-credentials',
  reason: `${ELSEWHERE}, and this instance has no role`,
  hints: ['attach an instance profile with a role to it: aws ec2 associate-iam-instance-profile'],
};

const CREDENTIAL_HINTS = [
  'compare the clock of this host: chronyc tracking',
  'credentials in the environment or a profile go before those of the instance role: are they old?',
];
const NETWORK_HINTS = ['does this host have a way to AWS: a NAT gateway, a proxy, or a VPC endpoint of the service?'];

function denied(error: SdkError, action: string, resource: string): Meaning {
  const wanted = /\bkms:Decrypt\b/.test(error.message) ? 'kms:Decrypt with the key of the parameter' : `${action} for ${resource}`;
  const listing = action === 's3:GetObject' ? ['without s3:ListBucket, S3 answers the same for an object that does not exist'] : [];
  return {
    code: 'source-refused',
    detail: 'aws-denied',
    reason: `access denied${tail(error)}`,
    hints: [`the role must be allowed ${wanted}`, ...listing],
  };
}

function isNotFound(error: SdkError): boolean {
  return NOT_FOUND.test(nameOf(error)) || error.$metadata?.httpStatusCode === 404;
}

function nameOf(error: SdkError): string {
  return plain(error.Code ?? error.name).slice(0, 80);
}

/** The server's own words, if it has any. Where the SDK cannot read them, it adds advice for its users. */
function tail({ message }: SdkError): string {
  const text = plain(message);
  return text === '' || text.includes('Deserialization error') || /^(?:UnknownError|unknown)$/i.test(text) ? '' : `: ${text}`;
}

/** The server's words on one line, without what could be a key or a token. */
function plain(text: string): string {
  return text
    .slice(0, 1000)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, '[access key]')
    .replaceAll(/[A-Za-z0-9+/=]{60,}/g, '[…]')
    .trim()
    .slice(0, 400);
}

function circumstances({ $metadata }: SdkError): string {
  const { attempts = 1, requestId } = $metadata ?? {};
  const parts = [
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(requestId === undefined ? [] : [`request ${plain(requestId).slice(0, 80)}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
