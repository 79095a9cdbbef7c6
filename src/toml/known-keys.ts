/**
 * Which keys each table has, for who wrote one that it does not have. Read off the JSON Schema, so that there is no second list.
 */
import { z } from 'zod';
import { nearest } from './nearest.ts';
import type { TomlPath } from './positions.ts';

interface SchemaNode {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly propertyNames?: { readonly enum?: readonly string[] };
  readonly additionalProperties?: SchemaNode | boolean;
  // oxlint-disable-next-line id-denylist -- JSON Schema's own word
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

const OTHER_TABLES = 3;

/**
 * What somebody may have meant: the rest of a sentence; undefined when nothing is near.
 *
 * @param path of the key that is not known
 * @param toml all that was written: what a table may have can depend on one of its values
 */
export function suggestKey(path: TomlPath, toml: unknown, schema: z.ZodType): string | undefined {
  // Made for an error message alone: 20 ms that no other run spends.
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode;
  const key = String(path.at(-1));
  const others = tablesWith(root, key);
  if (others.length > 0) return `it is one of ${others.slice(0, OTHER_TABLES).join(', ')}`;
  const near = nearest(key, tablesAt(root, path.slice(0, -1), toml).flatMap(keysOf));
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

/** What may stand at a path, going by what stands around it. */
function tablesAt(root: SchemaNode, path: TomlPath, toml: unknown): SchemaNode[] {
  let nodes = variantsFor(root, toml);
  let value = toml;
  for (const part of path) {
    value = valueAt(value, part);
    nodes = nodes.flatMap((node) => childrenOf(node, part)).flatMap((node) => variantsFor(node, value));
  }
  return nodes;
}

function childrenOf({ items: elements, properties, additionalProperties }: SchemaNode, part: string | number): SchemaNode[] {
  if (typeof part === 'number') return elements === undefined ? [] : [elements];
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const child = properties?.[part] ?? rest;
  return child === undefined ? [] : [child];
}

function variantsOf(node: SchemaNode): SchemaNode[] {
  return [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
}

/** Not those of another `type` or `method` than the value says. */
function variantsFor(node: SchemaNode, value: unknown): SchemaNode[] {
  const isMeant = (variant: SchemaNode): boolean =>
    markOf(variant).every(([key, wanted]) => valueAt(value, key) === undefined || valueAt(value, key) === wanted);
  return variantsOf(node).filter((variant) => variant === node || isMeant(variant));
}

/** What a variant is told apart by, such as `type`. */
function markOf({ properties = {} }: SchemaNode): (readonly [string, unknown])[] {
  return Object.entries(properties).flatMap(([key, child]) => (child.const === undefined ? [] : [[key, child.const] as const]));
}

function valueAt(value: unknown, part: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, part) ? (value as Record<string, unknown>)[part] : undefined;
}

function keysOf({ properties, propertyNames }: SchemaNode): string[] {
  return [...Object.keys(properties ?? {}), ...(propertyNames?.enum ?? [])];
}

/** As the file writes their headers; every element of a list is one table. */
function tablesWith(root: SchemaNode, key: string): string[] {
  const found = new Set<string>();
  const visit = (node: SchemaNode, header: string): void => {
    for (const mark of marksOfTablesWith(node, key)) found.add(`${nameOfTable(header)}${mark}`);
    for (const variant of variantsOf(node)) {
      for (const [name, child] of Object.entries(variant.properties ?? {})) visit(child, header === '' ? name : `${header}.${name}`);
      if (variant.items !== undefined) visit(variant.items, `[${header}]`);
    }
  };
  visit(root, '');
  return [...found];
}

/** One mark for each variant that has the key; an empty one when all have. */
function marksOfTablesWith(node: SchemaNode, key: string): string[] {
  const having = variantsOf(node).filter((variant) => keysOf(variant).includes(key));
  if (having.length === 0) return [];
  if (having.includes(node) || having.length === node.oneOf?.length) return [''];
  return having.map((variant) => {
    const mark = markOf(variant).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    return mark.length === 0 ? '' : ` with ${mark.join(', ')}`;
  });
}

function nameOfTable(header: string): string {
  return header === '' ? 'those at the top of the file' : `[${header}]`.replace(/^\[\[(\w+)\](\..*)\]$/, '[$1$2]');
}
