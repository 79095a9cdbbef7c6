/**
 * Every place in src/ that makes an error for an operator, or says something to one, with the codes it gives it: read from the syntax trees.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
// The TypeScript parser that comes with vitest; TypeScript 7 has none for JavaScript to call.
import { parseAst } from 'vitest/node';

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface ThrownError {
  /** `sources/ldap/search.ts: new SourceError(error.code, …)` */
  readonly where: string;
  readonly codes: readonly string[];
  /** The code is that of another error, which was made elsewhere. */
  readonly isPassedOn: boolean;
  readonly details: readonly string[];
}

export interface SourceCodes {
  readonly thrown: readonly ThrownError[];
  /** Names of events at level warning or error. */
  readonly events: readonly string[];
}

const ERROR_CLASSES: ReadonlySet<string> = new Set(['HoldfastError', 'SourceError']);

export function collectCodes(root = join(import.meta.dirname, '../../src')): SourceCodes {
  const trees = globSync('**/*.ts', { cwd: root }).map((path) => ({
    path,
    // oxlint-disable-next-line typescript/no-deprecated -- its successor is vite's, which is no dependency of ours
    nodes: [...nodesOf(parseAst(readFileSync(join(root, path), 'utf8'), { lang: 'ts' }))],
  }));
  return {
    thrown: trees.flatMap(({ path, nodes }) => nodes.flatMap((node) => thrownBy(node, path))),
    events: trees.flatMap(({ nodes }) => nodes.flatMap(eventsOf)),
  };
}

/** A `new HoldfastError(…)`, a `super(…)` of one, or an object that becomes the arguments of one. */
function thrownBy(node: Node, path: string): ThrownError[] {
  const [code, , details] = (node['arguments'] ?? []) as Node[];
  const callee = node['callee'] as Node | undefined;
  const isNew = node.type === 'NewExpression' && ERROR_CLASSES.has(String(callee?.['name']));
  const isSuper = node.type === 'CallExpression' && callee?.type === 'Super' && code !== undefined && isCode(code);
  if (isNew || isSuper) return [errorOf(path, code, propertyOf(details, 'detail'))];
  const ownCode = propertyOf(node, 'code');
  const ownDetail = propertyOf(node, 'detail');
  return ownCode !== undefined && ownDetail !== undefined && isCode(ownCode) ? [errorOf(path, ownCode, ownDetail)] : [];
}

function errorOf(path: string, code: Node | undefined, detail: Node | undefined): ThrownError {
  const codes = code === undefined ? [] : literalsOf(code);
  return {
    where: `${path}: ${codes.join('|')}`,
    codes,
    isPassedOn: code !== undefined && codes.length === 0 && isNamedCode(code),
    details: detail === undefined ? [] : literalsOf(detail),
  };
}

function isCode(node: Node): boolean {
  return literalsOf(node).length > 0;
}

/** `error.code`, `code`. */
function isNamedCode(node: Node): boolean {
  const name = node.type === 'MemberExpression' ? (node['property'] as Node)['name'] : node['name'];
  return name === 'code';
}

/** Of a text, or of a choice among texts; of another expression none. */
function literalsOf(node: Node): string[] {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? [node['value']] : [];
  if (node.type === 'ConditionalExpression') return [...literalsOf(node['consequent'] as Node), ...literalsOf(node['alternate'] as Node)];
  return [];
}

function propertyOf(node: Node | undefined, name: string): Node | undefined {
  if (node?.type !== 'ObjectExpression') return undefined;
  const found = (node['properties'] as Node[]).find((property) => (property['key'] as Node | undefined)?.['name'] === name);
  return found?.['value'] as Node | undefined;
}

function eventsOf(node: Node): string[] {
  const callee = node['callee'] as Node | undefined;
  if (node.type !== 'CallExpression' || (callee?.['property'] as Node | undefined)?.['name'] !== 'event') return [];
  const [level, , name] = node['arguments'] as Node[];
  if (level === undefined || name === undefined || !literalsOf(level).some((one) => one !== 'info')) return [];
  return literalsOf(name);
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && typeof value.type === 'string') yield value as Node;
  for (const child of Object.values(value)) yield* nodesOf(child);
}
