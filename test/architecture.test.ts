/**
 * Who may import whom, and what only one file may do: the rules that keep the core pure and the output in one place.
 *
 * The sources are parsed, so a comment or a text that only looks like an import counts for nothing.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
// The TypeScript parser that comes with vitest; TypeScript 7 has none for JavaScript to call.
import { parseAst } from 'vitest/node';

/** Folders and top-level modules of src/, and what each may use. What is not here does not exist. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: ['cli', 'errors', 'exit-status'],
  cli: ['sync', 'config', 'toml', 'directory', 'errors', 'exit-status', 'version'],
  sync: [
    'toml',
    'policy',
    'directory',
    'sources',
    'caches',
    'host',
    'config',
    'state',
    'aws',
    'errors',
    'exit-status',
    'memory',
    'version',
  ],
  policy: ['directory'],
  sources: ['toml', 'directory', 'aws', 'errors'],
  aws: ['directory', 'errors'],
  caches: ['directory', 'errors', 'fsync', 'memory'],
  host: ['directory', 'errors'],
  config: ['toml', 'directory', 'errors'],
  toml: ['directory'],
  state: ['directory', 'errors', 'fsync'],
  directory: [],
  'exit-status': ['errors'],
  errors: [],
  fsync: [],
  memory: [],
  version: [],
};

/** They decide on values alone: no node: module, no package. */
const PURE: ReadonlySet<string> = new Set(['directory', 'policy']);

/** A command shows reports, and a report is made of everybody's types. */
const MAY_IMPORT_TYPES_OF_ALL: ReadonlySet<string> = new Set(['cli']);

/** Packages that `import()` may load: the build makes each an asset of its own, so that it costs nothing until then. */
const LAZY_PACKAGES: ReadonlySet<string> = new Set([
  '@aws-sdk/client-iam',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-ssm',
  '@aws-sdk/client-sts',
]);

/** Names that say nothing, so that everything ends up there. */
const EMPTY_NAMES = /^(?:utils?|helpers?|common|types)$/;

const MAX_LINES = 300;
const PRINTS = 'cli/render.ts';
const ENTRY = 'main.ts';

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

interface Import {
  /** Undefined: `import()` of something that is no literal. */
  readonly specifier: string | undefined;
  readonly kind: 'value' | 'type' | 'dynamic';
}

/** What is wrong, one sentence each. @param sources by path below src/ */
function checkArchitecture(sources: ReadonlyMap<string, string>): string[] {
  const violations: string[] = [];
  const edges = new Map<string, string[]>();
  for (const [path, text] of sources) {
    // oxlint-disable-next-line typescript/no-deprecated -- its successor is vite's, which is no dependency of ours
    const nodes = [...nodesOf(parseAst(text, { lang: 'ts' }))];
    const imports = nodes.flatMap(importsOf);
    violations.push(...checkFile(path, text), ...checkGlobals(path, nodes), ...imports.flatMap((one) => checkImport(path, one)));
    edges.set(
      path,
      imports.map(({ specifier = '' }) => resolveImport(path, specifier)).filter((target) => sources.has(target)),
    );
  }
  return [...violations, ...findCycles(edges)];
}

function checkFile(path: string, text: string): string[] {
  const names = path.replace(/\.ts$/, '').split('/');
  const lines = text.trimEnd().split('\n').length;
  return [
    ...names.filter((name) => EMPTY_NAMES.test(name)).map((name) => `${path}: "${name}" is no name: say what it is`),
    ...(lines > MAX_LINES ? [`${path}: has ${lines} lines, more than ${MAX_LINES}`] : []),
    ...(MAY_IMPORT[moduleOf(path)] === undefined ? [`${path}: the design knows no "${moduleOf(path)}"`] : []),
  ];
}

function checkImport(path: string, { specifier, kind }: Import): string[] {
  const from = moduleOf(path);
  if (specifier === undefined) return [`${path}: import() of something that only shows at run time`];
  if (!specifier.startsWith('.')) return checkPackage(path, specifier, kind);
  const to = moduleOf(resolveImport(path, specifier));
  if (to === from || MAY_IMPORT[from]?.includes(to) === true) return [];
  if (kind === 'type' && MAY_IMPORT_TYPES_OF_ALL.has(from)) return [];
  return [`${path}: ${from} may not import ${to} (${specifier})`];
}

function checkPackage(path: string, specifier: string, kind: Import['kind']): string[] {
  if (PURE.has(moduleOf(path))) return [`${path}: ${moduleOf(path)} is pure and may not import ${specifier}`];
  if (specifier.startsWith('node:')) return [];
  if (kind === 'value' && specifier.startsWith('@aws-sdk/')) return [`${path}: ${specifier} is loaded with import() only`];
  if (kind === 'dynamic' && !LAZY_PACKAGES.has(specifier)) return [`${path}: import() of ${specifier}, which is no lazy package`];
  return [];
}

/** Printing and the exit status belong to one file each. */
function checkGlobals(path: string, nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    const name = globalOf(node);
    if (name === 'process.exit') return [`${path}: process.exit() cuts off what is still to be written; settle a status instead`];
    if (name === 'process.exitCode' && path !== ENTRY) return [`${path}: only ${ENTRY} sets process.exitCode`];
    if (name !== undefined && /^(?:console|process\.std(?:out|err))$/.test(name) && path !== PRINTS) {
      return [`${path}: only ${PRINTS} prints, and this uses ${name}`];
    }
    return [];
  });
}

/** `process.member`, however it is spelt, or `console`. */
function globalOf(node: Node): string | undefined {
  if (node.type === 'Identifier' && node['name'] === 'console') return 'console';
  const { object, property } = node as Node & { readonly object?: Node; readonly property?: Node };
  if (node.type !== 'MemberExpression' || object?.['name'] !== 'process') return undefined;
  return `process.${String(property?.['name'] ?? property?.['value'])}`;
}

function importsOf(node: Node): Import[] {
  const source = node['source'] as Node | null | undefined;
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return source ? [{ specifier: literalOf(source), kind: isTypeOnly(node) ? 'type' : 'value' }] : [];
    case 'ImportExpression':
      return [{ specifier: source ? literalOf(source) : undefined, kind: 'dynamic' }];
    case 'TSImportType':
      return [{ specifier: source ? literalOf(source) : undefined, kind: 'type' }];
    default:
      return [];
  }
}

function literalOf({ type, value }: Node): string | undefined {
  return type === 'Literal' && typeof value === 'string' ? value : undefined;
}

/** `import type …`, or `import { type … }` with nothing else in it. */
function isTypeOnly(node: Node): boolean {
  const kindOf = (one: Node): unknown => one['importKind'] ?? one['exportKind'];
  const specifiers = (node['specifiers'] ?? []) as readonly Node[];
  return kindOf(node) === 'type' || (specifiers.length > 0 && specifiers.every((one) => kindOf(one) === 'type'));
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && typeof value.type === 'string') yield value as Node;
  for (const child of Object.values(value)) yield* nodesOf(child);
}

/** The folder below src/, or the name of a module at its top. */
function moduleOf(path: string): string {
  const [first = ''] = path.split('/');
  return first.replace(/\.ts$/, '');
}

function resolveImport(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

/** Every import counts, types and import() too: two files that need each other are one noun. */
function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
    if (done.has(path)) return;
    done.add(path);
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}

function readSources(): Map<string, string> {
  const root = join(dirname(import.meta.dirname), 'src');
  return new Map(globSync('**/*.ts', { cwd: root }).map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

describe('src/', () => {
  test('is found', () => {
    expect([...readSources().keys()]).toEqual(expect.arrayContaining([ENTRY, PRINTS, 'directory/names.ts', 'sources/ldap/search.ts']));
  });

  test('keeps the rules', () => {
    expect(checkArchitecture(readSources())).toEqual([]);
  });
});

describe('checkArchitecture', () => {
  const imports = (specifier: string): string => `import { it } from '${specifier}';`;

  test.each([
    [
      'what the design shows',
      { 'cli/one.ts': imports('../sync/two.ts'), 'sync/two.ts': imports('../caches/three.ts'), 'caches/three.ts': '' },
    ],
    ['a type that a command shows', { 'cli/one.ts': "import { type Plan } from '../policy/plan.ts';" }],
    [
      "an import that is a comment's or a text's",
      { 'policy/one.ts': "// import fs from 'node:fs';\nexport const text = `import('node:fs')`;" },
    ],
    ['a node: module in the shell', { 'host/one.ts': imports('node:fs') }],
    ['a lazy package', { 'config/one.ts': "const it = await import('@aws-sdk/client-ssm');" }],
    ["a lazy package's types", { 'config/one.ts': "import type { SSMClient } from '@aws-sdk/client-ssm';" }],
    ['printing where it belongs', { 'cli/render.ts': 'process.stdout.write("");' }],
    ['the exit status where it belongs', { 'main.ts': 'process.exitCode = 1;' }],
    ['300 lines', { 'host/one.ts': '\n'.repeat(299).concat(';\n') }],
  ])('allows %s', (_what, sources) => {
    expect(checkArchitecture(new Map(Object.entries(sources)))).toEqual([]);
  });

  test.each([
    [
      'caches that know sources',
      { 'caches/one.ts': imports('../sources/source.ts') },
      'caches may not import sources (../sources/source.ts)',
    ],
    ['a type across, too', { 'host/one.ts': "import type { A } from '../state/a.ts';" }, 'host may not import state (../state/a.ts)'],
    ['a type in passing', { 'host/one.ts': "type A = import('../state/a.ts').A;" }, 'host may not import state (../state/a.ts)'],
    ['an export across', { 'policy/one.ts': "export * from '../caches/a.ts';" }, 'policy may not import caches (../caches/a.ts)'],
    ['a command that goes past sync', { 'cli/one.ts': imports('../policy/plan.ts') }, 'cli may not import policy (../policy/plan.ts)'],
    ['a core that reads files', { 'policy/one.ts': imports('node:fs') }, 'policy is pure and may not import node:fs'],
    ['a core with a package', { 'directory/one.ts': imports('zod') }, 'directory is pure and may not import zod'],
    ['a folder nobody designed', { 'plugins/one.ts': '' }, 'the design knows no "plugins"'],
    ['a file for everything', { 'host/utils.ts': '' }, '"utils" is no name: say what it is'],
    ['a folder for everything', { 'host/common/one.ts': '' }, '"common" is no name: say what it is'],
    ['a long file', { 'host/one.ts': ';\n'.repeat(301) }, 'has 301 lines, more than 300'],
    ['the AWS SDK at each start', { 'config/one.ts': imports('@aws-sdk/client-ssm') }, '@aws-sdk/client-ssm is loaded with import() only'],
    ['a package loaded late', { 'config/one.ts': "await import('zod');" }, 'import() of zod, which is no lazy package'],
    ['a computed import', { 'config/one.ts': 'await import(name);' }, 'import() of something that only shows at run time'],
    ['a second printer', { 'sync/one.ts': 'process.stderr.write("");' }, 'only cli/render.ts prints, and this uses process.stderr'],
    ['a console', { 'sync/one.ts': 'console.log(1);' }, 'only cli/render.ts prints, and this uses console'],
    ['a sudden end', { 'main.ts': "process['exit'](1);" }, 'process.exit() cuts off what is still to be written; settle a status instead'],
    ['a second exit status', { 'cli/one.ts': 'process.exitCode = 1;' }, 'only main.ts sets process.exitCode'],
  ])('refuses %s', (_what, sources, violation) => {
    const [path] = Object.keys(sources);
    expect(checkArchitecture(new Map(Object.entries(sources)))).toEqual([`${path}: ${violation}`]);
  });

  test('refuses a cycle, of types and of import() too', () => {
    const sources = {
      'host/a.ts': "import type { B } from './b.ts';",
      'host/b.ts': "await import('./c.ts');",
      'host/c.ts': imports('./a.ts'),
    };
    expect(checkArchitecture(new Map(Object.entries(sources)))).toEqual(['cycle: host/a.ts -> host/b.ts -> host/c.ts -> host/a.ts']);
  });
});
