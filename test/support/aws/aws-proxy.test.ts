import { IAM } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsProxy, startAwsProxy } from './aws-proxy.ts';
import { type Moto, REGION, startMoto } from './moto.ts';

let moto: Moto;
let proxy: AwsProxy;
let iam: IAM;

beforeAll(async () => {
  moto = await startMoto();
  proxy = await startAwsProxy(moto.port);
  await moto.createGroup('ops', ['ann', 'bob', 'cem']);
  const agent = await moto.createAgent('agent', ['iam:GetGroup']);
  iam = new IAM({ endpoint: proxy.endpoint, region: REGION, credentials: agent, maxAttempts: 1 });
  await moto.requireAuthorization();
});

afterAll(async () => {
  iam?.destroy();
  await proxy?.stop();
  await moto?.stop();
});

async function getPage(marker?: string): Promise<{ names: (string | undefined)[]; next: string | undefined }> {
  const { Users, Marker, IsTruncated } = await iam.getGroup({ GroupName: 'ops', ...(marker === undefined ? {} : { Marker: marker }) });
  expect(IsTruncated).toBe(Marker !== undefined);
  return { names: Users?.map(({ UserName }) => UserName) ?? [], next: Marker };
}

describe('AwsProxy', () => {
  test('gives a group in pages, and counts them', async () => {
    expect(await getPage()).toEqual({ names: ['ann', 'bob', 'cem'], next: undefined });
    proxy.pageSize = 2;
    expect(await getPage()).toEqual({ names: ['ann', 'bob'], next: '2' });
    expect(await getPage('2')).toEqual({ names: ['cem'], next: undefined });
    expect(proxy.counts).toEqual({ 'iam:GetGroup': 3 });
    proxy.reset();
    expect(proxy.counts).toEqual({});
  });

  test('strikes the action that it is told, as often as it is told', async () => {
    proxy.strike({ action: 'iam:GetGroup', kind: 'throttle' });
    proxy.strike({ action: 'ssm:GetParameter', kind: 500, times: 9 });
    await expect(getPage()).rejects.toMatchObject({ name: 'Throttling' });
    expect((await getPage()).names).toHaveLength(3);
  });
});
