/**
 * Where an object is in S3: `s3://bucket/key`.
 */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** Bucket names as S3 has given them since 2018: they become a host name, so nothing else may pass. */
const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const MAX_KEY_BYTES = 1024;

/** Undefined when the text is none. */
export function parseS3Location(text: string): S3Location | undefined {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(text) ?? [];
  const isKey = key !== '' && new TextEncoder().encode(key).length <= MAX_KEY_BYTES && !/[\p{Cc}\p{Cf}]/u.test(key) && !key.endsWith('/');
  return BUCKET.test(bucket) && !bucket.includes('..') && isKey ? { bucket, key } : undefined;
}

export function formatS3Location({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}
