/**
 * Every key of the configuration as the manual has to give it, walked from the JSON Schema that `holdfast config schema` prints.
 */
import { z } from 'zod';
import { configSchema } from '../../src/config/schema.ts';

export interface ConfigKey {
  /** The heading it stands below: `[source.tls] of type ldap`. */
  readonly table: string;
  readonly key: string;
  /** `integer, 1 to 100000; default 1000`. */
  readonly signature: string;
  /** Values that a list may have, each of which the manual has to name. */
  readonly values: readonly string[];
}

interface Schema {
  readonly type?: string;
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly prefixItems?: readonly Schema[];
  /** `false`: no others than those before. */
  // oxlint-disable-next-line eslint/id-denylist -- JSON Schema's word
  readonly items?: Schema | false;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | false;
  readonly required?: readonly string[];
}

export function configKeys(): ConfigKey[] {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as Schema;
  return keysOf(schema, '', '');
}

/** @param path dotted; empty at the top @param suffix of a source, its type */
function keysOf({ properties = {}, required = [] }: Schema, path: string, suffix: string): ConfigKey[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const inner = path === '' ? key : `${path}.${key}`;
    const elements = elementOf(schema);
    if (inner === 'source') return (elements?.oneOf ?? []).flatMap((one) => keysOf(one, 'source', typeOf(one)));
    if (schema.oneOf !== undefined) return choicesOf(schema.oneOf, inner, suffix);
    if (schema.properties !== undefined) return keysOf(schema, inner, suffix);
    if (schema.type === 'object') return namedOf(schema, inner, suffix);
    return [keyOf(schema, { table: tableOf(path, suffix), key, isRequired: required.includes(key) })];
  });
}

function typeOf({ properties }: Schema): string {
  return ` of type ${String(properties?.['type']?.const)}`;
}

function tableOf(path: string, suffix: string): string {
  if (path === '') return 'TOP LEVEL';
  return `${path === 'source' ? '[[source]]' : `[${path}]`}${suffix}`;
}

/** A table of several shapes: each key once, and what is only in some of them is not required. */
function choicesOf(shapes: readonly Schema[], path: string, suffix: string): ConfigKey[] {
  const keys = [...new Set(shapes.flatMap(({ properties = {} }) => Object.keys(properties)))];
  return keys.map((key) => {
    const found = shapes.flatMap(({ properties = {} }) => (properties[key] === undefined ? [] : [properties[key]]));
    const constants = found.flatMap((schema) => (schema.const === undefined ? [] : [String(schema.const)]));
    const schema = constants.length > 0 ? { type: 'string', enum: constants } : (found[0] ?? {});
    return keyOf(schema, { table: tableOf(path, suffix), key, isRequired: found.length === shapes.length });
  });
}

/** A table whose keys are names of the operator's, or some of a list. */
function namedOf({ propertyNames, additionalProperties }: Schema, path: string, suffix: string): ConfigKey[] {
  const table = tableOf(path, suffix);
  if (additionalProperties === undefined || additionalProperties === false) return [];
  const names = propertyNames?.enum ?? ['NAME'];
  const inner = additionalProperties.properties;
  return names.flatMap((name) =>
    inner === undefined
      ? [keyOf(additionalProperties, { table, key: name, isRequired: false })]
      : Object.entries(inner).map(([key, schema]) => keyOf(schema, { table, key: `${name}.${key}`, isRequired: false })),
  );
}

interface Place {
  readonly table: string;
  readonly key: string;
  readonly isRequired: boolean;
}

function keyOf(schema: Schema, { table, key, isRequired }: Place): ConfigKey {
  const unset = isRequired ? 'required' : 'optional';
  const end = schema.default === undefined ? unset : `default ${asToml(schema.default)}`;
  return { table, key, signature: `${describeType(schema)}; ${end}`, values: valuesOf(schema) };
}

function describeType(schema: Schema): string {
  const { type, enum: values, const: constant, anyOf } = schema;
  if (anyOf !== undefined) return anyOf.map(describeType).join(', or ');
  if (constant !== undefined) return asToml(constant);
  if (values !== undefined) return `one of ${values.map(asToml).join(', ')}`;
  if (type === 'array') return `${describeElements(schema)}${describeCount(schema)}`;
  return `${type ?? 'anything'}${describeRange(schema)}`;
}

function describeElements(schema: Schema): string {
  const { prefixItems } = schema;
  if (prefixItems !== undefined) return `${prefixItems.length} ${prefixItems[0]?.type ?? ''}s: first and last`;
  return `array of ${elementOf(schema)?.type ?? ''}s`;
}

function describeCount({ minItems, maxItems, prefixItems }: Schema): string {
  if (prefixItems !== undefined || (minItems === undefined && maxItems === undefined)) return '';
  return maxItems === undefined ? `, at least ${minItems ?? 0}` : `, ${minItems ?? 0} to ${maxItems} of them`;
}

/** Numbers that only JSON has are no limits. */
function describeRange({ minimum, maximum }: Schema): string {
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least === undefined) return most === undefined ? '' : `, at most ${most}`;
  return most === undefined ? `, at least ${least}` : `, ${least} to ${most}`;
}

function valuesOf(schema: Schema): readonly string[] {
  return elementOf(schema)?.enum ?? [];
}

function elementOf(schema: Schema): Schema | undefined {
  const element = schema['items'];
  return element === false ? undefined : element;
}

function asToml(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(asToml).join(', ')}]` : JSON.stringify(value);
}
