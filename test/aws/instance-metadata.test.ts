import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InstanceMetadata } from '../../src/aws/instance-metadata.ts';
import { type FakeInstanceMetadata, startInstanceMetadata } from '../support/aws/fake-instance-metadata.ts';
import { startSilentServer } from '../support/tcp-proxy.ts';

const TAGS = { 'holdfast:access': 'web-prod, ops', Name: 'web-1' };

let service: FakeInstanceMetadata;

beforeEach(async () => {
  service = await startInstanceMetadata({ region: 'eu-central-1', instanceId: 'i-0123456789abcdef0', tags: TAGS, userData: 'a = "ü"\n' });
});

afterEach(async () => {
  await service.stop();
});

function open(environment: Record<string, string> = {}, signal = new AbortController().signal): InstanceMetadata {
  return new InstanceMetadata({ environment: { ...service.environment, ...environment }, signal });
}

describe('InstanceMetadata', () => {
  test('reads what the instance is, with one token', async () => {
    const metadata = open();
    expect(await metadata.region()).toBe('eu-central-1');
    expect(await metadata.instanceId()).toBe('i-0123456789abcdef0');
    expect(await metadata.tag('holdfast:access')).toBe('web-prod, ops');
    expect(await metadata.userData()).toBe('a = "ü"\n');
    expect(service.requests).toEqual([
      'PUT /latest/api/token',
      'GET /latest/meta-data/placement/region',
      'GET /latest/meta-data/instance-id',
      'GET /latest/meta-data/tags/instance/holdfast:access',
      'GET /latest/user-data',
    ]);
  });

  test('knows what is not there from a failure', async () => {
    expect(await open().tag('toString')).toBeUndefined();
    service.facts = {};
    expect(await open().tag('Name')).toBeUndefined();
    expect(await open().userData()).toBeUndefined();
  });

  test('takes an endpoint with a slash at its end', async () => {
    expect(await open({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `${service.endpoint}/` }).region()).toBe('eu-central-1');
  });

  test('takes another token when its own has ended', async () => {
    const metadata = open();
    await metadata.region();
    service.expireTokens();
    expect(await metadata.instanceId()).toBe('i-0123456789abcdef0');
    expect(service.requests.filter((one) => one.startsWith('PUT'))).toHaveLength(2);
  });

  test.each([503, 429, 'silence'] as const)('asks once more after %s', async (fault) => {
    service.faults.push(fault);
    expect(await open().region()).toBe('eu-central-1');
  });

  test('gives up after the second failure', async () => {
    service.faults.push(503, 500);
    const text = expect.stringMatching(/: cannot read "api\/token": it answers with status 500$/);
    await expect(open().region()).rejects.toMatchObject({ code: 'source-unavailable', message: text });
  });

  test.each([
    ['is blocked', 403, 'source-refused', 'cannot read "api/token": it refuses with status 403'],
    ['wants no such request', 400, 'source-refused', 'cannot read "api/token": it refuses with status 400'],
  ])('throws when it %s', async (_what, fault, code, text) => {
    service.faults.push(fault);
    await expect(open().region()).rejects.toMatchObject({ code, message: `instance metadata at ${service.endpoint}: ${text}` });
  });

  test('says what lets a container reach it when nobody answers', async () => {
    await using silent = await startSilentServer();
    const metadata = open({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${silent.port}` });
    await expect(metadata.region()).rejects.toMatchObject({
      code: 'source-unavailable',
      message: expect.stringMatching(/: cannot read "api\/token": no answer within 2 s$/),
      hints: expect.arrayContaining([expect.stringContaining('--http-put-response-hop-limit 2')]),
    });
    expect(silent.connections).toBe(2);
  });

  test('throws when nobody listens', async () => {
    await service.stop();
    await expect(open().region()).rejects.toMatchObject({ code: 'source-unavailable', message: expect.stringContaining('ECONNREFUSED') });
    service = await startInstanceMetadata();
  });

  test('asks nobody when it is disabled', async () => {
    const text = expect.stringMatching(/AWS_EC2_METADATA_DISABLED is "true"$/);
    await expect(open({ AWS_EC2_METADATA_DISABLED: 'True' }).region()).rejects.toMatchObject({ code: 'source-unavailable', message: text });
    expect(service.requests).toEqual([]);
  });

  test.each([
    ['text that is none', Buffer.from([0x1f, 0x8b, 0x08, 0xff]), 'it is no UTF-8 text (4 bytes)'],
    ['more than there can be', 'x'.repeat(70_000), 'sends more than 65536 bytes'],
  ])('refuses %s', async (_what, userData, text) => {
    service.facts = { userData };
    await expect(open().userData()).rejects.toMatchObject({ code: 'data-refused', message: expect.stringContaining(text) });
  });

  test('refuses what is no token', async () => {
    const server = createServer((_request, response) => response.end('<html>\nWelcome</html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const metadata = open({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await expect(metadata.region()).rejects.toMatchObject({ message: expect.stringContaining('what came is no token') });
    server.close();
  });

  test.each(['', '..', 'a/b', 'a b', 'ü', 'x'.repeat(257)])('never asks for a tag with the name %j', async (name) => {
    await expect(open().tag(name)).rejects.toMatchObject({ code: 'configuration' });
    expect(service.requests).toEqual([]);
  });

  test.each(['https://127.0.0.1', '169.254.169.254', 'http://a/b', 'http://a@b'])('refuses the endpoint %j', (endpoint) => {
    expect(() => open({ AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint })).toThrow(`is "${endpoint}"; wanted: "http://ADDRESS[:PORT]"`);
  });

  test('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    service.faults.push('silence');
    const reading = open({}, controller.signal).region();
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });
});
