/**
 * What nsscache makes of its file: for each map its source, and the options of that source, with values as Python takes them.
 */
import type { IniFile, IniValue, Section } from './ini.ts';

/** Of one map. */
export interface MapOptions {
  readonly source: string;
  readonly options: Section;
}

export interface NsscacheConfig {
  readonly maps: ReadonlyMap<string, MapOptions>;
  /** Options that belong to no source of these maps. */
  readonly others: Section;
}

const GLOBAL = new Set(['source', 'cache', 'maps', 'lockfile', 'timestamp_dir']);

export function readMaps({ defaults, sections }: IniFile): NsscacheConfig {
  const names = unquote(defaults.get('maps')?.value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const maps = new Map(names.map((name) => [name, optionsOf(sections.get(name) ?? defaults)]));
  const prefixes = new Set([...maps.values()].map(({ source }) => `${source}_`));
  const isOfSource = (name: string): boolean => [...prefixes].some((prefix) => name.startsWith(prefix));
  return { maps, others: new Map([...defaults].filter(([name]) => !GLOBAL.has(name) && !isOfSource(name))) };
}

function optionsOf(section: Section): MapOptions {
  const source = unquote(section.get('source')?.value ?? '');
  const prefix = `${source}_`;
  const own = [...section].filter(([name]) => name.startsWith(prefix));
  return { source, options: new Map(own.map(([name, one]) => [name.slice(prefix.length), { ...one, value: unquote(one.value) }])) };
}

/** One pair of quotes around a value is not part of it. */
function unquote(value: string): string {
  return /^(?:"[^]*"|'[^]*')$/.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}

/** As Python takes it: every text is true, "False" and "no" as well; only 0 and nothing are not. */
export function isTrue(one: IniValue | undefined): boolean {
  return one !== undefined && one.value !== '' && Number(one.value) !== 0;
}

/** Whether somebody who wrote it meant no. */
export function readsAsNo(value: string): boolean {
  return /^(?:false|no|off|none)$/i.test(value);
}
