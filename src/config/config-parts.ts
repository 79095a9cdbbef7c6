/**
 * The tables of a configuration one by one, so that a mistake in one of them hides none in another.
 */
import type { z } from 'zod';
import { accessSchema } from './access-schema.ts';
import { emergency as emergencySchema } from './emergency-schema.ts';
import { awsSchema, type Config, type EmergencyConfig, keysSchema, policySchema, stalenessSchema, stateSchema } from './schema.ts';
import { sourceName } from './schema-values.ts';
import { source as sourceSchema, type SourceConfig } from './source-schema.ts';

/** What is absent is not right. */
export interface SourceParts {
  readonly name?: string;
  readonly whole?: SourceConfig;
}

export interface ConfigParts {
  readonly sources: readonly SourceParts[];
  readonly access?: Config['access'];
  readonly policy?: Config['policy'];
  readonly emergency?: EmergencyConfig;
  readonly staleness?: Config['staleness'];
  readonly state?: Config['state'];
  readonly aws?: Config['aws'];
  readonly hostGroups?: Config['access']['host_groups'];
  readonly mapFile?: string | undefined;
  readonly mapPublicKey?: string | undefined;
  readonly revokedKeys?: string;
}

export function readParts(toml: unknown): ConfigParts {
  const keys = ['source', 'access', 'policy', 'staleness', 'state', 'aws'] as const;
  const [source, access, policy, staleness, state, aws] = keys.map((key) => valueOf(toml, key));
  const revoked = valueOf(valueOf(policy, 'keys'), 'revoked');
  return {
    sources: Array.isArray(source) ? source.map(readSource) : [],
    ...part('access', accessSchema, access ?? {}),
    ...part('policy', policySchema, policy ?? {}),
    ...part('emergency', emergencySchema, valueOf(toml, 'emergency')),
    ...part('staleness', stalenessSchema, staleness ?? {}),
    ...part('state', stateSchema, state ?? {}),
    ...part('aws', awsSchema, aws ?? {}),
    ...part('hostGroups', accessSchema.shape.host_groups, valueOf(access, 'host_groups')),
    ...part('mapFile', accessSchema.shape.map_file, valueOf(access, 'map_file')),
    ...part('mapPublicKey', accessSchema.shape.map_public_key, valueOf(access, 'map_public_key')),
    ...part('revokedKeys', keysSchema.shape.revoked, revoked),
  };
}

function readSource(source: unknown): SourceParts {
  return { ...part('name', sourceName, valueOf(source, 'name')), ...part('whole', sourceSchema, source) };
}

function part<Key extends string, Schema extends z.ZodType>(key: Key, schema: Schema, value: unknown): { [K in Key]?: z.output<Schema> } {
  const result = schema.safeParse(value);
  return (result.success ? { [key]: result.data } : {}) as { [K in Key]?: z.output<Schema> };
}

function valueOf(table: unknown, key: string): unknown {
  return typeof table === 'object' && table !== null && Object.hasOwn(table, key) ? (table as Record<string, unknown>)[key] : undefined;
}
