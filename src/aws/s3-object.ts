/**
 * Reads one object of S3, whole or not at all.
 */
import type { GetObjectCommandOutput, S3 } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatS3Location, type S3Location } from '../directory/s3-location.ts';
import { upTo } from './answer-limit.ts';
import type { Aws, CallOptions } from './aws.ts';
import { AnswerTooLong } from './call-failure.ts';

export interface S3Object {
  readonly bytes: Buffer;
  /** As S3 sent it, with its quotes: for the next request. */
  readonly etag: string | undefined;
  /** Where the bucket keeps versions. */
  readonly versionId: string | undefined;
  readonly modified: Date | undefined;
}

export interface ObjectRequest extends S3Location {
  readonly maxBytes: number;
  /** What is here already; the answer is `unchanged` when the object is still that. */
  readonly etag?: string | undefined;
}

/** A body that ends early is asked for again; the SDK does that for an answer's head alone. */
const BODY_ATTEMPTS = 3;
const PAUSE = { least: 100, spread: 400 };

/** @throws AwsNotFound and what else `Aws.s3` throws; `data-refused` for an object of more than `maxBytes` */
export async function getObject(aws: Aws, request: ObjectRequest): Promise<S3Object | 'unchanged'> {
  const call = { action: 's3:GetObject', resource: formatS3Location(request) } as const;
  return await aws.s3(call, async (s3, options) => await readObject(s3, request, options, BODY_ATTEMPTS));
}

async function readObject(s3: S3, request: ObjectRequest, options: CallOptions, attempts: number): Promise<S3Object | 'unchanged'> {
  const answer = await askFor(s3, request, options);
  if (answer === 'unchanged') return answer;
  const { ETag: etag, VersionId: versionId, LastModified: modified } = answer;
  try {
    return { bytes: await readBody(answer, request.maxBytes), etag, versionId, modified };
  } catch (error) {
    if (error instanceof AnswerTooLong || options.abortSignal.aborted || attempts <= 1) throw error;
    await sleep(PAUSE.least + Math.random() * PAUSE.spread, undefined, { signal: options.abortSignal });
    return await readObject(s3, request, options, attempts - 1);
  }
}

async function askFor(s3: S3, { bucket, key, etag }: ObjectRequest, options: CallOptions): Promise<GetObjectCommandOutput | 'unchanged'> {
  try {
    return await s3.getObject({ Bucket: bucket, Key: key, ...(etag === undefined ? {} : { IfNoneMatch: etag }) }, options);
  } catch (error) {
    if (etag !== undefined && isNotModified(error)) return 'unchanged';
    throw error;
  }
}

function isNotModified(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode === 304;
}

async function readBody({ Body: body, ContentLength: length = 0 }: GetObjectCommandOutput, maxBytes: number): Promise<Buffer> {
  const stream = body as (AsyncIterable<Uint8Array> & { readonly destroy: () => void }) | undefined;
  if (stream === undefined) return Buffer.alloc(0);
  if (length > maxBytes) {
    stream.destroy();
    throw new AnswerTooLong(maxBytes);
  }
  return Buffer.concat(await Array.fromAsync(upTo(maxBytes, stream)));
}
