/**
 * The file of nsscache, as Python's configparser reads it: sections and options, a value over several lines, and %(name)s.
 */
import { HoldfastError } from '../../errors.ts';

/** Options of a section by name, in lower case, with those of [DEFAULT] where it has none of its own. */
export type Section = ReadonlyMap<string, IniValue>;

export interface IniValue {
  readonly value: string;
  readonly line: number;
}

export interface IniFile {
  readonly defaults: Section;
  readonly sections: ReadonlyMap<string, Section>;
}

const DEFAULT = 'DEFAULT';
const LINES_MAX = 10_000;
/** As in configparser. */
const DEPTH_MAX = 10;

interface Draft {
  readonly line: number;
  readonly parts: string[];
}

type Drafts = Map<string, Draft>;

/** @throws HoldfastError `configuration`, naming the line: what configparser refuses, too */
export function parseIni(path: string, text: string): IniFile {
  const sections = readSections(path, text);
  const raw = new Map([...sections].map(([name, drafts]) => [name, valuesOf(drafts)] as const));
  const own = raw.get(DEFAULT) ?? new Map<string, IniValue>();
  const resolve = (section: Section): Section => {
    const all = new Map([...own, ...section]);
    return new Map([...all].map(([name, one]) => [name, { ...one, value: interpolate(path, one, all, 0) }]));
  };
  raw.delete(DEFAULT);
  return { defaults: resolve(own), sections: new Map([...raw].map(([name, section]) => [name, resolve(section)])) };
}

function readSections(path: string, text: string): Map<string, Drafts> {
  const lines = text.split(/\r?\n/);
  if (lines.length > LINES_MAX) throw mistake(path, LINES_MAX, 'is too long for a configuration of nsscache');
  const sections = new Map<string, Drafts>();
  let section: Drafts | undefined;
  let open: Draft | undefined;
  let indent = 0;
  for (const [index, line] of lines.entries()) {
    const content = line.trim();
    if (/^[#;]/.test(content)) continue;
    const depth = line.length - line.trimStart().length;
    if (content === '' || (open !== undefined && depth > indent)) {
      if (content !== '') open?.parts.push(content);
      continue;
    }
    indent = depth;
    open = undefined;
    const [, header] = /^\[([^\]]+)\]$/.exec(content) ?? [];
    if (header === undefined) open = addOption(path, section, { content, line: index + 1 });
    else section = addSection(path, sections, { name: header, line: index + 1 });
  }
  return sections;
}

function addSection(path: string, sections: Map<string, Drafts>, { name, line }: { readonly name: string; readonly line: number }): Drafts {
  const known = sections.get(name);
  if (known !== undefined && name !== DEFAULT) throw mistake(path, line, `has the section [${name}] for the second time`);
  const section = known ?? new Map<string, Draft>();
  sections.set(name, section);
  return section;
}

function addOption(
  path: string,
  section: Drafts | undefined,
  { content, line }: { readonly content: string; readonly line: number },
): Draft {
  if (section === undefined) throw mistake(path, line, 'has an option before the first section; wanted: [DEFAULT]');
  const at = content.search(/[=:]/);
  const name = content.slice(0, Math.max(0, at)).trim().toLowerCase();
  if (name === '') throw mistake(path, line, 'is no "option = value"');
  if (section.has(name)) throw mistake(path, line, `has the option ${JSON.stringify(name)} for the second time in its section`);
  const draft = { line, parts: [content.slice(at + 1).trim()] };
  section.set(name, draft);
  return draft;
}

function valuesOf(drafts: Drafts): Map<string, IniValue> {
  return new Map([...drafts].map(([name, { line, parts }]) => [name, { line, value: parts.join('\n').trim() }]));
}

function interpolate(path: string, { value, line }: IniValue, section: Section, depth: number): string {
  if (depth > DEPTH_MAX) throw mistake(path, line, 'refers to itself, or too far');
  return value.replaceAll(/%(%|\(([^)]*)\)s)?/g, (_whole, what: string | undefined, name: string | undefined) => {
    if (what === '%') return '%';
    const other = name === undefined ? undefined : section.get(name.toLowerCase());
    if (what === undefined || other === undefined)
      throw mistake(path, line, 'has a % that is neither %% nor the %(name)s of an option that is there: nsscache does not start with it');
    return interpolate(path, other, section, depth + 1);
  });
}

function mistake(path: string, line: number, what: string): HoldfastError {
  return new HoldfastError('configuration', `${path}:${line}: ${what}`);
}
