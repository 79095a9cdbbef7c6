/**
 * Calls of AWS against moto, which checks signatures and policies, with a proxy before it that fails as AWS does.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Aws, type AwsOptions } from '../../src/aws/aws.ts';
import { AwsNotFound } from '../../src/aws/call-failure.ts';
import { type AwsProxy, startAwsProxy } from '../support/aws/aws-proxy.ts';
import { AwsEnvironment } from '../support/aws/environment.ts';
import { type RoleCredentials, startInstanceMetadata } from '../support/aws/fake-instance-metadata.ts';
import { ACCOUNT, type AccessKey, type Moto, REGION, startMoto } from '../support/aws/moto.ts';

const NOBODY = { AWS_EC2_METADATA_DISABLED: 'true' };
const GET = { action: 'ssm:GetParameter', resource: 'parameter "/holdfast/password"' } as const;

let moto: Moto;
let proxy: AwsProxy;
let agent: AccessKey;
let role: RoleCredentials;

beforeAll(async () => {
  moto = await startMoto();
  proxy = await startAwsProxy(moto.port);
  await moto.putSecret('/holdfast/password', 'correct horse');
  agent = await moto.createAgent('agent', ['ssm:GetParameter', 'sts:AssumeRole']);
  role = await moto.createInstanceRole('web', ['ssm:GetParameter']);
  await moto.requireAuthorization();
});

afterAll(async () => {
  await proxy?.stop();
  await moto?.stop();
});

let environment: AwsEnvironment;
let aws: Aws;

beforeEach(() => {
  environment = withKey(agent);
  aws = open();
});

afterEach(() => {
  aws[Symbol.dispose]();
  environment[Symbol.dispose]();
  proxy.reset();
});

function withKey({ accessKeyId, secretAccessKey }: AccessKey, others: Record<string, string> = NOBODY): AwsEnvironment {
  return new AwsEnvironment({
    ...others,
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
}

function open(options: Partial<AwsOptions> = {}): Aws {
  return new Aws({ region: REGION, environment: process.env, signal: new AbortController().signal, ...options });
}

async function getPassword(from = aws, name = '/holdfast/password'): Promise<string | undefined> {
  const call = { ...GET, resource: `parameter "${name}"` };
  const { Parameter } = await from.ssm(call, async (ssm, options) => await ssm.getParameter({ Name: name, WithDecryption: true }, options));
  return Parameter?.Value;
}

describe('Aws', () => {
  test('makes a call with one request, signed', async () => {
    expect(await getPassword()).toBe('correct horse');
    expect(proxy.counts).toEqual({ 'ssm:GetParameter': 1 });
  });

  test('waits and asks again when it is throttled', async () => {
    proxy.strike({ kind: 'throttle', times: 2 });
    expect(await getPassword()).toBe('correct horse');
    expect(proxy.counts).toEqual({ 'ssm:GetParameter': 3 });
  });

  test.each([500, 503, 'cut'] as const)('asks again after %s', async (kind) => {
    proxy.strike({ kind });
    expect(await getPassword()).toBe('correct horse');
    expect(proxy.counts).toEqual({ 'ssm:GetParameter': 2 });
  });

  test('gives up after five attempts, for now', async () => {
    proxy.strike({ kind: 500, times: 100 });
    await expect(getPassword()).rejects.toMatchObject({
      code: 'source-unavailable',
      message: expect.stringMatching(
        /^AWS: ssm:GetParameter of parameter "\/holdfast\/password" in eu-central-1: AWS fails with status 500 .*\(5 attempts/,
      ),
    });
    expect(proxy.calls).toHaveLength(5);
  });

  test('gives up when its time is over, however slowly it is throttled', async () => {
    aws = open({ budget: 1000 });
    proxy.strike({ kind: 'throttle', times: 100 });
    const text = 'AWS: ssm:GetParameter of parameter "/holdfast/password" in eu-central-1: not done within 1 s (timeout)';
    await expect(getPassword()).rejects.toMatchObject({ code: 'source-unavailable', message: text });
  });

  test('gives up when its time is over and nobody answers', async () => {
    aws = open({ budget: 300 });
    proxy.strike({ kind: 'silence', times: 100 });
    await expect(getPassword()).rejects.toMatchObject({ code: 'source-unavailable', message: expect.stringContaining('(timeout)') });
  });

  test('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    aws = open({ signal: controller.signal });
    proxy.strike({ kind: 'silence' });
    const reading = getPassword();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(reading).rejects.toThrow('enough');
  });

  test('is unavailable when nobody listens', async () => {
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:9';
    const text = expect.stringMatching(/: it cannot be reached: .*ECONNREFUSED.* \(5 attempts\)$/);
    await expect(getPassword()).rejects.toMatchObject({ code: 'source-unavailable', message: text });
  });

  test('says what is not there, so that a caller can tell', async () => {
    const error = await getPassword(aws, '/holdfast/other').catch((error_: unknown) => error_);
    expect(error).toBeInstanceOf(AwsNotFound);
    expect(error).toMatchObject({ code: 'configuration', message: expect.stringContaining('parameter "/holdfast/other" in eu-central-1') });
    expect(proxy.calls).toHaveLength(1);
  });

  test('names what it needs to be allowed', async () => {
    const call = { action: 'iam:GetGroup', resource: 'IAM group "ops"' } as const;
    await expect(aws.iam(call, async (iam, options) => await iam.getGroup({ GroupName: 'ops' }, options))).rejects.toMatchObject({
      code: 'source-refused',
      message: expect.stringMatching(
        /^AWS: iam:GetGroup of IAM group "ops" in eu-central-1: access denied: .*user\/agent is not authorized/,
      ),
      hints: ['the role must be allowed iam:GetGroup for IAM group "ops"'],
    });
    expect(proxy.calls).toEqual(['iam:GetGroup']);
  });

  test.each([
    ['an unknown key', { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' }],
    ['a wrong secret', { secretAccessKey: 'wrong-secret-of-the-agent' }],
  ])('shows nothing of the credentials when they are refused: %s', async (_what, wrong) => {
    using _environment = withKey({ ...agent, ...wrong });
    const error = await getPassword(open()).catch((error_: unknown) => error_);
    expect(error).toMatchObject({ code: 'source-refused', message: expect.stringContaining('the credentials are refused (') });
    expect(JSON.stringify([error, String(error), (error as Error).cause])).not.toMatch(/AKIA|wrong-secret|aws4_request/);
  });

  test('takes the role of the instance, and asks for it once', async () => {
    await using metadata = await startInstanceMetadata({ region: REGION, role });
    using _environment = new AwsEnvironment({ AWS_ENDPOINT_URL: proxy.endpoint, ...metadata.environment });
    using ofInstance = open({ region: undefined });
    expect(await getPassword(ofInstance)).toBe('correct horse');
    expect(await getPassword(ofInstance)).toBe('correct horse');
    expect(metadata.requests).toEqual([
      'PUT /latest/api/token',
      'GET /latest/meta-data/placement/region',
      'PUT /latest/api/token',
      'GET /latest/meta-data/iam/security-credentials/',
      'GET /latest/meta-data/iam/security-credentials/web',
    ]);
  });

  test('asks for the role again when the metadata service has failed once', async () => {
    await using metadata = await startInstanceMetadata({ role });
    using _environment = new AwsEnvironment({ AWS_ENDPOINT_URL: proxy.endpoint, ...metadata.environment });
    using ofInstance = open();
    metadata.faults.push(500, 500);
    expect(await getPassword(ofInstance)).toBe('correct horse');
  });

  test.each([
    ['has no role', {}, 'source-refused', 'and this instance has no role'],
    ['does not say whether it has a role', undefined, 'source-unavailable', 'and instance metadata at http://127.0.0.1:'],
  ])('tells that the instance %s', async (_what, facts, code, text) => {
    await using metadata = await startInstanceMetadata(facts);
    if (facts === undefined) metadata.faults.push(...Array.from({ length: 20 }, () => 500));
    using _environment = new AwsEnvironment({ AWS_ENDPOINT_URL: proxy.endpoint, ...metadata.environment });
    using ofInstance = open();
    await expect(getPassword(ofInstance)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
    expect(proxy.calls).toEqual([]);
  });

  test('assumes a role of another account, once for all its calls', async () => {
    await moto.allowSetUp();
    const arn = await moto.createRole('reader', ['iam:GetGroup']);
    await moto.createGroup('readers', ['ann']);
    await moto.requireAuthorization();
    using other = aws.withRole({ arn, sessionName: 'holdfast' });
    const call = { action: 'iam:GetGroup', resource: 'IAM group "readers"' } as const;
    const ask = async (): Promise<number | undefined> =>
      (await other.iam(call, async (iam, options) => await iam.getGroup({ GroupName: 'readers' }, options))).Users?.length;
    expect([await ask(), await ask()]).toEqual([1, 1]);
    expect(proxy.counts).toEqual({ 'sts:AssumeRole': 1, 'iam:GetGroup': 2 });
    await expect(getPassword(other)).rejects.toMatchObject({
      code: 'source-refused',
      message: expect.stringContaining('assumed-role/reader/holdfast'),
    });
  });

  test('says which role it may not assume', async () => {
    using _environment = withKey({ accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' });
    using other = open().withRole({ arn: `arn:aws:iam::${ACCOUNT}:role/none`, sessionName: 'holdfast' });
    const text = expect.stringContaining('AWS: sts:AssumeRole of arn:aws:iam::123456789012:role/none in eu-central-1: ');
    await expect(getPassword(other)).rejects.toMatchObject({ code: 'source-refused', message: text });
  });

  test.each([
    ['a page of a captive portal', '<html><body>Log in to the network</body></html>'],
    ['too much', `{"Parameter":{"Value":"${'x'.repeat(9_000_000)}"}}`],
  ])('takes %s for no answer', async (_what, raw) => {
    proxy.strike({ kind: { raw }, times: 100 });
    await expect(getPassword()).rejects.toMatchObject({ code: raw.length > 1000 ? 'data-refused' : 'source-unavailable' });
  });
});
