import { describe, expect, test } from 'vitest';
import { InstanceMetadata } from '../../src/aws/instance-metadata.ts';
import { resolveRegion } from '../../src/aws/region.ts';
import { type InstanceFacts, startInstanceMetadata } from '../support/aws/fake-instance-metadata.ts';

interface Case {
  readonly configured?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly facts?: InstanceFacts;
}

async function resolve({ configured, environment = {}, facts = {} }: Case): Promise<string> {
  await using service = await startInstanceMetadata(facts);
  const variables = { ...service.environment, ...environment };
  const metadata = new InstanceMetadata({ environment: variables, signal: new AbortController().signal });
  return await resolveRegion({ configured, environment: variables, metadata });
}

describe('resolveRegion', () => {
  const facts = { region: 'eu-west-1' };
  const environment = { AWS_REGION: 'eu-north-1', AWS_DEFAULT_REGION: 'eu-south-1' };

  test.each<[string, Case, string]>([
    ['the configured one', { configured: 'eu-central-1', environment, facts }, 'eu-central-1'],
    ["the environment's", { environment, facts }, 'eu-north-1'],
    ["the environment's other", { environment: { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-south-1' }, facts }, 'eu-south-1'],
    ["the instance's", { facts }, 'eu-west-1'],
  ])('takes %s', async (_what, given, region) => {
    expect(await resolve(given)).toBe(region);
  });

  test.each<[string, Case, string, string]>([
    ['there is none', {}, 'configuration', 'and the instance metadata has none'],
    ['nobody may be asked', { environment: { AWS_EC2_METADATA_DISABLED: 'true' } }, 'configuration', 'AWS_EC2_METADATA_DISABLED is "true"'],
    ['it is a part of another host name', { configured: 'evil.example/' }, 'configuration', '[aws] region is "evil.example/"'],
    ['the instance says nonsense', { facts: { region: 'a b' } }, 'configuration', 'the region in the instance metadata is "a b"'],
  ])('throws when %s', async (_what, given, code, text) => {
    await expect(resolve(given)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });
});
