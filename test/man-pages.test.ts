/**
 * The manual says what there is, and nothing else: every command, option and key of the configuration, in both directions.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Argument, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { manualNames, renderManual } from '../packaging/manuals.ts';
import { parseConfig } from '../src/config/load.ts';
import { configOf } from './config/configuration.ts';
import { argumentsOf, leafCommands, newProgram, optionsOf } from './support/command-tree.ts';
import { type ConfigKey, configKeys } from './support/config-keys.ts';

const folder = join(import.meta.dirname, '../packaging/man');
const readPage = (name: string): string => readFileSync(join(folder, `${name}.scd`), 'utf8');

/** Lines below each heading, by its text. */
function sectionsOf(page: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of page.split('\n')) {
    const heading = /^#{1,2} (.+)$/.exec(line)?.[1];
    if (heading === undefined) lines.push(line);
    else if (sections.has(heading)) throw new Error(`the heading "${heading}" is there twice`);
    else sections.set(heading, (lines = []));
  }
  return sections;
}

function literalsOf(lines: readonly string[]): string[] {
  return lines
    .join('\n')
    .split(/^```$/m)
    .filter((_text, index) => index % 2 === 1);
}

describe('holdfast(8)', () => {
  const page = readPage('holdfast.8');
  const sections = sectionsOf(page);
  const commands = page.slice(page.indexOf('\n# COMMANDS\n'), page.indexOf('\n# EXIT STATUS\n'));
  const documented = [...commands.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);

  test.each(leafCommands())('has a section about "$path", with its synopsis', ({ path, command }) => {
    const wanted = synopsisOf(path, optionsOf(command), argumentsOf(command));
    const advice = `packaging/man/holdfast.8.scd: below "# COMMANDS" there has to be "## ${path}", and in it the line:\n${wanted}\n`;
    expect(sections.get(path) ?? [], advice).toContain(wanted);
  });

  test.each(leafCommands().flatMap(({ path, command }) => optionsOf(command).map((option) => ({ path, flags: option.flags, option }))))(
    'says what $flags of "$path" does',
    ({ path, option }) => {
      const lines = sections.get(path) ?? [];
      const wanted = entryOf(option);
      const at = lines.indexOf(wanted);
      const advice = `packaging/man/holdfast.8.scd: in "## ${path}" there has to be this line, and below it what it does, with a tab before it:\n${wanted}\n`;
      expect(at, advice).toBeGreaterThan(0);
      expect(lines[at + 1], advice).toMatch(/^\t\S/);
    },
  );

  test.each(leafCommands())('has no option of "$path" that does not exist', ({ path, command }) => {
    const entries = (sections.get(path) ?? []).filter((line) => line.startsWith('*-'));
    expect(entries).toEqual(optionsOf(command).map(entryOf));
  });

  test('has no command that does not exist', () => {
    expect(documented).toEqual(leafCommands().map(({ path }) => path));
  });

  test('says what the global options do', () => {
    const lines = sections.get('GLOBAL OPTIONS') ?? [];
    const named = lines.filter((line) => line.startsWith('*-'));
    expect(named).toEqual([...newProgram().options.toSorted(byVersionLast).map(entryOf), '*-h*, *--help*']);
  });

  test('has an example for each command', () => {
    for (const { path } of leafCommands()) {
      const examples = literalsOf(sections.get(path) ?? []).join('');
      expect(examples, `packaging/man/holdfast.8.scd: "## ${path}" wants an example between two lines of \`\`\``).toMatch(
        new RegExp(`\\bholdfast (?:--\\w+ \\S+ )?${path}`),
      );
    }
  });

  test('has every exit status', () => {
    const shown = [...(sections.get('EXIT STATUS') ?? []).join('\n').matchAll(/^\|\S* +\*(\d+)\*$/gm)].map(([, status]) => Number(status));
    expect(shown).toEqual([0, 1, 64, 65, 70, 73, 75, 77, 78]);
  });
});

function byVersionLast(one: Option, other: Option): number {
  return Number(one.long === '--version') - Number(other.long === '--version');
}

/** `*holdfast who* [*--at* _TIME_] [*--json*] _KEY_...` */
function synopsisOf(path: string, options: readonly Option[], operands: readonly Argument[]): string {
  const shownOptions = options.map((option) => (option.mandatory ? entryOf(option) : `[${entryOf(option)}]`));
  const shownOperands = operands.map((operand) => {
    const name = `_${operand.name().toUpperCase()}_${operand.variadic ? '...' : ''}`;
    return operand.required ? name : `[${name}]`;
  });
  return [`*holdfast ${path}*`, ...shownOptions, ...shownOperands].join(' ');
}

/** `*--hosts* _PATTERN_...`, `*--watch* [_SECONDS_]` */
function entryOf({ flags }: Option): string {
  const names = flags
    .replace(/ ?[<[].*/, '')
    .split(', ')
    .map((name) => `*${name}*`)
    .join(', ');
  const [, bracket, value = '', more = ''] = /([<[])(\w+)(\.\.\.)?[>\]]$/.exec(flags) ?? [];
  if (bracket === undefined) return names;
  const shown = `_${value.toUpperCase()}_${more}`;
  return `${names} ${bracket === '<' ? shown : `[${shown}]`}`;
}

describe('holdfast.toml(5)', () => {
  const sections = sectionsOf(readPage('holdfast.toml.5'));
  const keys = configKeys();
  const tables = [...new Set(keys.map(({ table }) => table))];

  test('was compared with all of the schema', () => {
    expect(keys.length).toBeGreaterThan(100);
    expect(tables).toContain('[source.tls] of type ldap');
  });

  test.each(keys)('has $key of $table with its type, limits and default', ({ table, key, signature, values }) => {
    const wanted = `*${key}* (${signature})`;
    const advice = `packaging/man/holdfast.toml.5.scd: below "## ${table}" there has to be this line, and below it what it means, with a tab before it:\n${wanted}\n`;
    const lines = sections.get(table) ?? [];
    const at = lines.indexOf(wanted);
    expect(at, advice).toBeGreaterThanOrEqual(0);
    expect(lines[at + 1], advice).toMatch(/^\t\S/);
    const text = textBelow(lines, at);
    for (const value of values) expect(text, `${table} ${key} may be "${value}": say so`).toContain(`"${value}"`);
  });

  test.each([...sections].filter(([heading]) => heading.startsWith('[')))('has in %s no key that does not exist', (table, lines) => {
    const named = lines.flatMap((line) => /^\*(\S+)\* \(/.exec(line)?.[1] ?? []);
    expect(named).toEqual(keysOf(keys, table));
  });

  test('says the default of the emergency users, which the schema keeps to itself', () => {
    const { emergency } = configOf({ emergency: { objects: ['s3://bucket/key'] }, aws: { region: 'eu-central-1' } });
    expect((sections.get('[emergency]') ?? []).join(' ')).toContain(`Default: ${JSON.stringify(emergency?.users)}.`);
  });

  const examples = [...sections].flatMap(([heading, lines]) => literalsOf(lines).map((text) => [heading, text.trim()] as const));
  test.each(examples.filter(([, text]) => !text.includes('[[user]]')))('has below %s an example that is right', (_heading, text) => {
    expect(() => parseConfig('holdfast.toml', completed(text))).not.toThrow();
  });

  test('has an example of every table', () => {
    const shown = new Set(examples.map(([heading]) => heading));
    const inline = new Set(['[source.primary_group] of type iam', '[source.linux_groups] of type iam', '[source.users] of type iam']);
    expect(tables.filter((table) => !shown.has(table) && !inline.has(table))).toEqual([]);
  });
});

function keysOf(keys: readonly ConfigKey[], table: string): string[] {
  return keys.filter((one) => one.table === table).map(({ key }) => key);
}

function textBelow(lines: readonly string[], at: number): string {
  const end = lines.findIndex((line, index) => index > at && !line.startsWith('\t'));
  return lines
    .slice(at + 1, end)
    .join(' ')
    .replaceAll('\t', '');
}

/** An example of one table, with what makes it a configuration. */
function completed(example: string): string {
  if (example.startsWith('version = 1\n')) return example;
  const source = ['[[source]]', 'name = "corp"', 'type = "ldap"', 'uris = ["ldaps://ldap.example.org"]', 'base = "dc=example,dc=org"'];
  const bind = /^\[source\.(?:bind|tls)\]/.test(example) ? [] : ['bind = { method = "anonymous" }'];
  const access = example.startsWith('[access]') ? [] : ['[access]', 'everyone = true'];
  const region = example.startsWith('[emergency]') ? ['[aws]', 'region = "eu-central-1"'] : [];
  return ['version = 1', ...source, ...bind, example.replace(/^version = 1$/, ''), ...access, ...region].join('\n');
}

describe.each(manualNames())('%s', (name) => {
  const roff = renderManual(name);

  test('is clean for mandoc -T lint', () => {
    const { stdout, stderr, status } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], { input: roff, encoding: 'utf8' });
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
  });

  test('has examples that fit 80 columns, as man(1) shows them', () => {
    const { stdout, status } = spawnSync('man', ['-l', '-'], {
      input: roff,
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '80', MANPAGER: 'cat', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '' },
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^EXAMPLES/m);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
