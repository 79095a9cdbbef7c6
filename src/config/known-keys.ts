/**
 * Which keys each table has, for who wrote one that it does not have. Read off the JSON Schema, so that there is no second list.
 */
import { z } from 'zod';
import { nearest } from './nearest.ts';

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly propertyNames?: { readonly enum?: readonly string[] };
  readonly additionalProperties?: SchemaNode | boolean;
  // oxlint-disable-next-line id-denylist -- JSON Schema's own word
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

const OTHER_TABLES = 3;

/** What somebody may have meant: the rest of a sentence; undefined when nothing is near. @param path of the key that is not known */
export function suggestKey(schema: z.ZodType, path: readonly PropertyKey[]): string | undefined {
  // Made for an error message alone: 20 ms that no other run spends.
  const root = z.toJSONSchema(schema, { io: 'input' }) as SchemaNode;
  const key = String(path.at(-1));
  const table = path.slice(0, -1).reduce<readonly SchemaNode[]>((nodes, part) => nodes.flatMap((node) => childrenOf(node, part)), [root]);
  const others = tablesWith(root, key);
  if (others.length > 0) return `it is one of ${others.slice(0, OTHER_TABLES).join(', ')}`;
  const near = nearest(key, table.flatMap(keysOf));
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

function childrenOf(node: SchemaNode, part: PropertyKey): SchemaNode[] {
  if (typeof part === 'number') return variantsOf(node).flatMap((variant) => variant.items ?? []);
  return variantsOf(node).flatMap(({ properties, additionalProperties }) => {
    const rest = typeof additionalProperties === 'object' ? [additionalProperties] : [];
    return properties?.[String(part)] ?? rest;
  });
}

function variantsOf(node: SchemaNode): SchemaNode[] {
  return [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
}

function keysOf(node: SchemaNode): string[] {
  return variantsOf(node).flatMap(({ properties, propertyNames }) => [...Object.keys(properties ?? {}), ...(propertyNames?.enum ?? [])]);
}

/** As the file writes their headers; every element of a list is one table. */
function tablesWith(root: SchemaNode, key: string): string[] {
  const found = new Set<string>();
  const visit = (node: SchemaNode, header: string): void => {
    if (keysOf(node).includes(key)) found.add(header === '' ? 'those at the top of the file' : `[${header}]`);
    for (const variant of variantsOf(node)) {
      for (const [name, child] of Object.entries(variant.properties ?? {})) visit(child, header === '' ? name : `${header}.${name}`);
      if (variant.items !== undefined) visit(variant.items, `[${header}]`);
    }
  };
  visit(root, '');
  return [...found].map((header) => header.replace(/^\[\[(\w+)\](\..*)\]$/, '[$1$2]'));
}
