/**
 * The instance's id for the audit: from the firmware, else from instance metadata, asked for once a boot and only where AWS is configured.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hostPaths } from '../../../src/host/paths.ts';
import { readInstanceId, usesAws } from '../../../src/sync/host-access/instance-id.ts';
import { ScratchRoot } from '../../cli/command.ts';
import { type Changes, configOf } from '../../config/configuration.ts';
import { AwsEnvironment } from '../../support/aws/environment.ts';
import { type FakeInstanceMetadata, startInstanceMetadata } from '../../support/aws/fake-instance-metadata.ts';

const ID = 'i-0abcdef1234567890';
const EMERGENCY: Changes = { 'emergency.objects': ['s3://break-glass/keys'] };
const BOOT = 'proc/sys/kernel/random/boot_id';

let metadata: FakeInstanceMetadata;
let environment: AwsEnvironment;
let root: ScratchRoot;

beforeAll(async () => {
  metadata = await startInstanceMetadata();
});

afterAll(async () => await metadata?.stop());

beforeEach(async () => {
  metadata.facts = { instanceId: ID };
  metadata.requests.length = 0;
  environment = new AwsEnvironment(metadata.environment);
  root = await ScratchRoot.create();
  await root.write(BOOT, 'first boot\n');
  await mkdir(hostPaths(root.path, '/var/lib/holdfast').privateState, { recursive: true });
});

afterEach(async () => {
  environment[Symbol.dispose]();
  await root[Symbol.asyncDispose]();
});

async function read(changes: Changes = EMERGENCY): Promise<string | undefined> {
  const paths = hostPaths(root.path, '/var/lib/holdfast');
  return await readInstanceId({ config: configOf(changes), paths }, new AbortController().signal);
}

describe('readInstanceId', () => {
  test('asks once a boot', async () => {
    expect([await read(), await read()]).toEqual([ID, ID]);
    expect(metadata.requests).toEqual(['PUT /latest/api/token', 'GET /latest/meta-data/instance-id']);
    metadata.facts = { instanceId: 'i-00000000' };
    await root.write(BOOT, 'second boot\n');
    expect([await read(), await read()]).toEqual(['i-00000000', 'i-00000000']);
    expect(metadata.requests).toHaveLength(4);
  });

  test('asks nobody where nothing of AWS is configured, the audit is off, or the firmware knows', async () => {
    expect(await read({})).toBeUndefined();
    expect(await read({ ...EMERGENCY, 'audit.enabled': false })).toBeUndefined();
    await root.write('sys/devices/virtual/dmi/id/board_asset_tag', 'i-0123456789abcdef0\n');
    expect(await read()).toBe('i-0123456789abcdef0');
    expect(metadata.requests).toEqual([]);
  });

  test.each<[string, () => void]>([
    ['refuses', () => metadata.faults.push(403, 403)],
    ['has none', () => (metadata.facts = {})],
    ['says something else', () => (metadata.facts = { instanceId: '<html>\n"' })],
    ['is blocked', () => (process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = 'http://127.0.0.1:9')],
    ['is configured wrongly', () => (process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = 'nowhere')],
    ['never answers', () => metadata.faults.push('silence', 'silence')],
  ])('has none when the service %s, and asks again the next time', async (_what, fail) => {
    fail();
    expect(await read()).toBeUndefined();
    metadata.faults.length = 0;
    metadata.facts = { instanceId: ID };
    process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = metadata.endpoint;
    expect(await read()).toBe(ID);
  });

  test('does without a place to keep it, and with one that is damaged', async () => {
    await root.write('var/lib/holdfast/state/instance-id.json', '{"version":1,"boot":"first boot","instance":"i-\\nroot"}');
    expect(await read()).toBe(ID);
    expect(JSON.parse(await readFile(hostPaths(root.path, '/var/lib/holdfast').instanceId, 'utf8'))).toMatchObject({ instance: ID });
    await using bare = await ScratchRoot.create();
    const paths = hostPaths(bare.path, '/var/lib/holdfast');
    expect(await readInstanceId({ config: configOf(EMERGENCY), paths }, new AbortController().signal)).toBe(ID);
  });

  test('ends with the reason of its signal', async () => {
    const paths = hostPaths(root.path, '/var/lib/holdfast');
    await expect(readInstanceId({ config: configOf(EMERGENCY), paths }, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

test.each<[string, Changes, boolean]>([
  ['LDAP with files', { 'source[0].tls.ca': 'file:/ca.pem' }, false],
  ['a file of groups', { 'access.host_groups': 'file:/groups' }, false],
  ['a map in a file', { 'access.host_groups': 'file:/groups', 'access.map_file': 'file:/map.toml' }, false],
  ['Parameter Store', { 'source[0].tls.ca': 'ssm:/ca' }, true],
  ['a tag', { 'access.host_groups': ['file:/groups', 'imds-tag:AccessGroup'] }, true],
  ['user data', { 'access.host_groups': 'user-data:access' }, true],
  ['a map in S3', { 'access.host_groups': 'file:/groups', 'access.map_file': 's3://maps/map.toml' }, true],
  ['emergency keys', EMERGENCY, true],
  ['IAM', { 'source[0]': { name: 'iam', type: 'iam', groups: ['ops'], primary_group: { name: 'people', gid: 5000 } } }, true],
])('usesAws: %s', (_what, changes, expected) => {
  expect(usesAws(configOf(changes))).toBe(expected);
});
