/**
 * The tables of a configuration one by one, so that a mistake in one of them hides none in another.
 */
import type { z } from 'zod';
import {
  accessSchema,
  bindSchema,
  type Config,
  keysSchema,
  type LdapSourceConfig,
  sourceSchema,
  stalenessSchema,
  stateSchema,
  tlsSchema,
} from './schema.ts';

/** What is absent is not right. */
export interface SourceParts {
  readonly name?: string;
  readonly tls: Pick<LdapSourceConfig['tls'], 'ca' | 'cert' | 'key'>;
  /** Undefined also where none is written. */
  readonly bind?: LdapSourceConfig['bind'];
  readonly whole?: LdapSourceConfig;
}

export interface ConfigParts {
  readonly sources: readonly SourceParts[];
  readonly access?: Config['access'];
  readonly staleness?: Config['staleness'];
  readonly state?: Config['state'];
  readonly hostGroups?: string;
  readonly revokedKeys?: string;
}

export function readParts(toml: unknown): ConfigParts {
  const [source, access, staleness, state] = ['source', 'access', 'staleness', 'state'].map((key) => valueOf(toml, key));
  const revoked = valueOf(valueOf(valueOf(toml, 'policy'), 'keys'), 'revoked');
  return {
    sources: Array.isArray(source) ? source.map(readSource) : [],
    ...part('access', accessSchema, access ?? {}),
    ...part('staleness', stalenessSchema, staleness ?? {}),
    ...part('state', stateSchema, state ?? {}),
    ...part('hostGroups', accessSchema.shape.host_groups, valueOf(access, 'host_groups')),
    ...part('revokedKeys', keysSchema.shape.revoked, revoked),
  };
}

function readSource(source: unknown): SourceParts {
  const [tls, bind] = [valueOf(source, 'tls'), valueOf(source, 'bind')];
  return {
    ...part('name', sourceSchema.shape.name, valueOf(source, 'name')),
    tls: {
      ...part('ca', tlsSchema.shape.ca, valueOf(tls, 'ca')),
      ...part('cert', tlsSchema.shape.cert, valueOf(tls, 'cert')),
      ...part('key', tlsSchema.shape.key, valueOf(tls, 'key')),
    },
    ...(bind === undefined ? {} : part('bind', bindSchema, bind)),
    ...part('whole', sourceSchema, source),
  };
}

function part<Key extends string, Schema extends z.ZodType>(key: Key, schema: Schema, value: unknown): { [K in Key]?: z.output<Schema> } {
  const result = schema.safeParse(value);
  return (result.success ? { [key]: result.data } : {}) as { [K in Key]?: z.output<Schema> };
}

function valueOf(table: unknown, key: string): unknown {
  return typeof table === 'object' && table !== null && Object.hasOwn(table, key) ? (table as Record<string, unknown>)[key] : undefined;
}
