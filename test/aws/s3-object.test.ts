import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Aws } from '../../src/aws/aws.ts';
import { AwsNotFound } from '../../src/aws/call-failure.ts';
import { getObject, type ObjectRequest } from '../../src/aws/s3-object.ts';
import { type AwsProxy, startAwsProxy } from '../support/aws/aws-proxy.ts';
import { AwsEnvironment } from '../support/aws/environment.ts';
import { type Moto, startMoto } from '../support/aws/moto.ts';
import { type Radosgw, RADOS_REGION, startRadosgw } from '../support/aws/radosgw.ts';

const OBJECT: ObjectRequest = { bucket: 'keys', key: 'emergency/keys ü.txt', maxBytes: 1000 };

let moto: Moto;
let radosgw: Radosgw;

beforeAll(async () => {
  [moto, radosgw] = await Promise.all([startMoto(), startRadosgw()]);
});

afterAll(async () => {
  await moto?.stop();
  await radosgw?.stop();
});

describe.each(['moto', 'radosgw'] as const)('getObject from %s', (name) => {
  let proxy: AwsProxy;
  let environment: AwsEnvironment;
  let aws: Aws;

  beforeAll(async () => {
    const server = name === 'moto' ? moto : radosgw;
    proxy = await startAwsProxy(server.port);
    await server.putObject(OBJECT.bucket, OBJECT.key, 'ssh-ed25519 AAAA\n');
    await server.putObject(OBJECT.bucket, 'large', 'x'.repeat(300_000));
    await server.putObject(OBJECT.bucket, 'empty', '');
  });

  afterAll(async () => {
    await proxy?.stop();
  });

  beforeEach(() => {
    environment = new AwsEnvironment({
      AWS_ENDPOINT_URL_S3: proxy.endpoint,
      AWS_ACCESS_KEY_ID: radosgw.key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: radosgw.key.secretAccessKey,
    });
    aws = new Aws({ region: RADOS_REGION, environment: process.env, signal: new AbortController().signal });
  });

  afterEach(() => {
    aws[Symbol.dispose]();
    environment[Symbol.dispose]();
    proxy.reset();
  });

  async function read(): Promise<{ readonly bytes: Buffer; readonly etag: string | undefined }> {
    const object = await getObject(aws, OBJECT);
    if (object === 'unchanged') throw new Error('unchanged from nothing');
    return object;
  }

  test('reads it whole, with one request', async () => {
    const { bytes, etag } = await read();
    expect({ text: bytes.toString(), etag }).toEqual({ text: 'ssh-ed25519 AAAA\n', etag: expect.stringMatching(/^"[0-9a-f]+"$/) });
    expect(proxy.counts).toEqual({ 's3:GetObject': 1 });
  });

  test('knows with one request that it is unchanged', async () => {
    const { etag } = await read();
    proxy.reset();
    expect(await getObject(aws, { ...OBJECT, etag })).toBe('unchanged');
    expect(proxy.counts).toEqual({ 's3:GetObject': 1 });
    expect(await getObject(aws, { ...OBJECT, etag: '"0123456789abcdef0123456789abcdef"' })).toMatchObject({ etag });
  });

  test('reads an empty one', async () => {
    expect(await getObject(aws, { ...OBJECT, key: 'empty' })).toMatchObject({ bytes: Buffer.alloc(0) });
  });

  test('refuses more than it may have', async () => {
    const text = `AWS: s3:GetObject of s3://keys/large in ${RADOS_REGION}: the answer has more than 1000 bytes`;
    await expect(getObject(aws, { ...OBJECT, key: 'large' })).rejects.toMatchObject({ code: 'data-refused', message: text });
    expect(proxy.calls).toHaveLength(1);
  });

  test.each(['throttle', 'cut', 500] as const)('asks again after %s', async (kind) => {
    proxy.strike({ kind });
    expect((await read()).bytes.toString()).toBe('ssh-ed25519 AAAA\n');
    expect(proxy.calls).toHaveLength(2);
  });

  test('never gives a part of it', async () => {
    proxy.strike({ kind: 'cut', times: 100 });
    await expect(read()).rejects.toMatchObject({
      code: 'source-unavailable',
      message: expect.stringContaining('s3://keys/emergency/keys ü.txt'),
    });
  });

  test.each(['object', 'bucket'] as const)('tells that there is no such %s', async (what) => {
    const request = what === 'object' ? { ...OBJECT, key: 'other' } : { ...OBJECT, bucket: 'others' };
    await expect(getObject(aws, request)).rejects.toBeInstanceOf(AwsNotFound);
  });
});

test('radosgw refuses a wrong secret', async () => {
  using _environment = new AwsEnvironment({
    AWS_ENDPOINT_URL: radosgw.endpoint,
    AWS_ACCESS_KEY_ID: radosgw.key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'wrong',
  });
  using aws = new Aws({ region: RADOS_REGION, environment: process.env, signal: new AbortController().signal });
  const text = expect.stringContaining('the credentials are refused (SignatureDoesNotMatch)');
  await expect(getObject(aws, OBJECT)).rejects.toMatchObject({ code: 'source-refused', message: text });
});
