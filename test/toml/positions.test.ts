import * as fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { type TomlPath, TomlPositions } from '../../src/toml/positions.ts';
import { readTomlKey } from '../../src/toml/tokens.ts';

const TEXT = `# a comment with = and [brackets]
version = 1 # another
title.'sub' . "k\\u0065y" = "a = [b] # no comment"

[[source]]
name = 'one'
uris = [ # of two
  "ldaps://a",
  "ldaps://b", ]
  [source.tls]
  ca = """
[not.a.table]
x = 1 \\""""""
[[source]]
name = '''
[[source]]'''
bind = { method = "simple", "dn" = 1979-05-27 07:32:00, in.ner = [{ deep = true }, 2] }
[source . "tls"]
[a.b.c]
[a]
`;

describe('TomlPositions', () => {
  test.each<[TomlPath, number, number]>([
    [['version'], 2, 1],
    [['title', 'sub'], 3, 7],
    [['title', 'sub', 'key'], 3, 15],
    [['source'], 5, 3],
    [['source', 0], 5, 3],
    [['source', 0, 'uris', 1], 9, 3],
    [['source', 0, 'tls'], 10, 11],
    [['source', 0, 'tls', 'ca'], 11, 3],
    [['source', 1], 14, 3],
    [['source', 1, 'name'], 15, 1],
    [['source', 1, 'bind', 'dn'], 17, 29],
    [['source', 1, 'bind', 'in', 'ner', 0, 'deep'], 17, 69],
    [['source', 1, 'bind', 'in', 'ner', 1], 17, 84],
    [['source', 1, 'tls'], 18, 11],
    [['a', 'b', 'c'], 19, 6],
    [['a'], 20, 2],
  ])('finds %j', (path, line, column) => {
    expect(new TomlPositions(TEXT).at(path)).toEqual({ line, column });
  });

  test('knows nothing of what is not there, and where it would have to be', () => {
    const positions = new TomlPositions(TEXT);
    expect(positions.at(['source', 0, 'tls', 'key'])).toBeUndefined();
    expect(positions.nearest(['source', 0, 'tls', 'key'])).toEqual({ line: 10, column: 11 });
    expect(positions.nearest(['access', 'groups'])).toEqual({ line: 1, column: 1 });
  });

  test('reads Windows line ends', () => {
    expect(new TomlPositions('a = 1\r\n[b]\r\nc = "x"\r\n').at(['b', 'c'])).toEqual({ line: 3, column: 1 });
  });

  test('finds every key of every text that smol-toml reads, at the text of that key', () => {
    fc.assert(
      fc.property(tomlText, (text) => {
        expectAllFound(text, parse(text));
      }),
      { numRuns: 500 },
    );
  });

  test('finds every key of what smol-toml writes', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.string({ unit: 'binary' }), fc.boolean(), fc.integer(), tie('list'), tie('table')),
      list: fc.array(tie('value'), { maxLength: 3 }),
      table: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
    })).table;
    fc.assert(
      fc.property(value, (table) => {
        const text = stringify(table);
        expectAllFound(text, parse(text));
      }),
    );
  });
});

/** TOML as people write it, in every way that the syntax has. Keys are numbered, so that none is there twice. */
const key = fc.constantFrom('k', 'long-key_1', '"quoted key"', "'lit.eral'", '"e\\u0073c\\"]"', '"="', "'#'", '""');
const space = fc.constantFrom('', ' ', '\t ');
const blank = fc.constantFrom('', ' ', '\n', ' # a comment ] } = "\n', '\r\n\t');
const scalar = fc.constantFrom(
  ...['1', '-2.5e3', 'true', 'inf', '1979-05-27 07:32:00', '"a # b"', '"\\"\\\\"', "'c:\\'", '""', "''"],
  ...['"""\na = 1\n[x]\n"""', '"""two quotes """""', "'''\n'' [y]'''", "''''quoted''''", '"""\\\n  joined\\""""', '"é𝄞"'],
);
const { value: anyValue } = fc.letrec<{ value: string; list: string; table: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, tie('list'), tie('table')),
  list: fc
    .array(fc.tuple(blank, tie('value'), blank), { maxLength: 3 })
    .map((values) => `[${values.map((parts) => parts.join('')).join(',')}]`),
  table: fc
    .array(fc.tuple(space, key, space, tie('value')), { maxLength: 3 })
    .map(
      (pairs) => `{${pairs.map(([before, name, after, value], index) => `${before}n${index}.${name}${after}=${after}${value}`).join(',')}}`,
    ),
}));
const lines = fc
  .array(fc.tuple(space, key, space, anyValue, fc.constantFrom('', ' # end')), { maxLength: 4 })
  .map((pairs) =>
    pairs.map(([before, name, around, value, after], index) => `${before}p${index}${around}.${around}${name} =${around}${value}${after}\n`),
  );
const tomlText = fc
  .tuple(lines, fc.array(fc.tuple(fc.constantFrom('table', 'list', 'inner'), key, space, lines), { maxLength: 5 }))
  .map(([top, tables]) =>
    [...top, ...tables.flatMap(([kind, name, around, inner], index) => [header(kind, name, around, index), ...inner])].join(''),
  );

function header(kind: string, name: string, around: string, index: number): string {
  if (kind === 'table') return `[${around}t${index}${around}.${name}]${around}\n`;
  if (kind === 'list') return `[[${around}list${around}]] # again\n`;
  return `[[list]]\n[${around}list.${name}${around}]\n`;
}

function expectAllFound(text: string, value: unknown): void {
  const positions = new TomlPositions(text);
  for (const path of pathsOf(value)) {
    const position = positions.at(path);
    expect(position, JSON.stringify(path)).toBeDefined();
    const name = path.findLast((part) => typeof part === 'string');
    const there = text.split('\n')[(position?.line ?? 0) - 1]?.slice((position?.column ?? 0) - 1) ?? '';
    if (typeof path.at(-1) === 'string') expect(readTomlKey(there, 0).name, JSON.stringify(path)).toBe(name);
    else expect(there).toMatch(/^["'[{A-Za-z0-9_.+-]/);
  }
}

function* pathsOf(value: unknown, path: TomlPath = []): Generator<TomlPath> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null || value instanceof Date) return;
  for (const [name, inner] of Object.entries(value)) yield* pathsOf(inner, [...path, Array.isArray(value) ? Number(name) : name]);
}
